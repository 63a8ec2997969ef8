/**
 * The parser: declarations and statements here, expressions in expression-parser.ts. Each construct has one rule, which builds its part of the tree (syntax.ts) and continues after an error.
 *
 * Newlines matter in `onSameLine` only: the `(` of a call, the `[` of an index and the `{` of a trailing block are on the line of the token
 * before them.
 */

import type { TokenType } from 'chevrotain'
import { ExpressionParser } from './expression-parser.ts'
import type { ParseHole, ParserOptions, Rule } from './parser-base.ts'
import type {
  BindingDeclaration,
  Declaration,
  Expression,
  ForClause,
  Identifier,
  Parameter,
  Statement,
  UseDeclaration,
} from './syntax.ts'
import * as t from './tokens.ts'

type ImportedName = UseDeclaration['names'][number]

export class LlmpipeParser extends ExpressionParser {
  constructor(parseHole: ParseHole, options: ParserOptions = {}) {
    super(parseHole, options)
    this.performSelfAnalysis()
  }

  readonly program: Rule<Declaration[]> = this.RULE('program', (): Declaration[] => {
    const declarations: Declaration[] = []
    this.MANY(() => {
      const declaration = this.SUBRULE(this.declaration)
      this.ACTION(() => declaration && declarations.push(declaration))
    })
    return declarations
  })

  /** `undefined` if the parser recovered from an error. */
  readonly declaration: Rule<Declaration | undefined> = this.RULE('declaration', (): Declaration | undefined => {
    this.ACTION(() => this.enter())
    const declaration = this.OR<Declaration | undefined>([
      { ALT: () => this.SUBRULE(this.use) },
      { ALT: () => this.SUBRULE(this.value) },
      { ALT: () => this.SUBRULE(this.architecture) },
      { ALT: () => this.SUBRULE(this.binding) },
      { ALT: () => this.SUBRULE(this.filter) },
      { ALT: () => this.SUBRULE(this.op) },
      { ALT: () => this.SUBRULE(this.block) },
      { ALT: () => this.SUBRULE(this.expect) },
      { ALT: () => this.SUBRULE(this.export) },
      { ALT: () => this.SUBRULE(this.for) },
    ])
    this.ACTION(() => this.leave())
    return declaration
  })

  private readonly use: Rule<Declaration | undefined> = this.RULE('use', (): Declaration | undefined => {
    const from = this.from()
    this.CONSUME(t.Use)
    const source = this.OR<UseDeclaration['source']>([
      {
        ALT: () => {
          const path = this.CONSUME(t.Text)
          return this.ACTION(() => ({ type: 'file', path: this.plainText(path), span: this.spanOf(path) }) as const)
        },
      },
      { ALT: () => this.SUBRULE(this.stdPath) },
    ])
    const names: ImportedName[] = []
    this.CONSUME(t.LCurly)
    this.MANY(() => {
      const name = this.SUBRULE(this.importedName)
      this.ACTION(() => name && names.push(name))
      this.SUBRULE(this.separator)
    })
    this.CONSUME(t.RCurly)
    return this.ACTION(() => ({ type: 'use', source, names, span: this.since(from) }) as const)
  })

  private readonly stdPath: Rule<UseDeclaration['source']> = this.RULE('stdPath', (): UseDeclaration['source'] => {
    const from = this.from()
    const path: string[] = []
    this.AT_LEAST_ONE_SEP({
      SEP: t.Dot,
      DEF: () => {
        const part = this.CONSUME(t.AnyName)
        this.ACTION(() => path.push(part.image))
      },
    })
    return this.ACTION(() => ({ type: 'std', path, span: this.since(from) }) as const)
  })

  /** `undefined` if the parser recovered from an error. */
  private readonly importedName: Rule<ImportedName | undefined> = this.RULE(
    'importedName',
    (): ImportedName | undefined => {
      const name = this.SUBRULE(this.name)
      const alias = this.OPTION(() => {
        this.CONSUME(t.As)
        return this.SUBRULE2(this.name)
      })
      return this.ACTION(() => (alias ? { name, alias } : { name }))
    },
  )

