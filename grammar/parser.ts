/**
 * The parser: declarations here, parameters and statements in body-parser.ts, expressions in expression-parser.ts. Each construct has one rule, which builds its part of the tree (syntax.ts) and continues after an error.
 *
 * Newlines matter in `onSameLine` only: the `(` of a call, the `[` of an index and the `{` of a trailing block are on the line of the token
 * before them.
 */

import { BodyParser } from './body-parser.ts'
import type { ParseHole, ParserOptions, Rule } from './parser-base.ts'
import type {
  BindingDeclaration,
  Branch,
  Declaration,
  Expression,
  ForClause,
  Identifier,
  UseDeclaration,
} from './syntax.ts'
import * as t from './tokens.ts'

type ImportedName = UseDeclaration['names'][number]

export class LlmpipeParser extends BodyParser {
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
      { ALT: () => this.SUBRULE(this.choice) },
      { ALT: () => this.SUBRULE(this.test) },
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

  /** `param` and `let`; a `let` with parameters is a function. */
  private readonly value: Rule<Declaration> = this.RULE('value', (): Declaration => {
    const from = this.from()
    const keyword = this.OR([{ ALT: () => this.CONSUME(t.Param) }, { ALT: () => this.CONSUME(t.Let) }])
    const name = this.SUBRULE(this.declaredName)
    const parameters = this.OPTION({
      GATE: () => keyword.tokenType === t.Let,
      DEF: () => this.SUBRULE(this.parameters),
    })
    this.CONSUME(t.Assign)
    const value = this.SUBRULE(this.expression)
    return this.ACTION((): Declaration => {
      const span = this.since(from)
      if (parameters !== undefined) return { type: 'function', name, parameters, value, span }
      return { type: keyword.tokenType === t.Let ? 'let' : 'param', name, value, span }
    })
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
    this.CONSUME(t.For)
    this.AT_LEAST_ONE_SEP({
      SEP: t.Comma,
      DEF: () => {
        const clause = this.SUBRULE(this.forClause)
        this.ACTION(() => clause && clauses.push(clause))
      },
    })
    const { body } = this.SUBRULE(this.declarations) ?? { body: [] }
    return this.ACTION(() => ({ type: 'for', clauses, body, span: this.since(from) }) as const)
  })

  /** `if`, with declarations. The branches of a chain of `else if`s are nested. */
  private readonly choice: Rule<Declaration> = this.RULE('choice', (): Declaration => {
    const from = this.from()
    this.ACTION(() => this.enter())
    this.CONSUME(t.If)
    const condition = this.SUBRULE(this.expressionBeforeBlock)
    const then = this.SUBRULE(this.declarations)
    const otherwise = this.OPTION(() => {
      this.CONSUME(t.Else)
      return this.OR<Omit<Branch, 'condition' | 'holds'>>([
        {
          ALT: () => {
            const next = this.SUBRULE(this.choice)
            return this.ACTION(() => ({ type: 'branch', body: [next], span: next.span }) as const)
          },
        },
        { ALT: () => this.SUBRULE2(this.declarations) },
      ])
    })
    return this.ACTION(() => {
      this.leave()
      const branches: Branch[] = [{ ...then, condition, holds: true }]
      if (otherwise !== undefined) branches.push({ ...otherwise, condition, holds: false })
      return { type: 'if', branches, span: this.since(from) } as const
    })
  })

  private readonly test: Rule<Declaration> = this.RULE('test', (): Declaration => {
    const from = this.from()
    this.CONSUME(t.Test)
    const text = this.CONSUME(t.Text)
    const name = this.ACTION(
      () => ({ type: 'test name', text: this.plainText(text), span: this.spanOf(text) }) as const,
    )
    const { body } = this.SUBRULE(this.declarations) ?? { body: [] }
    return this.ACTION(() => ({ type: 'test', name, body, span: this.since(from) }) as const)
  })

  /** Declarations between braces. */
  private readonly declarations: Rule<Omit<Branch, 'condition' | 'holds'>> = this.RULE(
    'declarations',
    (): Omit<Branch, 'condition' | 'holds'> => {
      const from = this.from()
      const body: Declaration[] = []
      this.CONSUME(t.LCurly)
      this.MANY(() => {
        const declaration = this.SUBRULE(this.declaration)
        this.ACTION(() => declaration && body.push(declaration))
      })
      this.CONSUME(t.RCurly)
      return this.ACTION(() => ({ type: 'branch', body, span: this.since(from) }) as const)
    },
  )

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
}
