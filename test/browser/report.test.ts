/**
 * The report of a run in a browser: no error, no request, legible in both themes and at both widths, usable by keys. LLMPIPE_BROWSER names a
 * Chromium.
 */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { pageAssets } from '../../src/cli/report/write.ts'
import { page as pageOf } from '../../src/report/page.ts'
import { fullRun } from '../report/full-run.ts'

const executablePath = process.env.LLMPIPE_BROWSER
const axe = () => readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

describe.skipIf(executablePath === undefined)('the report', () => {
  let browser: Browser
  let page: Page
  let folder: string
  let address: string
  let trouble: string[]
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'llmpipe-report-'))
    const path = join(folder, 'report.html')
    writeFileSync(path, pageOf(fullRun(), pageAssets()))
    address = pathToFileURL(path).href
    browser = await chromium.launch({ executablePath: executablePath!, args: ['--no-sandbox', '--disable-gpu'] })
  })
  afterAll(async () => {
    await browser?.close()
    rmSync(folder, { recursive: true, force: true })
  })
  afterEach(() => page.context().close())

  async function open(width = 1280, colorScheme: 'light' | 'dark' = 'light', javaScriptEnabled = true): Promise<void> {
    const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme, javaScriptEnabled })
    page = await context.newPage()
    trouble = []
    page.on('console', (message) => trouble.push(message.text()))
    page.on('pageerror', (error) => trouble.push(error.message))
    page.on('request', (request) => {
      if (request.url() !== address && !request.url().startsWith('data:')) trouble.push(request.url())
    })
    await page.goto(address)
  }

  describe.each([1280, 390])('at %i pixels', (width) => {
    it.each(['light', 'dark'] as const)(
      'has no error, no request and no fault of accessibility in the %s theme',
      async (scheme) => {
        await open(width, scheme)
        await page.evaluate(`for (const each of document.querySelectorAll('details')) each.open = true`)
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
        // The policy of the page forbids scripts of others; the tools of the browser may still evaluate.
        await page.evaluate(axe())
        const found = await page.evaluate<{ id: string; nodes: { html: string; failureSummary: string }[] }[]>(
          `axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'best-practice'] }).then(({ violations }) => violations)`,
        )
        expect(
          found.flatMap(({ id, nodes }) =>
            nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 120)} ${failureSummary}`),
          ),
        ).toEqual([])
        expect(trouble).toEqual([])
      },
    )
  })

  it('does not run what documents contain', async () => {
    await open()
    expect(await page.evaluate('window.attacked')).toBeUndefined()
    expect(await page.locator('main img').count()).toBe(0)
    expect(await page.getByText('<script>window.attacked = 1</script>').count()).toBeGreaterThan(0)
  })

  it('goes from a stage of the graph to its details, and opens them, by keys', async () => {
    await open()
    await page.locator('.graph a', { hasText: /^chat$/ }).focus()
    await page.keyboard.press('Enter')
    const details = page.locator('details.stage', { has: page.locator('summary bdi', { hasText: /^chat$/ }) })
    // The page opens them when the browser says that the address has changed, a moment after the key.
    await expect.poll(() => details.getAttribute('open')).toBe('')
    expect(await page.evaluate('document.activeElement.tagName')).toBe('SUMMARY')
  })

  it('reads the values of a chart by the pointer and by the arrow keys', async () => {
    await open()
    const chart = page.locator('#training figure.chart').first()
    const plot = chart.locator('.plot')
    await plot.focus()
    await page.keyboard.press('End')
    expect(await chart.locator('.readout').textContent()).toMatch(/^step 10,000: .*\d/)
    await page.keyboard.press('Home')
    expect(await chart.locator('.readout').textContent()).not.toMatch(/^step 10,000/)
    await plot.hover()
    expect(await chart.locator('.cursor').count()).toBe(1)
    await page.keyboard.press('Escape')
  })

  it('draws a logarithmic axis', async () => {
    await open()
    const chart = page.locator('figure.chart').first()
    const before = await chart.locator('svg').innerHTML()
    const button = chart.getByRole('button', { name: 'Logarithmic axis' })
    await button.click()
    expect(await button.getAttribute('aria-pressed')).toBe('true')
    expect(await chart.locator('svg').innerHTML()).not.toBe(before)
  })

  it('sorts and filters the table of a sweep', async () => {
    await open()
    const table = page.locator('#sweep table[data-long]')
    const first = () => table.locator('tbody tr').first().textContent()
    const lr = table.getByRole('button', { name: 'lr' })
    await lr.click()
    expect(await first()).toMatch(/^1e-4/)
    await lr.click()
    expect(await first()).toMatch(/^1.*diverged/)
    await page.getByRole('searchbox').first().fill('1e-4')
    expect(await table.locator('tbody tr:visible').count()).toBe(3)
  })

  it('changes the theme', async () => {
    await open(1280, 'light')
    const background = () => page.evaluate<string>('getComputedStyle(document.body).backgroundColor')
    const light = await background()
    for (const _ of [1, 2]) await page.locator('button.theme').click()
    expect(await background()).not.toBe(light)
  })

  it('shows everything without its script', async () => {
    await open(1280, 'light', false)
    expect(await page.locator('figure.chart svg').count()).toBeGreaterThan(5)
    expect(await page.locator('details.stage').count()).toBe(fullRun().stages.length)
  })

  it('prints what is folded on the screen', async () => {
    await open()
    await page.evaluate('dispatchEvent(new Event("beforeprint"))')
    expect(await page.locator('details:not([open])').count()).toBe(0)
  })
})
