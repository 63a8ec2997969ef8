/** The syntax tree of a `.llmpipe` file. Names are not resolved yet. */

import type { Span } from './span.ts'

export interface Program {
  readonly type: 'program'
  readonly file: string
  /** The text of a `///` comment at the top of the file, with an empty line or the comment of a declaration below it. */
  readonly doc?: string
  readonly declarations: readonly Declaration[]
  /** All `//` and `///` comments in order, for the formatter. */
  readonly comments: readonly Comment[]
  readonly span: Span
}

export interface Comment {
  /** The comment with its slashes. */
  readonly text: string
  readonly span: Span
}

export interface Identifier {
  readonly type: 'identifier'
  readonly name: string
  readonly span: Span
}

interface Declared {
  /** The `///` lines above the declaration, without their slashes. */
  readonly doc?: string
  readonly span: Span
}

export type Declaration =
  | UseDeclaration
  | ParamDeclaration
  | LetDeclaration
  | FunctionDeclaration
  | BindingDeclaration
  | FilterDeclaration
  | OpDeclaration
  | BlockDeclaration
  | ModelDeclaration
  | ExpectDeclaration
  | ExportDeclaration
  | ForDeclaration
  | IfDeclaration
  | TestDeclaration

/** `use std.clean { tidy, gopher_quality as quality }` or `use "./shared.llmpipe" { words }`. */
export interface UseDeclaration extends Declared {
  readonly type: 'use'
  readonly source:
    | { readonly type: 'std'; readonly path: readonly string[]; readonly span: Span }
    | { readonly type: 'file'; readonly path: string; readonly span: Span }
  readonly names: readonly { readonly name: Identifier; readonly alias?: Identifier }[]
}

/** `param steps = 600`: a value that `-p steps=50` replaces. */
export interface ParamDeclaration extends Declared {
  readonly type: 'param'
  readonly name: Identifier
  readonly value: Expression
}

/** `let lr = 1e-3`. */
export interface LetDeclaration extends Declared {
  readonly type: 'let'
  readonly name: Identifier
  readonly value: Expression
}

/** `let warmup_of(steps) = round(0.02 * steps)`: a function of values. */
export interface FunctionDeclaration extends Declared {
  readonly type: 'function'
  readonly name: Identifier
  readonly parameters: readonly Parameter[]
  readonly value: Expression
}

/** `data train, held_out = …`, `tokenizer bpe = …`, `model gpt = llama(…)`, `stage base = …`. */
export interface BindingDeclaration extends Declared {
  readonly type: 'binding'
  readonly keyword: 'data' | 'tokenizer' | 'model' | 'stage'
  readonly names: readonly Identifier[]
  readonly value: Expression
}

/** `name`, `name = default`, `name: count`, or (in a block) `name: [batch, time, dim]`. */
export interface Parameter {
  readonly name: Identifier
  readonly shape?: readonly Expression[]
  readonly of?: TypeExpression
  readonly default?: Expression
  readonly span: Span
}

/** The type of a parameter: `count`, or the texts that it can be, `"none" or "linear"`. The parser accepts any name. */
export type TypeExpression =
  | { readonly type: 'type name'; readonly name: string; readonly span: Span }
  | { readonly type: 'choices'; readonly texts: readonly StringLiteral[]; readonly span: Span }

/** `filter gopher_quality(min_words = 50) { words >= min_words … }`: a document stays if every rule holds. */
export interface FilterDeclaration extends Declared {
  readonly type: 'filter'
  readonly name: Identifier
  readonly parameters: readonly Parameter[]
  readonly rules: readonly Expression[]
}

/** `op web_text(pages) = pages |> …`: an operation made of others. */
export interface OpDeclaration extends Declared {
  readonly type: 'op'
  readonly name: Identifier
  readonly parameters: readonly Parameter[]
  readonly value: Expression
}

/** `block swiglu(x: [batch, time, dim], hidden) { … }`: a function from tensors to a tensor. */
export interface BlockDeclaration extends Declared {
  readonly type: 'block'
  readonly name: Identifier
  readonly parameters: readonly Parameter[]
  readonly body: readonly Statement[]
}

/** `model llama(vocab, dim, …) { … }`: an architecture. Its input is `tokens` [batch, time], its last expression the logits. */
export interface ModelDeclaration extends Declared {
  readonly type: 'model'
  readonly name: Identifier
  readonly parameters: readonly Parameter[]
  readonly body: readonly Statement[]
}

/** `expect base.valid_loss < 4.5`. */
export interface ExpectDeclaration extends Declared {
  readonly type: 'expect'
  readonly test: Expression
}

/** `export aligned to "out/assistant" as hf(dtype: bfloat16)`. */
export interface ExportDeclaration extends Declared {
  readonly type: 'export'
  readonly value: Expression
  readonly to: Expression
  readonly as?: Identifier
  /** The arguments of the layout `as`. */
  readonly options?: readonly Argument[]
}

/** `for lr in [1e-3, 3e-4], layers in 2..4 { … }`: declarations that are made once for each choice of values. */
export interface ForDeclaration extends Declared {
  readonly type: 'for'
  readonly clauses: readonly ForClause[]
  readonly body: readonly Declaration[]
}

