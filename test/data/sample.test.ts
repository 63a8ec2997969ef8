/** The size of a sample: a number of documents, or a part of them. */

import { describe, expect, it } from 'vitest'
import { compileText, Rig } from './rig.ts'

const rig = new Rig()
const problem = (size: string) =>
  compileText(`data docs = read("a.txt")\ndata x = docs |> sample(${size})\nexport x to "out"`).diagnostics.map(
    ({ message }) => message,
  )
const sizes = (size: string) => {
  const { program } = compileText(`data x = read("a.txt") |> sample(${size})`)
  return program!.calls.at(-1)!.params
}

describe('a sample', () => {
  const run = async (size: string) => {
    const { sample } = await import('../../src/stages/data/sample.ts')
    const docs = rig.docs(Array.from({ length: 20 }, (_, i) => `t${i}`))
    return (await rig.run(sample, sizes(size), { docs: [docs] })).texts.length
  }

  it('has as many documents as asked for, one of them too, or the part that is asked for, all of them too', async () => {
    expect(await run('1')).toBe(1)
    expect(await run('3')).toBe(3)
    expect(await run('10%')).toBe(2)
    expect(await run('0.5')).toBe(10)
    expect(await run('100%')).toBe(20)
    expect(await run('50% + 50%')).toBe(20)
  })

  it('of more than 100 %, or of an invalid number, does not compile', () => {
    expect(problem('200%')).toEqual([expect.stringContaining('be at most 100%')])
    expect(problem('101%')).toHaveLength(1)
    expect(problem('2.5')).toEqual([expect.stringContaining('a whole number, not 2.5')])
    expect(problem('100%')).toEqual([])
  })
})
