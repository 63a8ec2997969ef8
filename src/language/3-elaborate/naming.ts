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
  /** Asked for when the first weight is made: which call takes a lent name depends on that. */
  readonly #base: string | (() => string)
  readonly #taken = new Set<string>()
  #path: string | undefined

  constructor(base: string | (() => string) = '', parent?: Place) {
    this.#base = base
    this.#parent = parent
    if (parent === undefined) this.#path = ''
  }

  /** A place inside this one. */
  inside(base: string | (() => string)): Place {
    return new Place(base, this)
  }

  /** The name of a weight made here. */
  weight(base: string): string {
    return this.#claim(base)
  }

  /** For people: where this is, without settling its name. */
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

/** A place whose one weight has the place's own name: `table = weight(…)`. */
class Alias extends Place {
  readonly #outer: Place
  readonly #name: string

  constructor(outer: Place, name: string) {
    super(name, outer)
    this.#outer = outer
    this.#name = name
  }

  override weight(): string {
    return this.#outer.weight(this.#name)
  }
}

/** The name a binding lends to the first block of its expression that makes weights. */
export class Lent {
  readonly #name: string
  #given = false

  constructor(name: string) {
    this.#name = name
  }

  /** A place in `outer` for a call of `block`: called by the binding if no call before it made weights. */
  place(outer: Place, block: string): Place {
    return outer.inside(() => {
      if (this.#given) return block
      this.#given = true
      return this.#name
    })
  }

  /** A place in `outer` for a weight that is called by the binding itself. */
  alias(outer: Place): Place {
    if (this.#given) return outer
    this.#given = true
    return new Alias(outer, this.#name)
  }
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`
}
