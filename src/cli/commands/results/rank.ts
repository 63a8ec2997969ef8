/** `llmpipe rank FILE [STAGE]`: serves the page that people rank on, without a run. */

import { renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Plan, PlanNode } from '../../../core/plan.ts'
import { isObject } from '../../../core/values/shape.ts'
import type { RankingFolder } from '../../../people/ranking-folder.ts'
import type { PageSettings } from '../../../people/server.ts'
import type { RankingSession } from '../../../people/session.ts'
import { readStored } from '../../../store/damage.ts'
import { defineCommand } from '../../command.ts'
import { programOptions } from '../../common-options.ts'
import { flag, text } from '../../option.ts'
import { write, writeError } from '../../terminal/output.ts'
import { exit, Refusal } from '../../terminal/refusal.ts'

export const rank = defineCommand({
  name: 'rank',
  summary: 'serve the page where people rank answers, or export their rankings',
  details: `A run that reaches rank(…, by: people) serves the page itself. This command serves it without a run, until enough prompts are
    ranked or you press Ctrl-C; the next run uses the rankings.`,
  arguments: [
    { name: '<file>', description: 'the program', completes: 'programs' },
    { name: '[stage]', description: 'the stage that ranks, if there are several', completes: 'stages' },
  ],
  options: {
    export: text('file', 'write the rankings that exist as JSONL, and serve nothing'),
    overwrite: flag('with --export: replace a file that holds something other than rankings'),
    ...programOptions,
  },
  examples: [
    ['llmpipe rank pipeline.llmpipe', 'print the address, and serve'],
    ['llmpipe rank pipeline.llmpipe --export rankings.jsonl', 'all rankings so far'],
  ],
  async run([file = '', name], options) {
    const { openProgram } = await import('../../program/open-program.ts')
    const { currentAction, whyMissing } = await import('../../program/current-actions.ts')
    const opened = await openProgram(file, options)
    const { plan, store } = opened
    const node = rankingNode(plan, name)
    const input = node.inputs.answers![0]!
    const source = plan.nodes.find(({ id }) => id === input.node)!
    const current = await currentAction(opened, source.name)
    const { action } = current
    if (action === undefined) {
      const { message, help } = await whyMissing(opened, current)
      throw new Refusal(`there is nothing to rank yet: ${message}`, help)
    }
    const answers = store.artefact(action.outputs[input.output]!)

    const { readExamples } = await import('../../../data/conversations/examples.ts')
    const { LedgerBook } = await import('../../../data/ledger.ts')
    const { openSession } = await import('../../../people/open-session.ts')
    const { RankingFolder } = await import('../../../people/ranking-folder.ts')
    const { tasksOf } = await import('../../../people/task.ts')
    const all = []
    for await (const { examples } of readExamples(answers.path, 'Answers')) all.push(...examples)
    const kept = new RankingFolder(join(store.root, 'people'), answers.digest)
    const other = kept.runningServer()
    const by = node.params.by as unknown as { readonly at_least: number; readonly annotators: number }
    const tasks = tasksOf(all, new LedgerBook())
    const session = openSession(kept, tasks, {
      ...by,
      seed: node.params.seed as number,
      criteria: (node.hints as unknown as PageSettings).criteria,
    })
    for (const message of session.damage) writeError(`warning: ${message}\n`)

    const target = options.export
    if (target !== undefined) {
      const rankings = session.rankings({ complete: false })
      if (!options.overwrite && !holdsRankings(target))
        throw new Refusal(
          `${target} holds something other than rankings, and was not changed`,
          'Name another file, or replace this one with --overwrite.',
        )
      writeWhole(target, rankings.map((ranking) => `${JSON.stringify(ranking)}\n`).join(''))
      write(`${rankings.length} rankings written to ${target}\n`)
      return exit.done
    }
    if (other !== undefined) {
      write(`The page is served already: ${other.address}\n`)
      return exit.done
    }
    if (session.isDone) {
      write(`${session.progress().done} prompts are ranked, which is enough: llmpipe run ${file} continues.\n`)
      return exit.done
    }
    return serve(node, session, kept)
  },
})

/** Writes a file whole or not at all. Something that is not a regular file (a pipe, /dev/stdout) is written to directly. */
function writeWhole(path: string, text: string): void {
  const there = statSync(path, { throwIfNoEntry: false })
  if (there !== undefined && !there.isFile()) {
    writeFileSync(path, text)
    return
  }
  const mine = `${path}.${process.pid}.tmp`
  try {
    writeFileSync(mine, text, { mode: there?.mode ?? 0o666 })
    renameSync(mine, path)
  } finally {
    rmSync(mine, { force: true })
  }
}

/** Whether a file may be replaced by newer rankings: it does not exist, is empty, or begins with a ranking. */
function holdsRankings(path: string): boolean {
  const text = readStored(path)
  if (text === undefined || text === '') return true
  try {
    const first: unknown = typeof text === 'string' ? JSON.parse(text.slice(0, text.indexOf('\n'))) : undefined
    return isObject(first) && ['responses', 'ranks', 'annotator'].every((field) => Object.hasOwn(first, field))
  } catch {
    return false
  }
}

/** The stage where people rank: the one called `name`, or the only one. Throws a Refusal if there is none, or a choice. */
function rankingNode(plan: Plan, name: string | undefined): PlanNode {
  const byPeople = ({ kind, params }: PlanNode) => kind === 'rank' && (params.by as { call: string }).call === 'people'
  const all = plan.nodes.filter(byPeople)
  const named = name === undefined ? all : all.filter((node) => node.name === name || node.id === name)
  if (named.length === 1) return named[0]!
  const names = all.map((node) => node.name).join(', ')
  if (all.length === 0)
    throw new Refusal(
      'people rank nothing in this program',
      'Write for example: data ranked = rank(answers, by: people(200)).',
    )
  throw new Refusal(
    name === undefined ? 'people rank in several stages: name one' : `"${name}" is not a stage where people rank`,
    `They rank in ${names}.`,
  )
}

/** Serves the page until enough is ranked, or until a signal. Every ranking is on disk as soon as it is made. Returns the exit code. */
async function serve(node: PlanNode, session: RankingSession, folder: RankingFolder): Promise<number> {
  const { serveRanking } = await import('../../../people/server.ts')
  const { services } = await import('../../services.ts')
  let stop = (_code: number) => {}
  const stopped = new Promise<number>((done) => {
    stop = done
  })
  const say = () => {
    const { done, needed, agreement } = session.progress()
    const alpha = agreement === undefined ? '' : `, agreement α ${agreement.toFixed(2)}`
    write(`${done} of ${needed} ranked${alpha}\n`)
  }
  const server = await serveRanking({
    session,
    page: node.hints as unknown as PageSettings,
    files: services().pageFile,
    takeOver: folder.takeOver(),
    onChange: () => {
      say()
      if (session.isDone) stop(exit.done)
    },
  })
  folder.remember(server)
  write(`Rank here: ${server.address}\n`)
  say()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stop(exit.interrupted))
  const code = await stopped
  await server.close()
  folder.forget()
  write(`${resolve(folder.log)} has all judgements.\n`)
  return code
}
