/** The kind `rank`: ranks answers, by people or by a rule. */

import { metricsIn } from '../../data/metrics/in-expression.ts'
import { versionWithWords } from '../../data/words/segmentation.ts'
import { defineKind } from '../shared/define-kind.ts'
import { trainingSettings } from '../training/settings/training-settings.ts'

const gib = 1024 ** 3

export const rank = defineKind({
  name: 'rank',
  version: versionWithWords(3),
  summary: 'Ranks the answers to each prompt, by people or by a rule.',
  documentation: `\`rank(answers, by: people(at_least: 200))\` waits for people. The run prints the address of a page on this machine, and continues
with the stages that do not depend on the rankings; \`llmpipe rank\` serves the page without a run. A person enters a name, sees a prompt and
its answers in random order, and ranks them by keys, mouse or finger, with ties. People can skip, undo, mark an answer as harmful, and rate each
answer by the \`criteria\`. Every ranking is on disk before the next prompt appears, in \`people/\` of the store, by the contents of the
answers: neither an interruption nor another \`at_least\` loses any. With \`annotators: 2\` each prompt is ranked by two
people, and their agreement is measured (Krippendorff's α over pairs of answers).

\`rank(answers, by: judge(score: -words))\` ranks by a number for each answer: any expression over the metrics of documents, and over
\`reward_score\` (\`judge(reward_score, reward: reward)\`) and \`similarity\`, ROUGE-L to the answer of \`reference: pairs\` to the same prompt.`,
  inputs: {
    answers: { kinds: ['Answers'], description: 'Several answers to each prompt: `generate(…) { responses: 4 }`.' },
  },
  settings: {
    by: {
      description: 'Who ranks the answers.',
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
              description: 'The number of prompts to rank; all prompts if there are fewer.',
            },
            annotators: {
              type: 'integer',
              minimum: 1,
              default: 1,
              unit: 'count',
              description: 'The number of people who rank each prompt.',
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
                  description: 'The score of the reward model.',
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
              description: 'Answers tie if their numbers differ by no more than this from the best of them.',
            },
          },
        },
      },
    },
    guidelines: { type: 'string', default: '', hint: true, description: 'The text that people see above each prompt.' },
    criteria: {
      type: 'array',
      items: { type: 'string', minLength: 1, description: 'A criterion: helpfulness.' },
      default: [],
      hint: true,
      description: 'Criteria by which people can rate each answer: ["helpfulness", "accuracy", "safety"].',
    },
    seed: {
      type: 'integer',
      default: 1,
      description: 'The seed of the order of the prompts, and of the answers for each person.',
    },
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
          message: `The score names \`${metric}\`, and the judge has nothing to compute it from`,
          help: `Give it: \`judge(score: …, ${kind})\`.`,
        }
    return [{ name: 'out', type: { kind: 'Rankings' } }]
  },
  // People use no core of this machine, so all other stages can run.
  resources: ({ by }) => (by?.call === 'people' ? { cpus: 0, memory: gib / 4 } : { cpus: 1, memory: gib }),
  load: () => import('./rank.run.ts'),
})
