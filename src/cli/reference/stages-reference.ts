/** The reference of all stage kinds and of the metrics of documents, as one page. */

import type { Catalogue } from '../../core/kind/kind.ts'
import { commonSettings, referenceOf } from './kind-reference.ts'

/** The page docs/reference/stages.md. */
export function stagesReference({ kinds, metrics }: Catalogue): string {
  const all = Object.values(kinds)
  const list = all.map(({ name, summary }) => `| [${name}](#${name}) | ${summary} |`)
  const table = Object.values(metrics).map(({ name, type, unit, description }) => {
    return `| \`${name}\` | ${unit ?? type} | ${description} |`
  })
  return `# Stages

All stage kinds with their inputs and settings; \`llmpipe kinds NAME\` prints one. The page is generated from the schemas by which calls
are checked.

| kind | |
| --- | --- |
${list.join('\n')}

Every kind that runs in its own process (all except those that run inside \`documents\`) has these settings too. They are not part of the
key: changing them runs nothing again.

${commonSettings()}

[Metrics of documents](#metrics-of-documents), which \`keep\`, \`drop\` and filters test, are at the end.

${all.map((kind) => inPage(referenceOf(kind))).join('\n')}
## Metrics of documents

A *word* here is a piece between white space, or in scripts without spaces a word that ICU finds, unless said otherwise; a fraction is written \`0.2\` or \`20%\`.

| metric | unit | |
| --- | --- | --- |
${table.join('\n')}
`
}

/** The page of a kind as a section: its headings are one level lower. */
function inPage(reference: string): string {
  return reference.replace(/^## /gm, '### ').replace(/^# /, '## ')
}
