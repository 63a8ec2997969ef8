/**
 * The parser: one rule a construct, building the tree of syntax.ts as it goes, and going on after an error.
 *
 * Newlines mean nothing but in `onSameLine`: the `(` of a call, the `[` of an index and the `{` of a trailing block stand
 * on the line of what they follow.
 */

// biome-ignore-all lint/correctness/noComponentHookFactories: ALT and DEF are Chevrotain's words, no components.

import {
  defaultParserErrorProvider,
  EmbeddedActionsParser,
  type IToken,
  type ParserMethod,
  type TokenType,
} from 'chevrotain'
import { readNumber } from './numbers.ts'
import { foldOperators, type OperatorItem } from './operators.ts'
import type { SyntaxProblem } from './problem.ts'
import type { Span } from './span.ts'
import { scanString } from './strings.ts'
import type {
  Argument,
  BindingDeclaration,
  CallExpression,
  Declaration,
  Expression,
  Identifier,
  Parameter,
  Statement,
  StringLiteral,
  UseDeclaration,
} from './syntax.ts'
import * as t from './tokens.ts'

type Rule<T> = ParserMethod<[], T>
type ImportedName = UseDeclaration['names'][number]

export class LlmpipeParser extends EmbeddedActionsParser {
  file = ''
  text = ''
  problems: SyntaxProblem[] = []
  /** Above zero where a `{` belongs to an `if` or a `repeat`, and is no trailing block. */
  private withoutBlock = 0
  /** Parses the text of a hole, between two offsets of the whole text. */
  private readonly parseHole: (parser: LlmpipeParser, start: number, end: number) => Expression

  constructor(parseHole: (parser: LlmpipeParser, start: number, end: number) => Expression, validate: boolean) {
    super(t.tokens, {
      recoveryEnabled: true,
      maxLookahead: 2,
      nodeLocationTracking: 'none',
      skipValidations: !validate,
      // errors.ts finds the words; all it needs from here is which token was expected.
      errorMessageProvider: {
        ...defaultParserErrorProvider,
        buildMismatchTokenMessage: ({ expected }) => expected.name,
      },
    })
    this.parseHole = parseHole
    this.performSelfAnalysis()
  }

  start(file: string, text: string, input: IToken[]): void {
    this.file = file
    this.text = text
    this.problems = []
    this.withoutBlock = 0
    this.input = input
  }

  // Declarations

  readonly program: Rule<Declaration[]> = this.RULE('program', (): Declaration[] => {
    const declarations: Declaration[] = []
    this.MANY(() => {
      const declaration = this.SUBRULE(this.declaration)
      this.ACTION(() => declaration && declarations.push(declaration))
    })
    return declarations
  })

  /** Nothing where the parser recovered from what was no declaration. */
  readonly declaration: Rule<Declaration | undefined> = this.RULE(
    'declaration',
    (): Declaration | undefined =>
      this.OR<Declaration | undefined>([
        { ALT: () => this.SUBRULE(this.use) },
        { ALT: () => this.SUBRULE(this.value) },
        { ALT: () => this.SUBRULE(this.architecture) },
        { ALT: () => this.SUBRULE(this.binding) },
        { ALT: () => this.SUBRULE(this.filter) },
        { ALT: () => this.SUBRULE(this.op) },
        { ALT: () => this.SUBRULE(this.block) },
        { ALT: () => this.SUBRULE(this.expect) },
        { ALT: () => this.SUBRULE(this.export) },
      ]),
    { recoveryValueFunc: () => undefined },
  )

