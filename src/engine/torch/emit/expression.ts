/** Python expressions with just the parentheses that they need, and the literals and names in them. */

/** How tightly the outermost operator of an expression binds; larger is tighter. */
const tightness = { comparison: 0, sum: 1, product: 2, sign: 3, primary: 4 } as const

type Tightness = keyof typeof tightness

export interface Expression {
  readonly text: string
  readonly binds: Tightness
  /** The parts of a call or a list, which a long line has on lines of their own. */
  readonly parts?: Parts
}

export interface Parts {
  readonly open: string
  readonly items: readonly string[]
  readonly close: string
}

/** A name, a literal, a call or another expression that never needs parentheses. */
export const primary = (text: string): Expression => ({ text, binds: 'primary' })

/** The text of an expression, in parentheses if its operator binds less tightly than `least`. */
function within({ text, binds }: Expression, least: Tightness): string {
  return tightness[binds] < tightness[least] ? `(${text})` : text
}

/** `name(a, b)` */
export function call(name: string, ...given: readonly (Expression | string)[]): Expression {
  return enclosed(`${name}(`, given.map(textOf), ')')
}

/** `[a, b]` */
export function list(items: readonly (Expression | string)[]): Expression {
  return enclosed('[', items.map(textOf), ']')
}

/** `{"a": a, "b": b}` */
export function dictionary(items: readonly (readonly [string, Expression])[]): Expression {
  return enclosed(
    '{',
    items.map(([key, value]) => `${quoted(key)}: ${value.text}`),
    '}',
  )
}

function enclosed(open: string, items: readonly string[], close: string): Expression {
  return { text: `${open}${items.join(', ')}${close}`, binds: 'primary', parts: { open, items, close } }
}

/** `x.name(a, b)` */
export function method(x: Expression, name: string, ...given: readonly (Expression | string)[]): Expression {
  return call(`${within(x, 'primary')}.${name}`, ...given)
}

/** `x.name` */
export function attribute(x: Expression, name: string): Expression {
  return primary(`${within(x, 'primary')}.${name}`)
}

/** `x[index]` */
export function subscript(x: Expression, index: string): Expression {
  return primary(`${within(x, 'primary')}[${index}]`)
}

const infix = (operator: string, binds: Tightness, right: Tightness) => (a: Expression, b: Expression) => ({
  text: `${within(a, binds)} ${operator} ${within(b, right)}`,
  binds,
})

export const plus = infix('+', 'sum', 'product')
export const minus = infix('-', 'sum', 'product')
export const times = infix('*', 'product', 'sign')
export const over = infix('/', 'product', 'sign')
/** The product of matrices. */
export const at = infix('@', 'product', 'sign')
export const isGreater = infix('>', 'comparison', 'sum')

export function negative(x: Expression): Expression {
  return { text: `-${within(x, 'sign')}`, binds: 'sign' }
}

export function textOf(x: Expression | string): string {
  return typeof x === 'string' ? x : x.text
}

/** A number as a person writes it in Python: `0.5`, `1e-5`, `-2.0`. */
export function literal(value: number): Expression {
  if (!Number.isFinite(value)) throw new Error(`${value} is not a number of a graph`)
  const size = Math.abs(value)
  const digits = size > 0 && size < 1e-3 ? size.toExponential() : String(size)
  const text = /[.e]/.test(digits) ? digits.replace('e+', 'e') : `${digits}.0`
  return value < 0 || Object.is(value, -0) ? { text: `-${text}`, binds: 'sign' } : primary(text)
}

/** `(2, 3)`, `(2,)` or `()`. */
export function tuple(items: readonly (number | string)[]): string {
  return items.length === 1 ? `(${items[0]},)` : `(${items.join(', ')})`
}

/** A text as a Python literal: `"layers.0"`. */
export function quoted(text: string): string {
  return JSON.stringify(text)
}
