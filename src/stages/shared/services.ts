/** What stages are handed besides their job: things that must not be imported by them, but composed by the command line. */

import type { StageKind } from '../../core/kind.ts'
import type { Engine } from '../../engine/engine.ts'
import type { Architecture } from '../../train/hugging-face/layouts.ts'

export interface StageServices {
  /** Loads an engine on first use; fails with a StageError that says how to install it. */
  engine(name: string): Promise<Engine>
  /** Elaborates an architecture of std.models. */
  architecture: Architecture
  /** A file of the page that people rank on. */
  pageFile(name: string): Buffer | undefined
}

/** A stage kind of ours. */
export type Kind = StageKind<StageServices>
