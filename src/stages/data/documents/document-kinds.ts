/** The kinds that map each document by itself, by name. A pass looks up their steps here. */

import type { DocumentKind } from '../../shared/define-kind.ts'
import { c4Lines } from './c4_lines.ts'
import { filter } from './filter.ts'
import { identifyLanguage } from './identify_language.ts'
import { drop, keep } from './keep.ts'
import { map } from './map.ts'
import { normalize } from './normalize.ts'
import { redact } from './redact.ts'
import { textFromHtml } from './text_from_html.ts'

export const documentKinds = {
  c4_lines: c4Lines,
  drop,
  filter,
  identify_language: identifyLanguage,
  keep,
  map,
  normalize,
  redact,
  text_from_html: textFromHtml,
} as const satisfies Readonly<Record<string, DocumentKind>>
