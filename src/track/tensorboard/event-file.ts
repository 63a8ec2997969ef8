/**
 * Event files of TensorBoard: TFRecords of `Event` messages (tensorboard/compat/proto/event.proto, summary.proto).
 *
 *     uint64 length │ uint32 masked CRC of length │ data │ uint32 masked CRC of data
 */

import { concat, double, type Field, float, message, text, wholeNumber } from '../protobuf.ts'
import { maskedCrc32c } from './crc32c.ts'

/** A value of a summary. */
export type SummaryValue =
  | { readonly tag: string; readonly scalar: number }
  | { readonly tag: string; readonly text: string }

/** The first record of every event file. */
export function versionRecord(time: number): Uint8Array {
  return record([wallTime(time), text(3, 'brain.Event:2')])
}

/** Values at a step; `time` is in milliseconds since the epoch. */
export function summaryRecord(time: number, step: number, values: readonly SummaryValue[]): Uint8Array {
  return record([
    wallTime(time),
    wholeNumber(2, step),
    message(
      5,
      values.map((value) => message(1, fieldsOf(value))),
    ),
  ])
}

/** A training started again from `step`: readers forget the values of this file from there on. */
export function restartRecord(time: number, step: number): Uint8Array {
  const start = 1
  return record([wallTime(time), wholeNumber(2, step), message(7, [wholeNumber(1, start)])])
}

function wallTime(time: number): Field {
  return double(1, time / 1000)
}

/** A scalar as `simple_value`; a text as a tensor of one string for the plugin `text`. */
function fieldsOf(value: SummaryValue): readonly Field[] {
  if ('scalar' in value) return [text(1, value.tag), float(2, value.scalar)]
  const ofStrings = 7
  const oneValue = message(2, [message(2, [wholeNumber(1, 1)])])
  const tensor = message(8, [wholeNumber(1, ofStrings), oneValue, text(8, value.text)])
  const ofTextPlugin = message(9, [message(1, [text(1, 'text')])])
  return [text(1, value.tag), tensor, ofTextPlugin]
}

function record(fields: readonly Field[]): Uint8Array {
  const data = concat(fields)
  const length = new Uint8Array(8)
  new DataView(length.buffer).setBigUint64(0, BigInt(data.length), true)
  return concat([length, uint32(maskedCrc32c(length)), data, uint32(maskedCrc32c(data))])
}

function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, value, true)
  return bytes
}
