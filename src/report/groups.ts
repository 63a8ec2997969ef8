/** The stages of a run with the variants of one stage joined, in an order in which each comes after its inputs. */

import type { StageData } from './data.ts'

export interface StageGroup {
  readonly id: string
  /** The name without values: `base`. */
  readonly name: string
  readonly stages: readonly StageData[]
  /** Ids of the groups whose outputs it takes. */
  readonly after: readonly string[]
}

/** The groups; every stage for itself if joining variants would make a circle. */
export function groupsOf(stages: readonly StageData[]): readonly StageGroup[] {
  return inOrder(joined(stages, nameOf)) ?? joined(stages, ({ id }) => id)
}

/** The name of the group of a stage. Inner stages of variants are named after their declaration, so their kind tells them apart. */
function nameOf({ id, name, kind, variant }: StageData): string {
  return variant === undefined ? id : `${withoutValues(name)} (${kind})`
}

/** `base[lr=3e-4].on` without the values in brackets: `base.on`. */
export function withoutValues(name: string): string {
  return name.replace(/\[(?:[^\]"]|"(?:\\.|[^"])*")*\]/g, '')
}

function joined(stages: readonly StageData[], groupOf: (stage: StageData) => string): StageGroup[] {
  const groups = new Map<string, StageData[]>()
  for (const stage of stages) {
    const own = groups.get(groupOf(stage))
    if (own === undefined) groups.set(groupOf(stage), [stage])
    else own.push(stage)
  }
  const of = new Map(stages.map((stage) => [stage.id, groupOf(stage)]))
  return [...groups].map(([id, own]) => ({
    id,
    name: own.length === 1 ? (own[0]?.name ?? id) : withoutValues(own[0]?.name ?? id),
    stages: own,
    after: [...new Set(own.flatMap(({ after }) => after.flatMap((input) => of.get(input) ?? [])))].filter(
      (input) => input !== id,
    ),
  }))
}

/** The groups, each after its inputs and otherwise in their order; `undefined` if there is a circle. */
function inOrder(groups: readonly StageGroup[]): readonly StageGroup[] | undefined {
  const byId = new Map(groups.map((group) => [group.id, group]))
  const state = new Map<string, 'open' | 'placed'>()
  const ordered: StageGroup[] = []
  const place = (group: StageGroup): boolean => {
    if (state.has(group.id)) return state.get(group.id) === 'placed'
    state.set(group.id, 'open')
    const inputs = group.after.flatMap((id) => byId.get(id) ?? [])
    if (!inputs.every(place)) return false
    state.set(group.id, 'placed')
    ordered.push(group)
    return true
  }
  return groups.every(place) ? ordered : undefined
}
