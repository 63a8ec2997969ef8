/** Charts in a browser: they are valid XML, every text lies within the chart, and no two texts overlap. LLMPIPE_BROWSER names a Chromium. */

import { type Browser, chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { barChart } from '../../src/view/charts/bars.ts'
import type { Curve } from '../../src/view/charts/plot.ts'
import { lineChart } from '../../src/view/charts/svg.ts'

const executablePath = process.env.LLMPIPE_BROWSER

const curve = (name: string, last: number, steps = 100): Curve => ({
  name,
  tone: 'first',
  points: Array.from({ length: steps }, (_, i) => ({ step: i + 1, value: last + 5 * Math.exp((-6 * i) / steps) })),
})
const charts: Readonly<Record<string, string>> = {
  'a training': lineChart([curve('loss', 2), curve('held-out', 2.1)], { title: 'Training of base', until: 150 }),
  'a training of few steps': lineChart([curve('loss', 2, 2)], { title: 'Short' }),
  'a sweep': lineChart(
    ['3e-4', '1e-3', '3e-3', '1e-2', '3e-2', '1e-1'].map((lr, i) => curve(`base[lr=${lr}]`, 2 + i / 50)),
    { title: 'Sweep' },
  ),
  'long steps and large values': lineChart(
    [
      {
        ...curve('reward', 1e6),
        points: [
          { step: 1, value: 1e6 },
          { step: 1_234_567, value: -3e6 },
        ],
      },
    ],
    {
      title:
        'A title that is much longer than the chart is wide, so that it has to be cut somewhere on its way to the right end',
    },
  ),
  'an evaluation': barChart(
    [
      { name: 'base', value: 0.51 },
      { name: 'aligned, with a name that is far too long for the chart', value: -0.2, low: -0.4, high: 0.05 },
      { name: '<b>&"', value: Number.NaN },
    ],
    { title: 'Win rate' },
  ),
}

interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

describe.skipIf(executablePath === undefined)('a chart of', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: executablePath!, args: ['--no-sandbox', '--disable-gpu'] })
  })
  afterAll(() => browser?.close())

  for (const [name, svg] of Object.entries(charts))
    it(`${name} is valid XML, and its texts are legible`, async () => {
      const page = await browser.newPage()
      await page.goto(`data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`)
      expect(await page.content()).not.toContain('parsererror')

      await page.goto('about:blank')
      await page.setContent(`<!doctype html><meta charset="utf-8"><body style="margin: 0">${svg}</body>`)
      const whole = (await page.locator('svg').boundingBox())!
      const boxes = await Promise.all(
        (await page.locator('svg text').all()).map(async (each) => ({
          text: await each.textContent(),
          ...(await each.boundingBox())!,
        })),
      )
      expect(boxes.length).toBeGreaterThan(3)
      const isOutside = (b: Box) =>
        b.x < -1 || b.y < -1 || b.x + b.width > whole.width + 1 || b.y + b.height > whole.height + 1
      expect(boxes.filter(isOutside)).toEqual([])
      const overlap = (a: Box, b: Box) =>
        a.x < b.x + b.width && b.x < a.x + a.width && a.y + 3 < b.y + b.height && b.y + 3 < a.y + a.height
      expect(
        boxes.flatMap((a, i) => boxes.slice(i + 1).flatMap((b) => (overlap(a, b) ? [[a.text, b.text]] : []))),
      ).toEqual([])
      await page.close()
    })
})
