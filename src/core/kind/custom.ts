/** The code of a custom stage. */

export interface CustomCode {
  /** The SHA-256 of the sources and of which source imports which, in hex: part of the key. Names and folders do not count. */
  readonly digest: string
  /** The SHA-256 of the bundle, the one text made of the sources that is executed, in hex: the name of a file in the store. */
  readonly bundle: string
  /** The name by which the file exports the stage. */
  readonly export: string
  /** The sources, for explanations. An npm package is one source. */
  readonly sources: readonly CustomSource[]
}

export interface CustomSource {
  /** A path relative to the program, or `package left-pad`. */
  readonly name: string
  readonly size: number
  readonly sha256: string
}
