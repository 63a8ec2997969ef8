/** Makes a node of a pass: a stage as it is written, or steps in one node of the kind `documents`. */

import { cover, type Span } from '../../grammar/span.ts'
import type { Catalogue, StageKind } from '../core/kind/kind.ts'
import type { Resources } from '../core/kind/resources.ts'
import type { OutputRef, PlanNode, PlanSpan } from '../core/plan.ts'
import type { Json, JsonObject } from '../core/values/json.ts'
import { mapValues } from '../core/values/map-values.ts'
import { type CheckedCall, kindOf, type TypedProgram, type ValueRef } from '../language/program.ts'
import { isStreaming, type Pass, shapeOf } from './fuse.ts'
import { lastOf } from './name.ts'
import type { PlaceOf } from './place.ts'

/** The resources of a kind that does not state its own. */
const usual: Resources = { cpus: 1, memory: 512 * 1024 ** 2 }

export interface NodeOptions {
  readonly catalogue: Catalogue
  /** The program's own file, which the span of a node refers to if a part of the node is in it. */
  readonly file: string
  readonly packages: TypedProgram['packages']
  readonly place: PlaceOf
  refOf(value: ValueRef): OutputRef
}

/** The node of a pass. */
export function nodeOf(pass: Pass, id: string, around: NodeOptions): PlanNode {
  const { catalogue } = around
  const work = isStreaming(pass[0], catalogue) ? documentsOf(pass, around) : stageOf(pass[0], around)
  const { exportTo, outputs, variant } = lastOf(pass)
  const kind = knownKind({ ...pass[0], kind: work.kind }, catalogue)
  const continues = kind.continues?.(work.params)
  const spares = Object.entries(kind.inputs).flatMap(([role, spec]) => (spec.spares ? [role] : []))
  return {
    id,
    name: id,
    ...(variant === undefined ? {} : { variant }),
    ...work,
    inputs: mapValues(pass[0].inputs, (refs) => refs.map(around.refOf)),
    ...(spares.length === 0 ? {} : { spares }),
    outputs,
    ...(around.packages.length === 0
      ? {}
      : { packages: Object.fromEntries(around.packages.map(({ name, version }) => [name, version])) }),
    resources: { ...usual, ...kind.resources?.(work.params), ...given(work.hints) },
    span: around.place(spanOf(pass, around.file)),
    ...(continues === undefined ? {} : { continues }),
    ...(exportTo === undefined ? {} : { exportTo }),
  }
}

/** The cores, memory, GPUs and nodes that a call asks for. */
function given({ cpus, memory, gpus, nodes }: JsonObject): Partial<Resources> {
  return {
    ...(typeof cpus === 'number' ? { cpus } : {}),
    ...(typeof memory === 'number' ? { memory } : {}),
    ...(typeof gpus === 'number' ? { gpus } : {}),
    ...(typeof nodes === 'number' ? { nodes } : {}),
  }
}

type Work = Pick<PlanNode, 'kind' | 'version' | 'code' | 'params' | 'hints' | 'files'> & {
  readonly settingSpans: Readonly<Record<string, PlanSpan>>
}

function stageOf(call: CheckedCall, { catalogue, place }: NodeOptions): Work {
  const { kind, params, hints, files, settingSpans } = call
  const { version, code } = knownKind(call, catalogue)
  return {
    kind,
    version,
    ...(code === undefined ? {} : { code }),
    params,
    hints,
    files,
    settingSpans: mapValues(settingSpans, place),
  }
}

/**
 * The node of several document operations in one pass. Its params are `{ source?: { kind, params }, steps: [{ kind, params }, …] }`; its version
 * lists the versions of all their kinds, so that a new version of any of them changes the key.
 */
function documentsOf(pass: Pass, { catalogue, place }: NodeOptions): Work {
  const hasSource = shapeOf(pass[0], catalogue) === 'source'
  const steps = pass.map(({ kind, params }): JsonObject => ({ kind, params }))
  const settingSpans: Record<string, PlanSpan> = {}
  const files: Record<string, PlanNode['files'][string]> = {}
  const hints: Record<string, Json> = {}
  for (const [index, call] of pass.entries()) {
    const isSource = hasSource && index === 0
    const at = isSource ? 'source' : `steps.${hasSource ? index - 1 : index}`
    settingSpans[at] = place(call.at)
    for (const [path, span] of Object.entries(call.settingSpans)) settingSpans[`${at}.params.${path}`] = place(span)
    for (const [setting, pattern] of Object.entries(call.files))
      files[isSource ? setting : `${at}.${setting}`] = pattern
    if (Object.keys(call.hints).length > 0) hints[at] = call.hints
  }
  const versions = pass.map((call): Json => [call.kind, knownKind(call, catalogue).version])
  const [source, ...rest] = steps
  return {
    kind: 'documents',
    version: [knownKind({ kind: 'documents' }, catalogue).version, ...versions],
    params: hasSource && source ? { source, steps: rest } : { steps },
    hints,
    files,
    settingSpans,
  }
}

function knownKind(call: Pick<CheckedCall, 'kind' | 'custom'>, catalogue: Catalogue): StageKind {
  const kind = kindOf(call, catalogue)
  if (kind === undefined) throw new Error(`the catalogue has no kind "${call.kind}"`)
  return kind
}

/** The span from the first call to the last, of those in the program's own file. */
function spanOf(pass: Pass, file: string): Span {
  const spans = pass.map(({ at }) => at)
  const ours = spans.filter((span) => span.file === file)
  const [first, ...rest] = ours.length > 0 ? ours : [lastOf(pass).at]
  return rest.reduce(cover, first ?? lastOf(pass).at)
}
