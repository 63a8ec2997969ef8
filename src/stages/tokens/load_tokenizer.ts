/** The kind `load_tokenizer`: reads a tokenizer from a file. */

import { basename } from 'node:path'
import { StageError } from '../../core/failure.ts'
import { sentencePieceFiles } from '../../text/sentencepiece/names.ts'
import { defineKind } from '../shared/define-kind.ts'

export const loadTokenizer = defineKind({
  name: 'load_tokenizer',
  version: 2,
  summary: 'Reads a tokenizer from a tokenizer.json, a SentencePiece .model or a .tiktoken file.',
  documentation: `\`load_tokenizer("gpt2/tokenizer.json")\`. It can be any tokenizer in Hugging Face's format: BPE of bytes (GPT-2, GPT-4,
Llama 3, Qwen, SmolLM, OLMo, GPT-NeoX, phi, DeepSeek and similar) or of characters with bytes for the rest (Llama 2, Mistral, Gemma), Unigram
(T5, XLNet), WordPiece (BERT) and words; or one of OpenAI's rank files r50k_base, p50k_base and cl100k_base. The files are kept as they are.
Name \`tokenizer_config.json\` too (\`load_tokenizer("gpt2/tokenizer*.json")\`) if that file says which tokens begin and end a text.
\`load_tokenizer("gpt2")\` reads both from a folder.

\`load_tokenizer("t5/spiece.model")\` reads a SentencePiece model, BPE or Unigram, and gives the ids of SentencePiece. It becomes a tokenizer.json, and adds no tokens at the ends of texts, unless a tokenizer_config.json beside it says that transformers does. A folder
that has a tokenizer.json too is read from that file.`,
  inputs: {},
  settings: {
    path: {
      type: 'string',
      files: true,
      within: ['tokenizer.json', 'tokenizer_config.json', ...sentencePieceFiles],
      orFile: ['.json', '.tiktoken', '.model', '.gguf', '*'],
      description: 'The file, a glob of the file and its tokenizer_config.json, or the folder that they are in.',
    },
  },
  positional: ['path'],
  outputs: ({ self }) => [{ name: 'out', type: { kind: 'Tokenizer', tokenizer: self, size: { sizeOf: self } } }],
  resources: () => ({ cpus: 1, memory: 512 * 1024 ** 2 }),
  async run(stage) {
    const { loadTokenizerFiles, saveTokenizer } = await import('../../text/load.ts')
    const files = stage.files.path ?? []
    const config = files.find(({ path }) => path.endsWith('tokenizer_config.json'))
    const others = files.filter((other) => other !== config)
    // Beside a tokenizer.json, a folder may have the SentencePiece model that it was made of.
    const whole = others.find(({ name }) => basename(name) === 'tokenizer.json')
    const models = others.filter(({ name }) => sentencePieceFiles.includes(basename(name)))
    const [file, ...more] = whole === undefined ? others : others.filter((other) => !models.includes(other))
    if (file === undefined || more.length > 0) {
      throw new StageError(
        'no-files',
        `load_tokenizer takes one tokenizer, but its path names ${files.map(({ name }) => name).join(', ') || 'no file'}`,
        'Give the path of one tokenizer.json, .model or .tiktoken file.',
      )
    }
    if (file.name.toLowerCase().endsWith('.gguf')) {
      throw new StageError(
        'unsupported-tokenizer',
        `${file.name} is a GGUF file, which holds a whole model`,
        `\`weights("${file.name}")\` reads the model with its tokenizer; for the tokenizer alone, give its tokenizer.json.`,
      )
    }
    const tokenizer = loadTokenizerFiles(file.path, config?.path, file.name)
    saveTokenizer(stage.outputs.out, tokenizer)
    for (const note of tokenizer.notes) stage.emit({ event: 'log', level: 'warning', message: `${file.name}: ${note}` })
    const { known } = tokenizer
    const unused = tokenizer.size - known.end + known.holes.length
    if (unused > 0) {
      const message = `${unused} of its ${tokenizer.size} ids stand for nothing`
      stage.emit({ event: 'log', level: 'info', message })
    }
    return {
      metrics: { vocab: tokenizer.size },
      summary: `${tokenizer.size.toLocaleString('en-US')} ids from ${file.name}`,
    }
  },
})
