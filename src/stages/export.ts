/** The kind `export`: a copy of an artefact in a folder of one's own. `export base to "out/base"` is a call of it. */

import type { StageReport } from '../core/artefact.ts'
import type { StageModule } from '../core/kind.ts'
import type { Kind, StageServices } from './services.ts'

export const exportArtefact: Kind = {
  name: 'export',
  version: 1,
  summary: 'Puts an artefact into a folder.',
  documentation: `Written as a declaration: \`export base to "out/base"\`. The folder, relative to the program's, gets the files of
the artefact as they are in the store; it is made again where they are no longer there.`,
  shape: 'stage',
  inputs: {
    of: {
      kinds: ['Docs', 'Pairs', 'Prompts', 'Answers', 'Rankings', 'Report', 'Tokens', 'Tokenizer', 'Weights', 'Reward'],
      description: 'What is exported.',
    },
  },
  settings: {
    properties: {
      as: {
        type: 'string',
        enum: ['files'],
        default: 'files',
        description: 'The layout; files: as in the store.',
      },
    },
  },
  positional: ['of'],
  outputs: () => [{ name: 'out', type: { kind: 'Files' } }],
  resources: () => ({ cpus: 1, memory: 128 * 1024 ** 2 }),
  async load(): Promise<StageModule<StageServices>> {
    const { cp, constants, readdir } = await import('node:fs/promises')
    return {
      async run(stage): Promise<StageReport> {
        const { path } = stage.inputs.of![0]!
        const names = await readdir(path)
        // Clones blocks where the file system can: the store keeps the same content once in any case.
        await cp(path, stage.outputs.out!, { recursive: true, mode: constants.COPYFILE_FICLONE })
        return { summary: `${names.length} file${names.length === 1 ? '' : 's'}` }
      },
    }
  },
}
