/** Random programs, as trees without spans. */

import fc from 'fast-check'
import { suffixes } from '../../grammar/numbers.ts'
import { quote } from '../../grammar/strings.ts'
import type {
  Argument,
  CallExpression,
  Declaration,
  Expression,
  ForClause,
  Identifier,
  Parameter,
  Program,
  Statement,
  TypeExpression,
} from '../../grammar/syntax.ts'
import { isKeyword } from '../../grammar/tokens.ts'

const span = { file: 'random.llmpipe', start: 0, end: 0 }

const word = fc.stringMatching(/^[a-z_][a-z0-9_]{0,6}$/).filter((text) => !isKeyword(text))
const anyWord = fc.oneof(word, fc.constantFrom('model', 'filter', 'in', 'to', 'use', 'true'))
const identifier = (text: fc.Arbitrary<string>): fc.Arbitrary<Identifier> =>
  text.map((name) => ({ type: 'identifier', name, span }))
const name = identifier(word)

const number: fc.Arbitrary<Expression> = fc
  .record({
    whole: fc.nat(9999),
    point: fc.option(fc.nat(999)),
    suffix: fc.option(fc.constantFrom(...Object.keys(suffixes))),
  })
  .map(({ whole, point, suffix }) => {
    const digits = point === null ? `${whole}` : `${whole}.${point}`
    const known = suffix === null ? undefined : suffixes[suffix]
    const plain = Number(digits)
    const scaled = suffix === '%' ? plain / 100 : suffix === 'ms' ? plain / 1000 : plain * (known?.times ?? 1)
    return { type: 'number', value: scaled, unit: known?.unit ?? 'none', text: `${digits}${suffix ?? ''}`, span }
  })

const { expression, call } = fc.letrec<{
  expression: Expression
  call: CallExpression
  argument: Argument
  named: Argument
}>((tie) => ({
  argument: fc.oneof(
    { depthSize: 'small' },
    tie('expression').map((value) => ({ value, span })),
    tie('named'),
  ),
  named: fc.record({ name: identifier(anyWord), value: tie('expression') }).map((each) => ({ ...each, span })),
  call: fc
    .record({
      callee: name,
      arguments: fc.array(tie('argument'), { maxLength: 3 }),
      block: fc.option(fc.array(tie('named'), { maxLength: 3 })),
    })
    .map(({ block, ...rest }) => ({ type: 'call', ...rest, ...(block === null ? {} : { block }), span })),
  expression: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    word.map((text): Expression => ({ type: 'name', name: text, span })),
    number,
    fc.boolean().map((value): Expression => ({ type: 'boolean', value, span })),
    fc.string({ maxLength: 8 }).map((text): Expression => {
      const parts = text === '' ? [] : [{ type: 'text', text } as const]
      return { type: 'string', parts, raw: false, text: quote(text), span }
    }),
    fc
      .stringMatching(/^[a-z\\ ]{0,6}$/)
      .filter((text) => !text.endsWith('\\'))
      .map((text): Expression => {
        const parts = text === '' ? [] : [{ type: 'text', text } as const]
        return { type: 'string', parts, raw: true, text: `r"${text}"`, span }
      }),
    tie('expression').map((value): Expression => {
      const parts = [{ type: 'text', text: 'a{' } as const, { type: 'hole', value } as const]
      return { type: 'string', parts, raw: false, text: '', span }
    }),
    fc.array(tie('expression'), { maxLength: 3 }).map((items): Expression => ({ type: 'list', items, span })),
    fc.tuple(tie('expression'), tie('expression')).map(([from, to]): Expression => ({ type: 'range', from, to, span })),
    fc
      .tuple(tie('expression'), identifier(anyWord))
      .map(([object, member]): Expression => ({ type: 'member', object, name: member, span })),
    fc
      .tuple(tie('expression'), tie('expression'))
      .map(([object, index]): Expression => ({ type: 'index', object, index, span })),
    fc
      .tuple(tie('expression'), fc.array(fc.record({ name, value: tie('expression') }), { minLength: 1, maxLength: 2 }))
      .map(
        ([object, entries]): Expression => ({
          type: 'select',
          object,
          entries: entries.map((entry) => ({ ...entry, span })),
          span,
        }),
      ),
    tie('call'),
    fc.tuple(tie('expression'), tie('call')).map(([left, right]): Expression => ({ type: 'pipe', left, right, span })),
    fc
      .tuple(
        fc.constantFrom('+', '-', '*', '/', '%', '^', '==', '!=', '<', '<=', '>', '>=', 'and', 'or', 'in'),
        tie('expression'),
        tie('expression'),
      )
      .map(([operator, left, right]): Expression => ({ type: 'binary', operator, left, right, span })),
    fc
      .tuple(fc.constantFrom('-', 'not'), tie('expression'))
      .map(([operator, operand]): Expression => ({ type: 'unary', operator, operand, span })),
    fc
      .tuple(tie('expression'), tie('expression'), tie('expression'))
      .map(([condition, then, otherwise]): Expression => ({ type: 'if', condition, then, otherwise, span })),
  ),
}))

const choice = word.map(
  (text) => ({ type: 'string', parts: [{ type: 'text', text }], raw: false, text: `"${text}"`, span }) as const,
)
const type: fc.Arbitrary<TypeExpression> = fc.oneof(
  anyWord.map((typeName) => ({ type: 'type name', name: typeName, span }) as const),
  fc.array(choice, { minLength: 1, maxLength: 3 }).map((texts) => ({ type: 'choices', texts, span }) as const),
)
const stated: fc.Arbitrary<Pick<Parameter, 'shape' | 'of'>> = fc.oneof(
  fc.constant({}),
  fc.array(expression, { maxLength: 2 }).map((shape) => ({ shape })),
  type.map((of) => ({ of })),
)

