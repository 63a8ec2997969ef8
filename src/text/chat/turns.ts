/**
 * Where the assistant speaks in a rendered conversation, found out by rendering alone: the text up to a turn, with the
 * template's invitation to answer, and the text with the turn in it differ by what the assistant has to say.
 *
 *     render(before, prompt)  <|im_start|>user⏎Hi<|im_end|>⏎<|im_start|>assistant⏎
 *     render(with the turn)   <|im_start|>user⏎Hi<|im_end|>⏎<|im_start|>assistant⏎Hello.<|im_end|>⏎
 *                                                                                 ╰──── turn ────╯
 *
 * An answer is taught after exactly the text that a model is shown when it has to give it. Templates that take the thoughts out
 * of earlier answers write a conversation differently as it goes on; its answers are then in several texts.
 */

import type { Message } from '../../core/conversation.ts'
import { StageError } from '../../core/failure.ts'
import { concat, Text } from './jinja/text.ts'
import { type Conversation, namesOfFunctions, type Render } from './jinja.ts'
import { type ChatTemplate, inWords } from './template.ts'

export interface Turn {
  /** Which message it is. */
  readonly message: number
  /** Where it begins in the text, and where its end token ends. */
  readonly start: number
  readonly end: number
}

/** What of an answer is not as the template or the message has it. */
export type AnswerNote = 'end added' | 'thoughts kept' | 'thoughts lost' | 'tools lost'

export interface RenderedChat {
  readonly text: Text
  /** Answers that are learned from this text, in order. */
  readonly turns: readonly Turn[]
  /** Where the text is cut before it is encoded, in order: where answers begin and end, learned here or not. */
  readonly cuts: readonly number[]
  readonly notes: readonly AnswerNote[]
}

/** An answer after what is shown before it. */
interface RenderedAnswer {
  readonly message: number
  /** Up to the end of the answer, its end token with it. */
  readonly text: Text
  /** Where the answer begins. */
  readonly start: number
  readonly notes: readonly AnswerNote[]
}

/**
 * The texts that teach the answers of a conversation, those that are to be learned. One text where the template writes the
 * beginning of a conversation the same whatever follows. A conversation that the template refuses, or an answer that it changes,
 * is a StageError.
 */
export function renderTurns(template: ChatTemplate, render: Render, conversation: Conversation): RenderedChat[] {
  const { messages } = conversation
  const answers = answersIn(template, render, conversation, (message) => messages[message]!.learned !== false)
  // The whole first; then what is not in it, the longest first, as it may have earlier answers in it.
  const texts: { text: Text; learned: RenderedAnswer[] }[] = [{ text: render(conversation, false), learned: [] }]
  for (const answer of answers.toReversed()) {
    if (messages[answer.message]!.learned === false) continue
    const host = texts.find(({ text }) => text.value.startsWith(answer.text.value))
    if (host === undefined) texts.push({ text: answer.text, learned: [answer] })
    else host.learned.unshift(answer)
  }
  return texts
    .filter(({ learned }) => learned.length > 0)
    .toReversed()
    .map(({ text, learned }) => ({
      text,
      turns: learned.map(turnOf),
      cuts: cutsIn(text, answers),
      notes: learned.flatMap(({ notes }) => notes),
    }))
}

/** The last message, which is an answer, after what is shown before it. */
export function renderLast(template: ChatTemplate, render: Render, conversation: Conversation): RenderedChat {
  const last = conversation.messages.length - 1
  const answers = answersIn(template, render, conversation, (message) => message === last)
  const answer = answers.at(-1)!
  return { text: answer.text, turns: [turnOf(answer)], cuts: cutsIn(answer.text, answers), notes: answer.notes }
}

/** What is shown before the next answer. */
export function renderPrompt(
  template: ChatTemplate,
  render: Render,
  conversation: Conversation,
): Pick<RenderedChat, 'text' | 'cuts'> {
  const text = render(conversation, true)
  return {
    text,
    cuts: cutsIn(
      text,
      answersIn(template, render, conversation, () => false),
    ),
  }
}

/** The answers of a conversation. One that cannot be told apart is a StageError where it is `wanted`, and else left out. */
function answersIn(
  template: ChatTemplate,
  render: Render,
  conversation: Conversation,
  wanted: (message: number) => boolean,
): RenderedAnswer[] {
  return conversation.messages.flatMap(({ role }, message) => {
    if (role !== 'assistant') return []
    try {
      return [renderAnswer(template, render, conversation, message)]
    } catch (error) {
      if (!(error instanceof StageError) || wanted(message)) throw error
      return []
    }
  })
}

function turnOf({ message, start, text }: RenderedAnswer): Turn {
  return { message, start, end: text.value.length }
}

function cutsIn(text: Text, answers: readonly RenderedAnswer[]): number[] {
  return answers.flatMap((answer) =>
    text.value.startsWith(answer.text.value) ? [answer.start, answer.text.value.length] : [],
  )
}

