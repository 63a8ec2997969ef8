/** Runs `documents`: the source or the artefact, and then each step, document by document. */

import type { InputFile } from '../../core/kind/stage.ts'
import type { JsonObject } from '../../core/values/json.ts'
import type { LedgerBook } from '../../data/ledger.ts'
import { CountedParts } from '../../data/pass/parts/counted-parts.ts'
import { partsOfDocs, partsOfFiles } from '../../data/pass/parts/pass-parts.ts'
import { runPass } from '../../data/pass/pass.ts'
import type { SourceContext } from '../../data/pass/source.ts'
import { endingOf } from '../../data/read/formats/choose.ts'
import { formats } from '../../data/read/formats/index.ts'
import type { ReadParams } from '../../data/read/read.ts'
import type { RunOf } from '../shared/define-kind.ts'
import { docsReport } from './docs-output.ts'
import { documentKinds } from './document-kinds.ts'
import type { documents } from './documents.ts'
import { refuseLostFields } from './kept-fields.ts'

/** A call that the plan fused into the pass. */
interface Fused {
  readonly kind: keyof typeof documentKinds
  readonly params: JsonObject
}

/** The params and files of a pass. The plan writes them, so no setting declares them. */
interface Pass {
  readonly settings: { readonly source?: Fused; readonly steps: readonly Fused[] }
  /** The files of the source. */
  readonly files: Readonly<Record<string, readonly InputFile[]>>
}

/** Whether a source reads pages of HTML. */
function isHtml({ params }: Fused, files: readonly InputFile[]): boolean {
  if (params.format !== 'auto') return params.format === 'html' || params.format === 'warc'
  const { html, warc } = formats
  const endings = [...html.extensions, ...warc.extensions]
  return files.some(({ name }) => endings.includes(endingOf(name).ending))
}

export const run: RunOf<typeof documents> = async (stage) => {
  const { settings, files } = stage as unknown as Pass
  const { source, steps } = settings
  refuseLostFields(source, steps)
  const over =
    source === undefined
      ? await partsOfDocs(stage.inputs.docs!.path)
      : await partsOfFiles(source.params as unknown as ReadParams, Object.values(files).flat())
  const makers = await Promise.all(
    steps.map(async ({ kind, params }) => {
      const maker = await documentKinds[kind].step()
      return (book: LedgerBook) => maker(params, book)
    }),
  )
  // The fields of a record may be all that counts; steps look at its text, so they warn if it is empty.
  const warn: SourceContext['warn'] = (message, isLikelyWrong) => {
    if (makers.length > 0 || isLikelyWrong) stage.emit({ event: 'log', level: 'warning', message })
  }
  const { signal, emit } = stage
  if (
    source !== undefined &&
    isHtml(source, Object.values(files).flat()) &&
    !steps.some(({ kind }) => kind === 'text_from_html')
  )
    emit({
      event: 'log',
      level: 'warning',
      message: 'The documents are HTML: |> text_from_html() takes the text out of pages.',
    })
  const parts = new CountedParts(stage.parts)
  const make = (book: LedgerBook) => makers.map((maker) => maker(book))
  const ledger = await runPass(over, make, stage.outputs.out, { signal, parts, emit, warn })
  return { ...docsReport(ledger), ...parts.report() }
}
