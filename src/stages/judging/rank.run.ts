/** Runs `rank`. */

import type { Answers, Ranking } from '../../core/conversation.ts'
import { Interrupted, StageError } from '../../core/failure.ts'
import type { StageReport } from '../../core/report.ts'
import { ExampleWriter, readExamples } from '../../data/conversations/examples.ts'
import { tidy } from '../../data/conversations/ranks.ts'
import { LedgerBook } from '../../data/ledger.ts'
import { openSession } from '../../people/open-session.ts'
import { RankingFolder, withoutToken } from '../../people/ranking-folder.ts'
import { serveRanking } from '../../people/server.ts'
import type { Progress, RankingSession } from '../../people/session.ts'
import { documentOf, type Task, tasksOf } from '../../people/task.ts'
import type { RunOf, StageOf } from '../shared/define-kind.ts'
import type { StageServices } from '../shared/services.ts'
import type { rank } from './rank.ts'
import { judged } from './rank-judge.ts'

export interface PeopleSettings {
  readonly at_least: number
  readonly annotators: number
}

/** How long a run waits for `llmpipe ui` to give up the page, and how often it looks, in milliseconds. */
const [patience, pause] = [10_000, 100]

export const run: RunOf<typeof rank> = async (stage, services) => {
  const { by } = stage.settings
  const book = new LedgerBook()
  const answers: Answers[] = []
  for await (const { examples } of readExamples(stage.inputs.answers.path, 'Answers')) answers.push(...examples)
  const tasks = tasksOf(answers, book)
  if (tasks.length === 0) throw nothingToRank(answers.length)
  if (by.call === 'people') return byPeople(stage, services, tasks, by, book)
  const rankings = await judged(stage, services, tasks, by)
  const ranked = tasks.map((task, i) => ({ task, rankings: [rankings[i]!] }))
  return write(stage, ranked, book, {})
}

async function byPeople(
  stage: StageOf<typeof rank>,
  services: StageServices,
  tasks: readonly Task[],
  by: PeopleSettings,
  book: LedgerBook,
): Promise<StageReport> {
  const folder = new RankingFolder(stage.people, stage.inputs.answers.digest)
  const session = openSession(folder, tasks, {
    ...by,
    seed: stage.settings.seed,
    criteria: stage.hints.criteria,
  })
  for (const message of session.damage) stage.emit({ event: 'log', level: 'warning', message })
  const report = ({ done, needed }: Progress) =>
    stage.emit({ event: 'progress', done, total: needed, unit: 'rankings' })
  report(session.progress())
  if (!session.isDone) await untilDone(stage, services, session, folder, report)
  const { people, agreement } = session.progress()
  const several = {
    annotators: people.length,
    ...(agreement === undefined ? {} : { agreement }),
    ...(session.damaged === 0 ? {} : { damaged: session.damaged }),
  }
  return write(stage, session.rankingsByTask({ complete: true }), book, several)
}

/** Serves the page until enough prompts are ranked. A StageError if another process serves these answers. */
async function untilDone(
  stage: StageOf<typeof rank>,
  services: StageServices,
  session: RankingSession,
  folder: RankingFolder,
  report: (progress: Progress) => void,
): Promise<void> {
  const other = await unyielding(folder)
  if (other !== undefined)
    throw new StageError(
      'served-elsewhere',
      `\`llmpipe rank\` (process ${other.pid}) serves these answers already, at ${withoutToken(other.address)}`,
      '`llmpipe rank` prints its whole address. Rank there; when enough is ranked, or after stopping it, run again. Nothing that was ranked is lost.',
    )
  let over = () => {}
  const finished = new Promise<void>((resolve) => {
    over = resolve
  })
  const server = await serveRanking({
    session,
    page: stage.hints,
    files: services.pageFile,
    takeOver: folder.takeOver(),
    onChange: (progress) => {
      report(progress)
      if (session.isDone) over()
    },
  })
  folder.remember(server)
  stage.emit({ event: 'waiting', on: 'people', address: server.address })
  stage.signal.addEventListener('abort', over)
  if (stage.signal.aborted) over()
  await finished
  await server.close()
  folder.forget()
  if (!session.isDone) throw new Interrupted()
}

/** The server of another process that serves these answers and goes on to; `llmpipe ui` gives them up when it notices the run. */
async function unyielding(folder: RankingFolder): Promise<ReturnType<RankingFolder['runningServer']>> {
  for (let waited = 0; waited < patience && folder.runningServer()?.yields; waited += pause)
    await new Promise((done) => setTimeout(done, pause))
  return folder.runningServer()
}

/** Writes the rankings that express a preference. The ledger counts tasks, each of which can have several rankings. */
function write(
  stage: StageOf<typeof rank>,
  ranked: readonly { readonly task: Task; readonly rankings: readonly Ranking[] }[],
  book: LedgerBook,
  metrics: Readonly<Record<string, number>>,
): StageReport {
  const writer = new ExampleWriter(stage.outputs.out, 'Rankings')
  const unranked = book.rule('rank: not ranked')
  const alike = book.rule('rank: all answers rank alike')
  let count = 0
  let ties = 0
  for (const { task, rankings } of ranked) {
    const before = count
    for (const ranking of rankings) {
      const tidied = tidy(ranking)
      if ('problem' in tidied) continue
      const { responses, ranks } = tidied
      writer.write({ ...ranking, responses, ranks })
      count++
      if (new Set(ranks).size < ranks.length) ties++
    }
    const document = documentOf(task)
    if (count > before) book.out.add(Buffer.byteLength(document.text))
    else if (rankings.length === 0) unranked.drop(document)
    else alike.drop(document)
  }
  writer.close()
  if (count === 0)
    throw new StageError('nothing-left', 'no ranking expresses a preference: all answers rank alike', 'Rank them anew.')
  const alpha = metrics.agreement === undefined ? '' : `, agreement α ${metrics.agreement.toFixed(2)}`
  return {
    metrics: { rankings: count, with_ties: ties, ...metrics },
    ledger: book.ledger(),
    summary: `${count.toLocaleString('en')} rankings${ties > 0 ? `, ${ties} with ties` : ''}${alpha}`,
  }
}

function nothingToRank(prompts: number): StageError {
  return new StageError(
    'nothing-left',
    `none of ${prompts} prompts has two answers that differ`,
    'Generate several: `generate(…) { responses: 4, temperature: 1 }`.',
  )
}
