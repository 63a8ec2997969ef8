/**
 * One graph for every tool: chains of four steps, each of which copies a file, adds its number, and notes that it ran.
 *
 *     in/7.txt ──▶ 1/7.txt ──▶ 2/7.txt ──▶ 3/7.txt ──▶ 4/7.txt
 */

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { entry, succeed } from '../measure.ts'

export interface Tool {
  readonly name: string
  /** The version of the tool. Throws if it is not installed. */
  version(): string
  /** Writes the graph for the tool into a folder that has the inputs in in/. */
  prepare(folder: string, chains: number): void
  run(folder: string): void
  /** Called after an input was changed, before the timed run. */
  changed?(folder: string): void
}

const steps = [1, 2, 3, 4] as const

/** llmpipe, with more arguments of `run`. */
export function llmpipe(more: readonly string[] = []): Tool {
  const command = [process.execPath, entry]
  const trust = (folder: string) => void succeed([...command, 'trust', '--yes', 'a.llmpipe'], folder)
  return {
    name: 'llmpipe',
    version: () => succeed([...command, '--version'], '.').trim(),
    prepare(folder, chains) {
      const note = `echo ran >> ${join(folder, 'ran')}`
      const lines = each(chains).flatMap((chain) =>
        steps.map((step) =>
          step === 1
            ? `data s1_${chain} = shell(command: "(cat in/${chain}.txt; echo 1) > $OUT/0.txt; ${note}", files: "in/${chain}.txt", makes: files)`
            : `data s${step}_${chain} = shell([s${step - 1}_${chain}], "(cat $IN1/0.txt; echo ${step}) > $OUT/0.txt; ${note}", makes: files)`,
        ),
      )
      writeFileSync(join(folder, 'a.llmpipe'), `${lines.join('\n')}\n`)
      trust(folder)
    },
    // A file that a command names in `files` is part of what the user trusts.
    changed: trust,
    run: (folder) => void succeed([...command, 'run', 'a.llmpipe', '--plain', ...more], folder),
  }
}

function make(): Tool {
  return {
    name: 'make',
    version: () => /\d[\d.]*/.exec(succeed(['make', '--version'], '.'))?.[0] ?? '',
    prepare(folder, chains) {
      const targets = each(chains).map((chain) => `4/${chain}.txt`)
      const rules = steps.map(
        (step) => `${step}/%.txt: ${before(step)}/%.txt\n\t(cat $<; echo ${step}) > $@; echo ran >> ran`,
      )
      const makefile = `all: ${targets.join(' ')}\n\n${rules.join('\n\n')}\n\n.SECONDARY:\n`
      writeFileSync(join(folder, 'Makefile'), makefile)
    },
    run: (folder) => void succeed(['make', '-s', '-j2'], folder),
  }
}

/** Snakemake in a folder of programs; `how` says where and how many steps run at once. */
export function snakemake(bin: string, how: readonly string[] = ['--cores', '2']): Tool {
  const command = join(bin, 'snakemake')
  return {
    name: 'Snakemake',
    version: () => succeed([command, '--version'], '.').trim(),
    prepare(folder, chains) {
      const rules = steps.map(
        (step) =>
          `rule s${step}:\n  input: "${before(step)}/{i}.txt"\n  output: "${step}/{i}.txt"\n  shell: "(cat {input}; echo ${step}) > {output}; echo ran >> ran"`,
      )
      const all = `rule all:\n  input: expand("4/{i}.txt", i=range(${chains}))`
      writeFileSync(join(folder, 'Snakefile'), `${[all, ...rules].join('\n\n')}\n`)
    },
    run: (folder) => void succeed([command, ...how, '--quiet', 'all'], folder),
  }
}

function dvc(bin: string): Tool {
  const command = join(bin, 'dvc')
  return {
    name: 'DVC',
    version: () => succeed([command, '--version'], '.').trim(),
    prepare(folder, chains) {
      const stages = each(chains).flatMap((chain) =>
        steps.map((step) => {
          const [from, to] = [`${before(step)}/${chain}.txt`, `${step}/${chain}.txt`]
          return `  s${step}_${chain}:\n    cmd: (cat ${from}; echo ${step}) > ${to}; echo ran >> ran\n    deps: [${from}]\n    outs: [${to}]`
        }),
      )
      writeFileSync(join(folder, 'dvc.yaml'), `stages:\n${stages.join('\n')}\n`)
      succeed([command, 'init', '--no-scm', '--quiet'], folder)
    },
    run: (folder) => void succeed([command, 'repro', '--quiet'], folder),
  }
}

/** All tools. Those written in Python are in the folder of Python's programs. */
export function tools(bin: string): Tool[] {
  return [llmpipe(), make(), snakemake(bin), dvc(bin)]
}

/** Writes the inputs, and makes the folders of the steps. */
export function writeInputs(folder: string, chains: number): void {
  for (const name of ['in', ...steps.map(String)]) mkdirSync(join(folder, name), { recursive: true })
  for (const chain of each(chains)) writeFileSync(join(folder, `in/${chain}.txt`), `Text ${chain}.\n`)
}

function before(step: number): string {
  return step === 1 ? 'in' : `${step - 1}`
}

function each(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index)
}
