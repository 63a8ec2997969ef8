/**
 * Precision of the cache: after each edit of a corpus of edits, whether exactly the right stages run.
 *
 *     npm run trial precision -- [--only TEXT]
 *
 * Each artefact has to equal the one that a run in an empty store makes. `--only` tries the edits with the text in their names.
 */

import { parseArgs } from 'node:util'
import { edits } from '../../test/run/precision/edits.ts'
import { Workshop } from '../../test/run/precision/workshop.ts'
import { endTrial } from '../end.ts'

const { values: flags } = parseArgs({ options: { only: { type: 'string', default: '' } } })
const began = performance.now()
const workshop = await Workshop.open()
const tally = { edits: 0, wanted: 0, ran: 0, imprecise: 0, stale: 0 }
try {
  for (const edit of edits.filter(({ name }) => name.includes(flags.only))) {
    const { code, ran, digests, stderr } = workshop.try(edit)
    const fresh = workshop.afresh(edit)
    const extra = ran.filter((name) => !edit.runs.includes(name))
    const missing = edit.runs.filter((name) => !ran.includes(name))
    const stale = [...fresh.digests].flatMap(([name, digest]) => (digests.get(name) === digest ? [] : [name]))
    const isRight = code === 0 && fresh.code === 0 && extra.length + missing.length === 0
    tally.edits++
    tally.wanted += edit.runs.length
    tally.ran += ran.length
    if (!isRight) tally.imprecise++
    if (stale.length > 0) tally.stale++
    console.log(`${isRight && stale.length === 0 ? '=' : '!'} ${String(ran.length).padStart(2)} ran  ${edit.name}`)
    for (const [what, names] of Object.entries({ 'should not have run': extra, 'should have run': missing, stale }))
      if (names.length > 0) console.log(`    ${what}: ${names.join(', ')}`)
    if (code !== 0) console.log(`    ${stderr}`)
  }
} finally {
  workshop.close()
}
endTrial(
  `precision: ${tally.edits} edits`,
  began,
  { 'stages that ran': tally.ran, 'stages that had to run': tally.wanted },
  {
    'edits after which other stages ran than had to': tally.imprecise,
    'edits with an artefact that a run in an empty store does not make': tally.stale,
  },
)
