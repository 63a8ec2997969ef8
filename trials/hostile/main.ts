/**
 * Hostile models, tokenizers and file names, through the real command.
 *
 *     npm run trial hostile -- [--count NAMES] [--seed N]
 *
 * Each damaged model and tokenizer has to be refused with its fault named. Files of every name have to be read and exported with their bytes
 * under their names.
 */

import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Random } from '../../src/core/values/random.ts'
import type { ModelArgument } from '../../src/language/2-check/env.ts'
import { bytesTokenizer } from '../../src/text/bytes.ts'
import { specialTokens } from '../../src/text/special.ts'
import { writeHuggingFace } from '../../src/train/hugging-face/write.ts'
import { hostileIn } from '../../test/attacks/hostile.ts'
import { eventsIn } from '../../test/cli/rig.ts'
import { architecture } from '../../test/model/architecture.ts'
import { damaged } from '../../test/text/damaged.ts'
import { savedWeights } from '../../test/train/saved.ts'
import { headers, lengths, one, safetensorsOf } from '../../test/train/weights/safetensors-hostile.ts'
import { Campaign, wrongEnd } from '../campaign.ts'
import { oddNames, quoted } from './names.ts'

/** All stages of the program run in one run. */
const patience = 900_000
const campaign = new Campaign('hostile', 520)
const random = new Random(campaign.seed, 'hostile')

await refused()
await named(oddNames(campaign.count, random))
campaign.end()

/** Models and tokenizers, each a stage of one program. */
async function refused(): Promise<void> {
  const project = hostileIn(campaign.folder(), campaign.folder(), {}, patience)
  const at = (...names: string[]) => join(project.folder, ...names)
  const tokenizer = bytesTokenizer(specialTokens('<|endoftext|>', []))
  const tiny = architecture('llama', { vocab: tokenizer.size, dim: 16, layers: 1, heads: 2, context: 16 })
  const own = savedWeights(tiny, tokenizer)
  const standard = async (name: string, sizes: object) =>
    architecture(name, sizes as Readonly<Record<string, ModelArgument>>)
  mkdirSync(at('sound'))
  await writeHuggingFace(own, at('sound'), standard)
  rmSync(own, { recursive: true })
  const lines = ['stage sound = weights("sound")']
  const why = new Map<string, string | RegExp>()
  const files = [
    ...headers.map(([what, header, dataBytes, reason]) => [what, safetensorsOf(header, dataBytes), reason] as const),
    ...lengths.map(([what, length, reason]) => [what, safetensorsOf(one({}), 16, length), reason] as const),
  ]
  for (const [i, [, bytes, reason]] of files.entries()) {
    cpSync(at('sound'), at(`m${i}`), { recursive: true })
    writeFileSync(at(`m${i}`, 'model.safetensors'), bytes)
    lines.push(`stage m${i} = weights("m${i}")`)
    why.set(`m${i}`, reason)
  }
  for (const [i, [, json, reason]] of damaged.entries()) {
    mkdirSync(at(`t${i}`))
    writeFileSync(at(`t${i}`, 'tokenizer.json'), JSON.stringify(json))
    lines.push(`tokenizer t${i} = load_tokenizer("t${i}/tokenizer.json")`)
    why.set(`t${i}`, reason)
  }
  project.write('a.llmpipe', `${lines.join('\n')}\n`)
  const ran = await project.llmpipe(['run', 'a.llmpipe', '--json', '-k'])
  const wrong = wrongEnd(ran)
  if (wrong !== undefined) campaign.fault('the run of hostile models', wrong, ran.stderr + ran.stdout.slice(-2000))
  const ends = new Map(eventsIn(ran.stdout).map((event) => [event.stage, event]))
  if (ends.get('sound')?.event !== 'finished')
    campaign.fault('sound', 'a sound model is refused', JSON.stringify(ends.get('sound')))
  for (const [stage, reason] of why) {
    const what = stage.startsWith('m') ? files[Number(stage.slice(1))]![0] : damaged[Number(stage.slice(1))]![0]
    const end = ends.get(stage)
    const said = (end?.error as { readonly message?: string } | undefined)?.message ?? ''
    const isSaid = typeof reason === 'string' ? said.includes(reason) : reason.test(said)
    if (end?.event !== 'failed') campaign.fault(what, 'something hostile is not refused', JSON.stringify(end))
    else if (!isSaid) campaign.fault(what, 'it is not said what is wrong', said)
    campaign.tally(stage.startsWith('m') ? 'safetensors' : 'tokenizers')
  }
}

/** Files with odd names, read by a pattern and by name, made by a command, and exported; and folders with such names. */
async function named(names: readonly string[]): Promise<void> {
  const project = hostileIn(campaign.folder(), campaign.folder(), {}, patience)
  const at = (...parts: string[]) => join(project.folder, ...parts)
  mkdirSync(at('data'))
  for (const [i, name] of names.entries()) writeFileSync(at('data', name), `text ${i}`)
  const folders = names.slice(0, 20)
  project.write(
    'a.llmpipe',
    `data all = read("data/*")
data each = read([${names.map((name) => quoted(`data/${name}`)).join(', ')}])
data made = shell(all, command: ${quoted(`cp -r '${at('data')}/.' "$OUT/"`)}, makes: files)
export all to "out/all"
export each to "out/each"
export made to "out/made"
${folders.map((name) => `export all to ${quoted(`odd/${name}`)}`).join('\n')}
`,
  )
  await project.llmpipe(['trust', '--yes', 'a.llmpipe'])
  const ran = await project.llmpipe(['run', 'a.llmpipe', '--json'])
  const wrong = wrongEnd(ran) ?? (ran.code === 0 ? undefined : 'a run on odd names fails')
  if (wrong !== undefined) {
    campaign.fault('the run on odd names', wrong, `${ran.stderr}${ran.stdout.slice(-2500)}`)
    return
  }
  const wanted = names.map((_, i) => `text ${i}`).sort()
  for (const folder of ['out/all', 'out/each', ...folders.map((name) => `odd/${name}`)]) {
    const texts = documentsIn(at(folder))
    if (`${texts}` !== `${wanted}`) campaign.fault(folder, 'other documents than the files have', `${texts.length}`)
    campaign.tally('folders of documents compared')
  }
  const made = readdirSync(at('out/made')).filter((name) => name !== '.llmpipe-export.json')
  for (const [i, name] of names.entries()) {
    const isThere = made.includes(name) && readFileSync(at('out/made', name), 'utf8') === `text ${i}`
    if (!isThere) campaign.fault(JSON.stringify(name), 'a file is not exported as it is')
    campaign.tally('odd names')
  }
  if (made.length !== names.length) campaign.fault('out/made', 'other files than there were', `${made.length}`)
  const beside = readdirSync(project.folder).sort()
  if (`${beside}` !== '.llmpipe,a.llmpipe,data,odd,out')
    campaign.fault('the folder', 'a file is made elsewhere', `${beside}`)
}

function documentsIn(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => name.startsWith('docs-'))
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n'))
    .filter((line) => line !== '')
    .map((line) => (JSON.parse(line) as { readonly text: string }).text)
    .sort()
}
