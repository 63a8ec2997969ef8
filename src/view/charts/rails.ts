/**
 * The stage graph as rails beside a list: one row for each stage, one lane for each output that a stage further down still needs.
 *
 *     ●      prose
 *     ●      train,held_out
 *     ├─●    bpe
 *     ├─┼─●  train.encode
 *     ●─╯ │  held_out.encode
 *     ●───╯  base
 *
 * A lane that is only crossed keeps its bar: `├─│─●` passes under it. A lane that ends bends away.
 */

export interface RailNode {
  readonly id: string
  readonly after: readonly string[]
}

export interface RailRow {
  readonly id: string
  /** The rails before the node's own mark, and after it. */
  readonly before: string
  readonly after: string
}

/** The row of every node, in the order of `nodes`, in which every node comes after its inputs. */
export function rails(nodes: readonly RailNode[]): RailRow[] {
  return railsWithin(nodes, Number.POSITIVE_INFINITY)!
}

/**
 * As `rails`; `undefined` if that takes more than `most` lanes side by side. Thousands of stages that one stage waits for would need as
 * many lanes, and the square of that in characters.
 */
export function railsWithin(nodes: readonly RailNode[], most: number): RailRow[] | undefined {
  const remaining = consumers(nodes)
  const lanes: (string | undefined)[] = []
  const rows: RailRow[] = []
  for (const node of nodes) {
    const inputs = new Set(node.after.filter((id) => lanes.includes(id)))
    for (const id of inputs) remaining.get(id)!.delete(node.id)
    const own = laneFor(lanes, inputs, remaining)
    const joined = lanes.map((id) => id !== undefined && inputs.has(id))
    const from = Math.min(own, ...joined.flatMap((yes, lane) => (yes ? [lane] : [])))
    const to = Math.max(own, ...joined.flatMap((yes, lane) => (yes ? [lane] : [])))
    const before = lanes.slice()
    for (const [lane, id] of lanes.entries()) {
      if (id !== undefined && inputs.has(id) && remaining.get(id)!.size === 0) lanes[lane] = undefined
    }
    lanes[own] = (remaining.get(node.id)?.size ?? 0) > 0 ? node.id : undefined
    if (lanes.length > most) return undefined
    rows.push(row(node.id, { own, from, to, joined, before, after: lanes }))
    while (lanes.length > 0 && lanes.at(-1) === undefined) lanes.pop()
  }
  return rows
}

/** By id, the nodes that still need each node. */
function consumers(nodes: readonly RailNode[]): Map<string, Set<string>> {
  const map = new Map<string, Set<string>>(nodes.map((node) => [node.id, new Set()]))
  for (const node of nodes) for (const id of node.after) map.get(id)?.add(node.id)
  return map
}

/** The lane of a node: the leftmost lane that ends at it, else the first free one. */
function laneFor(
  lanes: readonly (string | undefined)[],
  inputs: ReadonlySet<string>,
  remaining: Map<string, Set<string>>,
): number {
  const ending = lanes.findIndex((id) => id !== undefined && inputs.has(id) && remaining.get(id)!.size === 0)
  if (ending !== -1) return ending
  // A free lane to the right of the inputs, so that the line never runs back over them.
  const rightmost = lanes.findLastIndex((id) => id !== undefined && inputs.has(id))
  for (let lane = rightmost + 1; ; lane++) if (lanes[lane] === undefined) return lane
}

interface Around {
  readonly own: number
  /** The ends of the row's horizontal line. */
  readonly from: number
  readonly to: number
  readonly joined: readonly boolean[]
  readonly before: readonly (string | undefined)[]
  readonly after: readonly (string | undefined)[]
}

function row(id: string, around: Around): RailRow {
  const lanes = Math.max(around.own + 1, around.before.length, around.after.length)
  let before = ''
  let after = ''
  for (let lane = 0; lane < lanes; lane++) {
    if (lane !== around.own) {
      const text = mark(lane, around)
      if (lane < around.own) before += text
      else after += text
    }
    if (lane === lanes - 1) break
    const link = lane >= around.from && lane < around.to ? '─' : ' '
    if (lane < around.own) before += link
    else after += link
  }
  return { id, before, after: after.trimEnd() }
}

function mark(lane: number, { own, from, to, joined, before, after }: Around): string {
  const continues = after[lane] !== undefined && after[lane] === before[lane]
  const inside = lane > from && lane < to
  if (joined[lane]) {
    if (continues) return lane === from ? '├' : lane === to ? '┤' : '┼'
    if (inside) return '┴'
    return lane > own ? '╯' : '╰'
  }
  if (continues) return '│'
  return inside ? '─' : ' '
}
