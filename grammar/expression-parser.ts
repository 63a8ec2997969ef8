/** The rules for expressions. */

import type { IToken, ParserMethod, TokenType } from 'chevrotain'
import { foldOperators, isTooLong, maxOperators, type OperatorItem } from './operators.ts'
import { maxDepth, ParserBase, type Rule, TooDeep } from './parser-base.ts'
import type { Span } from './span.ts'
import type { Argument, CallExpression, Expression, Identifier, Selection } from './syntax.ts'
import * as t from './tokens.ts'

type Bracketed =
  | { readonly type: 'select'; readonly entries: readonly Selection[] }
  | { readonly type: 'index'; readonly index: Expression }

interface Branch {
  readonly condition: Expression
  readonly then: Expression
  readonly start: number
}

/** The greatest number of `else if`s in one `if`. */
const maxBranches = 200

export class ExpressionParser extends ParserBase {
  /** An expression before a `{` that belongs to an `if` or a `repeat`, not to a call in the expression. */
  protected readonly expressionBeforeBlock: Rule<Expression> = this.RULE('expressionBeforeBlock', (): Expression => {
    this.ACTION(() => this.withoutBlock++)
    const expression = this.SUBRULE(this.expression)
    this.ACTION(() => this.withoutBlock--)
    return expression
  })

  readonly expression: Rule<Expression> = this.RULE('expression', (): Expression => {
    const from = this.from()
    this.ACTION(() => this.enter())
    let left = this.SUBRULE(this.operation)
    this.MANY(() => {
      this.CONSUME(t.Pipe)
      const right = this.SUBRULE(this.piped, { ARGS: [left] as never })
      this.ACTION(() => {
        left = { type: 'pipe', left, right, span: this.since(from) }
      })
    })
    this.ACTION(() => this.leave())
    return left
  })

  /** The right side of a pipe, which has to be a call. In the place of anything else is a call without a name, which has no value. */
  protected readonly piped: Rule<CallExpression> = this.RULE('piped', (left?: Expression): CallExpression => {
    const right = this.SUBRULE(this.primary)
    return this.ACTION(() => {
      if (right.type === 'call') return right
      if (right.type === 'name') {
        const takes = this.onSameLine() && t.startsValue(this.LA(1).tokenType)
        const callee =
          left?.type === 'pipe' ? left.right.callee.name : left?.type === 'call' ? left.callee.name : undefined
        const from = callee === undefined ? {} : { left: callee }
        this.report({ problem: 'pipe-into-no-call', name: right.name, takes, ...from, span: right.span })
      } else if (right.type !== 'missing') this.report({ problem: 'pipe-into-no-call', span: right.span })
      const callee = { type: 'identifier', name: '', span: right.span } as const
      return { type: 'call', callee, arguments: [], span: right.span }
    })
  })

  /** Operands with operators between and before them, which operators.ts makes a tree. */
  protected readonly operation: Rule<Expression> = this.RULE('operation', (): Expression => {
    const from = this.from()
    const items: OperatorItem[] = []
    this.SUBRULE(this.prefixed, { ARGS: [items] as never })
    this.MANY({
      // `in:` on a new line is the name of an entry.
      GATE: () => this.LA(2).tokenType !== t.Colon,
      DEF: () => {
        const operator = this.CONSUME(t.BinaryOperator)
        this.ACTION(() => items.push({ type: 'operator', text: operator.image, span: this.spanOf(operator) }))
        this.SUBRULE2(this.prefixed, { ARGS: [items] as never })
      },
    })
    return this.ACTION(() => {
      if (isTooLong(items)) throw new TooDeep(this.since(from), maxOperators)
      return foldOperators(items, (problem) => this.problems.push(problem), this.missing())
    })
  })

  protected readonly prefixed: ParserMethod<[OperatorItem[]?], void> = this.RULE(
    'prefixed',
    (items?: OperatorItem[]) => {
      this.MANY(() => {
        const operator = this.CONSUME(t.PrefixOperator)
        this.ACTION(() => items?.push({ type: 'prefix', text: operator.image, span: this.spanOf(operator) }))
      })
      const operand = this.SUBRULE(this.postfix)
      this.ACTION(() => items?.push({ type: 'operand', value: operand ?? this.missing() }))
    },
  )

