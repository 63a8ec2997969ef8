/** Services that the command line injects into stages, so that stages need not import engines, the language or the ranking page. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ModelArgument } from '../language/2-check/env.ts'
import type { StageServices } from '../stages/shared/services.ts'
import { packageRoot } from './package.ts'

export const services = (): StageServices => ({
  engine: async (name) => (await import('../engine/load.ts')).loadEngine(name),
  onnxFiles: async () => (await import('../engine/load.ts')).loadOnnxFiles(),
  torchModule: async (graph, name) =>
    (await import('../engine/torch/emit/torch-module.ts')).torchModule(graph, { name }),
  async architecture(name, sizes) {
    const { architecture } = await import('../language/architecture.ts')
    const { standardProgram } = await import('./program/standard-program.ts')
    return architecture(standardProgram('models'), name, sizes as Readonly<Record<string, ModelArgument>>)
  },
  pageFile: (name) =>
    ['index.html', 'page.js', 'page.css'].includes(name)
      ? readFileSync(join(packageRoot, 'dist/page', name))
      : undefined,
})
