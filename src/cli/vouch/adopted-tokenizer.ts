/** A tokenizer that was made elsewhere, written as the result of a stage: it has to have the ids and the special tokens that the program relies on. */

import { existsSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { ArtefactTypeOf } from '../../core/artefact.ts'
import { loadTokenizerFiles, saveTokenizer } from '../../text/load.ts'
import { sentencePieceFiles } from '../../text/sentencepiece/names.ts'
import { Refusal } from '../terminal/refusal.ts'
import type { Adopted } from './adopted-weights.ts'

/** Writes the tokenizer in the folder or file `from` to `out`. Throws a StageError or a Refusal if it does not fit the stage. */
export function writeAdoptedTokenizer(
  type: ArtefactTypeOf<'Tokenizer'>,
  { from, out }: { readonly from: string; readonly out: string },
): Adopted {
  const isFolder = statSync(from).isDirectory()
  const name = ['tokenizer.json', ...sentencePieceFiles].find((each) => existsSync(join(from, each)))
  if (isFolder && name === undefined)
    throw new Refusal(`${from} has no tokenizer`, `It would have tokenizer.json or ${sentencePieceFiles.join(' or ')}.`)
  const file = isFolder ? join(from, name!) : from
  const config = isFolder ? join(from, 'tokenizer_config.json') : undefined
  const hasConfig = config !== undefined && existsSync(config)
  const tokenizer = loadTokenizerFiles(file, hasConfig ? config : undefined, basename(file))
  if (typeof type.size === 'number' && type.size !== tokenizer.size)
    throw new Refusal(
      `the tokenizer has ${tokenizer.size} ids, and that of the stage has ${type.size}`,
      'Give the stage the size of the tokenizer: models are made with it.',
    )
  const missing = (type.special ?? []).filter((token) => !tokenizer.special.has(token))
  if (missing.length > 0)
    throw new Refusal(
      `the tokenizer lacks special tokens of the stage: ${missing.join(', ')}`,
      'Adopt a tokenizer that has them, or remove them from the stage.',
    )
  saveTokenizer(out, tokenizer)
  return { metrics: { vocab: tokenizer.size }, notes: tokenizer.notes }
}
