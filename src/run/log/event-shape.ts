/** Checks the shape of events: the log of a run may be damaged, and a line of a stage may be something that its own code printed. */

import type { RunEvent, StageEvent } from '../../core/event.ts'
import {
  isNumber,
  isObject,
  isText,
  listOf,
  mapOf,
  oneOf,
  optional,
  type Shape,
  shape,
} from '../../core/values/shape.ts'
import { isWhere } from '../../process/where.ts'
import { isJobUse, isLedger, isReport } from '../../store/action-shape.ts'
import type { StageMessage } from '../stage/job.ts'

type Fields = Shape<object>

const isFailure = shape({ code: isText, message: isText, help: optional(isText), detail: optional(isText) })

/** JSON has no NaN: such a scalar is null. */
const isMetric: Fields = (value): value is object =>
  isObject(value) &&
  isNumber(value.step) &&
  Object.values(value).every((each) => each === null || ['string', 'number'].includes(typeof each))

/** JSON has no NaN and no infinity: such a number is null. */
const isNumberOrNull: Shape<number | null> = (value): value is number | null => value === null || isNumber(value)

const ofStages: { readonly [E in StageEvent['event']]: Fields } = {
  progress: shape({ done: isNumber, total: optional(isNumber), unit: isText, phase: optional(isText) }),
  metric: isMetric,
  sample: shape({
    step: isNumber,
    prompt: isText,
    text: isText,
    reward: optional(isNumberOrNull),
    more: optional(listOf(shape({ prompt: isText, text: isText, reward: isNumberOrNull }))),
  }),
  ledger: shape({ ledger: isLedger }),
  checkpoint: shape({ step: isNumber }),
  waiting: shape({ on: isText, address: isText }),
  queue: shape({
    state: oneOf('pending', 'running'),
    job: isText,
    reason: optional(isText),
    node: optional(isText),
    waited: optional(isNumber),
  }),
  log: shape({ level: oneOf('info', 'warning', 'error'), message: isText }),
}

const messages: { readonly [E in StageMessage['event']]: Fields } = {
  ...ofStages,
  done: shape({ report: isReport }),
  failed: shape({ error: isFailure }),
  interrupted: shape({ step: optional(isNumber) }),
}

const isVariant = shape({ of: isText, values: mapOf(isText) })
const made = { digest: isText, outputs: mapOf(isText), key: isText, report: optional(isReport) }

const events: { readonly [E in RunEvent['event']]: Fields } = {
  ...ofStages,
  'run-started': shape({
    run: isText,
    program: isText,
    stages: isNumber,
    version: isText,
    store: isText,
    pid: isNumber,
    params: optional(mapOf(isText)),
    engine: optional(isText),
  }),
  planned: shape({
    kind: isText,
    after: listOf(isText),
    file: optional(isText),
    line: isNumber,
    variant: optional(isVariant),
  }),
  cached: shape({ ...made, saved: isNumber, pulled: optional(isNumber) }),
  started: shape({
    key: isText,
    attempt: isNumber,
    where: optional(isWhere),
    cpus: isNumber,
    gpus: optional(listOf(isText)),
    reason: isText,
    resumedFrom: optional(isNumber),
  }),
  earlier: shape({ metrics: listOf(mapOf(isNumber)) }),
  finished: shape({ ...made, seconds: isNumber, use: optional(isJobUse) }),
  failed: shape({ error: isFailure, seconds: isNumber }),
  skipped: shape({ because: isText, stopped: optional(oneOf('failed', 'interrupted')) }),
  interrupted: shape({ step: optional(isNumber), continuesIn: optional(isWhere) }),
  exported: shape({ to: isText, files: isNumber }),
  notice: shape({ message: isText }),
  pushing: shape({ left: isNumber, to: isText }),
  'run-finished': shape({
    ran: isNumber,
    cached: isNumber,
    failed: isNumber,
    skipped: isNumber,
    interrupted: isNumber,
    seconds: isNumber,
  }),
}

/** The events that belong to the run as a whole, not to a stage. */
const ofRun: ReadonlySet<string> = new Set(['run-started', 'run-finished', 'notice', 'pushing'])

/** Whether a value is an event of a run, as in `events.jsonl`. */
export const isRunEvent: Shape<RunEvent> = (value): value is RunEvent => {
  if (!isObject(value) || !isText(value.event) || !isNumber(value.time) || !Object.hasOwn(events, value.event))
    return false
  const isOfStage = ofRun.has(value.event) || (isText(value.id) && isText(value.stage))
  return isOfStage && events[value.event as RunEvent['event']](value)
}

/** Whether a value is a message of a stage to its runner. */
export const isStageMessage: Shape<StageMessage> = (value): value is StageMessage =>
  isObject(value) &&
  isText(value.event) &&
  Object.hasOwn(messages, value.event) &&
  messages[value.event as StageMessage['event']](value)
