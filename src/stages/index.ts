/** The list of stage kinds. Each line is one file: its light half, which checking a program needs. */

import { bytes } from './bytes.ts'
import { characters } from './characters.ts'
import { encode } from './encode.ts'
import { expect } from './expect.ts'
import { exportArtefact } from './export.ts'
import { loadTokenizer } from './load_tokenizer.ts'
import { pretrain } from './pretrain.ts'
import type { Kind } from './services.ts'
import { trainBpe } from './train_bpe.ts'

/** All kinds by the name they are called by in programs, sorted. */
export const kinds: Record<string, Kind> = {
  bytes,
  characters,
  encode,
  expect,
  export: exportArtefact,
  load_tokenizer: loadTokenizer,
  pretrain,
  train_bpe: trainBpe,
}