  /** Members, elements and variants: `base.valid_loss`, `score.win_rate[aligned]`, `base[lr=3e-4]`. */
  protected readonly postfix: Rule<Expression> = this.RULE('postfix', (): Expression => {
    const from = this.from()
    let object = this.SUBRULE(this.primary)
    let steps = 0
    const within = (): Span => {
      if (++steps > maxDepth) throw new TooDeep(this.since(from), maxDepth)
      return this.since(from)
    }
    this.MANY({
      GATE: () => this.LA(1).tokenType === t.Dot || this.onSameLine(),
      DEF: () =>
        this.OR([
          {
            ALT: () => {
              this.CONSUME(t.Dot)
              const member = this.CONSUME(t.AnyName)
              this.ACTION(() => {
                object = { type: 'member', object, name: this.identifier(member), span: within() }
              })
            },
          },
          {
            ALT: () => {
              this.CONSUME(t.LSquare)
              const bracketed = this.SUBRULE(this.bracketed)
              this.CONSUME(t.RSquare)
              this.ACTION(() => {
                const span = within()
                object =
                  bracketed.type === 'select'
                    ? { type: 'select', object, entries: bracketed.entries, span }
                    : { type: 'index', object, index: bracketed.index, span }
              })
            },
          },
        ]),
    })
    return object
  })

  /** The contents of the brackets behind a value. */
  protected readonly bracketed: Rule<Bracketed> = this.RULE(
    'bracketed',
    (): Bracketed =>
      this.OR<Bracketed>([
        {
          ALT: () => {
            const entries = this.SUBRULE(this.selections)
            return this.ACTION(() => ({ type: 'select', entries }) as const)
          },
        },
        {
          ALT: () => {
            const index = this.SUBRULE(this.unguarded)
            return this.ACTION(() => ({ type: 'index', index }) as const)
          },
        },
      ]),
  )

  protected readonly selections: Rule<Selection[]> = this.RULE('selections', (): Selection[] => {
    const entries: Selection[] = []
    this.AT_LEAST_ONE_SEP({
      SEP: t.Comma,
      DEF: () => {
        const from = this.from()
        const name = this.SUBRULE(this.name)
        this.CONSUME(t.Assign)
        const value = this.SUBRULE(this.unguarded)
        this.ACTION(() => entries.push({ name, value, span: this.since(from) }))
      },
    })
    return entries
  })

