/**
 * Kills of the server of the ranking page, by SIGKILL at random moments while people rank.
 *
 *     npm run trial people -- [--count N] [--seed N]
 *
 * Every acknowledged ranking has to be on disk, once and as it was sent, and the next server has to continue from there.
 */

import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Random } from '../../src/core/values/random.ts'
import { JudgementLog } from '../../src/people/judgement-log.ts'
import { makeProject } from '../../test/cli/rig.ts'
import { call, startServer } from '../../test/people/page-client.ts'
import { program } from '../../test/people/program.ts'
import { Campaign, patience, pick } from '../campaign.ts'

/** The number of people who rank at once. They have new names after each kill, so that tasks are always left for them. */
const clients = 4
const campaign = new Campaign('people', 64)
const lines = Array.from({ length: 40 }, (_, i) => `${JSON.stringify({ word: `w${i}`, text: `The ${i}th thing.` })}\n`)
const project = makeProject({
  'a.llmpipe': program('people(at_least: 40, annotators: 1000)'),
  'words.jsonl': lines.join(''),
})
// The run makes the answers. From then on, `llmpipe rank` serves the page.
const first = await startServer(project.folder, ['run', 'a.llmpipe', '--json'], () => {})
first.child.kill('SIGINT')
await first.over
const people = join(project.folder, '.llmpipe/people')
const said = join(people, readdirSync(people)[0]!, 'said.jsonl')
/** The acknowledged ranks by person and task, sorted, since each person sees the answers in another order. */
const acknowledged = new Map<string, string>()
/** The rankings that were sent, acknowledged or not. */
const sent = new Set<string>()

for (let round = 0; round < campaign.count; round++) {
  const random = new Random(campaign.seed, 'people', round)
  const where = `kill ${round}`
  const server = await startServer(project.folder, ['rank', 'a.llmpipe'], () => {}).catch((error: Error) => error)
  if (server instanceof Error) {
    campaign.fault(where, 'the next server does not start', server.message)
    break
  }
  const work = Array.from({ length: clients }, (_, i) => rankUntilGone(server.address, `Ada ${round} ${i}`, random))
  // The kill comes after some rankings, however busy the machine is, and in the middle of others.
  const until = acknowledged.size + random.below(40)
  const over = performance.now() + patience
  while (acknowledged.size < until && performance.now() < over) await sleep(2)
  await sleep(random.below(20))
  server.child.kill('SIGKILL')
  await Promise.all(work)
  await server.over
  campaign.tally('kills')
  const file = new JudgementLog(said)
  // A line that was cut off stays a line of its own. It was not acknowledged.
  if (file.corruptLines > 0) campaign.tally('… that tore a line, which was not acknowledged')
  const there = new Map<string, string[]>()
  for (const entry of file.events) {
    const key = `${entry.annotator}\t${entry.task}`
    const ranks = entry.event === 'ranked' ? `${[...entry.ranks].sort()}` : entry.event
    there.set(key, [...(there.get(key) ?? []), ranks])
  }
  for (const [key, ranks] of acknowledged) {
    const found = there.get(key)
    if (found === undefined) campaign.fault(where, 'an acknowledged ranking is lost', key)
    else if (`${found}` !== ranks) campaign.fault(where, 'a ranking is another, or there twice', `${key}: ${found}`)
  }
  for (const key of there.keys()) if (!sent.has(key)) campaign.fault(where, 'a ranking is there that nobody sent', key)
}
campaign.tally('rankings acknowledged', acknowledged.size)
campaign.tally('rankings sent without an answer', sent.size - acknowledged.size)
const exported = project.llmpipe(['rank', 'a.llmpipe', '--export', 'rankings.jsonl'])
if (exported.code !== 0) campaign.fault('the export', 'the rankings are not exported', exported.stderr)
project.remove()
campaign.end()

/** Ranks the tasks that the page shows, until the server no longer answers. */
async function rankUntilGone(address: string, annotator: string, random: Random): Promise<void> {
  try {
    for (let { state } = await call(address, 'next', { annotator }); state.task; ) {
      const { id, responses } = state.task as { readonly id: string; readonly responses: readonly string[] }
      const ranks = pick(random, [responses.map((_, i) => i + 1), responses.map((_, i) => responses.length - i)])
      const key = `${annotator}\t${id}`
      sent.add(key)
      const answer = await call(address, 'rank', { annotator, task: id, ranks, flagged: [] })
      if (answer.status !== 200) {
        campaign.fault(annotator, 'a ranking is refused', JSON.stringify(answer))
        return
      }
      acknowledged.set(key, `${[...ranks].sort()}`)
      state = answer.state
    }
  } catch {
    // The server is gone.
  }
}
