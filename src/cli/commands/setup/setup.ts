/** `llmpipe setup`: commands that install what some stages need beside llmpipe. */

import { defineGroup } from '../../command.ts'
import { torch } from './torch.ts'

export const setup = defineGroup(
  {
    name: 'setup',
    summary: 'install what llmpipe can use and does not bring: torch',
    examples: [
      ['llmpipe setup torch', 'PyTorch, in an environment of its own'],
      ['llmpipe setup torch --dry-run', 'the commands that this would run'],
    ],
  },
  [torch],
)