  /** `param` and `let`. */
  private readonly value: Rule<Declaration> = this.RULE('value', (): Declaration => {
    const from = this.from()
    const keyword = this.OR([{ ALT: () => this.CONSUME(t.Param) }, { ALT: () => this.CONSUME(t.Let) }])
    const name = this.SUBRULE(this.declaredName)
    this.CONSUME(t.Assign)
    const value = this.SUBRULE(this.expression)
    return this.ACTION(() => ({
      type: keyword.tokenType === t.Let ? 'let' : 'param',
      name,
      value,
      span: this.since(from),
    }))
  })

  /** `model llama(…) { … }`; `model gpt = …` is a binding. */
  private readonly architecture: Rule<Declaration> = this.RULE('architecture', (): Declaration => {
    const from = this.from()
    this.CONSUME(t.Model)
    const name = this.SUBRULE(this.declaredName)
    return this.OR<Declaration>([
      {
        ALT: () => {
          const parameters = this.SUBRULE(this.parameters)
          const body = this.SUBRULE(this.body)
          return this.ACTION(() => ({ type: 'model', name, parameters, body, span: this.since(from) }) as const)
        },
      },
      {
        ALT: () => {
          const names = [name]
          this.MANY(() => {
            this.CONSUME(t.Comma)
            const more = this.SUBRULE2(this.declaredName)
            this.ACTION(() => names.push(more))
          })
          this.CONSUME(t.Assign)
          const value = this.SUBRULE(this.expression)
          return this.ACTION(
            () => ({ type: 'binding', keyword: 'model', names, value, span: this.since(from) }) as const,
          )
        },
      },
    ])
  })

  private readonly binding: Rule<Declaration> = this.RULE('binding', (): Declaration => {
    const from = this.from()
    const keyword = this.OR([
      { ALT: () => this.CONSUME(t.Data) },
      { ALT: () => this.CONSUME(t.Tokenizer) },
      { ALT: () => this.CONSUME(t.Stage) },
    ])
    const names: Identifier[] = []
    this.AT_LEAST_ONE_SEP({
      SEP: t.Comma,
      DEF: () => {
        const name = this.SUBRULE(this.declaredName)
        this.ACTION(() => names.push(name))
      },
    })
    this.CONSUME(t.Assign)
    const value = this.SUBRULE(this.expression)
    return this.ACTION(() => ({
      type: 'binding',
      keyword: keyword.image as BindingDeclaration['keyword'],
      names,
      value,
      span: this.since(from),
    }))
  })

  private readonly filter: Rule<Declaration> = this.RULE('filter', (): Declaration => {
    const from = this.from()
    const rules: Expression[] = []
    this.CONSUME(t.Filter)
    const name = this.SUBRULE(this.declaredName)
    const parameters = this.SUBRULE(this.parameters)
    this.CONSUME(t.LCurly)
    this.MANY(() => {
      const rule = this.SUBRULE(this.expression)
      this.ACTION(() => rules.push(rule))
      this.OPTION(() => this.CONSUME(t.Comma))
    })
    this.CONSUME(t.RCurly)
    return this.ACTION(() => ({ type: 'filter', name, parameters, rules, span: this.since(from) }) as const)
  })

  private readonly op: Rule<Declaration> = this.RULE('op', (): Declaration => {
    const from = this.from()
    this.CONSUME(t.Op)
    const name = this.SUBRULE(this.declaredName)
    const parameters = this.SUBRULE(this.parameters)
    this.CONSUME(t.Assign)
    const value = this.SUBRULE(this.expression)
    return this.ACTION(() => ({ type: 'op', name, parameters, value, span: this.since(from) }) as const)
  })

