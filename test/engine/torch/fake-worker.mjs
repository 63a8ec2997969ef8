/** A worker for tests that need no Python: it speaks the protocol of the engine torch, and misbehaves as its argument says. */

import { createReadStream, writeSync } from 'node:fs'

const [, , fault, signal] = process.argv

function answer(header, body = Buffer.alloc(0)) {
  const text = Buffer.from(JSON.stringify(header))
  const prefix = Buffer.alloc(16)
  prefix.write('llmp')
  prefix.writeUInt32LE(text.length, 4)
  prefix.writeBigUInt64LE(BigInt(body.length), 8)
  const frame = Buffer.concat([prefix, text, body])
  for (let done = 0; done < frame.length; ) {
    try {
      done += writeSync(4, frame, done)
    } catch (error) {
      // The pipe is full.
      if (error.code !== 'EAGAIN') throw error
    }
  }
}

function take(header, body) {
  if (header.do === 'die') process.exit(header.exit ?? 3)
  if (header.do === 'kill') process.kill(process.pid, header.signal)
  if (header.do === 'garbage') writeSync(4, 'Hello from a library\n')
  if (header.do === 'fail') answer({ id: header.id ?? null, error: header.error })
  if (header.do === 'print') process.stdout.write('a line of a library\n')
  if (header.id !== undefined && header.do === 'echo') answer({ id: header.id, tensors: header.tensors }, body)
}

if (fault === 'no start') {
  process.stderr.write("ModuleNotFoundError: No module named 'torch'\n")
  process.exit(1)
}
if (fault === 'dies at start') process.kill(process.pid, signal)
if (fault === 'stays') {
  process.on('SIGTERM', () => {})
  setInterval(() => {}, 1000)
}
answer({ id: 0, torch: '2.15.0', device: 'CPU' })

let bytes = Buffer.alloc(0)
createReadStream('', { fd: 3 }).on('data', (piece) => {
  bytes = Buffer.concat([bytes, piece])
  while (bytes.length >= 16) {
    const header = bytes.readUInt32LE(4)
    const length = 16 + header + Number(bytes.readBigUInt64LE(8))
    if (bytes.length < length) return
    take(JSON.parse(bytes.subarray(16, 16 + header)), bytes.subarray(16 + header, length))
    bytes = bytes.subarray(length)
  }
})
