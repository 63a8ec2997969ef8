/** The kind `shell`: runs a command of the project. */

import type { ArtefactKind } from '../../core/artefact.ts'
import { folderKinds } from '../shared/artefact-kinds.ts'
import { defineKind } from '../shared/define-kind.ts'

/** The kinds of artefacts that a command can make, by the words of the program. */
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
  summary: 'Runs a command of the project as a stage.',
  documentation: `\`shell([prose], command: "python3 clean.py $IN1 > $OUT/clean.jsonl", files: "clean.py", makes: docs)\`. \`sh -eu\` runs the command
in a folder that holds only copies of \`files\`, at their paths relative to the program. \`$IN1\`, \`$IN2\`, … are the folders of the inputs (documents are JSON lines,
\`{"id", "text", …}\`; pairs and the like have \`messages\`), \`$OUT\` is the folder of the output: JSON lines in files ending in
\`.jsonl\`, which are checked line by line, or with \`makes: files\` any files.

Write \`r"…"\` if the command has braces or backslashes, which have a meaning in other texts of a program.

The command, the contents and names of \`files\`, the inputs and \`env\` are part of the key. The command sees the variables \`PATH\`, \`HOME\`,
\`LANG\`, \`TMPDIR\`, \`CUDA_VISIBLE_DEVICES\`, those that \`env\` sets and those that \`pass\` names. The cache does not know what else the command
reads: other files, the time, the network. The command runs as you, without a sandbox: it can read your files and the environment of your other
processes.

The output of the command is the log of the stage, and an exit code other than 0 fails the stage. The stage ends when the command ends. Processes
that the command leaves behind have two seconds to end; then they are killed. Lines longer than 8 KiB are cut. Of a log longer than 8 MiB the
beginning and the last lines are kept, and the log says how much was left out.

You have to trust a command before llmpipe runs it: \`llmpipe trust pipeline.llmpipe\` shows it and asks. You trust the command with \`env\`, \`pass\` and
the contents of \`files\`; after a change of one of them llmpipe asks again.`,
  inputs: {
    inputs: {
      kinds: folderKinds,
      list: true,
      optional: true,
      description: 'The inputs of the command: $IN1, $IN2, …',
    },
  },
  settings: {
    command: { type: 'string', minLength: 1, description: 'The command, for sh.' },
    makes: {
      type: 'string',
      enum: Object.keys(makes) as (keyof typeof makes)[],
      default: 'docs',
      description: 'The kind of artefact that the command writes to $OUT.',
    },
    files: { type: 'string', files: true, optional: true, description: 'Scripts and data that the command reads.' },
    env: {
      type: 'array',
      items: { type: 'string', minLength: 1, description: '`NAME=value`.' },
      default: [],
      description: 'Variables of the command: ["SEED=7"].',
    },
    pass: {
      type: 'array',
      items: { type: 'string', minLength: 1, description: 'The name of a variable.' },
      default: [],
      hint: true,
      description:
        'Variables of your environment that the command sees too, and that cannot change its output: ["HF_TOKEN"].',
    },
  },
  positional: ['inputs', 'command'],
  outputs({ settings }) {
    const wrong = settings.env.find((each) => !/^[A-Za-z_]\w*=/.test(each))
    if (wrong !== undefined)
      return {
        code: 'invalid-setting',
        at: 'env',
        message: `\`${wrong}\` does not set a variable`,
        help: 'Write it: `env: ["SEED=7"]`.',
      }
    return [{ name: 'out', type: { kind: makes[settings.makes] } }]
  },
  resources: () => ({ cpus: 1, memory: 512 * 1024 ** 2 }),
  load: () => import('./shell.run.ts'),
})
