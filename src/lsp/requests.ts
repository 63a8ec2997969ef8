/** Checks of requests: one that lacks its parameters gets an error that names them, as the protocol wants, and not one of JavaScript. */

import { ErrorCodes, ResponseError } from 'vscode-languageserver'

interface Document {
  readonly textDocument: { readonly uri: string }
}

type Answer<Params, Result> = (params: Params) => Result | ResponseError

/** A handler of requests about a document. */
export function aboutDocument<Params extends Document, Result>(answer: (params: Params) => Result) {
  return checked<Params, Result>('textDocument.uri', hasDocument, answer)
}

/** A handler of requests about a position in a document. */
export function aboutPosition<Params extends Document & { readonly position: unknown }, Result>(
  answer: (params: Params) => Result,
) {
  const isThere = (params: Partial<Params>) => hasDocument(params) && isPosition(params.position)
  return checked<Params, Result>('textDocument.uri and position', isThere, answer)
}

/** A handler of requests about a range of a document. */
export function aboutRange<Params extends Document & { readonly range: unknown }, Result>(
  answer: (params: Params) => Result,
) {
  const isThere = (params: Partial<Params>) => {
    const range = params.range as { readonly start?: unknown; readonly end?: unknown } | null | undefined
    return hasDocument(params) && isPosition(range?.start) && isPosition(range?.end)
  }
  return checked<Params, Result>('textDocument.uri and range', isThere, answer)
}

function checked<Params, Result>(
  needed: string,
  isThere: (params: Partial<Params>) => boolean,
  answer: (params: Params) => Result,
): Answer<Params, Result> {
  return (params) =>
    // A client can send anything.
    isThere((params ?? {}) as Partial<Params>)
      ? answer(params)
      : new ResponseError(ErrorCodes.InvalidParams, `The parameters of the request lack ${needed}.`)
}

function hasDocument({ textDocument }: Partial<Document>): boolean {
  return typeof textDocument?.uri === 'string'
}

function isPosition(value: unknown): boolean {
  const { line, character } = (value ?? {}) as { readonly line?: unknown; readonly character?: unknown }
  return typeof line === 'number' && typeof character === 'number'
}
