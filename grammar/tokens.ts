/** The tokens, and the lexer that splits a text into them. */

import { createToken, Lexer, type TokenType } from 'chevrotain'
import { scanString } from './strings.ts'

// Categories: token types that stand for several others.
/** A name or a keyword, where only a name can stand: before the colon of an argument, and after the point of a member. */
export const AnyName = createToken({ name: 'AnyName', pattern: Lexer.NA })
export const BinaryOperator = createToken({ name: 'BinaryOperator', pattern: Lexer.NA })
export const PrefixOperator = createToken({ name: 'PrefixOperator', pattern: Lexer.NA })

export const Identifier = createToken({
  name: 'Identifier',
  pattern: /[A-Za-z_]\w*/,
  start_chars_hint: [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_'],
  categories: [AnyName],
  line_breaks: false,
})

function keyword(word: string, ...categories: TokenType[]): TokenType {
  const name = `${word[0]?.toUpperCase()}${word.slice(1)}`
  return createToken({
    name,
    label: `\`${word}\``,
    pattern: word,
    longer_alt: Identifier,
    categories: [AnyName, ...categories],
  })
}

/** `test` begins a declaration only before a text: elsewhere it is a name, as in `data train, test = …`. */
export const Test = createToken({
  name: 'Test',
  label: '`test`',
  pattern: 'test',
  longer_alt: Identifier,
  categories: [Identifier, AnyName],
})

function symbol(name: string, text: string, ...categories: TokenType[]): TokenType {
  return createToken({ name, pattern: text, label: `\`${text}\``, categories })
}

export const Use = keyword('use')
export const Param = keyword('param')
export const Let = keyword('let')
export const Data = keyword('data')
export const Tokenizer = keyword('tokenizer')
export const Model = keyword('model')
export const Stage = keyword('stage')
export const Filter = keyword('filter')
export const Op = keyword('op')
export const Block = keyword('block')
export const Expect = keyword('expect')
export const Export = keyword('export')
export const For = keyword('for')
export const Repeat = keyword('repeat')
export const If = keyword('if')
export const Else = keyword('else')
export const As = keyword('as')
export const To = keyword('to')
export const True = keyword('true')
export const False = keyword('false')
export const Not = keyword('not', PrefixOperator)
export const And = keyword('and', BinaryOperator)
export const Or = keyword('or', BinaryOperator)
export const In = keyword('in', BinaryOperator)

/** A number with its suffix. A point without a digit on each side is part of the token, so that the parser can report it. */
export const NumberText = createToken({
  name: 'Number',
  pattern: /(?:\d[\d_]*(?:\.\d[\d_]*|\.(?![.A-Za-z_]))?|\.\d[\d_]*)(?:[eE][+-]?\d+)?(?:%|[A-Za-z_]\w*)?/,
  start_chars_hint: [...'0123456789.'],
  line_breaks: false,
})

/** A string with its holes; without a closing quote, the rest of the line. */
export const Text = createToken({
  name: 'Text',
  pattern: { exec: matchString },
  start_chars_hint: ['"', "'"],
  line_breaks: false,
})

export const RawText = createToken({
  name: 'RawText',
  pattern: /r"(?:\\[^\n]|[^"\\\n])*"?/,
  start_chars_hint: ['r'],
  line_breaks: false,
})

export const LParen = symbol('LParen', '(')
export const RParen = symbol('RParen', ')')
export const LCurly = symbol('LCurly', '{')
export const RCurly = symbol('RCurly', '}')
export const LSquare = symbol('LSquare', '[')
export const RSquare = symbol('RSquare', ']')
export const Comma = symbol('Comma', ',')
export const Colon = symbol('Colon', ':')
export const Pipe = symbol('Pipe', '|>')
export const Range = symbol('Range', '..', BinaryOperator)
export const Dot = symbol('Dot', '.')
export const LessEqual = symbol('LessEqual', '<=', BinaryOperator)
export const Less = symbol('Less', '<', BinaryOperator)
export const GreaterEqual = symbol('GreaterEqual', '>=', BinaryOperator)
export const Greater = symbol('Greater', '>', BinaryOperator)
export const Equal = symbol('Equal', '==', BinaryOperator)
export const Unequal = symbol('Unequal', '!=', BinaryOperator)
export const Assign = symbol('Assign', '=')
export const Plus = symbol('Plus', '+', BinaryOperator)
export const Minus = symbol('Minus', '-', BinaryOperator, PrefixOperator)
export const Times = symbol('Times', '*', BinaryOperator)
export const Divide = symbol('Divide', '/', BinaryOperator)
export const Remainder = symbol('Remainder', '%', BinaryOperator)
export const Power = symbol('Power', '^', BinaryOperator)

const Space = createToken({
  name: 'Space',
  pattern: /[ \t\r\n\u00a0\ufeff]+/,
  group: Lexer.SKIPPED,
  start_chars_hint: [...' \t\r\n\u00a0\ufeff'],
  line_breaks: true,
})
/** A comment. `#` begins a comment too, so that the parser can report it as a whole. */
const Comment = createToken({
  name: 'Comment',
  pattern: /(?:\/\/|#)[^\n]*/,
  group: 'comments',
  start_chars_hint: ['/', '#'],
  line_breaks: false,
})

/** The keywords that begin a declaration. */
export const declarationKeywords = [
  Use,
  Param,
  Let,
  Data,
  Tokenizer,
  Model,
  Stage,
  Filter,
  Op,
  Block,
  Expect,
  Export,
  For,
]
const keywords = [...declarationKeywords, Repeat, If, Else, As, To, True, False, Not, And, Or, In]
const keywordNames = new Set(keywords.map((token) => token.PATTERN as string))

const valueStarts: ReadonlySet<TokenType> = new Set([
  Identifier,
  Test,
  NumberText,
  Text,
  RawText,
  True,
  False,
  If,
  LSquare,
  LParen,
  Not,
])

/** Whether a value can begin with a token. */
export function startsValue(type: TokenType): boolean {
  return valueStarts.has(type)
}

/** Whether a word is a keyword. */
export function isKeyword(word: string): boolean {
  return keywordNames.has(word)
}

/** All tokens, in the order in which the lexer tries them. */
export const tokens: TokenType[] = [
  Space,
  Comment,
  RawText,
  ...keywords,
  Test,
  Identifier,
  Range,
  NumberText,
  Text,
  LParen,
  RParen,
  LCurly,
  RCurly,
  LSquare,
  RSquare,
  Comma,
  Colon,
  Pipe,
  Dot,
  LessEqual,
  Less,
  GreaterEqual,
  Greater,
  Equal,
  Unequal,
  Assign,
  Plus,
  Minus,
  Times,
  Divide,
  Remainder,
  Power,
  AnyName,
  BinaryOperator,
  PrefixOperator,
]

let made: Lexer | undefined

/** The lexer, which is made when it is first needed. */
export function lexer(): Lexer {
  made ??= new Lexer(tokens, { ensureOptimizations: false, skipValidations: true, positionTracking: 'full' })
  return made
}

function matchString(text: string, offset: number): RegExpExecArray | null {
  // Text in single quotes is not a string of the language. As one token, it gives one clear error.
  if (text[offset] === "'") {
    const single = /^'[^'\n]*'?/.exec(text.slice(offset, offset + 1000))
    return single as RegExpExecArray | null
  }
  if (text[offset] !== '"') return null
  const { end } = scanString(text, offset)
  return [text.slice(offset, end)] as unknown as RegExpExecArray
}
