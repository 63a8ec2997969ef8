/** A stage of the project's own as a kind, like those of llmpipe. */

import type { ArtefactType } from '../core/artefact.ts'
import type { CustomCode } from '../core/custom.ts'
import type { StageKind, TypedCall } from '../core/kind.ts'
import type { Resources } from '../core/resources.ts'
import type { SettingSchema } from '../core/setting.ts'
import type { Description, OutputDefinition } from './definition.ts'

/** Raised when what is around a stage's code (how records are written) gives other bytes. */
const version = 1

const usual: Resources = { cpus: 1, memory: 512 * 1024 ** 2 }

/** The kind of a description. */
export function kindOf(description: Description, code: CustomCode): StageKind {
  const { summary, documentation, inputs = {}, settings = {}, positional, cpus, memory, gpus } = description
  const given = Object.fromEntries(Object.entries({ cpus, memory, gpus }).filter(([, each]) => each !== undefined))
  return {
    name: code.export,
    version,
    summary,
    ...(documentation === undefined ? {} : { documentation }),
    shape: 'stage',
    inputs,
    settings: { properties: settings },
    positional: positional ?? [...Object.keys(inputs), ...required(settings)],
    outputs: (call) => outputsOf(description).map(([name, output]) => ({ name, type: typeOf(output, call) })),
    resources: () => ({ ...usual, ...given }),
    code,
  }
}

/** Its outputs in order; one alone is called `out`. */
export function outputsOf({ output, outputs }: Description): (readonly [name: string, OutputDefinition])[] {
  return output === undefined ? Object.entries(outputs ?? {}) : [['out', output]]
}

function typeOf(output: OutputDefinition, { inputs }: TypedCall): ArtefactType {
  if (typeof output === 'object') return inputs[output.like]![0]!
  // Those that belong to a tokenizer or a model are refused by the check of the definition.
  return { kind: output } as ArtefactType
}

function required(settings: Readonly<Record<string, SettingSchema>>): string[] {
  return Object.entries(settings).flatMap(([name, { default: value, optional }]) =>
    value === undefined && !optional ? [name] : [],
  )
}
