/** A custom stage as a stage kind, like those of llmpipe. */

import type { ArtefactType } from '../core/artefact.ts'
import type { CustomCode } from '../core/kind/custom.ts'
import type { StageKind, TypedCall } from '../core/kind/kind.ts'
import type { Resources } from '../core/kind/resources.ts'
import type { SettingSchema } from '../core/kind/setting.ts'
import type { Description, OutputDefinition } from './definition.ts'

/** Raised when llmpipe itself (how it writes records) gives other bytes for the same code. */
const version = 1

const defaultResources: Resources = { cpus: 1, memory: 512 * 1024 ** 2 }

/** The stage kind of a described stage. */
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
    resources: () => ({ ...defaultResources, ...given }),
    code,
  }
}

/** The outputs of a stage, in order. A single output is called `out`. */
export function outputsOf({ output, outputs }: Description): (readonly [name: string, OutputDefinition])[] {
  return output === undefined ? Object.entries(outputs ?? {}) : [['out', output]]
}

function typeOf(output: OutputDefinition, { inputs }: TypedCall): ArtefactType {
  if (typeof output === 'object') return inputs[output.like]![0]!
  // `problemIn` refuses kinds that belong to a tokenizer or a model.
  return { kind: output } as ArtefactType
}

function required(settings: Readonly<Record<string, SettingSchema>>): string[] {
  return Object.entries(settings).flatMap(([name, { default: value, optional }]) =>
    value === undefined && !optional ? [name] : [],
  )
}
