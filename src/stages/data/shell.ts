/** The kind `shell`: a command of the project's own. */

import type { ArtefactKind } from '../../core/artefact.ts'
import { defineKind } from '../shared/define-kind.ts'

/** What a command can make, by the word in the program. */
export const makes = {
  docs: 'Docs',
  pairs: 'Pairs',
  prompts: 'Prompts',
  answers: 'Answers',
  rankings: 'Rankings',
  files: 'Files',
} as const satisfies Readonly<Record<string, ArtefactKind>>

export const shell = defineKind({
  name: 'shell',
  version: 1,
  summary: 'Runs a command of your own as a stage.',
  documentation: `\`shell([prose], command: "python3 clean.py $IN1 > $OUT/clean.jsonl", files: "clean.py", makes: docs)\`. The command is run by \`sh -eu\`
in an empty folder that holds copies of \`files\`, by their paths from the program. \`$IN1\`, \`$IN2\`, … are the folders of the inputs (documents are JSON lines,
\`{"id", "text", …}\`; pairs and the like have \`messages\`), \`$OUT\` is the folder for what it makes: JSON lines in files ending in
\`.jsonl\`, which are checked line by line, or with \`makes: files\` anything at all.

Write \`r"…"\` where the command has braces or backslashes: in plain texts they mean something to the program.

Part of the key are the command, the contents and names of \`files\`, the inputs and \`env\`. Of the environment it sees only \`PATH\`, \`HOME\`,
\`LANG\`, \`TMPDIR\`, \`CUDA_VISIBLE_DEVICES\`, what \`env\` sets and what \`pass\` names. What else it reads, the time, the network, is its own affair: the cache
does not know of it. It runs as you, and is not shut in: it can read your files, and the environment of your other processes.

What it prints is its log; an exit code other than 0 fails the stage. The stage ends when the command ends: processes that it leaves behind have
two seconds to end by themselves, then they are ended. Lines longer than 8 KiB are cut, and of a long log (some ten thousands of lines, 8 MiB in all) the beginning
and the last lines are kept; how much was left out is said.

What a program runs has to be trusted before: \`llmpipe trust pipeline.llmpipe\` shows it and asks. What you trust is the command with \`env\`, \`pass\` and the
contents of \`files\`: after a change of one of them you are asked again.`,
  inputs: {
    inputs: {
      kinds: [
        'Docs',
        'Pairs',
        'Prompts',
        'Answers',
        'Rankings',
        'Report',
        'Tokens',
        'Tokenizer',
        'Weights',
        'Reward',
        'Files',
      ],
      list: true,
      optional: true,
      description: 'What it takes: $IN1, $IN2, …',
    },
  },
  settings: {
    command: { type: 'string', minLength: 1, description: 'The command, for sh.' },
    makes: {
      type: 'string',
      enum: Object.keys(makes) as (keyof typeof makes)[],
      default: 'docs',
      description: 'What it makes in $OUT.',
    },
    files: { type: 'string', files: true, optional: true, description: 'Scripts and data that it reads.' },
    env: {
      type: 'array',
      items: { type: 'string', minLength: 1, description: '`NAME=value`.' },
      default: [],
      description: 'Variables that it sees: ["SEED=7"].',
    },
    pass: {
      type: 'array',
      items: { type: 'string', minLength: 1, description: 'The name of a variable.' },
      default: [],
      hint: true,
      description: 'Variables of yours that it sees too, and that cannot change what it makes: ["HF_TOKEN"].',
    },
  },
  positional: ['inputs', 'command'],
  outputs({ settings }) {
    const wrong = settings.env.find((each) => !/^[A-Za-z_]\w*=/.test(each))
    if (wrong !== undefined)
      return {
        code: 'invalid-setting',
        at: 'env',
        message: `\`${wrong}\` sets no variable`,
        help: 'Write it: `env: ["SEED=7"]`.',
      }
    return [{ name: 'out', type: { kind: makes[settings.makes] } }]
  },
  resources: () => ({ cpus: 1, memory: 512 * 1024 ** 2 }),
  load: () => import('./shell.run.ts'),
})
