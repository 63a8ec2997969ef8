/** An artefact as JSON: what it is, how it was made, and the report of the stage that made it. */

import { surveyOf } from '../../data/survey.ts'
import type { Found } from '../artefact.ts'

/**
 * The value that `show --json` prints. A stage that failed has `failure` in place of `made`. `surveys`: of each artefact of documents, in their order;
 * of large ones a sample is read unless `isWhole`.
 */
export async function artefactJson({ name, artefacts, action, failed }: Found, isWhole: boolean): Promise<object> {
  const documents = artefacts.filter(({ kind }) => kind === 'Docs')
  const surveys = await Promise.all(documents.map(({ path }) => surveyOf(path, isWhole)))
  return {
    name,
    artefacts,
    ...(surveys.length === 0 ? {} : { surveys }),
    ...(action === undefined
      ? {}
      : {
          made: {
            run: action.run,
            time: action.time,
            seconds: action.seconds,
            reason: action.reason,
            key: action.key,
            ...(action.vouched && { vouched: action.vouched }),
          },
          report: action.report,
        }),
    ...(failed === undefined ? {} : { failure: failed.failure }),
  }
}
