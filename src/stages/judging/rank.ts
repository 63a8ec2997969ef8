/** The kind `rank`: answers are ranked, by people or by a rule. */

import { metricsIn } from '../../data/metrics/in-expression.ts'
import { defineKind } from '../shared/define-kind.ts'
import { trainingSettings } from '../training/training-settings.ts'

const gib = 1024 ** 3

export const rank = defineKind({
  name: 'rank',
  version: 2,
  summary: 'Ranks the answers to each prompt, by people or by a rule.',
  documentation: `\`rank(answers, by: people(at_least: 200))\` waits for people. The run prints the address of a page, on this machine only, and goes
on with all that does not depend on it; \`llmpipe rank\` serves the page without a run. A person says a name, sees a prompt and its
answers in an order that says nothing, and puts them in order, by keys, mouse or finger, with ties; may skip, undo, call an answer
harmful, and rate each by the \`criteria\`. Every word is on disk before the next prompt is shown, in \`people/\` of the store, by the
contents of the answers: neither an interruption nor another \`at_least\` loses any. With \`annotators: 2\` each prompt is ranked by two
people, and their agreement is measured (Krippendorff's α over pairs of answers).

\`rank(answers, by: judge(score: -words))\` ranks by a number for each answer: any expression over the metrics of documents, and over
\`reward_score\` (\`judge(reward_score, reward: reward)\`) and \`similarity\`, ROUGE-L to what \`reference: pairs\` answers to the same prompt.`,
  inputs: {
    answers: { kinds: ['Answers'], description: 'Several answers to each prompt: `generate(…) { responses: 4 }`.' },
  },
  settings: {
    by: {
      description: 'Who ranks them.',
      calls: {
        people: {
          description: 'People, on a page in their browser.',
          positional: ['at_least'],
          properties: {
            at_least: {
              type: 'integer',
              minimum: 1,
              default: 200,
              unit: 'count',
              description: 'So many prompts are to be ranked; all, where there are fewer.',
            },
            annotators: {
              type: 'integer',
              minimum: 1,
              default: 1,
              unit: 'count',
              description: 'How many people rank each prompt.',
            },
          },
        },
        judge: {
          description: 'A rule: the higher its number, the better.',
          positional: ['score'],
          properties: {
            score: {
              expression: 'number',
              metrics: {
                reward_score: {
                  name: 'reward_score',
                  type: 'number',
                  description: 'What the reward model makes of the answer.',
                },
                similarity: {
                  name: 'similarity',
                  type: 'number',
                  description: 'ROUGE-L to the reference answer, from 0 to 1.',
                },
              },
              description: 'A number for an answer: `-words`, `reward_score`, `similarity`.',
            },
            reward: {
              input: { kinds: ['Reward'], optional: true, description: 'The reward model of `reward_score`.' },
              description: 'The reward model of `reward_score`.',
            },
            reference: {
              input: {
                kinds: ['Pairs'],
                optional: true,
                description: 'The answers that `similarity` compares with.',
              },
              description: 'The answers that `similarity` compares with.',
            },
            tie: {
              type: 'number',
              minimum: 0,
              default: 0,
              description: 'Answers whose numbers differ by no more than this from the best of them tie.',
            },
          },
        },
      },
    },
    guidelines: { type: 'string', default: '', hint: true, description: 'What people are told above each prompt.' },
    criteria: {
      type: 'array',
      items: { type: 'string', minLength: 1, description: 'A word: helpfulness.' },
      default: [],
      hint: true,
      description: 'What people may rate each answer by: ["helpfulness", "accuracy", "safety"].',
    },
    seed: { type: 'integer', default: 1, description: 'Fixes the order of prompts, and of answers for each person.' },
    engine: trainingSettings.engine,
  },
  positional: ['answers', 'by'],
  outputs({ settings, inputs }) {
    const score = settings.by.call === 'judge' ? settings.by.score : undefined
    for (const [metric, role, kind] of [
      ['reward_score', 'by.reward', 'reward: reward'],
      ['similarity', 'by.reference', 'reference: pairs'],
    ] as const)
      if (score !== undefined && metricsIn(score).includes(metric) && inputs[role] === undefined)
        return {
          code: 'invalid-setting',
          at: 'by',
          message: `The score names \`${metric}\`, and the judge was given nothing to make it of`,
          help: `Give it: \`judge(score: …, ${kind})\`.`,
        }
    return [{ name: 'out', type: { kind: 'Rankings' } }]
  },
  // People need no core of this machine: everything else goes on.
  resources: ({ by }) => (by?.call === 'people' ? { cpus: 0, memory: gib / 4 } : { cpus: 1, memory: gib }),
  load: () => import('./rank.run.ts'),
})
