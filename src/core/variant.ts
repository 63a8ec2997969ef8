/** The names of variants: `base[lr=3e-4, layers=2]` is the `stage base` of a `for` with these values. */

export interface Variant {
  /** The names that the declaration binds, without values: `base`, `train,held_out`; for an unnamed inner call those of its declaration. */
  readonly of: string
  /** The values of the variant, as its name writes them: `{ lr: '3e-4', layers: '2' }`. */
  readonly values: Readonly<Record<string, string>>
}

/** The names in the name of a node: `train[seed=1],held_out[seed=1]` has two. A comma in brackets or quotes does not separate names. */
export function boundNames(name: string): string[] {
  return pieces(name, ',')
}

/** Parses a name with values, with any spaces; `undefined` if it has no brackets. */
export function readVariant(name: string): Variant | undefined {
  const open = name.indexOf('[')
  if (open === -1 || !name.endsWith(']')) return undefined
  const entries = pieces(name.slice(open + 1, -1), ',').map((entry) => {
    const equals = entry.indexOf('=')
    return [entry.slice(0, equals).trim(), entry.slice(equals + 1).trim()] as const
  })
  return { of: name.slice(0, open).trim(), values: Object.fromEntries(entries) }
}

/** Whether a name is the wanted one, or a variant with the wanted values: `base` means all variants of `base`. */
export function isMeantBy(wanted: string, name: string): boolean {
  if (wanted === name) return true
  const own = readVariant(name)
  if (own === undefined) return false
  const { of, values } = readVariant(wanted) ?? { of: wanted, values: {} }
  return (
    of === own.of && Object.entries(values).every(([variable, value]) => isSameValue(value, own.values[variable] ?? ''))
  )
}

/** Whether two names are the same, in any spelling of their values. */
export function isSameName(a: string, b: string): boolean {
  return isMeantBy(a, b) && (a === b || isMeantBy(b, a))
}

/** Whether two values are the same, in any spelling: `3e-4` and `0.0003`, `"gelu"` and `gelu`. */
function isSameValue(a: string, b: string): boolean {
  return plain(a) === plain(b)
}

function plain(value: string): string {
  const number = Number(value)
  if (value !== '' && !Number.isNaN(number)) return String(number)
  if (value.endsWith(')')) return value.replace(/\s+/g, '')
  return /^".*"$/s.test(value) ? value.slice(1, -1) : value
}

/** The pieces of a text between separators outside brackets and quotes. */
function pieces(text: string, separator: string): string[] {
  const found: string[] = []
  let piece = ''
  let depth = 0
  let quoted = false
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!
    if (quoted && character === '\\') {
      piece += character + (text[++at] ?? '')
      continue
    }
    if (character === '"') quoted = !quoted
    else if (!quoted && (character === '[' || character === '(')) depth++
    else if (!quoted && (character === ']' || character === ')')) depth--
    else if (!quoted && depth === 0 && character === separator) {
      found.push(piece)
      piece = ''
      continue
    }
    piece += character
  }
  return [...found, piece]
}
