/** The step `text_from_html`: replaces HTML by the text of the page. */

import { isMarkup, isTooDeep } from '../html/markup.ts'
import { mainText, wholeText } from '../html/text.ts'
import type { StepMaker } from './step.ts'

/** The longest page, in UTF-16 units. Finding the main content takes more than in proportion to the size of a page. */
const maxLength = 8 * 1024 ** 2

export const textFromHtml: StepMaker = (params, book) => {
  const extract = params.content === 'all' ? wholeText : mainText
  const change = book.step('text_from_html')
  const large = book.rule('text_from_html: pages of more than 8 MB, or nested more than 2,000 deep')
  const empty = book.rule('text_from_html: pages without text')
  const broken = book.rule('text_from_html: pages that cannot be parsed')
  return (document) => {
    const { text } = document
    // Plain text in an archive stays as it is.
    if (!isMarkup(text)) return true
    if (text.length > maxLength || isTooDeep(text)) {
      large.drop(document, () => `characters = ${text.length}`)
      return false
    }
    let found: string
    try {
      found = extract(text)
    } catch (error) {
      // Libraries throw at pages that no browser made. The page is lost, the run is not.
      broken.drop(document, () => String((error as Error).message))
      return false
    }
    if (found === '') {
      empty.drop(document)
      return false
    }
    change.documents++
    document.replaceText(found)
    return true
  }
}
