/**
 * The `configs` in the metadata of a README.md (https://huggingface.co/docs/hub/datasets-manual-configuration): which files belong to which
 * configuration and split. It reads the YAML that people and Hugging Face's tools write there: maps, lists, texts, no anchors and no
 * texts of several lines. Everything else in the metadata is skipped.
 */

/** One entry of `configs`, as YAML has it. */
type Yaml = string | readonly Yaml[] | { readonly [name: string]: Yaml }

export interface DatasetConfig {
  readonly name: string
  readonly isDefault: boolean
  /** The folder that patterns are relative to, relative to the data set; empty for the data set itself. */
  readonly folder: string
  /** The patterns of each split; absent if the names of files tell the splits. */
  readonly splits?: ReadonlyMap<string, readonly string[]>
}

/** Thrown for metadata that cannot be read; the message says what is wrong, with the line. */
export class CardError extends Error {}

/** The configurations that a README.md describes; empty if it describes none. */
export function configsIn(readme: string): DatasetConfig[] {
  const lines = readme.replace(/^\ufeff/, '').split(/\r?\n/)
  if (lines[0]?.trimEnd() !== '---') return []
  const end = lines.findIndex((line, index) => index > 0 && line.trimEnd() === '---')
  const start = lines.findIndex((line, index) => index > 0 && index < end && /^configs\s*:/.test(line))
  if (start === -1) return []
  const isInside = (line: string) => /^\s|^-|^#|^$/.test(line)
  let stop = start + 1
  while (stop < end && isInside(lines[stop]!)) stop++
  const own = lines.slice(start, stop).map((text, index) => ({ text, number: start + index + 1 }))
  const value = new Block(own).map(0).configs
  if (value === undefined || value === '') return []
  if (!Array.isArray(value)) throw new CardError('`configs` is not a list')
  return value.map(configOf)
}

function configOf(value: Yaml): DatasetConfig {
  if (typeof value === 'string' || Array.isArray(value)) throw new CardError('an entry of `configs` is not a map')
  const {
    config_name: name,
    data_files: files,
    data_dir: folder = '',
    default: isDefault,
  } = value as Record<string, Yaml>
  if (typeof name !== 'string') throw new CardError('an entry of `configs` has no `config_name`')
  if (typeof folder !== 'string') throw new CardError(`\`data_dir\` of the configuration ${name} is not a text`)
  const splits = files === undefined || files === '' ? {} : { splits: splitsOf(files, name) }
  return { name, isDefault: isDefault === 'true', folder: folder.replace(/^(?:\.?\/+|\.$)|\/+$/g, ''), ...splits }
}

function splitsOf(files: Yaml, config: string): Map<string, readonly string[]> {
  const wrong = () =>
    new CardError(`\`data_files\` of the configuration ${config} is neither a path nor a list of paths or splits`)
  const paths = (value: Yaml | undefined): readonly string[] => {
    if (typeof value === 'string') return [value]
    if (Array.isArray(value) && value.every((each) => typeof each === 'string')) return value as readonly string[]
    throw wrong()
  }
  if (typeof files === 'string' || (Array.isArray(files) && files.every((each) => typeof each === 'string')))
    return new Map([['train', paths(files)]])
  if (!Array.isArray(files)) throw wrong()
  const splits = new Map<string, readonly string[]>()
  for (const each of files as readonly Yaml[]) {
    const { split, path } = (typeof each === 'string' ? {} : each) as Record<string, Yaml>
    if (typeof split !== 'string') throw wrong()
    if (splits.has(split)) throw new CardError(`the configuration ${config} has the split ${split} twice`)
    splits.set(split, paths(path))
  }
  return splits
}

interface Line {
  readonly text: string
  readonly number: number
}

/** The deepest nesting that is read; `configs` has four levels. */
const maxDepth = 16

/** A block of YAML that is read from its first line to its last. */
class Block {
  readonly #lines: Line[]
  #at = 0

