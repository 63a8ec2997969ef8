/**
 * The small modules that own weights: a product with a matrix, a look-up in a table, a normalization. The weights of one are those below
 * a path, `layers.0.attention.q.weight` and `.bias`, and all that a graph does with them is what the module does.
 */

import { rewriteValues, usersOf, type Value, type ValueOf, type Values } from './values.ts'

/** A small module, with the arguments of its constructor. */
export type Leaf =
  | { readonly type: 'Linear'; readonly from: number; readonly to: number; readonly bias: boolean }
  | {
      readonly type: 'LoraLinear'
      readonly from: number
      readonly to: number
      readonly bias: boolean
      readonly rank: number
      readonly scale: number
    }
  | { readonly type: 'Embedding'; readonly rows: number; readonly size: number }
  | { readonly type: 'LayerNorm'; readonly size: number; readonly bias: boolean; readonly epsilon: number }
  | { readonly type: 'RMSNorm'; readonly size: number; readonly epsilon: number }

export interface WithLeaves extends Values {
  /** The small modules by their paths. */
  readonly leaves: ReadonlyMap<string, Leaf>
}

/** A call that a small module makes of several values: the last of them, and the value that the module is called with. */
interface Call {
  readonly result: number
  readonly x: number
}

interface Found {
  readonly leaf: Leaf
  readonly calls: readonly Call[]
}

/** The weights of one path by their names below it: `weight`, `bias`, `lora_A.weight`. */
type Group = ReadonlyMap<string, number>

/** Replaces what small modules compute by calls of them. */
export function withLeaves(all: Values): WithLeaves {
  const leaves = new Map<string, Leaf>()
  const calls = new Map<number, { readonly path: string; readonly leaf: Leaf; readonly x: number }>()
  const finder = new Finder(all)
  for (const [path, group] of groupsOf(all)) {
    const found = finder.find(group)
    if (found === undefined) continue
    leaves.set(path, found.leaf)
    for (const { result, x } of found.calls) calls.set(result, { path, leaf: found.leaf, x })
  }
  const place: number[] = []
  const values = rewriteValues(all, (builder, value, inputs, i) => {
    const call = calls.get(i)
    const made =
      call === undefined
        ? builder.push({ ...value, inputs } as ValueOf<Value['op']>)
        : builder.push({
            op: 'module',
            inputs: [place[call.x]!],
            attributes: { path: call.path, leaf: call.leaf },
            shape: value.shape,
            dtype: value.dtype,
            scope: call.path.split('.').slice(0, -1).join('.'),
          })
    place.push(made)
    return made
  })
  return { ...values, leaves }
}

/** The weights of each path that may be a small module. */
function groupsOf({ values }: Values): Map<string, Group> {
  const groups = new Map<string, Map<string, number>>()
  for (const [i, value] of values.entries()) {
    if (value.op !== 'weight') continue
    const parts = value.attributes.name.split('.')
    const adapts = /^lora_[AB]$/.test(parts.at(-2) ?? '')
    const below = parts.slice(adapts ? -2 : -1).join('.')
    const path = parts.slice(0, adapts ? -2 : -1).join('.')
    if (path === '') continue
    groups.set(path, (groups.get(path) ?? new Map<string, number>()).set(below, i))
  }
  return groups
}

class Finder {
  readonly #values: readonly Value[]
  readonly #users: readonly (readonly number[])[]
  readonly #outputs: ReadonlySet<number>

  constructor(all: Values) {
    this.#values = all.values
    this.#users = usersOf(all)
    this.#outputs = new Set(Object.values(all.outputs))
  }

  /** The small module that a group of weights belongs to; `undefined` if they are used in another way. */
  find(group: Group): Found | undefined {
    const weight = group.get('weight')
    if (weight === undefined || [...group.values()].some((each) => this.#outputs.has(each))) return undefined
    const names = [...group.keys()].sort().join(' ')
    if (names === 'bias weight' || names === 'weight')
      return this.#linear(weight, group.get('bias')) ?? this.#norm(weight, group.get('bias')) ?? this.#embedding(group)
    if (names === 'lora_A.weight lora_B.weight weight' || names === 'bias lora_A.weight lora_B.weight weight')
      return this.#lora(group)
    return undefined
  }

  #linear(weight: number, bias: number | undefined): Found | undefined {
    const [to, from] = this.#values[weight]!.shape
    if (to === undefined || from === undefined || this.#values[weight]!.shape.length !== 2) return undefined
    const leaf: Leaf = { type: 'Linear', from, to, bias: bias !== undefined }
    const calls = this.#each(this.#users[weight]!, (user) => {
      const value = this.#values[user]!
      // The loss takes the matrix itself.
      if (value.op === 'linear_log_probability' && value.inputs[0] !== weight) return []
      if (!isProductWith(value, weight) || value.attributes.alpha !== 1) return undefined
      const call = this.#plusBias(user, bias)
      return call === undefined ? undefined : [{ result: call, x: value.inputs[0]! }]
    })
    return calls && this.#onlyIn(bias, calls) ? { leaf, calls } : undefined
  }

