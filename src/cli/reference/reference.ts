/** The reference of the command line as Markdown, made from the output of `--help`. */

import type { Command } from '../command.ts'
import { commands } from '../commands.ts'
import { parserOf } from '../parser.ts'

type Parser = ReturnType<typeof parserOf>

/** The page docs/reference/cli.md. */
export function cliReference(): string {
  const parser = parserOf(commands)
  const helps = sectionsOf('llmpipe', commands, parser)
  return `# The command line

This page is the output of \`llmpipe --help\` and \`llmpipe <command> --help\`. The exit codes are in [exit-codes.md](exit-codes.md).

The store of a program is \`.llmpipe\` beside it, unless \`--store\` names another folder. Commands without a program (\`ls\`,
\`show base\`, \`generate base\`) use the store \`.llmpipe\` in the current folder or, if that folder has no store, the only store one level
below it.

\`-p\` and \`--engine\` decide what a program compiles to, so artefacts that \`run -p steps=50\` made are found with \`-p steps=50\`. If an
artefact is not found and a past run with other options made it, the error names these options.

\`\`\`
${helpOf(parser)}
\`\`\`

${helps.join('\n')}`
}

/** A section for each command, and for the commands below it. */
function sectionsOf(path: string, all: readonly Command[], parser: Parser): string[] {
  return all
    .filter(({ hidden }) => !hidden)
    .flatMap(({ name, commands: below }) => {
      const own = parser.commands.find((each) => each.name() === name)
      if (own === undefined) return []
      const section = `## ${path} ${name}\n\n\`\`\`\n${helpOf(own)}\n\`\`\`\n`
      return [section, ...sectionsOf(`${path} ${name}`, below, own)]
    })
}

/** The help of a command in 100 columns, whatever the width of the terminal. */
function helpOf(command: Parser): string {
  const pieces: string[] = []
  command.configureOutput({
    writeOut: (piece) => void pieces.push(piece),
    getOutHelpWidth: () => 100,
    getOutHasColors: () => false,
  })
  command.outputHelp()
  return pieces.join('').trim()
}
