/** The part of the wire format of Protocol Buffers that the files of trackers need. A message is the concatenation of its fields. */

/** A field of a message: its tag, and its value. */
export type Field = Uint8Array

/** A whole number of at least 0. */
export function wholeNumber(field: number, value: number): Field {
  return concat([varint(field * 8), varint(value)])
}

export function double(field: number, value: number): Field {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setFloat64(0, value, true)
  return concat([varint(field * 8 + 1), bytes])
}

/** A 32-bit float; larger values become infinite. */
export function float(field: number, value: number): Field {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setFloat32(0, value, true)
  return concat([varint(field * 8 + 5), bytes])
}

/** UTF-8; lone surrogates become U+FFFD. */
export function text(field: number, value: string): Field {
  return lengthDelimited(field, new TextEncoder().encode(value))
}

export function message(field: number, fields: readonly Field[]): Field {
  return lengthDelimited(field, concat(fields))
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(parts)
}

function lengthDelimited(field: number, bytes: Uint8Array): Field {
  return concat([varint(field * 8 + 2), varint(bytes.length), bytes])
}

/** Seven bits a byte, the lowest first. Works to 2⁵³, where bit operations of JavaScript end at 2³². */
function varint(value: number): Uint8Array {
  const bytes: number[] = []
  let rest = value
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) + 0x80)
  return Uint8Array.from([...bytes, rest])
}
