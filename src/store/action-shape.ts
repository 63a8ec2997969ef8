/** Checks the shape of the record of an action: a record from elsewhere may have any shape. */

import type { ArtefactKind } from '../core/artefact.ts'
import type { JobUse, TasksUse } from '../core/event.ts'
import type { DocumentCount, DroppedSample, Ledger, MetricHistogram, Twin } from '../core/ledger.ts'
import type {
  CalibrationBin,
  Comparison,
  DetailParts,
  Distribution,
  Estimate,
  FoundText,
  GivenAnswer,
  LearnedSource,
  Mistakes,
  Overlap,
  RankingResult,
  ReportDetail,
  Reused,
  SourceLearned,
  StageReport,
  TextSample,
} from '../core/report.ts'
import {
  isCount,
  isDigest,
  isKey,
  isObject,
  isNumber as isPlainNumber,
  isSha256,
  isText,
  listOf,
  mapOf,
  oneOf,
  optional,
  type Shape,
  shape,
} from '../core/values/shape.ts'
import type { Component } from './key/manifest.ts'
import type { Action, ActionOutput, PayloadFile, UsedFile, Vouched } from './store.ts'

/** JSON has no NaN: NaN is written as null. */
const isNumber: Shape<number> = (value): value is number => value === null || isPlainNumber(value)

const kinds: { readonly [K in ArtefactKind]: true } = {
  Docs: true,
  Pairs: true,
  Prompts: true,
  Answers: true,
  Rankings: true,
  Report: true,
  Files: true,
  Classifier: true,
  Tokens: true,
  Tokenizer: true,
  Model: true,
  Weights: true,
  Reward: true,
}

export const isPayloadFile: Shape<PayloadFile> = shape<PayloadFile>({ path: isText, size: isCount, sha256: isSha256 })

const isOutput = shape<ActionOutput>({
  digest: isDigest,
  kind: oneOf(...(Object.keys(kinds) as ArtefactKind[])),
  files: listOf(isPayloadFile),
})

const isComponent: Shape<Component> = (value): value is Component =>
  Array.isArray(value) && value.length === 2 && isText(value[0]) && value[1] !== undefined

const isDocumentCount = shape<DocumentCount>({ documents: isNumber, bytes: isNumber })

const isBin = (value: unknown): value is MetricHistogram['bins'][number] =>
  listOf(isPlainNumber)(value) && value.length === 3

const isTwin: Shape<Twin> = shape<Twin>({ id: isText, kept: isText, dropped: isText })

const isSample = shape<DroppedSample>({ id: isText, text: isText, value: optional(isText), twin: optional(isTwin) })

export const isLedger: Shape<Ledger> = shape<Ledger>({
  in: isDocumentCount,
  out: isDocumentCount,
  dropped: listOf(
    shape<Ledger['dropped'][number]>({
      rule: isText,
      documents: isNumber,
      bytes: isNumber,
      samples: listOf(isSample),
      seen: optional(listOf(shape<MetricHistogram>({ metric: isText, limits: listOf(isNumber), bins: listOf(isBin) }))),
    }),
  ),
  changed: listOf(
    shape<Ledger['changed'][number]>({
      step: isText,
      documents: isNumber,
      note: optional(isText),
      samples: optional(listOf(isSample)),
    }),
  ),
  malformed: shape<Ledger['malformed']>({
    count: isNumber,
    samples: listOf(shape<Ledger['malformed']['samples'][number]>({ file: isText, line: isNumber, message: isText })),
  }),
  truncated: listOf(shape<Ledger['truncated'][number]>({ step: isText, documents: isNumber })),
})

const isDistribution = shape<Distribution>({ mean: isNumber, deviation: isNumber, quantiles: listOf(isNumber) })

const isLearnedSource = shape<LearnedSource>({
  name: isText,
  texts: isNumber,
  contaminated: isNumber,
  shared: isNumber,
  covered: isNumber,
  coveredLong: isNumber,
})

