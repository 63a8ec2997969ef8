/** The shape of the record of an action: one that comes from elsewhere may have any. */

import type { ArtefactKind, Ledger, StageReport, Tally } from '../core/artefact.ts'
import type { Comparison } from '../core/comparison.ts'
import type { Ranking } from '../core/ranking.ts'
import {
  isCount,
  isDigest,
  isObject,
  isNumber as isPlainNumber,
  isText,
  listOf,
  mapOf,
  oneOf,
  optional,
  type Shape,
  shape,
} from '../core/shape.ts'
import type { Component } from './key/manifest.ts'
import type { Action, ActionOutput, PayloadFile, UsedFile } from './store.ts'

/** JSON has no NaN: it is written as null. */
const isNumber: Shape<number> = (value): value is number => value === null || isPlainNumber(value)

const kinds: { readonly [K in ArtefactKind]: true } = {
  Docs: true,
  Pairs: true,
  Prompts: true,
  Answers: true,
  Rankings: true,
  Report: true,
  Files: true,
  Tokens: true,
  Tokenizer: true,
  Model: true,
  Weights: true,
  Reward: true,
}

export const isPayloadFile: Shape<PayloadFile> = shape<PayloadFile>({ path: isText, size: isCount, sha256: isDigest })

const isOutput = shape<ActionOutput>({
  digest: isDigest,
  kind: oneOf(...(Object.keys(kinds) as ArtefactKind[])),
  files: listOf(isPayloadFile),
})

const isComponent: Shape<Component> = (value): value is Component =>
  Array.isArray(value) && value.length === 2 && isText(value[0]) && value[1] !== undefined

const isTally = shape<Tally>({ documents: isNumber, bytes: isNumber })

export const isLedger: Shape<Ledger> = shape<Ledger>({
  in: isTally,
  out: isTally,
  dropped: listOf(
    shape<Ledger['dropped'][number]>({
      rule: isText,
      documents: isNumber,
      bytes: isNumber,
      samples: listOf(
        shape<Ledger['dropped'][number]['samples'][number]>({ id: isText, text: isText, value: optional(isText) }),
      ),
    }),
  ),
  changed: listOf(shape<Ledger['changed'][number]>({ step: isText, documents: isNumber, note: optional(isText) })),
  malformed: shape<Ledger['malformed']>({
    count: isNumber,
    samples: listOf(shape<Ledger['malformed']['samples'][number]>({ file: isText, line: isNumber, message: isText })),
  }),
  truncated: listOf(shape<Ledger['truncated'][number]>({ step: isText, documents: isNumber })),
})

const isComparison = shape<Comparison>({
  models: listOf(isText),
  metrics: listOf(
    shape<Comparison['metrics'][number]>({
      name: isText,
      values: listOf(
        shape<Comparison['metrics'][number]['values'][number]>({
          value: isNumber,
          low: optional(isNumber),
          high: optional(isNumber),
        }),
      ),
    }),
  ),
  answers: listOf(shape<Comparison['answers'][number]>({ prompt: isText, answers: listOf(isText) })),
})

const isRanking = shape<Ranking>({
  by: isText,
  rows: listOf(shape<Ranking['rows'][number]>({ name: isText, value: isNumber })),
})

const isSample = shape<{ readonly prompt: string; readonly text: string }>({ prompt: isText, text: isText })

/** What screens draw of the details; the rest they leave alone. */
const isDetail: Shape<NonNullable<StageReport['detail']>> = (value): value is NonNullable<StageReport['detail']> =>
  isObject(value) &&
  optional(isComparison)(value.comparison) &&
  optional(isRanking)(value.ranking) &&
  optional(isSample)(value.sample)

export const isReport: Shape<StageReport> = shape<StageReport>({
  metrics: optional(mapOf(isNumber)),
  ledger: optional(isLedger),
  summary: optional(isText),
  reused: optional(shape<NonNullable<StageReport['reused']>>({ parts: isNumber, of: isNumber })),
  detail: optional(isDetail),
})

/** Whether a value has the shape of a record; what it says is another matter. */
export const isAction: Shape<Action> = shape<Action>({
  key: isDigest,
  node: shape<Action['node']>({ id: isText, name: isText, kind: isText, program: optional(isText) }),
  components: listOf(isComponent),
  words: listOf(isComponent),
  files: mapOf(listOf(shape<UsedFile>({ name: isText, size: isCount, sha256: isDigest }))),
  outputs: mapOf(isOutput),
  report: isReport,
  seconds: isNumber,
  run: isText,
  time: isNumber,
  reason: isText,
})
