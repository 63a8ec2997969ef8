/** Names in Python: which words are taken, and how the names of a graph are written. */

/** The keywords of Python 3.12, the soft ones too, and the names that a module uses itself. */
const reserved: ReadonlySet<string> = new Set(
  `False None True and as assert async await break case class continue def del elif else except finally for from global if import in is
  lambda match nonlocal not or pass raise return try type while with _
  F Model math nn self super torch float int len list range sum tuple zip`.split(/\s+/),
)

/** Whether a name of the language is one in Python too. */
export function isIdentifier(name: string): boolean {
  return /^[A-Za-z][A-Za-z0-9_]*$/.test(name) && !reserved.has(name)
}

/** A variable with the name of a part of a graph: `oldValues` is `old_values`, `past.0.keys` is `past_0_keys`, `lambda` is `lambda_`. */
export function variable(name: string): string {
  const snake = name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
  const begun = /^[a-z]/.test(snake) ? snake : `x_${snake}`
  return reserved.has(begun) ? `${begun}_` : begun
}

/** Gives out names, each once. */
export class Names {
  readonly #taken: Set<string>

  constructor(taken: Iterable<string> = []) {
    this.#taken = new Set(taken)
  }

  /** `wanted`, or `wanted_2` and so on if that name is taken. */
  claim(wanted: string): string {
    let name = wanted
    for (let count = 2; this.#taken.has(name); count++) name = `${wanted}_${count}`
    this.#taken.add(name)
    return name
  }
}