const isDetailPart: { readonly [K in keyof DetailParts]: Shape<DetailParts[K]> } = {
  comparison: shape<Comparison>({
    models: listOf(isText),
    metrics: listOf(
      shape<Comparison['metrics'][number]>({
        name: isText,
        values: listOf(shape<Estimate>({ value: isNumber, low: optional(isNumber), high: optional(isNumber) })),
      }),
    ),
    answers: listOf(shape<Comparison['answers'][number]>({ prompt: isText, answers: listOf(isText) })),
    mistakes: optional(
      shape<Mistakes>({
        questions: isCount,
        shown: listOf(
          shape<Mistakes['shown'][number]>({
            question: isText,
            right: listOf(isText),
            answers: listOf(
              shape<GivenAnswer>({ text: isText, isRight: (value): value is boolean => typeof value === 'boolean' }),
            ),
          }),
        ),
      }),
    ),
  }),
  ranking: shape<RankingResult>({
    by: isText,
    rows: listOf(shape<RankingResult['rows'][number]>({ name: isText, value: isNumber })),
  }),
  sample: shape<TextSample>({ prompt: isText, text: isText }),
  sources: listOf(shape<SourceLearned>({ name: isText, tokens: isNumber, epochs: isNumber, loss: optional(isNumber) })),
  calibration: listOf(
    shape<CalibrationBin>({ from: isNumber, to: isNumber, pairs: isNumber, confidence: isNumber, accuracy: isNumber }),
  ),
  scores: isDistribution,
  margins: isDistribution,
  overlap: shape<Overlap>({
    all: isLearnedSource,
    sources: listOf(isLearnedSource),
    short: isNumber,
    empty: isNumber,
    left: isNumber,
    unknown: listOf(isText),
    examples: listOf(
      shape<FoundText>({
        id: isText,
        text: isText,
        covered: isNumber,
        twin: optional(shape<NonNullable<FoundText['twin']>>({ id: isText, source: isText, text: isText })),
      }),
    ),
  }),
}

/** The parts that screens draw have their shapes. Further fields, of another version of llmpipe, are kept and not drawn. */
const isDetail: Shape<ReportDetail> = (value): value is ReportDetail =>
  isObject(value) &&
  Object.entries(isDetailPart).every(([name, isPart]) => optional(isPart as Shape<unknown>)(value[name]))

export const isReport: Shape<StageReport> = shape<StageReport>({
  metrics: optional(mapOf(isNumber)),
  ledger: optional(isLedger),
  summary: optional(isText),
  engine: optional(isText),
  reused: optional(shape<Reused>({ parts: isNumber, of: isNumber })),
  doubt: optional(isText),
  detail: optional(isDetail),
})

export const isTasksUse: Shape<TasksUse> = shape<TasksUse>({
  starts: isCount,
  nodes: listOf(isText),
  cpuSeconds: isPlainNumber,
  gpuSeconds: isPlainNumber,
  lost: optional(isCount),
})

/** Whether a value has the shape of a record. Whether its contents are consistent, `isSound` checks. */
export const isJobUse: Shape<JobUse> = shape<JobUse>({
  job: isText,
  node: isText,
  starts: isCount,
  waited: isPlainNumber,
  seconds: isPlainNumber,
  cpus: isPlainNumber,
  gpus: isCount,
  tasks: optional(isTasksUse),
})

export const isAction: Shape<Action> = shape<Action>({
  key: isKey,
  node: shape<Action['node']>({ id: isText, name: isText, kind: isText, program: optional(isText) }),
  components: listOf(isComponent),
  words: listOf(isComponent),
  files: mapOf(listOf(shape<UsedFile>({ name: isText, size: isCount, sha256: isSha256, etag: optional(isText) }))),
  outputs: mapOf(isOutput),
  report: isReport,
  seconds: isNumber,
  run: isText,
  time: isNumber,
  reason: isText,
  use: optional(isJobUse),
  vouched: optional(
    shape<Vouched>({ how: oneOf('adopted', 'accepted'), by: isText, from: isText, changes: listOf(isText) }),
  ),
})