  constructor(lines: readonly Line[]) {
    this.#lines = lines
      .filter(({ text }) => !/^\s*(#|$)/.test(text))
      .map(({ text, number }) => ({ text: withoutComment(text), number }))
  }

  /** The map whose names have the given indentation. */
  map(indent: number, depth = 0): Record<string, Yaml> {
    const found = new Map<string, Yaml>()
    for (;;) {
      const line = this.#lines[this.#at]
      if (line === undefined || indentOf(line.text) !== indent || isItem(line.text)) break
      const [, name, rest] = /^\s*("[^"]*"|'[^']*'|[^\s'":#[\]{}][^:#]*?)\s*:(?:\s+(.*))?$/.exec(line.text) ?? []
      if (name === undefined) throw unreadable(line)
      this.#at++
      found.set(
        scalar(name, line),
        rest === undefined || rest === '' ? this.#nested(indent, depth) : inline(rest, line),
      )
    }
    return Object.fromEntries(found)
  }

  /** The value in the lines below a name or a dash; an empty text if there is none. */
  #nested(indent: number, depth: number): Yaml {
    const line = this.#lines[this.#at]
    if (line === undefined) return ''
    if (depth > maxDepth || line.text.includes('\t')) throw unreadable(line)
    const own = indentOf(line.text)
    // The items of a list may be indented as its name is.
    if (isItem(line.text) && own >= indent) return this.#list(own, depth + 1)
    if (own <= indent) return ''
    const value = this.map(own, depth + 1)
    const next = this.#lines[this.#at]
    if (next !== undefined && indentOf(next.text) > indent) throw unreadable(next)
    return value
  }

  #list(indent: number, depth: number): Yaml[] {
    const items: Yaml[] = []
    for (;;) {
      const line = this.#lines[this.#at]
      if (line === undefined || indentOf(line.text) !== indent || !isItem(line.text)) return items
      const rest = line.text.slice(indent + 1)
      const inner = rest.trimStart()
      if (inner === '') {
        this.#at++
        items.push(this.#nested(indent, depth))
      } else if (isItem(inner) || /^("[^"]*"|'[^']*'|[^\s'":#[\]{}][^:#]*?)\s*:(\s|$)/.test(inner)) {
        // The item is a map or a list that begins in the line of the dash: the dash is part of its indentation.
        this.#lines[this.#at] = { text: ' '.repeat(line.text.length - inner.length) + inner, number: line.number }
        items.push(this.#nested(indent, depth))
      } else {
        this.#at++
        items.push(inline(inner, line))
      }
    }
  }
}

const indentOf = (text: string) => text.length - text.trimStart().length
const isItem = (text: string) => /^\s*-(\s|$)/.test(text)

function unreadable({ number, text }: Line): CardError {
  return new CardError(`line ${number} of its metadata cannot be read: ${text.trim()}`)
}

/** A line without the comment at its end. */
function withoutComment(text: string): string {
  let quote = ''
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!
    if (quote !== '') {
      if (character === quote) quote = ''
    } else if ((character === '"' || character === "'") && /[\s[{,:-]/.test(text[at - 1] ?? ' ')) quote = character
    else if (character === '#' && /\s/.test(text[at - 1] ?? '')) return text.slice(0, at).trimEnd()
  }
  return text.trimEnd()
}

/** A value that is written in one line: a text, `[a, b]` or `{a: b}`. */
function inline(text: string, line: Line): Yaml {
  if (/^[&*!|>%@`]/.test(text) && !/^\*+[./\w]/.test(text)) throw unreadable(line)
  if (!/^[[{]/.test(text)) return scalar(text, line)
  const flow = new Flow(text, line)
  return flow.whole()
}

/** Reads `[a, {b: c}]`. */
class Flow {
  readonly #tokens: string[]
  readonly #line: Line
  #at = 0

  constructor(text: string, line: Line) {
    this.#line = line
    this.#tokens =
      text.match(/"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[[\]{},]|:(?=\s)|(?:[^[\]{},:\s]|:(?!\s)|\s+(?=[^[\]{},:\s]))+/g) ??
      []
  }

  whole(): Yaml {
    const value = this.#value(0)
    if (this.#at !== this.#tokens.length) throw unreadable(this.#line)
    return value
  }

  #value(depth: number): Yaml {
    const token = this.#tokens[this.#at++]
    if (token === undefined || depth > maxDepth) throw unreadable(this.#line)
    if (token !== '[' && token !== '{') return scalar(token.trim(), this.#line)
    const close = token === '[' ? ']' : '}'
    const items: Yaml[] = []
    const members = new Map<string, Yaml>()
    while (this.#tokens[this.#at] !== close) {
      const first = this.#value(depth + 1)
      if (close === ']') items.push(first)
      else {
        if (typeof first !== 'string' || this.#tokens[this.#at++] !== ':') throw unreadable(this.#line)
        members.set(first, this.#value(depth + 1))
      }
      if (this.#tokens[this.#at] === ',') this.#at++
      else if (this.#tokens[this.#at] !== close) throw unreadable(this.#line)
    }
    this.#at++
    return close === ']' ? items : Object.fromEntries(members)
  }
}

/** A text, with or without quotes. */
function scalar(text: string, line: Line): string {
  if (text.startsWith('"')) {
    try {
      const value: unknown = JSON.parse(text)
      if (typeof value === 'string') return value
    } catch {
      // An escape that JSON does not have, or no quote at the end.
    }
    throw unreadable(line)
  }
  if (!text.startsWith("'")) return text
  const inner = /^'((?:[^']|'')*)'$/.exec(text)?.[1]
  if (inner === undefined) throw unreadable(line)
  return inner.replaceAll("''", "'")
}
