/** Hugging Face's `tokenizer.json`: written so that its libraries load it, and read if we support what it uses. */

export type { TokenizerConfig } from './hugging-face/config.ts'
export { fromTokenizerJson } from './hugging-face/read.ts'
export { toTokenizerConfig, toTokenizerJson } from './hugging-face/write.ts'
