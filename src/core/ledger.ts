/** The ledger of a data stage: the counts of documents in and out, and which rule dropped what. */

/**
 * A ledger explains an artefact and is not part of its content, so it is stored in the action record: a cleaning that produces the same
 * text from other input produces the same artefact.
 */
export interface Ledger {
  /** Documents that came in. */
  readonly in: DocumentCount
  /** Documents that went out. */
  readonly out: DocumentCount
  /** The documents that each rule dropped, in the order of the rules. */
  readonly dropped: readonly DroppedByRule[]
  /** The number of documents that each step changed (`normalize`, `redact`). */
  readonly changed: readonly { readonly step: string; readonly documents: number; readonly note?: string }[]
  /** Input that could not be read as a document. */
  readonly malformed: { readonly count: number; readonly samples: readonly MalformedLine[] }
  /** The number of documents that each step cut short. */
  readonly truncated: readonly { readonly step: string; readonly documents: number }[]
}

/** A number of documents, and the UTF-8 bytes of their texts. */
export interface DocumentCount {
  readonly documents: number
  readonly bytes: number
}

export interface DroppedByRule {
  /** The step and the rule as the program writes it: `gopher_quality: words in 50..100_000`. */
  readonly rule: string
  readonly documents: number
  readonly bytes: number
  /** The first few dropped documents. */
  readonly samples: readonly { readonly id: string; readonly text: string; readonly value?: string }[]
}

export interface MalformedLine {
  readonly file: string
  /** 1-based. */
  readonly line: number
  readonly message: string
}
