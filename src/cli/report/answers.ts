/** Answers of models to prompts, from the artefacts that have some: those of evaluations, of `generate` and of rankings. */

import type { ArtefactKind } from '../../core/artefact.ts'
import { isNumber, isObject, isText, listOf } from '../../core/values/shape.ts'
import type { AnswersData } from '../../report/data.ts'
import { isMissing } from '../../store/durable.ts'
import { firstLinesIn } from '../show/documents.ts'

/** How many prompts are shown, and the most characters of a prompt and of an answer. */
const [mostPrompts, mostCharacters] = [100, 2_000]

/** The first answered prompts in the folder of an artefact; `models` are the names of the models of an evaluation. */
export function answersIn(folder: string, kind: ArtefactKind, models: readonly string[]): readonly AnswersData[] {
  if (!['Report', 'Answers', 'Rankings'].includes(kind)) return []
  return linesIn(folder).flatMap((line) => {
    try {
      return answersOf(JSON.parse(line), models) ?? []
    } catch {
      // A line that is cut short or corrupt: `cache verify` reports the artefact.
      return []
    }
  })
}

/** The first lines of an artefact; none if it is collected meanwhile. */
function linesIn(folder: string): readonly string[] {
  try {
    return [...firstLinesIn(folder, mostPrompts)]
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

function answersOf(record: unknown, models: readonly string[]): AnswersData | undefined {
  if (!isObject(record)) return undefined
  const prompt = promptOf(isObject(record.prompt) ? record.prompt.messages : record.messages)
  if (prompt === undefined) return undefined
  const { answers, responses, ranks } = record
  if (listOf(isText)(answers))
    return { prompt, answers: answers.map((text, i) => ({ by: models[i] ?? `model ${i + 1}`, text: shortened(text) })) }
  if (!Array.isArray(responses)) return undefined
  return {
    prompt,
    answers: responses.map((response: unknown, i) => {
      const text = isObject(response) ? response.text : response
      const score = listOf(isNumber)(ranks) ? ranks[i] : isObject(response) ? response.logprob : undefined
      return {
        by: listOf(isNumber)(ranks) ? `rank ${ranks[i]}` : `answer ${i + 1}`,
        text: shortened(isText(text) ? text : ''),
        ...(isNumber(score) ? { score } : {}),
      }
    }),
  }
}

/** The text of the last message; those before it are counted. */
function promptOf(messages: unknown): string | undefined {
  if (!Array.isArray(messages)) return undefined
  const last: unknown = messages.at(-1)
  return isObject(last) && isText(last.content) ? shortened(last.content) : undefined
}

function shortened(text: string): string {
  return text.length <= mostCharacters ? text : `${text.slice(0, mostCharacters)} …`
}
