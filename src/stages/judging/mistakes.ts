/** The questions of an evaluation that models answered wrong. */

import type { GivenAnswer, Mistakes } from '../../core/report.ts'
import type { Material } from './evaluate-material.ts'

/** The questions that the report has, and the most characters of each of their texts. */
const [mostQuestions, mostCharacters] = [50, 500]

/** `given`: for each model its answers, in the order of the questions. */
export function mistakesIn(material: Material, given: readonly (readonly GivenAnswer[])[]): Mistakes {
  const asked =
    material.kind === 'choices'
      ? material.choices.map(({ question, choices, answer }) => ({ question, right: [choices[answer] ?? ''] }))
      : material.kind === 'questions'
        ? material.questions.map(({ question, answers }) => ({ question, right: answers }))
        : []
  const wrong = asked.flatMap((each, i) => {
    const answers = given.flatMap((all) => all[i] ?? [])
    return answers.some(({ isRight }) => !isRight) ? [{ ...each, answers }] : []
  })
  const shown = wrong.slice(0, mostQuestions).map(({ question, right, answers }) => ({
    question: shortened(question),
    right: right.map(shortened),
    answers: answers.map(({ text, isRight }) => ({ text: shortened(text), isRight })),
  }))
  return { questions: wrong.length, shown }
}

/** The beginning of a text, without half of a surrogate pair at its end. */
function shortened(text: string): string {
  return text.length <= mostCharacters ? text : `${text.slice(0, mostCharacters).replace(/[\ud800-\udbff]$/, '')} …`
}