/** `if tied { … } else { … }`: declarations that are made if a condition holds, and others if it does not. */
export interface IfDeclaration extends Declared {
  readonly type: 'if'
  /** The branch for a condition that holds, and the one behind `else`, if there is one. */
  readonly branches: readonly Branch[]
}

/** The declarations of an `if` for one outcome of its condition. Both branches have the same condition. */
export interface Branch {
  readonly type: 'branch'
  readonly condition: Expression
  /** Whether the condition has to be true or false. */
  readonly holds: boolean
  readonly body: readonly Declaration[]
  /** The braces and what they enclose; for `else if`, the second `if`. */
  readonly span: Span
}

/** A part of the tree that decides how often the declarations in it are made. */
export type Enclosure = ForDeclaration | Branch

/** `test "menus go" { … }`: declarations that only `llmpipe test` makes. */
export interface TestDeclaration extends Declared {
  readonly type: 'test'
  readonly name: TestName
  readonly body: readonly Declaration[]
}

export interface TestName {
  readonly type: 'test name'
  readonly text: string
  readonly span: Span
}

/** `lr in [1e-3, 3e-4]`, or `lr, warmup in zip([1e-3, 3e-4], [50, 100])`: several names take their values together. */
export interface ForClause {
  readonly names: readonly Identifier[]
  readonly values: Expression
  readonly span: Span
}

/** A statement in the body of a block or a model. The last statement is an expression, the value of the body. */
export type Statement =
  /** `a, b = split(x, 2)`: several names, if the value is several tensors. */
  | { readonly type: 'assign'; readonly names: readonly Identifier[]; readonly value: Expression; readonly span: Span }
  | {
      readonly type: 'repeat'
      readonly count: Expression
      readonly index?: Identifier
      readonly body: readonly Statement[]
      readonly span: Span
    }
  | { readonly type: 'result'; readonly value: Expression; readonly span: Span }

export type BinaryOperator =
  | '+'
  | '-'
  | '*'
  | '/'
  | '%'
  | '^'
  | '=='
  | '!='
  | '<'
  | '<='
  | '>'
  | '>='
  | 'and'
  | 'or'
  | 'in'

export type Expression =
  | NumberLiteral
  | StringLiteral
  | { readonly type: 'boolean'; readonly value: boolean; readonly span: Span }
  | { readonly type: 'list'; readonly items: readonly Expression[]; readonly span: Span }
  | { readonly type: 'range'; readonly from: Expression; readonly to: Expression; readonly span: Span }
  | { readonly type: 'name'; readonly name: string; readonly span: Span }
  | { readonly type: 'member'; readonly object: Expression; readonly name: Identifier; readonly span: Span }
  | { readonly type: 'index'; readonly object: Expression; readonly index: Expression; readonly span: Span }
  /** `base[lr=3e-4, layers=2]`: the variants that have these values. */
  | {
      readonly type: 'select'
      readonly object: Expression
      readonly entries: readonly Selection[]
      readonly span: Span
    }
  | CallExpression
  | { readonly type: 'pipe'; readonly left: Expression; readonly right: CallExpression; readonly span: Span }
  | {
      readonly type: 'binary'
      readonly operator: BinaryOperator
      readonly left: Expression
      readonly right: Expression
      readonly span: Span
    }
  | { readonly type: 'unary'; readonly operator: '-' | 'not'; readonly operand: Expression; readonly span: Span }
  | {
      readonly type: 'if'
      readonly condition: Expression
      readonly then: Expression
      readonly otherwise: Expression
      readonly span: Span
    }
  /** A place where the parser recovered. Its error was reported, so checks skip it. */
  | { readonly type: 'missing'; readonly span: Span }

/** `lr=3e-4` in the brackets of a selection. */
export interface Selection {
  readonly name: Identifier
  readonly value: Expression
  readonly span: Span
}

export interface NumberLiteral {
  readonly type: 'number'
  /** The number with its suffix applied: `20M` is 20000000, `10%` is 0.1, `64KiB` is 65536, `30min` is 1800 (seconds). */
  readonly value: number
  /** The quantity that the suffix measures. */
  readonly unit: 'none' | 'fraction' | 'count' | 'bytes' | 'seconds'
  /** The number as it is written, for the formatter and for messages. */
  readonly text: string
  readonly span: Span
}

export interface StringLiteral {
  readonly type: 'string'
  /** Literal text, with its escapes resolved, and `{holes}`, in order. A raw string is a single text. */
  readonly parts: readonly (
    | { readonly type: 'text'; readonly text: string }
    | { readonly type: 'hole'; readonly value: Expression }
  )[]
  readonly raw: boolean
  /** The string as it is written, with its quotes. */
  readonly text: string
  readonly span: Span
}

export interface CallExpression {
  readonly type: 'call'
  readonly callee: Identifier
  readonly arguments: readonly Argument[]
  /** The entries of the trailing block: more named arguments, one on each line. */
  readonly block?: readonly Argument[]
  readonly span: Span
}

/** An argument of a call; without a `name`, a positional one. */
export interface Argument {
  readonly name?: Identifier
  readonly value: Expression
  readonly span: Span
}
