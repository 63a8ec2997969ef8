/** Exports a low-rank adapter as a folder that Hugging Face's PEFT loads. */

import { copyFileSync, existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { StageError } from '../../core/failure.ts'
import { rewardHead } from '../scores/reward-scores.ts'
import { adapterFiles } from '../weights/lora.ts'
import { readSafetensors, type StoredTensor, writeSafetensors } from '../weights/safetensors.ts'
import { parsed } from './json-file.ts'
import { architectures } from './layouts.ts'
import { isPeft } from './peft.ts'

/**
 * Copies the adapter beside the weights in `folder`; returns the modules that it adapts. That of a reward model gets the head of its weights. Throws a
 * StageError if there is none that PEFT can load.
 */
export function exportAdapter(
  folder: string,
  out: string,
): { readonly targets: readonly string[]; readonly notes: readonly string[] } {
  const file = join(folder, adapterFiles.tensors)
  if (!existsSync(file))
    throw new StageError(
      'no-weights',
      'these weights have no adapter beside them',
      'Keep it: `sft(…, lora: lora(merge: false))`. Or export the whole model: `as hf`.',
    )
  const { tensors } = readSafetensors(file)
  if (!isPeft(tensors))
    throw new StageError(
      'unsupported-weights',
      'transformers has no class that computes the same as the architecture of this adapter',
      `Only adapters of ${architectures} of std.models can be exported as peft.`,
    )
  const config = parsed(join(folder, adapterFiles.config))
  const targets = config.target_modules as readonly string[]
  const { weight, bias } = headOf(folder)
  if (weight === undefined) {
    for (const name of Object.values(adapterFiles)) copyFileSync(join(folder, name), join(out, name))
    return { targets, notes: [] }
  }
  const classifier = { ...config, task_type: 'SEQ_CLS', modules_to_save: [scoreHead] }
  writeSafetensors(join(out, adapterFiles.tensors), { ...tensors, [`base_model.model.${scoreHead}.weight`]: weight })
  writeFileSync(join(out, adapterFiles.config), `${JSON.stringify(classifier, null, 1)}\n`)
  const notes =
    bias === 0
      ? []
      : [
          `the head of transformers adds no constant: scores there are ${bias > 0 ? 'lower' : 'higher'} by ${Math.abs(bias).toPrecision(4)}, in the same order`,
        ]
  return { targets, notes }
}

/** The head of a classifier in transformers. */
const scoreHead = 'score'

/** The head of a reward model, and the constant that it adds; no weight if the folder has none. */
function headOf(folder: string): { readonly weight?: StoredTensor; readonly bias: number } {
  const { tensors } = readSafetensors(join(folder, 'model.safetensors'))
  const [weight, bias] = ['weight', 'bias'].map((part) => tensors[`${rewardHead}_head.${part}`])
  return { ...(weight === undefined ? {} : { weight }), bias: bias?.data[0] ?? 0 }
}
