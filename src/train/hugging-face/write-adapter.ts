/** Exports a low-rank adapter as a folder that Hugging Face's PEFT loads. */

import { copyFileSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { StageError } from '../../core/failure.ts'
import type { JsonObject } from '../../core/values/json.ts'
import { adapterFiles } from '../weights/lora.ts'
import { readSafetensors } from '../weights/safetensors.ts'
import { isPeft } from './peft.ts'

/** Copies the adapter beside the weights in `folder`; returns the modules that it adapts. Throws a StageError if there is none that PEFT can load. */
export function exportAdapter(folder: string, out: string): { readonly targets: readonly string[] } {
  const file = join(folder, adapterFiles.tensors)
  if (!existsSync(file))
    throw new StageError(
      'no-weights',
      'these weights have no adapter beside them',
      'Keep it: `sft(…, lora: lora(merge: false))`. Or export the whole model: `as hf`.',
    )
  if (!isPeft(readSafetensors(file).tensors))
    throw new StageError(
      'unsupported-weights',
      'transformers has no class that computes the same as the architecture of this adapter',
      'Only adapters of gpt2 and llama of std.models can be exported as peft.',
    )
  for (const name of Object.values(adapterFiles)) copyFileSync(join(folder, name), join(out, name))
  const { target_modules: targets } = JSON.parse(readFileSync(join(out, adapterFiles.config), 'utf8')) as JsonObject
  return { targets: targets as readonly string[] }
}
