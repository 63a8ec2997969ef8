/** `llmpipe rank FILE [STAGE]`: serves the page that people rank on, without a run. */

import { renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Plan, PlanNode } from '../../core/plan.ts'
import { isObject } from '../../core/shape.ts'
import type { RankingFolder } from '../../people/ranking-folder.ts'
import type { PageSettings } from '../../people/server.ts'
import type { RankingSession } from '../../people/session.ts'
import { readStored } from '../../store/damage.ts'
import { type Command, programOptions, text } from '../command.ts'
import { write, writeError } from '../terminal/output.ts'
import { exit, Refusal } from '../terminal/refusal.ts'

export const rank: Command = {
  name: 'rank',
  summary: 'serve the page where people rank answers, or export their rankings',
  details:
    'A run that comes to rank(…, by: people) serves it by itself. This serves it without one, until enough is ranked or Ctrl-C; the next run takes the rankings.',
  arguments: [
    { name: '<file>', description: 'the program', completes: 'programs' },
    { name: '[stage]', description: 'the stage that ranks, where there are several' },
  ],
  options: [
    { flags: '--export <file>', description: 'write the rankings there are as JSONL, and serve nothing' },
    { flags: '--overwrite', description: 'of --export: replace a file that has something else than rankings' },
    ...programOptions,
  ],
  examples: [
    ['llmpipe rank pipeline.llmpipe', 'print the address, and serve'],
    ['llmpipe rank pipeline.llmpipe --export rankings.jsonl', 'all rankings so far'],
  ],
  async run([file = '', name], options) {
    const { openProgram } = await import('../program/open-program.ts')
    const { currentAction, whyMissing } = await import('../program/current.ts')
    const opened = await openProgram(file, options)
    if (opened === undefined) return exit.refused
    const { plan, openStore: store, folder } = opened
    const node = rankingNode(plan, name)
    const input = node.inputs.answers![0]!
    const source = plan.nodes.find(({ id }) => id === input.node)!
    const current = await currentAction(plan, source.name, store, folder)
    const { action } = current
    if (action === undefined) {
      const { message, help } = await whyMissing(opened, current)
      throw new Refusal(`there is nothing to rank yet: ${message}`, help)
    }
    const answers = store.artefact(action.outputs[input.output]!)

    const { readExamples } = await import('../../data/conversations/examples.ts')
    const { LedgerBook } = await import('../../data/ledger.ts')
    const { openSession } = await import('../../people/open-session.ts')
    const { RankingFolder } = await import('../../people/ranking-folder.ts')
    const { tasksOf } = await import('../../people/task.ts')
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

    const target = text(options, 'export')
    if (target !== undefined) {
      const rankings = session.rankings({ complete: false })
      if (options.overwrite !== true && !holdsRankings(target))
        throw new Refusal(
          `${target} has something else than rankings, and was left as it is`,
          'Name another file, or replace it: --overwrite.',
        )
      writeWhole(target, rankings.map((ranking) => `${JSON.stringify(ranking)}\n`).join(''))
      write(`${rankings.length} rankings written to ${target}\n`)
      return exit.done
    }
    if (other !== undefined) {
      write(`It is served already: ${other.address}\n`)
      return exit.done
    }
    if (session.isDone) {
      write(`Enough is ranked: ${session.progress().done} prompts. llmpipe run ${file} goes on.\n`)
      return exit.done
    }
    return serve(node, session, kept)
  },
}

/** Writes a file whole or not at all; what is no file (a pipe, /dev/stdout) is written to. */
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

/** Whether a file is not there, is empty, or begins with a ranking of people: then it may be replaced by newer ones. */
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

/** The one stage where people rank, or that of a name. */
function rankingNode(plan: Plan, name: string | undefined): PlanNode {
  const byPeople = ({ kind, params }: PlanNode) => kind === 'rank' && (params.by as { call: string }).call === 'people'
  const all = plan.nodes.filter(byPeople)
  const named = name === undefined ? all : all.filter((node) => node.name === name || node.id === name)
  if (named.length === 1) return named[0]!
  const names = all.map((node) => node.name).join(', ')
  if (all.length === 0)
    throw new Refusal('people rank nothing in this program', 'Write it: data ranked = rank(answers, by: people(200)).')
  throw new Refusal(name === undefined ? 'which of them?' : `"${name}" is no stage where people rank`, `${names}.`)
}

/** Serves until enough is ranked, or until it is stopped. Every judgement is on disk in any case. */
async function serve(node: PlanNode, session: RankingSession, folder: RankingFolder): Promise<number> {
  const { serveRanking } = await import('../../people/server.ts')
  const { services } = await import('../services.ts')
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
