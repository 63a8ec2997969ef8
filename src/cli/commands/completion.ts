/** `llmpipe completion SHELL`: a script that completes commands and options in a shell. */

import { defineCommand } from '../command.ts'
import { write } from '../terminal/output.ts'
import { exit } from '../terminal/refusal.ts'

export const completion = defineCommand({
  name: 'completion',
  summary: 'print the completion script of a shell',
  arguments: [{ name: '<shell>', description: 'bash, zsh or fish', completes: ['bash', 'zsh', 'fish'] }],
  examples: [
    ['source <(llmpipe completion bash)', 'in ~/.bashrc'],
    ['llmpipe completion zsh > ~/.zfunc/_llmpipe', 'for zsh'],
    ['llmpipe completion fish > ~/.config/fish/completions/llmpipe.fish', 'for fish'],
  ],
  async run([shell = ''], _, { commands }) {
    const { completionScript } = await import('../reference/completion-script.ts')
    write(completionScript(shell, commands))
    return exit.done
  },
})
