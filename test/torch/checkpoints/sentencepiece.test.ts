/** Models of SentencePiece on thousands of texts. Runs if LLMPIPE_PYTHON has sentencepiece. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadTokenizerFiles } from '../../../src/text/load.ts'
import { newFolder } from '../../train/saved.ts'
import { reasonToSkip } from '../packages.ts'
import { runPython } from '../run-python.ts'

const reason = reasonToSkip(['sentencepiece'])

test.skipIf(reason !== undefined)(
  `SentencePiece gives the same ids to 4,000 texts${reason ? ` (skipped: ${reason})` : ''}`,
  async () => {
    const folder = newFolder()
    await runPython('test/text/golden/sentencepiece_ids.py', [folder, '2000'])
    const { texts, ids } = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as {
      readonly texts: readonly string[]
      readonly ids: Readonly<Record<string, readonly (readonly number[])[]>>
    }
    expect(texts.length).toBeGreaterThan(4000)
    for (const [name, expected] of Object.entries(ids)) {
      const tokenizer = loadTokenizerFiles(join(folder, `${name}.model`))
      const wrong = texts.filter((text, i) => [...tokenizer.encode(text)].join() !== expected[i]!.join())
      expect({ name, wrong }).toEqual({ name, wrong: [] })
    }
  },
)
