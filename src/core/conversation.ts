/** The records of conversations in artefacts, one JSON object per line. Data, text, training and the screens share these types. */

import type { Json } from './values/json.ts'

/** A message. Its optional fields have the names that chat templates use, and the template receives them unchanged. */
export interface Message {
  /** `system`, `user`, `assistant` or `tool`. The chat template decides about other roles. */
  readonly role: string
  /** The text; `''` for a message of the assistant that only calls tools. */
  readonly content: string
  /** The thoughts before an answer; the chat template writes the marks around them. */
  readonly reasoning_content?: string
  /** The tools that an answer calls: `[{"type": "function", "function": {"name", "arguments"}}]`. */
  readonly tool_calls?: readonly Json[]
  /** The call that a message of the role `tool` answers. */
  readonly tool_call_id?: string
  /** The speaker; for a message of the role `tool`, the tool. */
  readonly name?: string
  /** `false` for an answer that is context and not learned from (`"weight": 0`). The template does not receive this field. */
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

/** A line of Answers (`answers-00000.jsonl`): a prompt, and several answers of a model. */
export interface Answers extends Prompt {
  readonly responses: readonly Response[]
}

export interface Response {
  readonly text: string
  /** Whether the answer reached its end token; otherwise it was cut off. */
  readonly ended: boolean
  /** The sum of the log-probabilities of its tokens, in nats. */
  readonly logprob?: number
}

/** A line of Rankings (`rankings-00000.jsonl`): a prompt, and answers with their ranks. */
export interface Ranking extends Prompt {
  readonly responses: readonly string[]
  /** The rank of each response: 1 is the best, equal ranks are ties, `[1, 2, 2, 4]`. */
  readonly ranks: readonly number[]
}
