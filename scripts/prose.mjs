/**
 * Finds idioms in comments, pages and names of tests that docs/style.md advises against: `node scripts/prose.mjs` checks every cleaned folder,
 * `node scripts/prose.mjs src/run docs/guide` checks these paths, cleaned or not. Exits with 1 if it found any.
 */

import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import jsTokens from 'js-tokens'

/** Folders that have not been cleaned yet. Remove a folder from here when `node scripts/prose.mjs FOLDER` finds nothing. */
const uncleaned = [].flat()

const british = [
  'behaviour|cancell(?:ed|ing)|centr(?:e|es|ed)|colour|defence|favour|fulfil(?=s?\\b)|grey|honour|labell(?:ed|ing)',
  'learnt|licence|modell(?:ed|ing)|neighbour|rumour|spelt|travell(?:ed|ing)|whilst',
  '(?:normal|token|serial|initial|recogn|optim|minim|maxim|general|special|organ|real|summar|vocal|memor|util)is(?:e|ed|es|er|ers|ing|ation|ations)\\b',
]

/** Idioms, each with what to write instead. `opening` ones count only where a doc comment begins. */
const idioms = [
  { pattern: /^What\b(?![^.]*\?)/, opening: true, advice: 'name the thing: "The CPU threads reserved for …"' },
  { pattern: /\bWhat it\b/, advice: 'name the thing' },
  { pattern: /\b(?:nothing|none|absent) where\b/i, advice: '"`undefined` if …", or say what happens' },
  { pattern: /(?<!\b[Tt]here )\b(?:is|are|was|were|be|been) none\b/, advice: '"is not a …"' },
  {
    pattern:
      /(?<!\b[Tt]here )\b(?:is|are|was|were|be|been) no (?!longer|more|less|other|better|one\b|reason|need|way|such)\w+/,
    advice: '"is not a …"',
  },
  { pattern: /\b(?:go|goes|going|gone|went) on (?:with|from)\b/i, advice: '"continue with", "resume from"' },
  { pattern: /\bso many\b(?! \w+ that\b)/i, advice: 'name the number: "at most `limit` bytes"' },
  { pattern: /\bfor so long\b/i, advice: 'name the time, with its unit' },
  {
    pattern: /\b(?:is|are|was|were|be|been) (?:told|said|heard)\b(?! apart)/,
    advice: '"reports", "logs", "receives", with a subject',
  },
  { pattern: /\b(?:is|are|was|were|be|been) handed\b/, advice: '"receives", or "X passes it …"' },
  { pattern: /\bhears?\b/, advice: '"receives", "notices"' },
  { pattern: /\bhangs? on\b/, advice: '"depends on"' },
  { pattern: /\b(?:is|are|be|been) over(?=[.,;:)]|$)/, advice: '"has finished", "ends"' },
  { pattern: /\bhas of (?:it|its|the|them)\b/, advice: 'name the thing' },
  { pattern: /\bwhether\b[^.,;]*\bor not\b/i, advice: '"whether" alone' },
  { pattern: new RegExp(`\\b(?:${british.join('|')})`, 'i'), advice: 'American spelling' },
]

/** The comments of a source text, each as one line of prose; adjacent `//` lines are one comment. */
function commentsIn(text, jsx) {
  const comments = []
  let line = 1
  let isAdjacent = false
  for (const { type, value } of jsTokens(text, { jsx })) {
    if (type === 'SingleLineComment') {
      const words = ` ${value.slice(2).trim()}`
      if (isAdjacent) comments.at(-1).text += words
      else comments.push({ line, text: words, isDoc: false })
      isAdjacent = true
    } else if (type === 'MultiLineComment') {
      comments.push({ line, text: value.slice(2, -2).replace(/^\s*\*/gm, ''), isDoc: value.startsWith('/**') })
      isAdjacent = false
    } else if (type !== 'WhiteSpace' && type !== 'LineTerminatorSequence') isAdjacent = false
    line += value.split('\n').length - 1
  }
  return comments
}

/** The paragraphs of a page, without its programs and without code within a line. */
function paragraphsIn(text) {
  const prose = text
    .replace(/^ *(```|~~~)[\s\S]*?^ *\1/gm, (block) => block.replace(/[^\n]/g, ''))
    .replace(/`[^`\n]*`/g, '`…`')
  const paragraphs = []
  let line = 1
  for (const piece of prose.split(/(\n\s*\n)/)) {
    if (piece.trim() !== '') paragraphs.push({ line, text: piece, isDoc: false })
    line += piece.split('\n').length - 1
  }
  return paragraphs
}

/** The names of tests and of their groups. */
function testNamesIn(text) {
  const calls = text.matchAll(/^[ \t]*(?:test|it|describe)\b[^\n]*?\((?:\s*)(['"`])((?:\\.|(?!\1)[^\\\n])+)\1,/gm)
  return [...calls].map(({ index, 2: name }) => ({
    line: text.slice(0, index).split('\n').length,
    text: name,
    isDoc: false,
  }))
}

function problemsOf(path) {
  const text = readFileSync(path, 'utf8')
  const pieces = path.endsWith('.md') ? paragraphsIn(text) : commentsIn(text, path.endsWith('.tsx'))
  if (path.endsWith('.test.ts') || path.endsWith('.test.tsx')) pieces.push(...testNamesIn(text))
  return pieces.flatMap((piece) => {
    const prose = piece.text.replace(/\s+/g, ' ').trim()
    return idioms
      .filter(({ opening }) => !opening || piece.isDoc)
      .flatMap(({ pattern, advice }) => {
        const found = pattern.exec(prose)
        if (found === null) return []
        const around = prose.slice(Math.max(0, found.index - 30), found.index + found[0].length + 30)
        return [`${path}:${piece.line}: "${found[0]}" in "${around}": write ${advice}`]
      })
  })
}

const within = (path, folder) => path === folder || path.startsWith(`${folder}/`)

/** Sources and pages. docs/style.md quotes the idioms, and docs/reference/errors.md is generated from the messages. */
const source = /^(?:src|grammar|bench|trials|scripts|test)\/.*\.(?:ts|tsx|mjs)$/
const page = /^(?:[A-Z]+|docs\/.*|bench\/.*|trials\/.*|src\/language\/messages\/.*)\.md$/
const exempt = /\.generated\.ts$|\/golden\/|^CHANGELOG\.md$|^docs\/style\.md$|^docs\/reference\/errors\.md$/

const listed = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate']
const files = execFileSync('git', listed, { encoding: 'utf8' })
  .split('\0')
  .filter((path) => (source.test(path) || page.test(path)) && !exempt.test(path) && existsSync(path))

const asked = process.argv.slice(2).map((path) => path.replace(/\/+$/, ''))
const unknown = asked.filter((path) => !files.some((file) => within(file, path)))
if (unknown.length > 0) {
  console.error(`no source or page lies in ${unknown.join(', ')}`)
  process.exit(2)
}
const isChecked = (file) =>
  asked.length > 0 ? asked.some((path) => within(file, path)) : !uncleaned.some((folder) => within(file, folder))

const problems = files.filter(isChecked).flatMap(problemsOf)
if (problems.length > 0) {
  console.error(`${problems.join('\n')}\n${problems.length} to rewrite: see docs/style.md`)
  process.exitCode = 1
}