  private readonly use: Rule<Declaration | undefined> = this.RULE(
    'use',
    (): Declaration | undefined => {
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
        this.ACTION(() => names.push(name))
        this.SUBRULE(this.separator)
      })
      this.CONSUME(t.RCurly)
      return this.ACTION(() => ({ type: 'use', source, names, span: this.since(from) }) as const)
    },
    { recoveryValueFunc: () => undefined },
  )

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

  private readonly importedName: Rule<ImportedName> = this.RULE('importedName', (): ImportedName => {
    const name = this.SUBRULE(this.name)
    const alias = this.OPTION(() => {
      this.CONSUME(t.As)
      return this.SUBRULE2(this.name)
    })
    return this.ACTION(() => (alias ? { name, alias } : { name }))
  })

  /** `param` and `let`. */
  private readonly value: Rule<Declaration> = this.RULE('value', (): Declaration => {
    const from = this.from()
    const keyword = this.OR([{ ALT: () => this.CONSUME(t.Param) }, { ALT: () => this.CONSUME(t.Let) }])
    const name = this.SUBRULE(this.name)
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
    const name = this.SUBRULE(this.name)
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
            const more = this.SUBRULE2(this.name)
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
        const name = this.SUBRULE(this.name)
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
    const name = this.SUBRULE(this.name)
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
    const name = this.SUBRULE(this.name)
    const parameters = this.SUBRULE(this.parameters)
    this.CONSUME(t.Assign)
    const value = this.SUBRULE(this.expression)
    return this.ACTION(() => ({ type: 'op', name, parameters, value, span: this.since(from) }) as const)
  })

  private readonly block: Rule<Declaration> = this.RULE('block', (): Declaration => {
    const from = this.from()
    this.CONSUME(t.Block)
    const name = this.SUBRULE(this.name)
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
      return this.SUBRULE(this.name)
    })
    return this.ACTION(() => ({ type: 'export', value, to, ...(as ? { as } : {}), span: this.since(from) }) as const)
  })

  private readonly parameters: Rule<Parameter[]> = this.RULE(
    'parameters',
    (): Parameter[] => {
      const parameters: Parameter[] = []
      this.CONSUME(t.LParen)
      this.MANY(() => {
        const parameter = this.SUBRULE(this.parameter)
        this.ACTION(() => parameters.push(parameter))
        this.SUBRULE(this.separator)
      })
      this.CONSUME(t.RParen)
      return parameters
    },
    { recoveryValueFunc: () => [] },
  )

  private readonly parameter: Rule<Parameter> = this.RULE('parameter', (): Parameter => {
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

  // Statements

  private readonly body: Rule<Statement[]> = this.RULE(
    'body',
    (): Statement[] => {
      const statements: Statement[] = []
      this.CONSUME(t.LCurly)
      this.MANY(() => {
        const statement = this.SUBRULE(this.statement)
        this.ACTION(() => statement && statements.push(statement))
      })
      this.CONSUME(t.RCurly)
      return statements
    },
    { recoveryValueFunc: () => [] },
  )

  private readonly statement: Rule<Statement | undefined> = this.RULE(
    'statement',
    (): Statement | undefined => {
      const from = this.from()
      return this.OR<Statement>([
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
    },
    { recoveryValueFunc: () => undefined },
  )

  // Expressions

  /** The condition of an `if`, the count of a `repeat`: the `{` after it is theirs. */
  private readonly expressionBeforeBlock: Rule<Expression> = this.RULE(
    'expressionBeforeBlock',
    (): Expression => {
      this.ACTION(() => this.withoutBlock++)
      const expression = this.SUBRULE(this.expression)
      this.ACTION(() => this.withoutBlock--)
      return expression
    },
    { recoveryValueFunc: () => this.missing() },
  )

  readonly expression: Rule<Expression> = this.RULE(
    'expression',
    (): Expression => {
      const from = this.from()
      let left = this.SUBRULE(this.operation)
      this.MANY(() => {
        this.CONSUME(t.Pipe)
        const right = this.SUBRULE(this.piped)
        this.ACTION(() => {
          if (right !== undefined) left = { type: 'pipe', left, right, span: this.since(from) }
        })
      })
      return left
    },
    { recoveryValueFunc: () => this.missing() },
  )

  /** What a pipe leads into: a call, and nothing else. */
  private readonly piped: Rule<CallExpression | undefined> = this.RULE(
    'piped',
    (): CallExpression | undefined => {
      const right = this.SUBRULE(this.primary)
      return this.ACTION(() => {
        if (right.type === 'call') return right
        if (right.type === 'name') this.report({ problem: 'pipe-into-no-call', name: right.name, span: right.span })
        else if (right.type !== 'missing') this.report({ problem: 'pipe-into-no-call', span: right.span })
        return undefined
      })
    },
    { recoveryValueFunc: () => undefined },
  )

  /** Operands with operators between and before them; operators.ts makes a tree of the run. */
  private readonly operation: Rule<Expression> = this.RULE(
    'operation',
    (): Expression => {
      const items: OperatorItem[] = []
      this.SUBRULE(this.prefixed, { ARGS: [items] as never })
      this.MANY(() => {
        const operator = this.CONSUME(t.BinaryOperator)
        this.ACTION(() => items.push({ type: 'operator', text: operator.image, span: this.spanOf(operator) }))
        this.SUBRULE2(this.prefixed, { ARGS: [items] as never })
      })
      return this.ACTION(() => foldOperators(items, (problem) => this.problems.push(problem), this.missing()))
    },
    { recoveryValueFunc: () => this.missing() },
  )

  private readonly prefixed: ParserMethod<[OperatorItem[]?], void> = this.RULE('prefixed', (items?: OperatorItem[]) => {
    this.MANY(() => {
      const operator = this.CONSUME(t.PrefixOperator)
      this.ACTION(() => items?.push({ type: 'prefix', text: operator.image, span: this.spanOf(operator) }))
    })
    const operand = this.SUBRULE(this.postfix)
    this.ACTION(() => items?.push({ type: 'operand', value: operand ?? this.missing() }))
  })

  /** Members and elements: `base.valid_loss`, `score.win_rate[aligned]`. */
  private readonly postfix: Rule<Expression> = this.RULE(
    'postfix',
    (): Expression => {
      const from = this.from()
      let object = this.SUBRULE(this.primary)
      this.MANY({
        GATE: () => this.LA(1).tokenType === t.Dot || this.onSameLine(),
        DEF: () =>
          this.OR([
            {
              ALT: () => {
                this.CONSUME(t.Dot)
                const member = this.CONSUME(t.AnyName)
                this.ACTION(() => {
                  object = { type: 'member', object, name: this.identifier(member), span: this.since(from) }
                })
              },
            },
            {
              ALT: () => {
                this.CONSUME(t.LSquare)
                const index = this.SUBRULE(this.expression)
                this.CONSUME(t.RSquare)
                this.ACTION(() => {
                  object = { type: 'index', object, index, span: this.since(from) }
                })
              },
            },
          ]),
      })
      return object
    },
    { recoveryValueFunc: () => this.missing() },
  )

  private readonly primary: Rule<Expression> = this.RULE(
    'primary',
    (): Expression => {
      const from = this.from()
      return this.OR<Expression>([
        { ALT: () => this.SUBRULE(this.nameOrCall) },
        {
          ALT: () => {
            const token = this.CONSUME(t.NumberText)
            return this.ACTION(() => this.number(token))
          },
        },
        {
          ALT: () => {
            const token = this.CONSUME(t.Text)
            return this.ACTION(() => this.string(token))
          },
        },
        {
          ALT: () => {
            const token = this.CONSUME(t.RawText)
            return this.ACTION(() => this.rawString(token))
          },
        },
        {
          ALT: () => {
            this.CONSUME(t.True)
            return this.ACTION(() => ({ type: 'boolean', value: true, span: this.since(from) }) as const)
          },
        },
        {
          ALT: () => {
            this.CONSUME(t.False)
            return this.ACTION(() => ({ type: 'boolean', value: false, span: this.since(from) }) as const)
          },
        },
        {
          ALT: () => {
            const items = this.SUBRULE(this.items)
            return this.ACTION(() => ({ type: 'list', items, span: this.since(from) }) as const)
          },
        },
        {
          ALT: () => {
            this.CONSUME(t.LParen)
            const inner = this.SUBRULE(this.unguarded)
            this.CONSUME(t.RParen)
            return inner
          },
        },
        { ALT: () => this.SUBRULE(this.conditional) },
      ])
    },
    { recoveryValueFunc: () => this.missing() },
  )

  /** Inside brackets a `{` after a call is its block again. */
  private readonly unguarded: Rule<Expression> = this.RULE(
    'unguarded',
    (): Expression => {
      const before = this.withoutBlock
      this.ACTION(() => {
        this.withoutBlock = 0
      })
      const inner = this.SUBRULE(this.expression)
      this.ACTION(() => {
        this.withoutBlock = before
      })
      return inner
    },
    { recoveryValueFunc: () => this.missing() },
  )

  private readonly conditional: Rule<Expression> = this.RULE(
    'conditional',
    (): Expression => {
      const from = this.from()
      this.CONSUME(t.If)
      const condition = this.SUBRULE(this.expressionBeforeBlock)
      this.CONSUME(t.LCurly)
      const then = this.SUBRULE(this.unguarded)
      this.CONSUME(t.RCurly)
      this.CONSUME(t.Else)
      const otherwise = this.OR<Expression>([
        { ALT: () => this.SUBRULE(this.conditional) },
        {
          ALT: () => {
            this.CONSUME2(t.LCurly)
            const value = this.SUBRULE2(this.unguarded)
            this.CONSUME2(t.RCurly)
            return value
          },
        },
      ])
      return this.ACTION(() => ({ type: 'if', condition, then, otherwise, span: this.since(from) }) as const)
    },
    { recoveryValueFunc: () => this.missing() },
  )

  private readonly nameOrCall: Rule<Expression> = this.RULE(
    'nameOrCall',
    (): Expression => {
      const from = this.from()
      const name = this.CONSUME(t.Identifier)
      let call: CallExpression | undefined
      this.OPTION({
        GATE: () => this.onSameLine(),
        DEF: () => {
          const positional = this.SUBRULE(this.callArguments)
          const block = this.OPTION2({
            GATE: () => this.withoutBlock === 0 && this.onSameLine(),
            DEF: () => this.SUBRULE(this.trailingBlock),
          })
          this.ACTION(() => {
            call = {
              type: 'call',
              callee: this.identifier(name),
              arguments: positional,
              ...(block ? { block } : {}),
              span: this.since(from),
            }
          })
        },
      })
      return this.ACTION(() => call ?? ({ type: 'name', name: name.image, span: this.spanOf(name) } as const))
    },
    { recoveryValueFunc: () => this.missing() },
  )

  private readonly callArguments: Rule<Argument[]> = this.RULE(
    'callArguments',
    (): Argument[] => {
      const list: Argument[] = []
      this.CONSUME(t.LParen)
      this.MANY(() => {
        const argument = this.SUBRULE(this.argument)
        this.ACTION(() => argument && list.push(argument))
        this.SUBRULE(this.separator)
      })
      this.CONSUME(t.RParen)
      return list
    },
    { recoveryValueFunc: () => [] },
  )

  private readonly trailingBlock: Rule<Argument[]> = this.RULE(
    'trailingBlock',
    (): Argument[] => {
      const list: Argument[] = []
      this.CONSUME(t.LCurly)
      this.MANY(() => {
        const argument = this.SUBRULE(this.argument)
        this.ACTION(() => {
          if (argument === undefined) return
          if (argument.name === undefined) this.report({ problem: 'unnamed-in-block', span: argument.span })
          else list.push(argument)
        })
        this.SUBRULE(this.separator)
      })
      this.CONSUME(t.RCurly)
      return list
    },
    { recoveryValueFunc: () => [] },
  )

  private readonly argument: Rule<Argument | undefined> = this.RULE(
    'argument',
    (): Argument | undefined => {
      const from = this.from()
      return this.OR<Argument>([
        {
          ALT: () => {
            const name = this.CONSUME(t.AnyName)
            this.CONSUME(t.Colon)
            const value = this.OPTION({
              GATE: () => !this.atNamedEntry(),
              DEF: () => this.SUBRULE(this.unguarded),
            })
            return this.ACTION(() => {
              const span = this.since(from)
              if (value) return { name: this.identifier(name), value, span }
              this.report({ problem: 'missing-value', name: name.image, span })
              return { name: this.identifier(name), value: this.missing(), span }
            })
          },
        },
        {
          ALT: () => {
            const value = this.SUBRULE2(this.unguarded)
            return this.ACTION(() => ({ value, span: this.since(from) }))
          },
        },
      ])
    },
    { recoveryValueFunc: () => undefined },
  )

  private readonly items: Rule<Expression[]> = this.RULE(
    'items',
    (): Expression[] => {
      const items: Expression[] = []
      this.CONSUME(t.LSquare)
      this.MANY(() => {
        const item = this.SUBRULE(this.unguarded)
        this.ACTION(() => items.push(item))
        this.SUBRULE(this.separator)
      })
      this.CONSUME(t.RSquare)
      return items
    },
    { recoveryValueFunc: () => [] },
  )

  /** A comma, or nothing before the closing bracket or a named entry on a new line. */
  private readonly separator: Rule<void> = this.RULE('separator', (): void => {
    const comma = this.OPTION(() => this.CONSUME(t.Comma))
    this.ACTION(() => {
      if (comma) return
      const next = this.LA(1).tokenType
      if (next === t.RParen || next === t.RCurly || next === t.RSquare) return
      if (this.atNamedEntry() && !this.onSameLine()) return
      if (startsValue(next)) this.report({ problem: 'missing-comma', span: this.spanOf(this.LA(1)) })
    })
  })

  private readonly name: Rule<Identifier> = this.RULE(
    'name',
    (): Identifier => {
      const token = this.CONSUME(t.Identifier)
      return this.ACTION(() => this.identifier(token))
    },
    { recoveryValueFunc: (): Identifier => ({ type: 'identifier', name: '', span: this.missing().span }) },
  )

  // Leaves

  private identifier(token: IToken): Identifier {
    return { type: 'identifier', name: token.image, span: this.spanOf(token) }
  }

  private number(token: IToken): Expression {
    const span = this.spanOf(token)
    const text = token.image
    const read = readNumber(text)
    if ('unit' in read) return { type: 'number', value: read.value, unit: read.unit, text, span }
    if ('badPoint' in read) this.report({ problem: 'decimal-point', text, better: read.better, span })
    else {
      const suffix = read.unknownSuffix
      const near = read.nearest === undefined ? {} : { nearest: read.nearest }
      this.report({ problem: 'unknown-suffix', suffix, ...near, span: { ...span, start: span.end - suffix.length } })
    }
    return { type: 'number', value: read.value, unit: 'none', text, span }
  }

  private string(token: IToken): StringLiteral {
    const { file } = this
    const span = this.spanOf(token)
    const parts: StringLiteral['parts'][number][] = []
    if (token.image === '') return { type: 'string', parts, raw: false, text: '""', span }
    const scanned = scanString(this.text, span.start)
    if (!scanned.closed) this.report({ problem: 'unterminated-string', span })
    else if (scanned.openHole !== undefined)
      this.report({ problem: 'unterminated-hole', span: { file, start: scanned.openHole, end: scanned.openHole + 1 } })
    for (const at of scanned.badEscapes)
      this.report({
        problem: 'unknown-escape',
        escape: this.text.slice(at, at + 2),
        span: { file, start: at, end: at + 2 },
      })
    for (const piece of scanned.pieces) {
      if (piece.type === 'text') parts.push(piece)
      else if (this.text.slice(piece.start, piece.end).trim() === '')
        this.report({ problem: 'empty-hole', span: { file, start: piece.start - 1, end: piece.end + 1 } })
      else parts.push({ type: 'hole', value: this.parseHole(this, piece.start, piece.end) })
    }
    return { type: 'string', parts, raw: false, text: token.image, span }
  }

  private rawString(token: IToken): StringLiteral {
    const span = this.spanOf(token)
    const closed = token.image.length > 2 && token.image.endsWith('"')
    if (!closed) this.report({ problem: 'unterminated-string', span })
    const text = token.image.slice(2, closed ? -1 : undefined)
    return { type: 'string', parts: text === '' ? [] : [{ type: 'text', text }], raw: true, text: token.image, span }
  }

  /** The text of a string that can have no holes: the path of an import. */
  private plainText(token: IToken): string {
    const literal = this.string(token)
    return literal.parts.map((part) => (part.type === 'text' ? part.text : '')).join('')
  }

  private report(problem: SyntaxProblem): void {
    this.problems.push(problem)
  }

  // Places

  private onSameLine(): boolean {
    return this.LA(0).endLine === this.LA(1).startLine
  }

  private atNamedEntry(): boolean {
    return isAnyName(this.LA(1).tokenType) && this.LA(2).tokenType === t.Colon
  }

  /** Offset of the next token. */
  private from(): number {
    const next = this.LA(1)
    return Number.isNaN(next.startOffset) ? this.text.length : next.startOffset
  }

  /** From an offset to the end of the last token. */
  private since(start: number): Span {
    const last = this.LA(0).endOffset
    const end = last === undefined || Number.isNaN(last) ? start : last + 1
    return { file: this.file, start: Math.min(start, end), end }
  }

  private spanOf(token: IToken): Span {
    // A token that recovery made up has no place: it stands after the last real one.
    if (Number.isNaN(token.startOffset)) return this.missing().span
    return { file: this.file, start: token.startOffset, end: token.startOffset + token.image.length }
  }

  private missing(): Expression {
    const last = this.LA(0).endOffset
    const at = last === undefined || Number.isNaN(last) ? 0 : last + 1
    return { type: 'missing', span: { file: this.file, start: at, end: at } }
  }
}

function isAnyName(type: TokenType): boolean {
  return type === t.Identifier || type.CATEGORIES?.includes(t.AnyName) === true
}

const valueStarts: ReadonlySet<TokenType> = new Set([
  t.Identifier,
  t.NumberText,
  t.Text,
  t.RawText,
  t.True,
  t.False,
  t.If,
  t.LSquare,
  t.LParen,
  t.Not,
])

function startsValue(type: TokenType): boolean {
  return valueStarts.has(type)
}
