/** An artefact as JSON: what it is, how it was made, and the report of the stage that made it. */

import type { Found } from '../artefact.ts'

/** The value that `show --json` prints. A stage that failed has `failure` in place of `made`. */
export function artefactJson({ name, artefacts, action, failed }: Found): object {
  return {
    name,
    artefacts,
    ...(action === undefined
      ? {}
      : {
          made: { run: action.run, time: action.time, seconds: action.seconds, reason: action.reason, key: action.key },
          report: action.report,
        }),
    ...(failed === undefined ? {} : { failure: failed.failure }),
  }
}
