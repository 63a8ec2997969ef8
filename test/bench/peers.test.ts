/** Programs that benchmarks measure beside ours. */

import { expect, it } from 'vitest'
import { answerOf, Peer } from '../../bench/peers.ts'

const node = process.execPath
const failing = "console.error('No module named orjson'); process.exit(3)"

it('a peer that fails is shown with what it says', () => {
  expect(answerOf(node, ['-e', "console.log('12')"]).trim()).toBe('12')
  expect(() => answerOf(node, ['-e', failing])).toThrow(/ended with 3:\nNo module named orjson/)
  expect(() => answerOf('/no/such/python', [])).toThrow(/no\/such\/python.*ENOENT/)
})

it('a peer answers one question after the other, and says why it cannot', async () => {
  const echo = `require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => console.log(2 * line))`
  const peer = new Peer('double', node, ['-e', echo])
  for (let i = 0; i < 15; i++) expect(await peer.ask<number>(i)).toBe(2 * i)
  peer.end()
  await expect(new Peer('broken', node, ['-e', failing]).ask(1)).rejects.toThrow('No module named orjson')
  await expect(new Peer('absent', '/no/such/python', []).ask(1)).rejects.toThrow('ENOENT')
})
