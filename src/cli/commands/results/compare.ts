/** `llmpipe compare FILE [STAGE…]`: variants side by side, as a table and as curves. */

import { defineCommand } from '../../command.ts'
import { json, programOptions } from '../../common-options.ts'
import type { Competing } from '../../compare/contenders.ts'
import { text } from '../../option.ts'
import { writeError } from '../../terminal/output.ts'
import { columns, print, printJson } from '../../terminal/print.ts'
import { exit, Refusal } from '../../terminal/refusal.ts'

export const compare = defineCommand({
  name: 'compare',
  summary: 'compare the variants of a stage, or several stages: a table, and their curves over each other',
  details: `The best comes first. A stage that failed or did not finish is shown with the metrics that it measured until then. If fewer
    than two of the stages have run, the outputs of past runs with other -p and --engine are compared too. Nothing is run.`,
  arguments: [
    { name: '<file>', description: 'the program', completes: 'programs' },
    {
      name: '[stages...]',
      description: 'stages; `base` stands for all its variants. All trained variants if no stage is named',
      completes: 'stages',
    },
  ],
  options: {
    by: text('metric', 'the metric to sort by; llmpipe knows of loss, accuracy and the like which direction is better'),
    metric: text(
      'name',
      'the metric to draw, such as valid_loss or kl; if not given, reward where a stage learns from rewards, else loss',
    ),
    ...programOptions,
    json,
  },
  examples: [
    ['llmpipe compare sweep.llmpipe', 'every variant that was trained'],
    ['llmpipe compare sweep.llmpipe base --by bits_per_byte', ''],
    ["llmpipe compare sweep.llmpipe 'base[lr=3e-4]' --metric valid_loss", 'some of them, with another curve'],
    ['llmpipe compare assistant.llmpipe chat aligned', 'two stages'],
  ],
  async run([file = '', ...names], options) {
    const { addOptions, openProgram } = await import('../../program/open-program.ts')
    const { optionsInWords } = await import('../../../view/options-in-words.ts')
    const { noStage } = await import('../../program/current-actions.ts')
    const { nodesNamed, upTo } = await import('../../../run/nodes/select.ts')
    const { lookUp } = await import('../../../run/explain/status.ts')
    const { contenderOf, madeByPastRuns, variantsIn } = await import('../../compare/contenders.ts')
    const { metricToSortBy, ranked, variantCurves, variantTable } = await import('../../../view/variants.ts')
    const opened = await openProgram(file, options)
    const { plan, store, folder: programDir } = opened
    const nodesOf = (name: string) => {
      const found = nodesNamed(plan, name)
      if (found.length === 0) throw noStage(plan, name)
      return found
    }
    const nodes = names.length === 0 ? variantsIn(plan) : names.flatMap(nodesOf)
    if (nodes.length === 0)
      throw new Refusal(`${plan.program} has no variants`, 'Name the stages to compare, or make variants with `for`.')
    const ids = new Set(nodes.map(({ id }) => id))
    const looked = await lookUp(upTo(plan, ids), { store, programDir })
    const all: Competing[] = [...looked.values()].filter(({ node }) => ids.has(node.id))
    const made = all.filter(({ action }) => action !== undefined)
    if (made.length < 2) {
      // A single stage is compared with itself under other options.
      const past = await madeByPastRuns(opened, ids, new Set(made.map(({ action }) => action!.key)))
      if (made.length === 0 && past[0]?.call !== undefined) {
        const help = addOptions(optionsInWords(past[0].call))
        writeError(`none of them has run with the program as it is\n  help: ${help}\n`)
        all.length = 0
      }
      all.push(...past)
    }
    const rewarded = all.map((each) => contenderOf(each, 'reward', store))
    const metric = options.metric ?? (rewarded.some(({ points }) => points.length > 0) ? 'reward' : 'loss')
    const contenders = all.map((each) => contenderOf(each, metric, store))
    const by = options.by ?? metricToSortBy(contenders)
    const known = [...new Set(contenders.flatMap(({ metrics }) => Object.keys(metrics)))]
    if (by !== undefined && known.length > 0 && !known.includes(by))
      throw new Refusal(`none of them has a metric ${by}`, `They have ${known.join(', ')}.`)
    if (options.metric !== undefined && contenders.every(({ points }) => points.length === 0))
      throw new Refusal(
        `none of them measured ${metric} while it ran`,
        'Training measures loss; some valid_loss, reward or kl.',
      )
    const sorted = ranked(contenders, by)
    if (options.json) {
      printJson({ by: by ?? null, metric, stages: sorted })
      return exit.done
    }
    const width = Math.min(120, columns())
    const rows = variantTable(sorted, { width, by, letters: true })
    const height = Math.max(9, Math.min(18, (process.stdout.rows ?? 40) - rows.length - 4))
    const curves = variantCurves(sorted, { width, height })
    print(rows)
    if (curves.length > 0) print([[], [{ text: metric, tone: 'dim' }], ...curves])
    return exit.done
  },
})
