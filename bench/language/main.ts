/**
 * Accuracy and speed of language identification, compared with packages of npm and with fastText.
 *
 *     npm run bench language -- --data FOLDER [--peers FOLDER] [--texts sentences|word-pairs]
 *
 * `--data` is the folder `language-models` of a clone of github.com/pemistahl/lingua-rs (the table in docs/decisions/language.md is of commit
 * 77e94d1): 1,000 sentences, and 1,000 pairs of words, in each of 75 languages, drawn from news and web pages of the Leipzig Corpora Collection.
 * `--peers` is a folder in which `npm install eld@2.1.0 franc-all@7.2.0 tinyld@1.3.4 cld3-asm@4.0.0` was run. If LLMPIPE_PYTHON names a Python that
 * has `fasttext` (from PyPI: fasttext-predict), it reads the same model, and the benchmark fails if the labels differ in more than 1 of 1,000 texts.
 */

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { languageOf, modelFile } from '../../src/data/language/identify.ts'
import { machine } from '../measure.ts'
import { Peer } from '../peers.ts'

const { values: flags } = parseArgs({
  options: { data: { type: 'string' }, peers: { type: 'string' }, texts: { type: 'string', default: 'sentences' } },
})
if (flags.data === undefined) throw new Error('--data FOLDER is missing: language-models of a clone of lingua-rs')

interface Detector {
  readonly name: string
  /** The languages of texts, as ISO 639 codes. */
  detect(texts: readonly string[]): Promise<readonly string[]> | readonly string[]
}

interface Result {
  readonly name: string
  /** The share of texts that are identified (recall), by language. */
  readonly accuracy: Readonly<Record<string, number>>
  /** Of the texts that are taken for a language, the share that are of this language; 0 if none is taken for it. */
  readonly precision: Readonly<Record<string, number>>
  readonly megabytesPerSecond: number
}

const corpora = readCorpora(flags.data, flags.texts)
const results: Result[] = []
for (const detector of [...ours(), ...(await peers()), ...fastText()]) results.push(await measure(detector))
print()

function readCorpora(folder: string, texts: string): ReadonlyMap<string, readonly string[]> {
  const found = readdirSync(folder).flatMap((language) => {
    const path = [join(folder, language, 'testdata', `${texts}.txt`), join(folder, language, `${texts}.txt`)].find(
      existsSync,
    )
    if (path === undefined) return []
    const lines = readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => line.trim() !== '')
    return lines.length === 0 ? [] : [[canonical(language), lines] as const]
  })
  return new Map(found)
}

/** One code for each language: `eng` and `en` are `en`; Bokmål, Norwegian without further ado, is `no`. */
function canonical(code: string): string {
  if (code === '' || code === 'und') return ''
  try {
    const { language } = new Intl.Locale(code.replace('_', '-'))
    return language === 'nb' ? 'no' : language
  } catch {
    return code
  }
}

function ours(): Detector[] {
  return [{ name: 'llmpipe (lid.176.ftz)', detect: (texts) => texts.map((text) => languageOf(text).language) }]
}

async function peers(): Promise<Detector[]> {
  if (flags.peers === undefined) return []
  const require = createRequire(pathToFileURL(join(resolve(flags.peers), 'package.json')))
  const load = async (name: string) =>
    (await import(pathToFileURL(require.resolve(name)).href)) as Record<string, never>
  const { eld } = (await import(
    pathToFileURL(join(resolve(flags.peers), 'node_modules/eld/src/entries/static.large.js')).href
  )) as { eld: { detect(text: string): { language: string } } }
  const { franc } = (await import(
    pathToFileURL(join(resolve(flags.peers), 'node_modules/franc-all/index.js')).href
  )) as {
    franc(text: string, options: { minLength: number }): string
  }
  const tinyld = require('tinyld') as { detect(text: string): string }
  const cld3 = await (
    (await load('cld3-asm')) as unknown as { loadModule(): Promise<{ create(min: number, max: number): Cld3 }> }
  ).loadModule()
  const cld = cld3.create(0, 1000)
  return [
    { name: 'eld 2.1.0 (large)', detect: (texts) => texts.map((text) => eld.detect(text).language) },
    { name: 'cld3-asm 4.0.0', detect: (texts) => texts.map((text) => cld.findLanguage(text).language) },
    { name: 'tinyld 1.3.4', detect: (texts) => texts.map((text) => tinyld.detect(text)) },
    { name: 'franc-all 7.2.0', detect: (texts) => texts.map((text) => franc(text, { minLength: 1 })) },
  ]
}

