/** Conversations as artefacts hold them: one JSON object a line. The types that data, text, training and screens share. */

export interface Message {
  /** `system`, `user` or `assistant`; what others there are is the chat template's to say. */
  readonly role: string
  readonly content: string
}

/** A line of Pairs (`pairs-00000.jsonl`): a conversation to learn from, in which the assistant answers at least once. */
export interface Pair {
  readonly id: string
  readonly messages: readonly Message[]
}

/** A line of Prompts (`prompts-00000.jsonl`): a conversation that waits for an answer; its last message is the user's. */
export interface Prompt {
  readonly id: string
  readonly messages: readonly Message[]
}

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