  #lora(group: Group): Found | undefined {
    const [weight, a, b, bias] = ['weight', 'lora_A.weight', 'lora_B.weight', 'bias'].map((name) => group.get(name))
    const [first, narrow] = [this.#only(weight!), this.#only(a!)].map((i) =>
      i === undefined ? undefined : this.#values[i]!,
    )
    if (first === undefined || narrow === undefined) return undefined
    if (!isProductWith(first, weight!) || !isProductWith(narrow, a!)) return undefined
    if (first.attributes.alpha !== 1 || narrow.attributes.alpha !== 1 || first.inputs[0] !== narrow.inputs[0])
      return undefined
    const wide = this.#only(this.#only(a!)!)
    const last = wide === undefined ? undefined : this.#values[wide]!
    if (wide === undefined || last === undefined || !isProductWith(last, b!) || this.#only(b!) !== wide)
      return undefined
    const sum = this.#only(wide)
    if (sum === undefined || this.#only(this.#only(weight!)!) !== sum || this.#values[sum]!.op !== 'add')
      return undefined
    const result = this.#plusBias(sum, bias)
    if (result === undefined) return undefined
    const [to, from] = this.#values[weight!]!.shape as [number, number]
    const rank = this.#values[a!]!.shape[0]!
    const calls = [{ result, x: first.inputs[0]! }]
    const leaf: Leaf = { type: 'LoraLinear', from, to, bias: bias !== undefined, rank, scale: last.attributes.alpha }
    return this.#onlyIn(bias, calls) ? { leaf, calls } : undefined
  }

  #norm(weight: number, bias: number | undefined): Found | undefined {
    const [size] = this.#values[weight]!.shape
    let leaf: Leaf | undefined
    const calls = this.#each(this.#users[weight]!, (user) => {
      const value = this.#values[user]!
      if ((value.op !== 'layer_norm' && value.op !== 'rms_norm') || value.inputs[1] !== weight) return undefined
      if (value.inputs[2] !== bias || value.inputs[0] === weight || size === undefined) return undefined
      const { epsilon } = value.attributes
      const own: Leaf =
        value.op === 'rms_norm'
          ? { type: 'RMSNorm', size, epsilon }
          : { type: 'LayerNorm', size, bias: bias !== undefined, epsilon }
      if (leaf !== undefined && JSON.stringify(leaf) !== JSON.stringify(own)) return undefined
      leaf = own
      return [{ result: user, x: value.inputs[0]! }]
    })
    return calls && leaf && this.#onlyIn(bias, calls) ? { leaf, calls } : undefined
  }

  #embedding(group: Group): Found | undefined {
    const weight = group.get('weight')!
    if (group.has('bias')) return undefined
    const calls = this.#each(this.#users[weight]!, (user) => {
      const value = this.#values[user]!
      return value.op === 'gather' && value.inputs[0] === weight ? [{ result: user, x: value.inputs[1]! }] : undefined
    })
    if (calls === undefined) return undefined
    const [rows, size] = this.#values[weight]!.shape as [number, number]
    return { leaf: { type: 'Embedding', rows, size }, calls }
  }

  /** The calls of all users; `undefined` if one of them is not a call. */
  #each(users: readonly number[], callsOf: (user: number) => readonly Call[] | undefined): Call[] | undefined {
    const calls: Call[] = []
    for (const user of users) {
      const found = callsOf(user)
      if (found === undefined) return undefined
      calls.push(...found)
    }
    return calls
  }

  /** The only value that reads a value; `undefined` if others do, or it is an output. */
  #only(value: number): number | undefined {
    const users = this.#users[value]!
    return users.length === 1 && !this.#outputs.has(value) ? users[0] : undefined
  }

  /** The sum of a product and the bias, or the product if there is no bias; `undefined` if the product is used without the bias. */
  #plusBias(product: number, bias: number | undefined): number | undefined {
    if (bias === undefined) return product
    const sum = this.#only(product)
    if (sum === undefined) return undefined
    const { op, inputs } = this.#values[sum]!
    return op === 'add' && inputs[0] === product && inputs[1] === bias ? sum : undefined
  }

  /** Whether a bias is read by the calls and by nothing else. */
  #onlyIn(bias: number | undefined, calls: readonly Call[]): boolean {
    return bias === undefined || this.#users[bias]!.every((user) => calls.some(({ result }) => result === user))
  }
}

function isProductWith(value: Value, weight: number): value is ValueOf<'matmul'> {
  if (value.op !== 'matmul') return false
  const { transposeA, transposeB } = value.attributes
  return value.inputs[1] === weight && value.inputs[0] !== weight && !transposeA && transposeB
}