function renderAnswer(
  template: ChatTemplate,
  render: Render,
  conversation: Conversation,
  place: number,
): RenderedAnswer {
  const message = conversation.messages[place]!
  if (place === 0) throw new StageError('no-prompt', 'a conversation begins with the assistant', 'Leave it out.')
  const shown = { ...conversation, messages: conversation.messages.slice(0, place) }
  const before = render(shown, true)
  const after = render({ ...conversation, messages: conversation.messages.slice(0, place + 1) }, false)
  const notes: AnswerNote[] = []
  const from = placeAfter(after.value, before.value)
  const invited = () => before.value !== render(shown, false).value
  const said =
    from === undefined
      ? saidBeyond(template, place, message, before, after, notes)
      : saidAfter(template, message, before.value, after.slice(from), invited, notes)
  const thoughts = squeeze(message.reasoning_content ?? '')
  if (!squeeze(said.value).includes(thoughts)) notes.push('thoughts lost')
  const tools = namesOfFunctions(conversation.tools ?? [])
  if (tools.some((name) => !before.value.includes(name))) notes.push('tools lost')
  return { message: place, text: concat([before, said]), start: before.value.length, notes }
}

/** What is said, up to its end token, of what the template adds for an answer. */
function saidAfter(
  template: ChatTemplate,
  message: Message,
  before: string,
  added: Text,
  invited: () => boolean,
  notes: AnswerNote[],
): Text {
  const content = withoutBeginning(squeeze(message.content), squeeze(before.slice(-4 * longestMark)))
  const last = added.marks.findLast(({ origin }) => origin === 'given')?.end ?? 0
  const stop = added.value.indexOf(template.end, last)
  const said = stop === -1 ? added : added.slice(0, stop + template.end.length)
  const tail = added.value.slice(last, stop === -1 ? undefined : stop)
  const first = added.marks.find(({ origin }) => origin === 'given')?.start ?? stop
  const lead = added.value.slice(0, Math.max(0, first))
  const unmarked = stop === -1 && tail.trim() === ''
  // Some templates have no end token: what follows an answer ends it there, and the end token when it is generated.
  const ended = unmarked ? concat([added.slice(0, last), new Text(template.end)]) : said
  if (unmarked) notes.push('end added')
  if (stop === -1 && !unmarked) throw unlearnable(template, added.value, message.content)
  // Before an answer there is white space; or, of a template that invites answers, the marks of thoughts that there are none of.
  if (lead.trim() !== '' && !invited()) throw unlearnable(template, added.value, message.content)
  if (squeeze(ended.value).includes(content)) return ended
  // The template takes thoughts out of every answer, the last too; what the model says has them.
  const written = squeeze(givenText(ended))
  if (written === '' || !content.endsWith(written)) throw unlearnable(template, added.value, message.content)
  notes.push('thoughts kept')
  const space = added.slice(0, lead.length - lead.trimStart().length)
  return concat([space, Text.of(message.content.trim(), 'given'), new Text(template.end)])
}

/**
 * What is said after an invitation that the template does not write before an answer that is there: it may begin a thought
 * (`<think>`), which the answer then has to begin with.
 */
function saidBeyond(
  template: ChatTemplate,
  place: number,
  message: Message,
  before: Text,
  after: Text,
  notes: AnswerNote[],
): Text {
  let common = 0
  while (common < before.value.length && before.value[common] === after.value[common]) common++
  const invitation = before.value.slice(common)
  const mark = invitation.trim()
  const content = message.content.trim()
  if (mark === '' || !content.startsWith(mark)) throw unstable(template, place)
  notes.push('thoughts kept')
  const rest = content.slice(mark.length)
  const said = /\s$/.test(invitation) ? rest.trimStart() : rest
  return concat([Text.of(said, 'given'), new Text(template.end)])
}

/**
 * Where a text goes on after `beginning`; `undefined` where it begins otherwise. White space at the end of the beginning may be
 * other: some templates write `<think>⏎` before a thought that a model is to have, and `<think></think>` where there is none.
 */
function placeAfter(text: string, beginning: string): number | undefined {
  if (text.startsWith(beginning)) return beginning.length
  const solid = beginning.trimEnd()
  if (!text.startsWith(solid)) return undefined
  const rest = text.slice(solid.length)
  return text.length - rest.trimStart().length
}

/** What is left of an answer once the end of what is shown before it, `<think>`, has said how it begins. */
function withoutBeginning(content: string, before: string): string {
  for (let length = Math.min(content.length, before.length, longestMark); length > 2; length--)
    if (before.endsWith(content.slice(0, length))) return content.slice(length)
  return content
}

/** The most characters of an answer that an invitation may have. */
const longestMark = 64

function givenText(text: Text): string {
  return text
    .pieces()
    .filter(({ origin }) => origin === 'given')
    .map((piece) => piece.text)
    .join('')
}

/** A text without white space: templates strip it and put some in. */
function squeeze(text: string): string {
  return text.replace(/\s+/g, '')
}

function unstable(template: ChatTemplate, messages: number): StageError {
  return new StageError(
    'template-not-stable',
    `${inWords(template.name)} renders the first ${messages} message${messages === 1 ? '' : 's'} differently with and without the answer that follows`,
    'Use a template that only adds text when an answer follows: else the model would be taught on text it never sees when it answers.',
  )
}

function unlearnable(template: ChatTemplate, said: string, content: string): StageError {
  const show = (text: string) => JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text)
  return new StageError(
    'template-not-learnable',
    `${inWords(template.name)} makes ${show(said)} of the answer ${show(content)}, not the answer and ${template.end}`,
    'A template has to honour add_generation_prompt, leave an answer as it is, and put its end token right after it.',
  )
}
