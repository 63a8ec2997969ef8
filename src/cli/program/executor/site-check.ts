/** Checks what a site file says. */

import { Ajv, type ErrorObject } from 'ajv'
import { nearest } from '../../../../grammar/nearest.ts'
import { slurmSchema } from '../../../run/executors/slurm/site.ts'
import { Refusal } from '../../terminal/refusal.ts'
import { executorNames } from './executor-names.ts'
import type { Site } from './site.ts'

const schema = {
  type: 'object',
  additionalProperties: false,
  properties: { executor: { enum: executorNames }, slurm: slurmSchema },
}

/** The site in the JSON of a file. Throws a Refusal that names every field which is wrong. */
export function checkedSite(path: string, site: unknown): Site {
  const isValid = new Ajv({ allErrors: true, verbose: true }).compile<Site>(schema)
  if (isValid(site)) return site
  const sentences = (isValid.errors ?? []).map(inWords)
  throw new Refusal(`${path} is not valid: ${sentences.join(' ')}`, 'docs/guide/cluster.md describes the fields.')
}

/** An error of ajv as a sentence that names the field. */
function inWords({ instancePath, keyword, params, parentSchema, data, message }: ErrorObject): string {
  const at = instancePath === '' ? 'The file' : `\`${instancePath.slice(1).replaceAll('/', '.')}\``
  const value = JSON.stringify(data)
  switch (keyword) {
    case 'additionalProperties': {
      const given = String(params.additionalProperty)
      const near = nearest(given, Object.keys((parentSchema as { readonly properties?: object }).properties ?? {}))
      return `${at} has no field \`${given}\`${near === undefined ? '' : `; did you mean \`${near}\`?`}.`.replace(
        '?.',
        '?',
      )
    }
    case 'required':
      return `${at} needs a field \`${params.missingProperty}\`.`
    case 'enum':
      return `${at} is ${value}; it must be ${(params.allowedValues as readonly string[]).join(' or ')}.`
    case 'pattern':
      return `${at} is ${value}; it must be ${patternInWords(String(params.pattern))}.`
    default:
      return `${at} is ${value}; it ${message ?? 'is wrong'}.`
  }
}

function patternInWords(pattern: string): string {
  if (pattern.includes('GiB')) return 'a number with its unit: 512MiB, 64GiB, 2TiB'
  if (pattern.includes('(s|m|h|d)')) return 'a time with its unit: 90s, 30m, 4h, 7d'
  return pattern === '^-' ? 'an option, which begins with a dash' : 'a text without white space'
}