  private readonly block: Rule<Declaration> = this.RULE('block', (): Declaration => {
    const from = this.from()
    this.CONSUME(t.Block)
    const name = this.SUBRULE(this.declaredName)
    const parameters = this.SUBRULE(this.parameters)
    const body = this.SUBRULE(this.body)
    return this.ACTION(() => ({ type: 'block', name, parameters, body, span: this.since(from) }) as const)
  })

  private readonly expect: Rule<Declaration> = this.RULE('expect', (): Declaration => {
    const from = this.from()
    this.CONSUME(t.Expect)
    const test = this.SUBRULE(this.expression)
    return this.ACTION(() => ({ type: 'expect', test, span: this.since(from) }) as const)
  })

  private readonly export: Rule<Declaration> = this.RULE('export', (): Declaration => {
    const from = this.from()
    this.CONSUME(t.Export)
    const value = this.SUBRULE(this.expression)
    this.CONSUME(t.To)
    const to = this.SUBRULE2(this.expression)
    const as = this.OPTION(() => {
      this.CONSUME(t.As)
      const name = this.SUBRULE(this.name)
      const options = this.OPTION2({
        GATE: () => this.onSameLine(),
        DEF: () => this.SUBRULE(this.callArguments),
      })
      return { as: name, ...(options ? { options } : {}) }
    })
    return this.ACTION(() => ({ type: 'export', value, to, ...(as ?? {}), span: this.since(from) }) as const)
  })

  private readonly for: Rule<Declaration> = this.RULE('for', (): Declaration => {
    const from = this.from()
    const clauses: ForClause[] = []
    const body: Declaration[] = []
    this.CONSUME(t.For)
    this.AT_LEAST_ONE_SEP({
      SEP: t.Comma,
      DEF: () => {
        const clause = this.SUBRULE(this.forClause)
        this.ACTION(() => clause && clauses.push(clause))
      },
    })
    this.CONSUME(t.LCurly)
    this.MANY(() => {
      const declaration = this.SUBRULE(this.declaration)
      this.ACTION(() => declaration && body.push(declaration))
    })
    this.CONSUME(t.RCurly)
    return this.ACTION(() => ({ type: 'for', clauses, body, span: this.since(from) }) as const)
  })

  /** `undefined` if the parser recovered from an error. */
  private readonly forClause: Rule<ForClause | undefined> = this.RULE('forClause', (): ForClause | undefined => {
    const from = this.from()
    const names: Identifier[] = []
    this.AT_LEAST_ONE_SEP({
      SEP: t.Comma,
      DEF: () => {
        const name = this.SUBRULE(this.name)
        this.ACTION(() => names.push(name))
      },
    })
    this.CONSUME(t.In)
    const values = this.SUBRULE(this.expressionBeforeBlock)
    return this.ACTION(() => ({ names, values, span: this.since(from) }))
  })

  /** The name that a declaration binds. A keyword in its place is reported, and read as the name that was meant. */
  private readonly declaredName: Rule<Identifier> = this.RULE(
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

  private readonly parameters: Rule<Parameter[]> = this.RULE('parameters', (): Parameter[] => {
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
    const shape = this.OPTION(() => {
      this.CONSUME(t.Colon)
      return this.SUBRULE(this.items)
    })
    const otherwise = this.OPTION2(() => {
      this.CONSUME(t.Assign)
      return this.SUBRULE(this.expression)
    })
    return this.ACTION(() => ({
      name,
      ...(shape ? { shape } : {}),
      ...(otherwise ? { default: otherwise } : {}),
      span: this.since(from),
    }))
  })

  private readonly body: Rule<Statement[]> = this.RULE('body', (): Statement[] => {
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
          const name = this.SUBRULE2(this.name)
          this.CONSUME(t.Assign)
          const value = this.SUBRULE(this.expression)
          return this.ACTION(() => ({ type: 'assign', name, value, span: this.since(from) }) as const)
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
