/** Reads and writes pairs, prompts, answers and rankings: shards of JSON lines, as streams. */

import type { ArtefactKind } from '../../core/artefact.ts'
import type { Answers, Message, Pair, Prompt, Ranking } from '../../core/conversation.ts'
import { StageError } from '../../core/failure.ts'
import { exactJson, holdsExact } from '../../core/values/exact-number.ts'
import type { Json } from '../../core/values/json.ts'
import { parseExact } from '../json/exact-json.ts'
import { linesOfShard, ShardWriter, shardsIn } from '../shards/shards.ts'

export interface Examples {
  readonly Pairs: Pair
  readonly Prompts: Prompt
  readonly Answers: Answers
  readonly Rankings: Ranking
}

export type ExampleKind = keyof Examples & ArtefactKind
export type Example = Examples[ExampleKind]

/** The beginnings of the shards' names. */
export const stems: { readonly [K in ExampleKind]: string } = {
  Pairs: 'pairs',
  Prompts: 'prompts',
  Answers: 'answers',
  Rankings: 'rankings',
}

export function isExampleKind(kind: ArtefactKind): kind is ExampleKind {
  return Object.hasOwn(stems, kind)
}

export interface ExampleBatch<E> {
  readonly examples: readonly E[]
  /** The number of bytes that these lines have in the artefact. */
  readonly bytes: number
}

/** Reads an artefact, a block of lines at a time, in order. */
export async function* readExamples<K extends ExampleKind>(
  folder: string,
  kind: K,
): AsyncGenerator<ExampleBatch<Examples[K]>> {
  for (const { path } of await shardsIn(folder, stems[kind])) {
    for await (const { lines, bytes } of linesOfShard(path)) {
      const examples = lines.filter((line) => line !== '').map((line) => exampleOf(line, kind, path))
      yield { examples, bytes }
    }
  }
}

/** The number of bytes to read of an artefact. */
export async function bytesOf(folder: string, kind: ExampleKind): Promise<number> {
  const shards = await shardsIn(folder, stems[kind])
  return shards.reduce((sum, { size }) => sum + size, 0)
}

/** Writes an artefact. Call `close` at the end. */
export class ExampleWriter<K extends ExampleKind> {
  readonly #shards: ShardWriter

  constructor(folder: string, kind: K) {
    this.#shards = new ShardWriter(folder, undefined, stems[kind])
  }

  write(example: Examples[K]): void {
    this.#shards.writeLine(exampleLine(example))
  }

  close(): void {
    this.#shards.close()
  }
}

/** All texts of an example, for ledgers and for comparisons with other examples. */
export function textsOf(example: Example): readonly string[] {
  const said = example.messages.flatMap(({ content, reasoning_content: thoughts, tool_calls: calls }) =>
    thoughts === undefined && calls === undefined
      ? content
      : [thoughts ?? '', content, calls === undefined ? '' : JSON.stringify(calls)].filter((text) => text !== ''),
  )
  if (!('responses' in example)) return said
  return [...said, ...example.responses.map((response) => (typeof response === 'string' ? response : response.text))]
}

/** The question of an example: its conversation up to the last answer. A split by question never has one prompt on two sides. */
export function questionOf({ messages }: Example): readonly Message[] {
  return messages.at(-1)?.role === 'assistant' ? messages.slice(0, -1) : messages
}

/** A key that is equal for equal conversations, and only for these. */
export function keyOf(messages: readonly Message[]): string {
  return JSON.stringify(
    messages.map(({ role, content, reasoning_content: thoughts, tool_calls: calls }) =>
      thoughts === undefined && calls === undefined ? [role, content] : [role, content, thoughts ?? '', calls ?? []],
    ),
  )
}

/** The line of an example in a shard. Numbers occur only in tools and in calls of tools; there they keep their digits. */
function exampleLine(example: Example): string {
  const { messages, tools } = example
  const isExact = holdsExact(tools) || messages.some((message) => holdsExact(message.tool_calls))
  return isExact ? exactJson(example as unknown as Json) : JSON.stringify(example)
}

/** Reads the line of an example. Throws a StageError `damaged-artefact`. */
export function exampleOf<K extends ExampleKind>(line: string, kind: K, shard: string): Examples[K] {
  try {
    const hasTools = line.includes('"tool_calls"') || line.includes('"tools"')
    const value = (hasTools ? parseExact(line) : JSON.parse(line)) as unknown as Examples[K]
    if (typeof value.id === 'string' && Array.isArray(value.messages)) return value
  } catch {
    // Reported below.
  }
  throw new StageError(
    'damaged-artefact',
    `${shard} has a line that does not belong to ${kind}`,
    'Something else has written to the store. Remove the artefact, and run again.',
  )
}