interface Cld3 {
  findLanguage(text: string): { language: string }
}

function fastText(): Detector[] {
  const python = process.env.LLMPIPE_PYTHON
  if (python === undefined) return []
  const peer = new Peer('fasttext', python, ['bench/language/peer.py', modelFile()])
  process.on('exit', () => peer.end())
  return [{ name: 'fasttext (Python), lid.176.ftz', detect: (texts) => peer.ask<string[]>(texts) }]
}

async function measure({ name, detect }: Detector): Promise<Result> {
  // Warms up.
  for (const lines of corpora.values()) await detect(lines.slice(0, 20))
  const accuracy: Record<string, number> = {}
  const taken = new Map<string, number>()
  const right = new Map<string, number>()
  let milliseconds = 0
  let bytes = 0
  for (const [language, lines] of corpora) {
    const begin = performance.now()
    const found = await detect(lines)
    milliseconds += performance.now() - begin
    bytes += lines.reduce((sum, line) => sum + Buffer.byteLength(line), 0)
    for (const code of found) {
      const name = canonical(code)
      taken.set(name, (taken.get(name) ?? 0) + 1)
      if (name === language) right.set(language, (right.get(language) ?? 0) + 1)
    }
    accuracy[language] = (right.get(language) ?? 0) / lines.length
  }
  const precision = Object.fromEntries(
    [...corpora.keys()].map((language) => [language, (right.get(language) ?? 0) / (taken.get(language) ?? 1)]),
  )
  return { name, accuracy, precision, megabytesPerSecond: bytes / 1000 / milliseconds }
}

/** Precision and recall of the model by the least score, for languages with many documents on the web. */
function printThresholds(): void {
  const shown = ['en', 'de', 'fr', 'es', 'pt', 'it', 'ru', 'zh', 'ja', 'ko', 'ar', 'hi', 'th', 'tr', 'vi', 'id'].filter(
    (language) => corpora.has(language),
  )
  const levels = [0, 0.5, 0.65, 0.8]
  const found = [...corpora].flatMap(([language, lines]) =>
    lines.map((line) => ({ language, ...renamed(languageOf(line)) })),
  )
  console.log(`\n| precision, recall | ${levels.map((level) => `score ≥ ${level}`).join(' | ')} |`)
  console.log(`| --- |${' --- |'.repeat(levels.length)}`)
  for (const language of shown) {
    const cells = levels.map((level) => {
      const taken = found.filter(({ label, score }) => label === language && score >= level)
      const right = taken.filter((each) => each.language === language).length
      const all = corpora.get(language)!.length
      return `${((100 * right) / taken.length).toFixed(1)} %, ${((100 * right) / all).toFixed(1)} %`
    })
    console.log(`| ${language} | ${cells.join(' | ')} |`)
  }
}

function renamed({ language, score }: { readonly language: string; readonly score: number }) {
  return { label: canonical(language), score }
}

function print(): void {
  console.log(machine())
  const languages = [...corpora.keys()]
  const common = languages.filter((language) => results.every(({ accuracy }) => accuracy[language]! > 0))
  console.log(`${flags.texts} of ${languages.length} languages, of which every detector knows ${common.length}\n`)
  console.log(
    '| | languages | accuracy, of all | of those that all know | precision of these | MB/s |\n| --- | ---: | ---: | ---: | ---: | ---: |',
  )
  const mean = (shares: Readonly<Record<string, number>>, of: readonly string[]) =>
    `${((100 * of.reduce((sum, language) => sum + shares[language]!, 0)) / of.length).toFixed(1)} %`
  for (const result of results) {
    const known = languages.filter((language) => result.accuracy[language]! > 0).length
    const { name, accuracy, precision, megabytesPerSecond } = result
    const cells = [known, mean(accuracy, languages), mean(accuracy, common), mean(precision, common)]
    console.log(`| ${[name, ...cells, megabytesPerSecond.toFixed(1)].join(' | ')} |`)
  }
  printThresholds()
  const [own, theirs] = [results[0]!, results.find(({ name }) => name.startsWith('fasttext'))]
  if (theirs === undefined) return
  const difference = Math.max(
    ...languages.map((language) => Math.abs(own.accuracy[language]! - theirs.accuracy[language]!)),
  )
  console.log(`\nllmpipe and fasttext differ in at most ${(100 * difference).toFixed(1)} % of the texts of a language`)
  if (difference > 0.001) throw new Error('the same model gives other labels')
}
