/** Charts as SVG texts. How they look in a browser is tested in test/browser. */

import { describe, expect, test } from 'vitest'
import { barChart } from '../../../src/view/charts/bars.ts'
import type { Curve } from '../../../src/view/charts/plot.ts'
import { lineChart } from '../../../src/view/charts/svg.ts'

const curve = (name: string, values: readonly number[], more: Partial<Curve> = {}): Curve => ({
  name,
  tone: 'first',
  points: values.map((value, i) => ({ step: (i + 1) * 10, value })),
  ...more,
})
const loss = curve('loss', [4, 3, 2.5, 2.25])

/** The texts of the elements of a name, in order. */
const contents = (svg: string, name: string) =>
  [...svg.matchAll(new RegExp(`<${name}[^>]*>([^<]*)</${name}>`, 'g'))].map(([, content]) => content!)

/** Throws if the tags are not balanced, as an XML parser would. */
function expectBalanced(svg: string): void {
  const open: string[] = []
  for (const [, closing, name, self] of svg.matchAll(/<(\/?)([a-z]+)(?:\s[\w:-]+="[^"<]*")*(\/?)>/g)) {
    if (closing) expect(open.pop()).toBe(name)
    else if (!self) open.push(name!)
  }
  expect(open).toEqual([])
  expect(svg.replace(/<\/?[a-z]+(?:\s[\w:-]+="[^"<]*")*\/?>/g, '')).not.toMatch(/[<>]|&(?!amp;|lt;|gt;|quot;|apos;)/)
}

describe('a line chart', () => {
  test('names itself, its curves and its steps', () => {
    const svg = lineChart([loss, curve('held-out', [4, 3.5])], { title: 'Training of base' })
    expectBalanced(svg)
    expect(svg).toContain('role="img" aria-labelledby="chart-title chart-description"')
    expect(contents(svg, 'title')).toEqual(['Training of base', 'loss', 'held-out'])
    expect(contents(svg, 'text')).toEqual(
      expect.arrayContaining(['Training of base', 'loss', 'held-out', '10', '20', '30', '40', 'step', '2.5', '4']),
    )
  })

  test('has a description with the numbers that a reader of the chart would look for', () => {
    expect(contents(lineChart([loss], { title: 'Training' }), 'desc')).toEqual([
      '1 curve over steps 10 to 40. loss begins at 4 and ends at 2.250; its lowest value is 2.250, at step 40.',
    ])
    expect(contents(lineChart([loss], { title: 'Training', description: 'As told.' }), 'desc')).toEqual(['As told.'])
  })

  test('tells curves apart by dashes as well as by color', () => {
    const svg = lineChart([loss, curve('b', [3, 3]), curve('c', [2, 2])], { title: 'Three' })
    const strokes = [...svg.matchAll(/<path[^>]*>/g)].map(([path]) => /dasharray="([^"]*)"/.exec(path)?.[1])
    expect(new Set(strokes).size).toBe(3)
  })

  test('has few ticks at round values, and none twice', () => {
    for (const values of [
      [1, 2, 3],
      [0.001, 0.0012],
      [4.58601, 4.58604],
      [-5, 250],
      [1e6, 3e6],
    ]) {
      const labels = contents(lineChart([curve('x', values)], { title: '-' }), 'text').slice(1, -1)
      const beside = labels.slice(0, labels.indexOf('10'))
      expect(beside.length).toBeGreaterThan(1)
      expect(beside.length).toBeLessThan(8)
      expect(new Set(beside).size).toBe(beside.length)
    }
  })

  test('leaves room for the steps to come', () => {
    const end = (svg: string) => Number(/L([\d.]+) [\d.]+"/.exec(svg)![1])
    const whole = lineChart([loss], { title: '-' })
    expect(end(lineChart([loss], { title: '-', until: 400 }))).toBeLessThan(end(whole) / 4)
  })

  test('leaves out values that are not finite, and shows a single value as a dot', () => {
    expect(lineChart([curve('x', [1, Number.NaN, 3])], { title: '-' })).not.toContain('NaN')
    expect(lineChart([curve('x', [1])], { title: '-' })).toContain('<circle')
    for (const curves of [[], [curve('x', [])], [curve('x', [Number.POSITIVE_INFINITY])]])
      expect(contents(lineChart(curves, { title: '-' }), 'desc')).toEqual(['Nothing was measured.'])
  })

  test('draws a band that reaches below zero down to the foot of a logarithmic axis', () => {
    for (const low of [0, -2]) {
      const points = [1, 10, 100].map((value, i) => ({ step: i, value, low: i === 1 ? low : value, high: value * 2 }))
      const svg = lineChart([{ ...curve('x', []), points }], { title: '-', isLog: true })
      expect(svg).toContain('opacity="0.18"')
      expect(svg).not.toMatch(/NaN|Infinity/)
    }
  })

  test('cuts off a spike, and says so', () => {
    const values = Array.from({ length: 100 }, (_, i) => (i === 50 ? 1e6 : 2 + (i % 3)))
    expect(contents(lineChart([curve('x', values)], { title: '-' }), 'desc')[0]).toContain('the highest is 1,000,000.')
  })
})

describe('a bar chart', () => {
  const bars = [
    { name: 'base', value: 0.5 },
    { name: 'tuned', value: 0.75, low: 0.7, high: 0.8 },
  ]

  test('has a bar for each value, with its interval', () => {
    const svg = barChart(bars, { title: 'Win rate' })
    expectBalanced(svg)
    expect(svg.match(/<rect /g)).toHaveLength(2)
    expect(contents(svg, 'text')).toEqual(
      expect.arrayContaining(['base', '0.500', 'tuned', '0.750 (0.700 to 0.800)', '0']),
    )
    expect(contents(svg, 'desc')).toEqual(['base: 0.500. tuned: 0.750 (0.700 to 0.800).'])
  })

  test('begins every bar at zero, negative ones to the left', () => {
    const svg = barChart(
      [
        { name: 'a', value: -1 },
        { name: 'b', value: 1 },
      ],
      { title: '-' },
    )
    const [below, above] = [...svg.matchAll(/<rect x="([\d.]+)"[^>]*? width="([\d.]+)"/g)].map(([, x, width]) => [
      Number(x),
      Number(width),
    ])
    expect(below![0]! + below![1]!).toBeCloseTo(above![0]!, 1)
  })

  test('has no bar for a value that is not a number, and says so', () => {
    const svg = barChart([...bars, { name: 'broken', value: Number.NaN }], { title: '-' })
    expect(svg.match(/<rect /g)).toHaveLength(2)
    expect(contents(svg, 'text')).toEqual(expect.arrayContaining(['broken', 'NaN']))
    expect(contents(barChart([], { title: '-' }), 'desc')).toEqual(['Nothing was measured.'])
    expectBalanced(barChart([{ name: 'zero', value: 0 }], { title: '-' }))
  })
})

test('a name is text, whatever it holds', () => {
  const name = `<script>alert("1")</script> & 'x' \u0000\u001b[31m\ud800 ]]>`
  for (const svg of [
    lineChart([curve(name, [1, 2])], { title: name, description: name, id: 'a"b' }),
    barChart([{ name, value: 1 }], { title: name }),
  ]) {
    expectBalanced(svg)
    expect(svg).not.toContain('<script')
    expect(svg).not.toMatch(/[^\P{Cc}\n]|\p{Cs}/u)
  }
})
