/**
 * Names of weights: the path of bindings and blocks to them.
 *
 *     repeat layers { x = x + attention(x) }        layers.3.attention
 *       q = x |> linear(dim)                                          .q
 *         weight = weight(out, in)                                      .weight
 *
 * A block's place in the path is the name it is bound to, for the first block of a bound expression that makes weights, and
 * its own name otherwise; a name that is taken gets a number: `linear`, `linear_2`. Places without weights take no name.
 */
export class Place {
  readonly #parent: Place | undefined
  readonly #base: string
  readonly #taken = new Set<string>()
  #path: string | undefined

  constructor(base = '', parent?: Place) {
    this.#base = base
    this.#parent = parent
    if (parent === undefined) this.#path = ''
  }

  /** A place inside this one. */
  inside(base: string): Place {
    return new Place(base, this)
  }

  /** The name of a weight made here. */
  weight(base: string): string {
    return this.#claim(base)
  }

  /** For people: where this is, without settling its name. */
  get scope(): string {
    if (this.#parent === undefined) return ''
    return this.#path ?? join(this.#parent.scope, this.#base)
  }

  #claim(base: string): string {
    this.#path ??= this.#parent!.#claim(this.#base)
    let name = base
    for (let count = 2; this.#taken.has(name); count++) name = `${base}_${count}`
    this.#taken.add(name)
    return join(this.#path, name)
  }
}

/** The name a binding lends to the first block of its expression that makes weights. */
export class Lent {
  readonly #name: string
  #given = false

  constructor(name: string) {
    this.#name = name
  }

  /** A place in `outer` for a call of `block`: called by the binding if no other call was before it. */
  place(outer: Place, block: string): Place {
    if (this.#given) return outer.inside(block)
    this.#given = true
    return outer.inside(this.#name)
  }
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`
}
