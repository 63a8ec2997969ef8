/** Removes scripts, styles and comments from HTML before it is parsed. */

/** Elements whose content nobody reads. */
const silent = ['script', 'style', 'svg', 'noscript', 'template', 'iframe'] as const

/** Whether a text has any markup. */
export function isMarkup(text: string): boolean {
  return /<(?:[a-z!/]|\?xml)/i.test(text)
}

/** HTML without comments, scripts and styles. The time is in proportion to the length of the text. */
export function withoutSilent(html: string): string {
  // Only ASCII, whose letters keep their length: the lower case of `İ` has two units.
  const lower = html.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
  const pieces: string[] = []
  let kept = 0
  for (let at = lower.indexOf('<'); at !== -1; at = lower.indexOf('<', at)) {
    const end = endOfSilent(lower, at)
    if (end === undefined) {
      at++
      continue
    }
    pieces.push(html.slice(kept, at))
    kept = end
    at = end
  }
  pieces.push(html.slice(kept))
  return pieces.join('')
}

/** The end of a comment or of a silent element that begins at `at`, as browsers see it; `undefined` if neither begins there. */
function endOfSilent(lower: string, at: number): number | undefined {
  const close = (mark: string, from: number) => {
    const found = lower.indexOf(mark, from)
    // What is not closed goes to the end.
    return found === -1 ? lower.length : found + mark.length
  }
  if (lower.startsWith('<!--', at)) return close('-->', at + 4)
  const name = silent.find((each) => lower.startsWith(each, at + 1))
  if (name === undefined || !/[\s/>]/.test(lower[at + 1 + name.length] ?? '')) return undefined
  const opened = lower.indexOf('>', at)
  if (opened === -1) return lower.length
  if (lower[opened - 1] === '/' && name === 'svg') return opened + 1
  return close('>', close(`</${name}`, opened))
}

/** The deepest nesting of elements. Browsers stop at 512. */
const maxDepth = 2000

/** Whether elements are nested so deep that walking through them would overflow the stack; tags that are not closed count too. */
export function isTooDeep(html: string): boolean {
  let depth = 0
  let end = -1
  let next = html.indexOf('<')
  while (next !== -1) {
    const at = next
    next = html.indexOf('<', at + 1)
    if (end < at) end = html.indexOf('>', at)
    if (end === -1) return false
    tagStart.lastIndex = at
    const [, slash, name = ''] = tagStart.exec(html) ?? []
    // A tag has no other `<` before its end.
    if (name === '' || (next !== -1 && next < end)) continue
    if (slash === '/') depth = Math.max(0, depth - 1)
    else if (html[end - 1] !== '/' && !alone.has(name.toLowerCase())) depth++
    if (depth > maxDepth) return true
  }
  return false
}

/** The start of a tag, with as much of its name as the names in `alone` need. */
const tagStart = /<(\/?)([a-z][a-z0-9]{0,15})/iy

/** Elements without content, and those whose end tags people leave out. */
const alone = new Set(
  'area base br col embed hr img input link meta param source track wbr li p dt dd tr td th option tbody thead tfoot'.split(
    ' ',
  ),
)
