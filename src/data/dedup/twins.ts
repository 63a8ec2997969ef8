/** The passages of a copy and of the document that stayed, for people to compare. */

/** The length of a passage, and how much of it comes before the first difference, in UTF-16 units. */
const [passage, before] = [300, 80]

/**
 * The beginnings of two texts, or the same passage of both around their first difference if that comes later. `…` stands where a text is cut.
 */
export function passagesOf(kept: string, dropped: string): { readonly kept: string; readonly dropped: string } {
  const first = firstDifference(kept, dropped)
  const isNear = first === undefined || first < passage - before
  const from = isNear ? 0 : first - before
  return { kept: cut(kept, from), dropped: cut(dropped, from) }
}

/** Where two texts differ for the first time; `undefined` if they are equal. */
function firstDifference(a: string, b: string): number | undefined {
  const length = Math.min(a.length, b.length)
  for (let at = 0; at < length; at++) if (a.charCodeAt(at) !== b.charCodeAt(at)) return at
  return a.length === b.length ? undefined : length
}

/** A passage that begins at `from`. No surrogate pair is cut in two. */
function cut(text: string, from: number): string {
  const piece = text
    .slice(from, from + passage)
    .replace(/^[\udc00-\udfff]/, '')
    .replace(/[\ud800-\udbff]$/, '')
  return `${from > 0 ? '…' : ''}${piece}${from + passage < text.length ? '…' : ''}`
}
