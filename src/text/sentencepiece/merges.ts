/** The merges of a vocabulary with scores, by which BPE gives the ids of SentencePiece. */

/**
 * Every way to join two tokens to a third, the best score first: SentencePiece joins the neighbors whose token has the best score. `isNormal`: whether a token is made by joining others.
 */
export function mergesOf(
  tokens: readonly string[],
  scores: ArrayLike<number>,
  isNormal: (id: number) => boolean,
): [string, string][] {
  const ids = new Map(tokens.map((token, id) => [token, id]))
  const merges: { readonly left: string; readonly right: string; readonly score: number }[] = []
  for (const [id, token] of tokens.entries()) {
    if (!isNormal(id)) continue
    const characters = [...token]
    const splits: [left: string, right: string][] = []
    for (let middle = 1; middle < characters.length; middle++) {
      const [left, right] = [characters.slice(0, middle).join(''), characters.slice(middle).join('')]
      if (ids.has(left) && ids.has(right)) splits.push([left, right])
    }
    splits.sort((a, b) => ids.get(a[0])! - ids.get(b[0])! || ids.get(a[1])! - ids.get(b[1])!)
    for (const [left, right] of splits) merges.push({ left, right, score: scores[id]! })
  }
  merges.sort((a, b) => b.score - a.score || b.left.length - a.left.length || b.right.length - a.right.length)
  return merges.map(({ left, right }) => [left, right])
}
