/** `llmpipe ui` in a browser: it follows runs, keeps what the reader opened, and says when the server is gone. LLMPIPE_BROWSER names a Chromium. */

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { serveUi } from '../../src/cli/ui/serve.ts'
import { openStore } from '../../src/store/folder-store.ts'
import type { LocalServer } from '../../src/web/local-server.ts'
import { makeProject, type Project, prose, training } from '../cli/rig.ts'

const executablePath = process.env.LLMPIPE_BROWSER
const axe = () => readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

describe.skipIf(executablePath === undefined)('the pages of ui', () => {
  let browser: Browser
  let page: Page
  let made: Project
  let server: LocalServer
  let trouble: string[]
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: executablePath!, args: ['--no-sandbox', '--disable-gpu'] })
    made = makeProject({ 'p.llmpipe': training, 'data/book.txt': prose })
    expect(made.llmpipe(['run', 'p.llmpipe']).code).toBe(0)
  })
  afterAll(async () => {
    await browser?.close()
    made.remove()
  })
  beforeEach(async () => {
    server = await serveUi({
      store: openStore(`${made.folder}/.llmpipe`),
      file: `${made.folder}/p.llmpipe`,
      port: undefined,
      files: () => undefined,
    })
  })
  afterEach(async () => {
    await page.context().close()
    await server.close()
  })

  async function open(path = '/', width = 1280, colorScheme: 'light' | 'dark' = 'light'): Promise<void> {
    page = await (await browser.newContext({ viewport: { width, height: 900 }, colorScheme })).newPage()
    trouble = []
    page.on('console', (message) => trouble.push(message.text()))
    page.on('pageerror', (error) => trouble.push(error.message))
    const { origin, search } = new URL(server.address)
    page.on('request', (request) => {
      if (!request.url().startsWith(origin) && !request.url().startsWith('data:')) trouble.push(request.url())
    })
    await page.goto(`${origin}${path}${search}`)
    await page.getByText('live', { exact: true }).waitFor()
  }

  it.each([
    ['/', 1280, 'light'],
    ['/', 390, 'dark'],
    ['/runs', 1280, 'dark'],
    ['/runs', 390, 'light'],
  ] as const)(
    '%s at %i pixels has no error and no fault of accessibility in the %s theme',
    async (path, width, theme) => {
      await open(path, width, theme)
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
      await page.evaluate(axe())
      const found = await page.evaluate<{ id: string; nodes: { html: string }[] }[]>(
        `axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'best-practice'] }).then(({ violations }) => violations)`,
      )
      expect(found.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 120)}`))).toEqual([])
      expect(trouble).toEqual([])
    },
  )

  it('continues with a run that begins, and keeps what the reader opened, searched and focused', async () => {
    await open()
    const run = page.locator('header code')
    const first = await run.textContent()
    const details = page.locator('details.stage').first()
    await details.locator('summary').click()
    await page.locator('button.theme').focus()
    expect(made.llmpipe(['run', 'p.llmpipe', '-p', 'lr=1e-2']).code).toBe(0)
    await expect.poll(() => run.textContent()).not.toBe(first)
    expect(await page.locator('details.stage').first().getAttribute('open')).toBe('')
    expect(await page.evaluate('document.activeElement.className')).toBe('theme')
    expect(await page.locator('figure.chart .plot svg').count()).toBeGreaterThan(1)
    // A chart that was replaced still answers to the arrow keys.
    const chart = page.locator('#training figure.chart').first()
    await chart.locator('.plot').focus()
    await page.keyboard.press('End')
    await expect.poll(() => chart.locator('.readout').textContent()).toMatch(/^step 12: /)
    expect(trouble).toEqual([])
  })

  it('draws the curves of several runs over each other, and leads to an earlier run', async () => {
    await open('/runs')
    expect(await page.locator('#runs tbody tr').count()).toBe(2)
    expect(await page.locator('#compared figure').first().textContent()).toContain('base: loss')
    await page.locator('#runs tbody a').last().click()
    await page.getByText('This is an earlier run.').waitFor()
    await page.getByRole('link', { name: 'Show the newest' }).click()
    await page.waitForURL((url) => !url.search.includes('run='))
  })

  it('says that the server is gone, and keeps what it shows', async () => {
    await open()
    await server.close()
    await page.getByText('llmpipe ui does not answer').waitFor()
    expect(await page.locator('#stages').count()).toBe(1)
  })

  it('shows the same after it is loaded again', async () => {
    await open()
    const before = await page.locator('main').textContent()
    await page.reload()
    await page.getByText('live', { exact: true }).waitFor()
    expect(await page.locator('main').textContent()).toBe(before)
  })
})
