/** Services that the command line injects into stages, so that stages need not import engines or the files of the page. */

import type { StageKind } from '../../core/kind/kind.ts'
import type { Engine } from '../../engine/engine.ts'
import type { OnnxFiles } from '../../engine/onnx-files.ts'
import type { Architecture } from '../../train/hugging-face/layout.ts'
import type { TorchSource } from '../../train/hugging-face/own-code.ts'

export interface StageServices {
  /** Loads an engine on first use. A StageError says how to install a missing one. */
  engine(name: string): Promise<Engine>
  /** The writer of ONNX files, with the runtime that reads them back. */
  onnxFiles(): Promise<OnnxFiles>
  /** Writes a graph without symbols as the source of a Python module for PyTorch. */
  torchModule: TorchSource
  /** Elaborates an architecture of std.models. */
  architecture: Architecture
  /** A file of the page on which people rank answers. */
  pageFile(name: string): Buffer | undefined
}

/** A stage kind of llmpipe. */
export type Kind = StageKind<StageServices>
