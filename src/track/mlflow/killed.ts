/** Runs on a server of MLflow that have not ended because the process of llmpipe was killed: nobody else would ever end them. */

import { isText, listOf, optional, shape } from '../../core/values/shape.ts'
import type { Surroundings } from '../tracker.ts'

/** Calls a method of the API of MLflow with a body and returns the body of its answer. */
export type Call = (path: string, body: object) => Promise<unknown>

/** Runs of one call of `search`. */
const atOnce = 500

const isFound = shape({
  info: shape({ run_id: isText }),
  data: optional(shape({ tags: optional(listOf(shape({ key: isText, value: optional(isText) }))) })),
})
const isPage = shape({ runs: optional(listOf(isFound)), next_page_token: optional(isText) })

/**
 * Ends the runs of an experiment with the status KILLED whose run of llmpipe is known to have ended, other than `own`, and returns their number. Runs
 * of other machines and of other tools are left as they are.
 */
export async function endKilled(
  call: Call,
  experiment: string,
  own: string,
  endOf: Surroundings['endOf'],
): Promise<number> {
  const killed: { readonly run_id: string; readonly end_time: number }[] = []
  let page_token: string | undefined
  do {
    const body = {
      experiment_ids: [experiment],
      filter: "attributes.status = 'RUNNING'",
      max_results: atOnce,
      ...(page_token === undefined ? {} : { page_token }),
    }
    const page = await call('runs/search', body)
    if (!isPage(page)) break
    for (const { info, data } of page.runs ?? []) {
      const run = data?.tags?.find(({ key }) => key === 'llmpipe.run')?.value
      const end = run === undefined || run === own ? undefined : endOf(run)
      if (end !== undefined) killed.push({ run_id: info.run_id, end_time: end })
    }
    page_token = page.next_page_token
  } while (page_token !== undefined && page_token !== '')
  // Ended after the search: pages of a list that shrinks would leave runs out.
  for (const { run_id, end_time } of killed) await call('runs/update', { run_id, status: 'KILLED', end_time })
  return killed.length
}