  protected readonly primary: Rule<Expression> = this.RULE('primary', (): Expression => {
    const from = this.from()
    /** A value that is a single token. */
    const leaf = (type: TokenType, read: (token: IToken) => Expression) => ({
      ALT: () => {
        const token = this.CONSUME(type)
        return this.ACTION(() => read(token))
      },
    })
    return this.OR<Expression>([
      { ALT: () => this.SUBRULE(this.nameOrCall) },
      leaf(t.NumberText, (token) => this.number(token)),
      leaf(t.Text, (token) => this.string(token)),
      leaf(t.RawText, (token) => this.rawString(token)),
      leaf(t.True, (token) => ({ type: 'boolean', value: true, span: this.spanOf(token) })),
      leaf(t.False, (token) => ({ type: 'boolean', value: false, span: this.spanOf(token) })),
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
  })

  /** An expression in brackets, where a `{` after a call is its block again. */
  protected readonly unguarded: Rule<Expression> = this.RULE('unguarded', (): Expression => {
    const before = this.withoutBlock
    this.ACTION(() => {
      this.withoutBlock = 0
    })
    const inner = this.SUBRULE(this.expression)
    this.ACTION(() => {
      this.withoutBlock = before
    })
    return inner
  })

  protected readonly conditional: Rule<Expression> = this.RULE('conditional', (): Expression => {
    const branches: Branch[] = []
    const from = this.from()
    this.CONSUME(t.If)
    const branch = this.SUBRULE(this.branch)
    this.ACTION(() => branches.push({ ...branch, start: from }))
    this.CONSUME(t.Else)
    this.MANY(() => {
      const start = this.from()
      this.CONSUME2(t.If)
      const next = this.SUBRULE2(this.branch)
      this.ACTION(() => branches.push({ ...next, start }))
      this.CONSUME2(t.Else)
    })
    this.CONSUME(t.LCurly)
    const otherwise = this.SUBRULE(this.unguarded)
    this.CONSUME(t.RCurly)
    return this.ACTION(() => {
      if (branches.length > maxBranches) throw new TooDeep(this.since(from), maxBranches)
      return branches.reduceRight(
        (rest, { condition, then, start }): Expression => ({
          type: 'if',
          condition,
          then,
          otherwise: rest,
          span: this.since(start),
        }),
        otherwise,
      )
    })
  })

  /** A condition of an `if`, and its branch. */
  protected readonly branch: Rule<Omit<Branch, 'start'>> = this.RULE('branch', (): Omit<Branch, 'start'> => {
    const condition = this.SUBRULE(this.expressionBeforeBlock)
    this.CONSUME(t.LCurly)
    const then = this.SUBRULE(this.unguarded)
    this.CONSUME(t.RCurly)
    return { condition, then }
  })

  protected readonly nameOrCall: Rule<Expression> = this.RULE('nameOrCall', (): Expression => {
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
  })

  protected readonly callArguments: Rule<Argument[]> = this.RULE('callArguments', (): Argument[] => {
    const list: Argument[] = []
    this.CONSUME(t.LParen)
    this.MANY({
      GATE: () => !this.atDeclaration(),
      DEF: () => {
        const argument = this.SUBRULE(this.argument)
        this.ACTION(() => argument && this.#take(argument, list))
        this.SUBRULE(this.separator)
      },
    })
    this.CONSUME(t.RParen)
    return list
  })

  /** Adds an argument. `steps: 1,000` is one number with a comma in it, not two arguments. */
  #take(argument: Argument, list: Argument[]): void {
    const before = list.at(-1)
    const written = this.text.slice(before?.value.span.start, argument.span.end)
    if (before?.name !== undefined && argument.name === undefined && /^\d{1,3}(?:,\d{3})+$/.test(written)) {
      const help = `Digits are grouped by \`_\`: write \`${written.replaceAll(',', '_')}\`.`
      const span = { ...argument.span, start: before.value.span.start }
      this.report({ problem: 'other-number', written, help, span })
    } else list.push(argument)
  }

  protected readonly trailingBlock: Rule<Argument[]> = this.RULE('trailingBlock', (): Argument[] => {
    const list: Argument[] = []
    this.CONSUME(t.LCurly)
    this.MANY({
      GATE: () => !this.atDeclaration(),
      DEF: () => {
        const argument = this.SUBRULE(this.argument)
        this.ACTION(() => {
          if (argument === undefined) return
          if (argument.name === undefined) this.report({ problem: 'unnamed-in-block', span: argument.span })
          else list.push(argument)
        })
        this.SUBRULE(this.blockSeparator)
      },
    })
    this.CONSUME(t.RCurly)
    return list
  })

  protected readonly argument: Rule<Argument | undefined> = this.RULE('argument', (): Argument | undefined => {
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
  })

  protected readonly items: Rule<Expression[]> = this.RULE('items', (): Expression[] => {
    const items: Expression[] = []
    this.CONSUME(t.LSquare)
    this.MANY(() => {
      const item = this.SUBRULE(this.unguarded)
      this.ACTION(() => items.push(item))
      this.SUBRULE(this.separator)
    })
    this.CONSUME(t.RSquare)
    return items
  })

  /** A comma. It may be left out before the closing bracket, and before a named entry on a new line. */
  protected readonly separator: Rule<void> = this.RULE('separator', () =>
    this.#comma(() => this.atNamedEntry() && !this.onSameLine()),
  )

  /** A comma in a block. An entry on a new line that has no name is reported as such, and not as a missing comma. */
  protected readonly blockSeparator: Rule<void> = this.RULE('blockSeparator', () =>
    this.#comma(() => !this.onSameLine()),
  )

  #comma(mayBeLeftOut: () => boolean): void {
    const comma = this.OPTION(() => this.CONSUME(t.Comma))
    this.ACTION(() => {
      if (comma || mayBeLeftOut() || !t.startsValue(this.LA(1).tokenType)) return
      this.report({ problem: 'missing-comma', isNamed: this.atNamedEntry(), span: this.spanOf(this.LA(1)) })
    })
  }

  protected readonly name: Rule<Identifier> = this.RULE('name', (): Identifier => {
    const token = this.CONSUME(t.Identifier)
    return this.ACTION(() => this.identifier(token))
  })
}
