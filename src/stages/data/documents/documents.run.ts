/** Runs `documents`: the source or the artefact, and then each step, document by document. */

import type { InputFile } from '../../../core/kind/stage.ts'
import type { JsonObject } from '../../../core/values/json.ts'
import type { LedgerBook } from '../../../data/ledger.ts'
import { PartCounts } from '../../../data/pass/parts/made-parts.ts'
import { partsOfDocs, partsOfFiles } from '../../../data/pass/parts/pass-parts.ts'
import { passWork, runPass } from '../../../data/pass/pass.ts'
import type { SourceContext } from '../../../data/pass/source.ts'
import { endingOf } from '../../../data/read/formats/choose.ts'
import { formats } from '../../../data/read/formats/index.ts'
import type { ReadParams } from '../../../data/read/read.ts'
import type { PartsOf, RunOf, StageOf } from '../../shared/define-kind.ts'
import { docsReport } from './docs-output.ts'
import { documentKinds } from './document-kinds.ts'
import type { documents } from './documents.ts'
import { refuseLostFields } from './kept-fields.ts'
import { digestsOfLists, type FilesOfPass, filesOfSource, withLists } from './lists.ts'

/** A call that the plan fused into the pass. */
interface Fused {
  readonly kind: keyof typeof documentKinds
  readonly params: JsonObject
}

/** The params and files of a pass. The plan writes them, so no setting declares them. */
interface Pass {
  readonly settings: { readonly source?: Fused; readonly steps: readonly Fused[] }
  /** `mayBeEmpty`: no document has to be left, as in the test of a rule. */
  readonly hints: { readonly mayBeEmpty?: boolean }
  /** The files of the source, and those of lists in conditions. */
  readonly files: FilesOfPass
}

/** Whether a source reads pages of HTML. */
function isHtml({ params }: Fused, files: readonly InputFile[]): boolean {
  if (params.format !== 'auto') return params.format === 'html' || params.format === 'warc'
  const { html, warc } = formats
  const endings = [...html.extensions, ...warc.extensions]
  return files.some(({ name }) => endings.includes(endingOf(name).ending))
}

/** The parts of a pass, and its steps. */
async function passOf(stage: StageOf<typeof documents>) {
  const { settings, files } = stage as unknown as Pass
  const { source, steps } = settings
  refuseLostFields(source, steps)
  const over =
    source === undefined
      ? await partsOfDocs(stage.inputs.docs!.path)
      : await partsOfFiles(source.params as unknown as ReadParams, filesOfSource(files))
  const makers = await Promise.all(
    steps.map(async ({ kind, params }, index) => {
      const maker = await documentKinds[kind].step()
      const warn = (message: string) => stage.emit({ event: 'log', level: 'warning', message })
      const own = await withLists(params, index, files, warn)
      return (book: LedgerBook) => maker(own, book)
    }),
  )
  const make = (book: LedgerBook) => makers.map((maker) => maker(book))
  const lists = digestsOfLists(files)
  return { over, make, work: passWork(over, make, lists && { lists }) }
}

export const parts: PartsOf<typeof documents> = async (stage) => (await passOf(stage)).work

export const run: RunOf<typeof documents> = async (stage) => {
  const { settings, files, hints } = stage as unknown as Pass
  const { emit } = stage
  const { source, steps } = settings
  const { over, make, work } = await passOf(stage)
  // The fields of a record may be all that counts; steps look at its text, so they warn if it is empty.
  const warn: SourceContext['warn'] = (message, isLikelyWrong) => {
    if (steps.length > 0 || isLikelyWrong) emit({ event: 'log', level: 'warning', message })
  }
  if (
    source !== undefined &&
    isHtml(source, filesOfSource(files)) &&
    !steps.some(({ kind }) => kind === 'text_from_html')
  )
    emit({
      event: 'log',
      level: 'warning',
      message: 'The documents are HTML: |> text_from_html() takes the text out of pages.',
    })
  const counts = new PartCounts()
  const options = { ...stage, warn, counts, mayBeEmpty: hints.mayBeEmpty === true }
  const ledger = await runPass(over, make, stage.outputs.out, options, work)
  return { ...docsReport(ledger), ...counts.report() }
}
