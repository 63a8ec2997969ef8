/** The reference of the command line as Markdown, made of the same words as `--help`. */

import { commands } from '../commands.ts'
import { parserOf } from '../main.ts'

/** docs/reference/cli.md. */
export function cliReference(): string {
  const parser = parserOf(() => async () => {})
  const helps = commands
    .filter(({ hidden }) => !hidden)
    .map(({ name }) => {
      const command = parser.commands.find((each) => each.name() === name)
      return `## llmpipe ${name}\n\n\`\`\`\n${helpOf(command)}\n\`\`\`\n`
    })
  return `# The command line

What \`llmpipe --help\` and \`llmpipe <command> --help\` print. The exit codes are in [exit-codes.md](exit-codes.md).

The store of a program is \`.llmpipe\` beside it, unless \`--store\` names another folder. Commands without a program (\`ls\`,
\`show base\`, \`generate base\`) look in \`.llmpipe\` of the folder they are called in or, where it has none, in the only store just below it.

A program is what \`-p\` and \`--engine\` make of it: what \`run -p steps=50\` made is found with \`-p steps=50\`. Where something is not
found and a past run with other options made it, the error names them.

\`\`\`
${helpOf(parser)}
\`\`\`

${helps.join('\n')}`
}

/** In 100 columns, whatever the terminal. */
function helpOf(command: ReturnType<typeof parserOf> | undefined): string {
  if (command === undefined) return ''
  const pieces: string[] = []
  command.configureOutput({
    writeOut: (piece) => void pieces.push(piece),
    getOutHelpWidth: () => 100,
    getOutHasColors: () => false,
  })
  command.outputHelp()
  return pieces.join('').trim()
}