const parameter: fc.Arbitrary<Parameter> = fc
  .record({ name, stated, value: fc.option(expression) })
  .map(({ name: parameterName, stated: takes, value }) => ({
    name: parameterName,
    ...takes,
    ...(value === null ? {} : { default: value }),
    span,
  }))
const parameters = fc.array(parameter, { maxLength: 3 })

const { statement } = fc.letrec<{ statement: Statement }>((tie) => ({
  statement: fc.oneof(
    { depthSize: 'small' },
    fc
      .tuple(fc.array(name, { minLength: 1, maxLength: 3 }), expression)
      .map(([names, value]): Statement => ({ type: 'assign', names, value, span })),
    expression.map((value): Statement => ({ type: 'result', value, span })),
    fc
      .tuple(expression, fc.option(name), fc.array(tie('statement'), { maxLength: 3 }))
      .map(([count, index, body]): Statement => ({ type: 'repeat', count, ...(index ? { index } : {}), body, span })),
  ),
}))
const body = fc.array(statement, { maxLength: 4 })

const plainDeclaration: fc.Arbitrary<Declaration> = fc.oneof(
  fc
    .tuple(fc.array(word, { minLength: 1, maxLength: 3 }), fc.array(fc.tuple(name, fc.option(name)), { maxLength: 3 }))
    .map(
      ([path, names]): Declaration => ({
        type: 'use',
        source: { type: 'std', path, span },
        names: names.map(([each, alias]) => (alias ? { name: each, alias } : { name: each })),
        span,
      }),
    ),
  fc
    .tuple(fc.constantFrom('param', 'let'), name, expression)
    .map(([type, target, value]): Declaration => ({ type, name: target, value, span })),
  fc
    .tuple(
      fc.constantFrom('data', 'tokenizer', 'model', 'stage'),
      fc.array(name, { minLength: 1, maxLength: 3 }),
      expression,
    )
    .map(([keyword, names, value]): Declaration => ({ type: 'binding', keyword, names, value, span })),
  fc
    .tuple(name, parameters, fc.array(expression, { maxLength: 3 }))
    .map(([target, list, rules]): Declaration => ({ type: 'filter', name: target, parameters: list, rules, span })),
  fc
    .tuple(name, parameters, expression)
    .map(([target, list, value]): Declaration => ({ type: 'op', name: target, parameters: list, value, span })),
  fc
    .tuple(name, parameters, expression)
    .map(([target, list, value]): Declaration => ({ type: 'function', name: target, parameters: list, value, span })),
  fc.tuple(fc.constantFrom('block', 'model'), name, parameters, body).map(
    ([type, target, list, statements]): Declaration => ({
      type,
      name: target,
      parameters: list,
      body: statements,
      span,
    }),
  ),
  expression.map((test): Declaration => ({ type: 'expect', test, span })),
  fc
    .tuple(expression, expression, fc.option(fc.tuple(name, fc.option(call))))
    .map(([value, to, layout]): Declaration => {
      const [as, options] = layout ?? []
      const more = { ...(as ? { as } : {}), ...(options ? { options: options.arguments } : {}) }
      return { type: 'export', value, to, ...more, span }
    }),
)

const clause: fc.Arbitrary<ForClause> = fc
  .record({ names: fc.array(name, { minLength: 1, maxLength: 2 }), values: expression })
  .map((each) => ({ ...each, span }))

const { declaration } = fc.letrec<{ declaration: Declaration }>((tie) => ({
  declaration: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    { weight: 8, arbitrary: plainDeclaration },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.array(clause, { minLength: 1, maxLength: 2 }), fc.array(tie('declaration'), { maxLength: 3 }))
        .map(([clauses, inner]): Declaration => ({ type: 'for', clauses, body: inner, span })),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.stringMatching(/^[a-z ]{0,6}$/), fc.array(tie('declaration'), { maxLength: 3 }))
        .map(([text, inner]): Declaration => {
          return { type: 'test', name: { type: 'test name', text, span }, body: inner, span }
        }),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(
          expression,
          fc.array(tie('declaration'), { maxLength: 2 }),
          fc.option(fc.array(tie('declaration'), { maxLength: 2 })),
        )
        .map(([condition, inner, otherwise]): Declaration => {
          const branch = { type: 'branch', condition, span } as const
          const first = { ...branch, holds: true, body: inner }
          const branches = otherwise === null ? [first] : [first, { ...branch, holds: false, body: otherwise }]
          return { type: 'if', branches, span }
        }),
    },
  ),
}))

export const program: fc.Arbitrary<Program> = fc
  .array(declaration, { maxLength: 5 })
  .map((declarations) => ({ type: 'program', file: span.file, declarations, comments: [], span }))

export { call, expression }

/** A tree without spans, and without the source text of strings, since the formatter changes the spacing in their holes. */
export function bare(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(bare)
  if (typeof value !== 'object' || value === null) return value
  const node = value as Readonly<Record<string, unknown>>
  const kept = Object.entries(node).filter(
    ([field]) => field !== 'span' && !(field === 'text' && node.type === 'string'),
  )
  return Object.fromEntries(kept.map(([field, member]) => [field, bare(member)]))
}
