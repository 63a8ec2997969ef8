/**
 * Names of weights. The name of a weight is the path of bindings and blocks that lead to it:
 *
 *     repeat layers { x = x + attention(x) }        layers.3.attention
 *       q = x |> linear(dim)                                          .q
 *         weight = weight(out, in)                                      .weight
 *
 * In a bound expression, the first block that makes weights has the name of the binding in the path; other blocks have their own
 * names. A name that is taken gets a number: `linear`, `linear_2`. Blocks without weights take no name.
 */
export class WeightPath {
  readonly #parent: WeightPath | undefined
  /** A function is called when the first weight is made, since that decides which call takes a lent name. */
  readonly #base: string | (() => string)
  readonly #taken = new Set<string>()
  #path: string | undefined

  constructor(base: string | (() => string) = '', parent?: WeightPath) {
    this.#base = base
    this.#parent = parent
    if (parent === undefined) this.#path = ''
  }

  /** A path below this one. */
  inside(base: string | (() => string)): WeightPath {
    return new WeightPath(base, this)
  }

  /** The name of a new weight. */
  weight(base: string): string {
    return this.#claim(base)
  }

  /** The path as graphs show it; reading it claims no name. */
  get scope(): string {
    if (this.#parent === undefined) return ''
    return this.#path ?? (typeof this.#base === 'string' ? join(this.#parent.scope, this.#base) : this.#parent.scope)
  }

  #claim(base: string): string {
    this.#path ??= this.#parent!.#claim(typeof this.#base === 'string' ? this.#base : this.#base())
    let name = base
    for (let count = 2; this.#taken.has(name); count++) name = `${base}_${count}`
    this.#taken.add(name)
    return join(this.#path, name)
  }
}

/** A path whose only weight has the name of the binding itself: `table = weight(…)`. */
class Alias extends WeightPath {
  readonly #outer: WeightPath
  readonly #name: string

  constructor(outer: WeightPath, name: string) {
    super(name, outer)
    this.#outer = outer
    this.#name = name
  }

  override weight(): string {
    return this.#outer.weight(this.#name)
  }
}

/** The name of a binding, which the first block of its expression that makes weights takes. */
export class Lent {
  readonly #name: string
  #isTaken = false

  constructor(name: string) {
    this.#name = name
  }

  /** A path in `outer` for a call of `block`. It has the name of the binding if no call before it made weights. */
  path(outer: WeightPath, block: string): WeightPath {
    return outer.inside(() => {
      if (this.#isTaken) return block
      this.#isTaken = true
      return this.#name
    })
  }

  /** A path in `outer` for a weight that has the name of the binding itself. */
  alias(outer: WeightPath): WeightPath {
    if (this.#isTaken) return outer
    this.#isTaken = true
    return new Alias(outer, this.#name)
  }
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`
}
