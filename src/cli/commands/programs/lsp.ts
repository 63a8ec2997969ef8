/** `llmpipe lsp`: the language server, which editors start and talk to over standard input and output. */

import { defineCommand } from '../../command.ts'
import { flag } from '../../option.ts'

export const lsp = defineCommand({
  name: 'lsp',
  summary: 'serve editors: errors, completion, hovers and more (Language Server Protocol on stdin and stdout)',
  details:
    'An editor starts it; docs/guide/editors.md says how for VS Code, Neovim and Helix. It never runs code of a project that you do not trust.',
  options: { stdio: flag('accepted for editors that pass it: the server always uses stdin and stdout') },
  examples: [['llmpipe lsp', 'what an editor runs']],
  async run() {
    const { serveStdio } = await import('../../../lsp/stdio.ts')
    const { languageServices } = await import('../../program/language-services.ts')
    return serveStdio(languageServices)
  },
})
