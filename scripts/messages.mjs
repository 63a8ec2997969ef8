/**
 * Generates the functions of src/language/messages/<area>.generated.ts and docs/reference/errors.md from the documents
 * src/language/messages/<area>.md, with examples from the cases of the tests. With `--check` it writes nothing and
 * exits with 1 if a file is stale.
 */

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'

const folder = 'src/language/messages'
const check = process.argv.includes('--check')
let stale = false

function write(path, text) {
  if (existsSync(path) && readFileSync(path, 'utf8') === text) return
  stale = true
  if (!check) writeFileSync(path, text)
}

/**
 * Reads messages: each is a heading `## E0101 name`, a sentence, optional `label:` and `help:` lines, and an explanation. A code that
 * no case of the tests can have, since it depends on the machine or on a very long text, has its example here: an `example:` line
 * with the message, and a program in each of the blocks `llmpipe wrong` and `llmpipe right`.
 */
function read(area) {
  const [head, ...sections] = readFileSync(`${folder}/${area}.md`, 'utf8').split(/^## /m)
  const messages = sections.map((section) => {
    const [heading, ...lines] = section.trim().split('\n')
    const [, code, name] = /^([EW]\d{4}) ([a-z-]+)$/.exec(heading) ?? []
    if (!code) throw new Error(`${area}.md: a heading is \`## E0101 name\`, not \`## ${heading}\``)
    const take = (key) => {
      const at = lines.findIndex((line) => line.startsWith(`${key}: `))
      return at === -1 ? undefined : lines.splice(at, 1)[0].slice(key.length + 2)
    }
    const label = take('label')
    const help = take('help')
    const said = take('example')
    const text = lines.join('\n')
    const program = (sort) => new RegExp(`^\`\`\`llmpipe ${sort}\\n([\\s\\S]*?)^\`\`\`$`, 'm').exec(text)?.[1]
    const [wrong, right] = [program('wrong'), program('right')]
    if ((said === undefined) !== (wrong === undefined) || (wrong === undefined) !== (right === undefined))
      throw new Error(
        `${area}.md: ${code} needs all of \`example:\`, \`\`\`llmpipe wrong and \`\`\`llmpipe right, or none`,
      )
    const example = said === undefined ? {} : { example: { message: said, wrong, right } }
    const [sentence, ...explanation] = text
      .replace(/^```llmpipe (?:wrong|right)\n[\s\S]*?^```$/gm, '')
      .split(/\n\n+/)
      .map((text) => text.trim())
      .filter(Boolean)
    return { code, name, sentence, label, help, explanation, ...example }
  })
  return { area, title: head.trim().replace(/^# /, ''), messages }
}

const holes = (text) => [...text.matchAll(/(?<!\\)\{(\w+)\}/g)].map((match) => match[1])
const camel = (name) => name.replace(/-(\w)/g, (_, letter) => letter.toUpperCase())

/** A string literal for a text, or a template literal if it has holes. An escaped `\{…` is not a hole and stays as it is. */
function literal(text) {
  if (holes(text).length === 0) return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
  const escaped = text.replaceAll('\\', '\\\\').replaceAll('`', '\\`')
  return `\`${escaped.replace(/\{(\w+)\}/g, (_, hole) => `\${words.${hole}}`)}\``
}

function functionOf({ code, name, sentence, label, help }) {
  const words = [...new Set([sentence, label ?? '', help ?? ''].flatMap(holes))]
  const parameter =
    words.length === 0 ? '' : `words: { ${words.map((word) => `readonly ${word}: string`).join('; ')} }, `
  const fields = [
    `code: '${code}'`,
    `severity: '${code.startsWith('W') ? 'warning' : 'error'}'`,
    `message: ${literal(sentence)}`,
    'span',
    ...(label ? [`label: ${literal(label)}`] : []),
    ...(help ? [`help: ${literal(help)}`] : []),
    '...more',
  ]
  return `/** ${code}: ${sentence.replaceAll('*/', '')} */
export function ${camel(name)}(span: Span, ${parameter}more: More = {}): Diagnostic {
  return { ${fields.join(', ')} }
}
`
}

const areas = readdirSync(folder)
  .filter((file) => file.endsWith('.md'))
  .map((file) => read(file.slice(0, -3)))
areas.sort((a, b) => (a.messages[0].code.slice(1) < b.messages[0].code.slice(1) ? -1 : 1))

/**
 * By code, the example of each diagnostic: a case that has one diagnostic and the corrected program beside it (`.right.llmpipe`).
 * Cases named `example-…` are preferred, then shorter ones.
 */
function examplesOf(folders) {
  const found = new Map()
  for (const folder of folders)
    for (const file of readdirSync(folder)) {
      if (!file.endsWith('.right.llmpipe')) continue
      const name = `${folder}/${file.slice(0, -'.right.llmpipe'.length)}`
      if (!existsSync(`${name}.txt`)) continue
      const shown = [...readFileSync(`${name}.txt`, 'utf8').matchAll(/^(?:error|warning)\[([EW]\d{4})\]: (.*)$/gm)]
      if (shown.length !== 1) continue
      const [, code, message] = shown[0]
      const [wrong, right] = [readFileSync(`${name}.llmpipe`, 'utf8'), readFileSync(`${name}.right.llmpipe`, 'utf8')]
      const isExample = /\/example-[^/]*$/.test(name)
      const before = found.get(code)
      const isBetter = before === undefined || (isExample && !before.isExample)
      const isShorter = isExample === before?.isExample && wrong.length < before.wrong.length
      if (isBetter || isShorter) found.set(code, { message, wrong, right, isExample })
    }
  return found
}

/** A program without the middle of long lines and of long texts. */
function abridged(text) {
  const lines = text
    // The line of a case that gives its parameters, as a command.
    .replace(/^\/\/ (-p \w+=.*)$/gm, '// llmpipe check FILE $1')
    .trimEnd()
    .split('\n')
    .map((line) => (line.length > 110 ? `${line.slice(0, 70)} … ${line.slice(-20)}` : line))
  return (lines.length > 14 ? [...lines.slice(0, 5), '…', ...lines.slice(-2)] : lines).join('\n')
}

const examples = examplesOf(['test/language/cases', 'test/language/3-elaborate/cases'])
for (const { messages } of areas) for (const { code, example } of messages) if (example) examples.set(code, example)

/** The sentence of a diagnostic: as in its example, or with `…` for each hole. */
function titleOf({ code, sentence }) {
  if (holes(sentence).length === 0) return sentence
  return examples.get(code)?.message ?? sentence.replace(/(?<!\\)\{\w+\}/g, '…')
}

const seen = new Set()
for (const { area, messages } of areas) {
  for (const { code } of messages) {
    if (seen.has(code)) throw new Error(`${code} is there twice`)
    seen.add(code)
  }
  write(
    `${folder}/${area}.generated.ts`,
    `/** Made by scripts/messages.mjs from ${area}.md: edit that. */

import type { Span } from '../../../grammar/span.ts'
import type { Diagnostic } from '../../core/diagnostic.ts'
import type { More } from './more.ts'

${messages.map(functionOf).join('\n')}`,
  )
}

mkdirSync(`${folder}/explained`, { recursive: true })
for (const { area, messages } of areas) {
  const explained = messages.map((message) => {
    const { code, help, explanation } = message
    const example = examples.get(code)
    return {
      code,
      title: titleOf(message),
      text: [...explanation, ...(help && !holes(help).length ? [help] : [])].join('\n\n'),
      ...(example ? { wrong: abridged(example.wrong), right: abridged(example.right) } : {}),
    }
  })
  write(
    `${folder}/explained/${area}.generated.ts`,
    `/** Made by scripts/messages.mjs from ${area}.md and the cases of the tests. */

import type { Explanation } from '../explanation.ts'

export const ${area}: readonly Explanation[] = ${JSON.stringify(explained, null, 2)}
`,
  )
}
write(
  `${folder}/codes.generated.ts`,
  `/** Made by scripts/messages.mjs: the explanation of every code, for \`llmpipe explain\`. */

${areas
  .map(({ area }) => area)
  .sort()
  .map((area) => `import { ${area} } from './explained/${area}.generated.ts'`)
  .join('\n')}
import type { Explanation } from './explanation.ts'

export const explanations: readonly Explanation[] = [${areas.map(({ area }) => `...${area}`).join(', ')}]
`,
)

const reference = [
  '# Errors and warnings',
  'Every diagnostic has a stable code. `llmpipe explain CODE` prints the same text.',
]
for (const { title, messages } of areas) {
  reference.push(`## ${title}`)
  for (const message of messages) {
    const { code, help, explanation } = message
    reference.push(`### ${code}`, `> ${titleOf(message)}`, ...explanation)
    if (help && holes(help).length === 0) reference.push(`**Way out.** ${help}`)
    const example = examples.get(code)
    if (example === undefined) continue
    const program = (text) => `\`\`\`llmpipe\n${abridged(text)}\n\`\`\``
    reference.push('Wrong:', program(example.wrong), 'Right:', program(example.right))
  }
}
mkdirSync('docs/reference', { recursive: true })
write('docs/reference/errors.md', `${reference.join('\n\n')}\n`)

if (check && stale) {
  console.error('the functions or the page of the messages are stale: run npm run generate')
  process.exit(1)
}
