/** Services that the command line injects into stages, so that stages need not import engines or the files of the page. */

import type { StageKind } from '../../core/kind/kind.ts'
import type { Engine } from '../../engine/engine.ts'
import type { Architecture } from '../../train/hugging-face/layouts.ts'

export interface StageServices {
  /** Loads an engine on first use. A StageError says how to install a missing one. */
  engine(name: string): Promise<Engine>
  /** Elaborates an architecture of std.models. */
  architecture: Architecture
  /** A file of the page on which people rank answers. */
  pageFile(name: string): Buffer | undefined
}

/** A stage kind of llmpipe. */
export type Kind = StageKind<StageServices>
