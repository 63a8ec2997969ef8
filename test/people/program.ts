/** A small program that comes to people. */

const glosses = ['A large marine mammal.', 'Salt water.', 'A vessel.', 'A strong wind.', 'A rope.', 'The bottom.']
const words = ['whale', 'sea', 'ship', 'gale', 'line', 'ground']
export const records = words.map((word, i) => `${JSON.stringify({ word, text: glosses[i] })}\n`).join('')
/** A program whose answers are ranked. */
export const program = (by: string, more = '') => `use std.models { llama }
use std.chat { chatml }
data docs = read("words.jsonl")
tokenizer letters = bytes(special: chatml.tokens)
model tiny = llama(vocab: letters.size, dim: 16, layers: 1, heads: 2, context: 96)
stage base = pretrain(tiny, on: docs |> encode(letters)) { steps: 1, batch: 1, context: 32 }
data pairs = docs |> pair(prompt: "Define {word}.", response: "{text}")
stage chat = sft(base, on: pairs, template: chatml) { epochs: 1 }
data answers = generate(chat, on: pairs |> prompts()) { responses: 3, max_tokens: 6 }
data ranked = rank(answers, by: ${by})
${more}`
