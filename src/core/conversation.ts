/** Conversations as artefacts hold them: one JSON object a line. The types that data, text, training and screens share. */

import type { Json } from './json.ts'

/** A message. Its optional fields are called as chat templates call them, and are handed to the template as they are. */
export interface Message {
  /** `system`, `user`, `assistant` or `tool`; what others there are is the chat template's to say. */
  readonly role: string
  /** The text. `''` of an assistant's message that only calls tools. */
  readonly content: string
  /** The thoughts before an answer; the chat template writes the marks around them. */
  readonly reasoning_content?: string
  /** The tools that an answer calls: `[{"type": "function", "function": {"name", "arguments"}}]`. */
  readonly tool_calls?: readonly Json[]
  /** The call that a message of the role `tool` answers. */
  readonly tool_call_id?: string
  /** Who speaks: of a message of the role `tool`, the tool. */
  readonly name?: string
  /** `false` of an answer that is context and is not learned (`"weight": 0`). Not for the template. */
  readonly learned?: false
}

/** A line of Prompts (`prompts-00000.jsonl`): a conversation that waits for an answer; its last message is not the assistant's. */
export interface Prompt {
  readonly id: string
  readonly messages: readonly Message[]
  /** The tools that the assistant can call, as JSON Schema (OpenAI's form); the chat template lists them. */
  readonly tools?: readonly Json[]
}

/** A line of Pairs (`pairs-00000.jsonl`): a conversation to learn from, in which the assistant answers at least once. */
export interface Pair extends Prompt {}

/** A line of Answers (`answers-00000.jsonl`): a prompt, and what a model said to it, several times over. */
export interface Answers extends Prompt {
  readonly responses: readonly Response[]
}

export interface Response {
  readonly text: string
  /** Whether it came to its end token, and was not cut off. */
  readonly ended: boolean
  /** The sum of the log-probabilities of its tokens, in nats. */
  readonly logprob?: number
}

/** A line of Rankings (`rankings-00000.jsonl`): a prompt, and answers in an order of preference. */
export interface Ranking extends Prompt {
  readonly responses: readonly string[]
  /** The place of each response: 1 is best, equal numbers are ties, `[1, 2, 2, 4]`. */
  readonly ranks: readonly number[]
}
