/** The reference of all kinds of stages, and of the metrics of documents, as one page. */

import type { Catalogue } from '../../core/kind.ts'
import { commonSettings, referenceOf } from './kind-reference.ts'

/** docs/reference/stages.md. */
export function stagesReference({ kinds, metrics }: Catalogue): string {
  const all = Object.values(kinds)
  const list = all.map(({ name, summary }) => `| [${name}](#${name}) | ${summary} |`)
  const table = Object.values(metrics).map(({ name, type, unit, description }) => {
    return `| \`${name}\` | ${unit ?? type} | ${description} |`
  })
  return `# Stages

Every kind of stage with its inputs and settings; \`llmpipe kinds NAME\` prints one. The page is made of the same words that calls
are checked by.

| kind | |
| --- | --- |
${list.join('\n')}

Every kind that is a process of its own (all but those that run inside \`documents\`) takes these too. They are no part of the key: a
change of them runs nothing again.

${commonSettings()}

[Metrics of documents](#metrics-of-documents), which \`keep\`, \`drop\` and filters test, are at the end.

${all.map((kind) => inPage(referenceOf(kind))).join('\n')}
## Metrics of documents

A *word* here is a piece between white space, unless said otherwise; a fraction is written \`0.2\` or \`20%\`.

| metric | unit | |
| --- | --- | --- |
${table.join('\n')}
`
}

/** A kind's own page as a section: its headings one level further down. */
function inPage(reference: string): string {
  return reference.replace(/^## /gm, '### ').replace(/^# /, '## ')
}
