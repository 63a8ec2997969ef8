/** The pipeline whose store and remote are attacked, and the outputs of a sound run. */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type Ended, type Hostile, hostileIn } from '../test/attacks/hostile.ts'
import { digestsOf, type Event, eventsIn, prose } from '../test/cli/rig.ts'
import { contentsOf } from '../test/folder-contents.ts'
import { type Campaign, patience } from './campaign.ts'

const training = `stage base = pretrain(tiny, on: tokens, validate: tokens) { steps: 4, batch: 4 }
export base to "out/base"
`

/** A program with artefacts of several kinds and two exports. It makes and exports weights if it trains. */
const program = (trains: boolean) => `use std.models { llama }
data raw = read("data/*.txt", split: paragraphs)
data cleaned = raw |> normalize() |> keep(where: words >= 3)
tokenizer letters = characters(cleaned, end_of_text: "<|endoftext|>")
data tokens = cleaned |> encode(letters)
model tiny = llama(vocab: letters.size, dim: 16, layers: 1, heads: 2, context: 16)
${trains ? training : ''}export cleaned to "out/cleaned"
export letters to "out/letters"
`

export interface Sound {
  readonly project: Hostile
  /** The digest of each stage's output. */
  readonly digests: ReadonlyMap<string, string>
  /** The contents of the exports. */
  readonly exported: string
}

/** A project in a home that holds files that no command may touch. */
export function makePipeline(campaign: Campaign, trains: boolean): Hostile {
  const files = { 'a.llmpipe': program(trains), 'data/book.txt': prose }
  const project = hostileIn(campaign.folder(), campaign.folder(), files, patience)
  return project
}

/** Runs the pipeline in a sound project. */
export async function soundRun(project: Hostile, more: readonly string[] = []): Promise<Sound> {
  const ran = await project.llmpipe(['run', 'a.llmpipe', '--json', ...more])
  if (ran.code !== 0) throw new Error(`the sound run ends with ${ran.code}: ${ran.stdout}${ran.stderr}`)
  return { project, digests: digestsIn(ran), exported: contentsOf(join(project.folder, 'out')) }
}

export function digestsIn({ stdout }: Ended): ReadonlyMap<string, string> {
  return digestsOf(eventsOf(stdout))
}

const eventsOf = (stdout: string): readonly Event[] => eventsIn(stdout.slice(0, stdout.lastIndexOf('\n') + 1))

/** The fault in the outputs of a run, compared with those of a sound run; `undefined` if there is none. */
export function wrongRun({ digests, exported }: Sound, project: Hostile, ran: Ended): string | undefined {
  const given = digestsIn(ran)
  const other = [...given].find(([stage, digest]) => digests.get(stage) !== digest)
  if (other !== undefined) return `a run takes something else for ${other[0]}`
  if (ran.code !== 0) return undefined
  if (given.size !== digests.size) return 'a run ends well and lacks a stage'
  const out = join(project.folder, 'out')
  if (!existsSync(out) || contentsOf(out) !== exported) return 'a run ends well and exports something else'
  return undefined
}
