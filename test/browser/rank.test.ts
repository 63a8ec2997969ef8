/** Ranking in a browser, as people do it: by keys alone, by mouse, with a finger on a phone. LLMPIPE_BROWSER names a Chromium. */

import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type JudgementEvent, JudgementLog } from '../../src/people/judgement-log.ts'
import { type RankingServer, serveRanking } from '../../src/people/server.ts'
import { RankingSession } from '../../src/people/session.ts'

const executablePath = process.env.LLMPIPE_BROWSER
const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]
const phone: BrowserContextOptions = { viewport: { width: 360, height: 640 }, hasTouch: true, isMobile: true }
const tasks = Array.from({ length: 4 }, (_, i) => ({
  id: `t${i}`,
  messages: [{ role: 'user', content: `Question ${i}?` }],
  responses: ['alpha', 'beta', 'gamma', 'delta'].map((word) => `${word} <b>${i}</b>`),
}))

describe.skipIf(executablePath === undefined)('the page', () => {
  let browser: Browser
  let log: JudgementLog
  let session: RankingSession
  let server: RankingServer
  let page: Page
  const file = (name: string) => readFileSync(join('dist/page', name))
  const serve = async (takeOver?: { port: number; token: string }) => {
    session = new RankingSession(tasks, log, { atLeast: 3, annotators: 1, seed: 1 })
    server = await serveRanking({
      session,
      page: { guidelines: 'Shorter is better.', criteria: ['helpfulness', 'safety'] },
      files: file,
      onChange: () => {},
      takeOver,
    })
  }
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: executablePath!, args })
  })
  afterAll(() => browser?.close())
  beforeEach(async () => {
    log = new JudgementLog(join(mkdtempSync(join(tmpdir(), 'llmpipe-people-')), 'said.jsonl'))
    await serve()
  })
  afterEach(async () => {
    await page.context().close()
    await server.close()
  })

  async function begin(
    options: BrowserContextOptions = { viewport: { width: 1000, height: 1200 } },
    name = 'Ada',
  ): Promise<void> {
    page = await (await browser.newContext(options)).newPage()
    await page.goto(server.address)
    await page.getByLabel('Your name').fill(name)
    await page.getByRole('button', { name: 'Start' }).click()
    await page.locator('.card').first().waitFor()
  }
  const texts = () => page.locator('.card .text').allTextContents()
  const ranks = () => page.locator('.card .rank b').allTextContents()
  const progress = () => page.locator('#progress').textContent()
  const entries = (): readonly JudgementEvent[] => log.events
  /** The ranking on disk of the last task, as texts from best to worst. */
  const lastOrder = () => {
    const last = entries().at(-1)!
    if (last.event !== 'ranked') throw new Error(`the last word is ${last.event}`)
    const { responses } = tasks.find(({ id }) => id === last.task)!
    return responses
      .map((text, i) => ({ text, rank: last.ranks[i]! }))
      .sort((a, b) => a.rank - b.rank)
      .map(({ text }) => text)
  }
  const saved = (count: number) => expect.poll(() => entries().length).toBe(count)

  it('ranks by keys alone, from the name to the end', async () => {
    page = await (await browser.newContext()).newPage()
    await page.goto(server.address)
    await page.keyboard.type('Ada')
    await page.keyboard.press('Enter')
    await page.locator('.card').first().waitFor()
    const shown = await texts()
    for (const key of ['3', '1', '4', '2']) await page.keyboard.press(key)
    expect(await texts()).toEqual([2, 0, 3, 1].map((i) => shown[i]))
    await page.keyboard.press('Enter')
    await saved(1)
    expect(lastOrder()).toEqual([2, 0, 3, 1].map((i) => shown[i]))
    await expect.poll(progress).toBe('1 of 3 ranked')

    // The second answer goes to the top, and the next ties with it.
    await expect.poll(texts).not.toEqual(shown)
    const second = await texts()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Shift+ArrowUp')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('=')
    await page.keyboard.press('f')
    expect(await texts()).toEqual([1, 0, 2, 3].map((i) => second[i]))
    expect(await ranks()).toEqual(['1', '1', '3', '4'])
    await page.keyboard.press('Enter')
    await saved(2)
    const entry = entries().at(-1)
    if (entry?.event !== 'ranked') throw new Error('not ranked')
    expect([...entry.ranks].sort()).toEqual([1, 1, 3, 4])
    const task = tasks.find(({ id }) => id === entry.task)!
    expect(entry.flagged.map((i) => task.responses[i])).toEqual([second[0]])

    // Enter on an order that nobody touched asks once more.
    await expect.poll(progress).toBe('2 of 3 ranked')
    await page.keyboard.press('Enter')
    expect(await page.locator('#hint').textContent()).toContain('Submit again')
    expect(entries()).toHaveLength(2)
    await page.keyboard.press('Enter')
    await saved(3)
    await page.getByText('Enough is ranked. Thank you!').waitFor()
    expect(session.isDone).toBe(true)
  })

  it('ranks by mouse: drags, ties, skips, undoes, rates', async () => {
    await begin()
    const shown = await texts()
    const box = async (i: number) => (await page.locator('.card').nth(i).boundingBox())!
    const [from, to] = [await box(3), await box(0)]
    await page.mouse.move(from.x + 200, from.y + from.height / 2)
    await page.mouse.down()
    await page.mouse.move(from.x + 200, to.y + to.height, { steps: 8 })
    await page.mouse.move(from.x + 200, to.y + 4, { steps: 4 })
    await page.mouse.up()
    expect(await texts()).toEqual([3, 0, 1, 2].map((i) => shown[i]))
    await page.getByRole('button', { name: 'Tie with the one above: answer 1' }).click()
    expect(await ranks()).toEqual(['1', '1', '3', '4'])
    await page.locator('.card').first().getByLabel('helpfulness').selectOption('5')
    await page.getByRole('button', { name: 'Submit' }).click()
    await saved(1)
    const entry = entries()[0]
    if (entry?.event !== 'ranked') throw new Error('not ranked')
    const rated = tasks.find(({ id }) => id === entry.task)!.responses[entry.ratings!.helpfulness!.indexOf(5)]
    expect(rated).toBe(shown[3])

    await expect.poll(texts).not.toEqual([3, 0, 1, 2].map((i) => shown[i]))
    await page.getByRole('button', { name: 'Skip' }).click()
    await saved(2)
    await page.getByRole('button', { name: 'Undo' }).click()
    await saved(3)
    await page.getByRole('button', { name: 'Undo' }).click()
    await saved(4)
    // The earlier ranking is shown again, to be changed; cards that tie, in the order in which they were shown first.
    await expect.poll(texts).toEqual([0, 3, 1, 2].map((i) => shown[i]))
    expect(await ranks()).toEqual(['1', '1', '3', '4'])
    expect(await page.locator('.card').nth(1).getByLabel('helpfulness').inputValue()).toBe('5')
    expect(await progress()).toBe('0 of 3 ranked')
  })

  it('fits a phone, and is ranked with a finger', async () => {
    await begin(phone)
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360)
    const shown = await texts()
    await page.getByRole('button', { name: 'Better: answer 2' }).tap()
    expect(await texts()).toEqual([1, 0, 2, 3].map((i) => shown[i]))

    // A finger on the number drags the card.
    const touch = await page.context().newCDPSession(page)
    const handle = (await page.locator('.card .rank').nth(2).boundingBox())!
    const top = (await page.locator('.card').first().boundingBox())!
    const point = (y: number) => [{ x: handle.x + 10, y }]
    await touch.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: point(handle.y + 10) })
    for (let y = handle.y; y > top.y; y -= 20)
      await touch.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: point(y) })
    await touch.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: point(top.y + 2) })
    await touch.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] })
    await expect.poll(texts).toEqual([2, 1, 0, 3].map((i) => shown[i]))
    // A tap so soon after the drag would count as part of it.
    await page.waitForTimeout(400)
    await page.getByRole('button', { name: 'Submit' }).tap()
    await saved(1)
    expect(lastOrder()).toEqual([2, 1, 0, 3].map((i) => shown[i]))
  })

  it('shows texts as they are written, and runs nothing in them', async () => {
    await begin()
    expect(await page.locator('.card b').count()).toBe(4)
    expect((await texts())[0]).toMatch(/<b>\d<\/b>$/)
    expect(await page.getByText('Shorter is better.').isVisible()).toBe(true)
  })

  it('loses nothing while llmpipe is away, and continues when it is back', async () => {
    await begin()
    const shown = await texts()
    await page.keyboard.press('2')
    const { port, token } = server
    await server.close()
    await page.keyboard.press('Enter')
    await page.getByText('llmpipe does not answer').waitFor()
    expect((await texts())[0]).toBe(shown[1])
    await serve({ port, token })
    expect(server.port).toBe(port)
    await page.keyboard.press('Enter')
    await saved(1)
    expect(lastOrder()[0]).toBe(shown[1])
  })
})
