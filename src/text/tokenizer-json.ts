/** Tokenizers in Hugging Face's `tokenizer.json`: written so that its libraries load them, read where we can do the same. */

export type { TokenizerConfig } from './hugging-face/config.ts'
export { fromTokenizerJson } from './hugging-face/read.ts'
export { toTokenizerConfig, toTokenizerJson } from './hugging-face/write.ts'
