/** The model card of an export, as Hugging Face's hub reads it: metadata in YAML, then Markdown for people. */

import type { Json } from '../../core/values/json.ts'
import { vouchedInWords } from '../vouch/words.ts'
import type { Provenance, StageProvenance } from './provenance.ts'

/** The library that loads each layout, for the hub. */
const libraries: Readonly<Record<string, string>> = {
  hf: 'transformers',
  hf_float32: 'transformers',
  peft: 'peft',
  gguf: 'gguf',
  onnx: 'onnx',
}

/** The README.md of an export of weights. */
export function modelCard(provenance: Provenance): string {
  const { llmpipe, program, stage, layout, stages } = provenance
  const library = libraries[layout]
  const own = stages.find(({ name }) => name === stage)
  const vouched = stages.flatMap((each) =>
    each.vouched === undefined ? [] : [`${each.name} was ${vouchedInWords(each.vouched)}.`],
  )
  const blocks = [
    ['---', ...(library === undefined ? [] : [`library_name: ${library}`]), 'tags:', '- llmpipe', '---'].join('\n'),
    `# ${plainText(stage)}`,
    `Made by llmpipe ${llmpipe} from \`${program}\`. \`provenance.json\` has every setting, and the digest of every input.`,
    ...(vouched.length > 0 ? [`**Not all of it was made by this program.** ${vouched.map(plainText).join(' ')}`] : []),
    ...table(
      'Metrics',
      ['metric', 'value'],
      Object.entries(own?.metrics ?? {}).map(([name, value]) => [name, number(value)]),
    ),
    ...table(
      'Training',
      ['stage', 'kind', 'settings'],
      stages.filter(isTraining).map((each) => [each.name, each.kind, settingsOf(each)]),
    ),
    ...table(
      'Documents',
      ['stage', 'in', 'out', 'dropped'],
      stages.flatMap(({ name, ledger }) =>
        ledger === undefined
          ? []
          : [[name, count(ledger.in.documents), count(ledger.out.documents), count(sum(ledger.dropped))]],
      ),
    ),
    ...table(
      'Files',
      ['stage', 'file', 'bytes', 'SHA-256'],
      stages.flatMap(({ name, files }) =>
        Object.values(files).flatMap((each) =>
          each.map((file) => [
            name,
            file.name,
            count(file.size),
            file.etag === undefined ? file.sha256 : `ETag ${file.etag}`,
          ]),
        ),
      ),
    ),
  ]
  return `${blocks.join('\n\n')}\n`
}

function isTraining({ components }: StageProvenance): boolean {
  return Object.keys(components).some((path) => path.startsWith('params.optimizer.'))
}

/** The settings of a stage without digests: `steps 1000, batch 16, optimizer.lr 0.001`. */
function settingsOf({ components }: StageProvenance): string {
  return Object.entries(components)
    .flatMap(([path, value]) => {
      const setting = path.startsWith('params.') ? path.slice('params.'.length) : ''
      return setting === '' || setting.startsWith('model.') || setting.startsWith('template')
        ? []
        : [`${setting} ${text(value)}`]
    })
    .join(', ')
}

function table(title: string, head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return []
  const line = (cells: readonly string[]) => `| ${cells.map(plainText).join(' | ')} |`
  return [`## ${title}`, [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')]
}

/** A text in a cell or a sentence of Markdown: names of files and settings may have any character. */
function plainText(value: string): string {
  return value.replace(/\s+/g, ' ').replace(/[|<>`*_\\[\]]/g, '\\$&')
}

function text(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function number(value: number): string {
  return Number.isInteger(value) ? count(value) : String(Number(value.toPrecision(6)))
}

/** A whole number with commas. `toLocaleString` would load the data of locales, which takes longer than the rest of the card. */
function count(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',')
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((all, each) => all + each, 0)
}
