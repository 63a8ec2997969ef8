/** The rules that the declarations of functions have in common: declared names, parameters, and the statements of blocks and architectures. */

import type { TokenType } from 'chevrotain'
import { ExpressionParser } from './expression-parser.ts'
import type { Rule } from './parser-base.ts'
import type { Identifier, Parameter, Statement, StringLiteral } from './syntax.ts'
import * as t from './tokens.ts'

/** A parser of expressions and of the bodies of declarations. */
export class BodyParser extends ExpressionParser {
  /** The name that a declaration binds. A keyword in its place is reported, and read as the name that was meant. */
  protected readonly declaredName: Rule<Identifier> = this.RULE(
    'declaredName',
    (): Identifier =>
      this.OR<Identifier>({
        DEF: [
          { ALT: () => this.SUBRULE(this.name) },
          {
            GATE: () => namesFollow.has(this.LA(2).tokenType),
            ALT: () => {
              const token = this.CONSUME(t.AnyName)
              return this.ACTION(() => {
                this.report({ problem: 'keyword-as-name', keyword: token.image, span: this.spanOf(token) })
                return this.identifier(token)
              })
            },
          },
        ],
        // Both alternatives match a name; the first is the right one.
        IGNORE_AMBIGUITIES: true,
      }),
  )

  protected readonly parameters: Rule<Parameter[]> = this.RULE('parameters', (): Parameter[] => {
    const parameters: Parameter[] = []
    this.CONSUME(t.LParen)
    this.MANY(() => {
      const parameter = this.SUBRULE(this.parameter)
      this.ACTION(() => parameter && parameters.push(parameter))
      this.SUBRULE(this.separator)
    })
    this.CONSUME(t.RParen)
    return parameters
  })

  /** `undefined` if the parser recovered from an error. */
  private readonly parameter: Rule<Parameter | undefined> = this.RULE('parameter', (): Parameter | undefined => {
    const from = this.from()
    const name = this.SUBRULE(this.name)
    const stated = this.OPTION(() => {
      this.CONSUME(t.Colon)
      return this.SUBRULE(this.stated)
    })
    const otherwise = this.OPTION2(() => {
      this.CONSUME(t.Assign)
      return this.SUBRULE(this.expression)
    })
    return this.ACTION(() => ({
      name,
      ...(stated ?? {}),
      ...(otherwise ? { default: otherwise } : {}),
      span: this.since(from),
    }))
  })

  /** The arguments that a parameter takes: a tensor of a shape, or a value of a type. */
  private readonly stated: Rule<Pick<Parameter, 'shape' | 'of'>> = this.RULE(
    'stated',
    (): Pick<Parameter, 'shape' | 'of'> => {
      const from = this.from()
      return this.OR<Pick<Parameter, 'shape' | 'of'>>([
        {
          ALT: () => {
            const shape = this.SUBRULE(this.items)
            return this.ACTION(() => ({ shape }))
          },
        },
        {
          ALT: () => {
            const name = this.CONSUME(t.AnyName)
            return this.ACTION(() => ({
              of: { type: 'type name', name: name.image, span: this.spanOf(name) } as const,
            }))
          },
        },
        {
          ALT: () => {
            const texts: StringLiteral[] = []
            this.AT_LEAST_ONE_SEP({
              SEP: t.Or,
              DEF: () => {
                const text = this.CONSUME(t.Text)
                this.ACTION(() => texts.push(this.string(text)))
              },
            })
            return this.ACTION(() => ({ of: { type: 'choices', texts, span: this.since(from) } as const }))
          },
        },
      ])
    },
  )

  protected readonly body: Rule<Statement[]> = this.RULE('body', (): Statement[] => {
    const statements: Statement[] = []
    this.CONSUME(t.LCurly)
    this.MANY(() => {
      const statement = this.SUBRULE(this.statement)
      this.ACTION(() => statement && statements.push(statement))
    })
    this.CONSUME(t.RCurly)
    return statements
  })

  private readonly statement: Rule<Statement | undefined> = this.RULE('statement', (): Statement | undefined => {
    const from = this.from()
    this.ACTION(() => this.enter())
    const statement = this.OR<Statement>([
      {
        ALT: () => {
          this.CONSUME(t.Repeat)
          const count = this.SUBRULE(this.expressionBeforeBlock)
          const index = this.OPTION(() => {
            this.CONSUME(t.As)
            return this.SUBRULE(this.name)
          })
          const body = this.SUBRULE(this.body)
          return this.ACTION(
            () => ({ type: 'repeat', count, ...(index ? { index } : {}), body, span: this.since(from) }) as const,
          )
        },
      },
      {
        ALT: () => {
          const names = [this.SUBRULE2(this.name)]
          this.MANY(() => {
            this.CONSUME(t.Comma)
            const name = this.SUBRULE3(this.name)
            this.ACTION(() => names.push(name))
          })
          this.CONSUME(t.Assign)
          const value = this.SUBRULE(this.expression)
          return this.ACTION(() => ({ type: 'assign', names, value, span: this.since(from) }) as const)
        },
      },
      {
        ALT: () => {
          const value = this.SUBRULE2(this.expression)
          return this.ACTION(() => ({ type: 'result', value, span: this.since(from) }) as const)
        },
      },
    ])
    this.ACTION(() => this.leave())
    return statement
  })
}

/** The tokens that can follow the name of a declaration. */
const namesFollow: ReadonlySet<TokenType> = new Set([t.Assign, t.Comma, t.LParen])
