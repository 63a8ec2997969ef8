/** A value in the metadata of a GGUF file. Whole numbers beyond 2^53 lose their last digits. */
export type GgufValue = number | boolean | string | Float64Array | readonly string[] | readonly boolean[]

/** The metadata of a file by name. */
export type GgufMetadata = ReadonlyMap<string, GgufValue>

/** The kinds of tokens in `tokenizer.ggml.token_type`. */
export const tokenTypes = { normal: 1, unknown: 2, control: 3, userDefined: 4, unused: 5, byte: 6 } as const
