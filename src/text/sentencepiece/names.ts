/** The names that published folders give to their SentencePiece models. */
export const sentencePieceFiles: readonly string[] = ['tokenizer.model', 'spiece.model', 'sentencepiece.bpe.model']
