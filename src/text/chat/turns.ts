/**
 * Finds the assistant's answers in a rendered conversation by rendering alone: the text up to an answer, with the template's invitation
 * to answer, and the text with the answer differ by the answer.
 *
 *     render(before, prompt)  <|im_start|>user⏎Hi<|im_end|>⏎<|im_start|>assistant⏎
 *     render(with the turn)   <|im_start|>user⏎Hi<|im_end|>⏎<|im_start|>assistant⏎Hello.<|im_end|>⏎
 *                                                                                 ╰──── turn ────╯
 *
 * An answer is learned after exactly the text that the model receives when it generates the answer. Templates that remove the thoughts of
 * earlier answers change earlier text when a conversation continues; its answers are then in several texts.
 */

import type { Message } from '../../core/conversation.ts'
import { StageError } from '../../core/failure.ts'
import { concat, Text } from './jinja/text.ts'
import { type Conversation, namesOfFunctions, type Render } from './jinja.ts'
import { type ChatTemplate, inWords } from './template.ts'

export interface Turn {
  /** The index of the message. */
  readonly message: number
  /** The positions in the text at which the answer begins, and at which its end token ends. */
  readonly start: number
  readonly end: number
}

/** A difference between an answer and its template or message. */
export type AnswerNote = 'end added' | 'thoughts kept' | 'thoughts lost' | 'tools lost'

export interface RenderedChat {
  readonly text: Text
  /** The answers that are learned from this text, in order. */
  readonly turns: readonly Turn[]
  /** The positions at which the text is cut before it is encoded: the starts and ends of all answers, learned here or not. */
  readonly cuts: readonly number[]
  readonly notes: readonly AnswerNote[]
}

/** An answer with the text before it. */
interface RenderedAnswer {
  readonly message: number
  /** The text up to the answer's end token, which is included. */
  readonly text: Text
  /** The position at which the answer begins. */
  readonly start: number
  readonly notes: readonly AnswerNote[]
}

/**
 * The texts that teach the learned answers of a conversation: one text if the template never changes earlier text. Throws a StageError
 * for a conversation that the template refuses, or an answer that it changes.
 */
export function renderTurns(template: ChatTemplate, render: Render, conversation: Conversation): RenderedChat[] {
  const { messages } = conversation
  const answers = answersIn(template, render, conversation, (message) => messages[message]!.learned !== false)
  // First the whole text, then the answers that are not in it: the longest first, because it may contain earlier answers.
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

/** Renders a conversation whose last message is an answer, up to its end token. */
export function renderLast(template: ChatTemplate, render: Render, conversation: Conversation): RenderedChat {
  const last = conversation.messages.length - 1
  const answers = answersIn(template, render, conversation, (message) => message === last)
  const answer = answers.at(-1)!
  return { text: answer.text, turns: [turnOf(answer)], cuts: cutsIn(answer.text, answers), notes: answer.notes }
}

/** Renders a conversation up to the start of its next answer. */
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

/** The answers of a conversation. An answer that cannot be found is a StageError if it is `wanted`; otherwise it is left out. */
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
  const answered =
    from === undefined
      ? answerBeyond(template, place, message, before, after, notes)
      : answerAfter(template, message, before.value, after.slice(from), invited, notes)
  const thoughts = squeeze(message.reasoning_content ?? '')
  if (!squeeze(answered.value).includes(thoughts)) notes.push('thoughts lost')
  const tools = namesOfFunctions(conversation.tools ?? [])
  if (tools.some((name) => !before.value.includes(name))) notes.push('tools lost')
  return { message: place, text: concat([before, answered]), start: before.value.length, notes }
}

/** The answer, up to its end token, in the text that the template adds for it. */
function answerAfter(
  template: ChatTemplate,
  message: Message,
  before: string,
  added: Text,
  invited: () => boolean,
  notes: AnswerNote[],
): Text {
  const content = withoutBeginning(squeeze(message.content), squeeze(before.slice(-4 * maxMarkLength)))
  const last = added.marks.findLast(({ origin }) => origin === 'given')?.end ?? 0
  const stop = added.value.indexOf(template.end, last)
  const answered = stop === -1 ? added : added.slice(0, stop + template.end.length)
  const tail = added.value.slice(last, stop === -1 ? undefined : stop)
  const first = added.marks.find(({ origin }) => origin === 'given')?.start ?? stop
  const lead = added.value.slice(0, Math.max(0, first))
  const unmarked = stop === -1 && tail.trim() === ''
  // Some templates have no end token. The text after an answer ends it in training, and the end token in generation.
  const ended = unmarked ? concat([added.slice(0, last), new Text(template.end)]) : answered
  if (unmarked) notes.push('end added')
  if (stop === -1 && !unmarked) throw unlearnable(template, added.value, message.content)
  // Only white space may precede an answer, or the empty marks of thoughts in a template that invites answers.
  if (lead.trim() !== '' && !invited()) throw unlearnable(template, added.value, message.content)
  if (squeeze(ended.value).includes(content)) return ended
  // The template removes thoughts from every answer, even the last, but the model generates them.
  const written = squeeze(givenText(ended))
  if (written === '' || !content.endsWith(written)) throw unlearnable(template, added.value, message.content)
  notes.push('thoughts kept')
  const space = added.slice(0, lead.length - lead.trimStart().length)
  return concat([space, Text.of(message.content.trim(), 'given'), new Text(template.end)])
}

/**
 * The answer after an invitation that the template does not write before existing answers. Such an invitation may begin a thought
 * (`<think>`); the answer must then begin with the same text.
 */
function answerBeyond(
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
  const answered = /\s$/.test(invitation) ? rest.trimStart() : rest
  return concat([Text.of(answered, 'given'), new Text(template.end)])
}

/**
 * The position in a text after `beginning`; `undefined` if the text begins differently. White space at the end of `beginning` may
 * differ: some templates write `<think>⏎` before a thought to generate, and `<think></think>` for an answer without thoughts.
 */
function placeAfter(text: string, beginning: string): number | undefined {
  if (text.startsWith(beginning)) return beginning.length
  const solid = beginning.trimEnd()
  if (!text.startsWith(solid)) return undefined
  const rest = text.slice(solid.length)
  return text.length - rest.trimStart().length
}

/** The answer without the part, such as `<think>`, with which the text before it already ends. */
function withoutBeginning(content: string, before: string): string {
  for (let length = Math.min(content.length, before.length, maxMarkLength); length > 2; length--)
    if (before.endsWith(content.slice(0, length))) return content.slice(length)
  return content
}

/** The largest number of characters of an answer that an invitation may contain. */
const maxMarkLength = 64

function givenText(text: Text): string {
  return text
    .pieces()
    .filter(({ origin }) => origin === 'given')
    .map((piece) => piece.text)
    .join('')
}

/** The text without white space, which templates remove and add. */
function squeeze(text: string): string {
  return text.replace(/\s+/g, '')
}

function unstable(template: ChatTemplate, messages: number): StageError {
  return new StageError(
    'template-not-stable',
    `${inWords(template.name)} renders the first ${messages} message${messages === 1 ? '' : 's'} differently with and without the answer that follows`,
    'Use a template that only adds text when an answer follows. Otherwise the model would learn from text that it never sees when it answers.',
  )
}

function unlearnable(template: ChatTemplate, answered: string, content: string): StageError {
  const show = (text: string) => JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text)
  return new StageError(
    'template-not-learnable',
    `${inWords(template.name)} makes ${show(answered)} of the answer ${show(content)}, not the answer and ${template.end}`,
    'A template has to use add_generation_prompt, write an answer unchanged, and write its end token directly after it.',
  )
}
