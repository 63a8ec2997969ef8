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
  readonly changed: readonly ChangedByStep[]
  /** Input that could not be read as a document. */
  readonly malformed: { readonly count: number; readonly samples: readonly MalformedLine[] }
  /** The number of documents that each step cut short. */
  readonly truncated: readonly { readonly step: string; readonly documents: number }[]
}

export interface ChangedByStep {
  readonly step: string
  readonly documents: number
  readonly note?: string
  /** Texts that the step removed from the first few documents. */
  readonly samples?: readonly DroppedSample[]
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
  readonly samples: readonly DroppedSample[]
  /** The values that the rule compared with its limits, of kept and of dropped documents. Absent if parts of an earlier version lack them. */
  readonly seen?: readonly MetricHistogram[]
}

/** The values of a metric of the documents for which a rule looked at it. */
export interface MetricHistogram {
  /** As the program writes it: `words`, `meta.score`. */
  readonly metric: string
  /** The numbers that the rule compares the metric with, ascending. */
  readonly limits: readonly number[]
  /** The bins that are not empty, ascending: from (inclusive), to (exclusive; the other way round below 0), documents. */
  readonly bins: readonly (readonly [from: number, to: number, documents: number])[]
}

export interface DroppedSample {
  readonly id: string
  /** The beginning of its text. */
  readonly text: string
  /** The values that the rule saw: `words = 4`. */
  readonly value?: string
  /** Of a copy: the document that stayed, and the same passage of both, around their first difference. */
  readonly twin?: Twin
}

export interface Twin {
  readonly id: string
  readonly kept: string
  readonly dropped: string
}

export interface MalformedLine {
  readonly file: string
  /** 1-based. */
  readonly line: number
  readonly message: string
}
