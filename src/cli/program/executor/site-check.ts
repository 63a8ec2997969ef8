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
  const sentences = distinct(isValid.errors ?? []).map(inWords)
  throw new Refusal(`${path} is not valid: ${sentences.join(' ')}`, 'docs/guide/cluster.md describes the fields.')
}

/** The errors without those of alternatives that the value was not meant for: `arrays` is either `false` or has fields. */
function distinct(errors: readonly ErrorObject[]): ErrorObject[] {
  const isNoAlternative = ({ instancePath }: ErrorObject) =>
    errors.some((other) => other.keyword === 'type' && other.instancePath === instancePath)
  return errors.filter((error) => {
    if (error.keyword === 'anyOf') return isNoAlternative(error)
    const isOfAlternative = errors.some((each) => each.keyword === 'anyOf' && each.instancePath === error.instancePath)
    return !(isOfAlternative && (error.keyword === 'const' || error.keyword === 'type'))
  })
}

/** An error of ajv as a sentence that names the field. */
function inWords({ instancePath, keyword, params, parentSchema = {}, data, message }: ErrorObject): string {
  const at = instancePath === '' ? 'The file' : `\`${instancePath.slice(1).replaceAll('/', '.')}\``
  const value = JSON.stringify(data)
  switch (keyword) {
    case 'additionalProperties': {
      const given = String(params.additionalProperty)
      if (instancePath === '' && Object.hasOwn(slurmSchema.properties, given))
        return `\`${given}\` is a field of \`slurm\`: {"slurm": {"${given}": …}}.`
      const near = nearest(given, Object.keys((parentSchema as { readonly properties?: object }).properties ?? {}))
      return near === undefined
        ? `${at} has no field \`${given}\`.`
        : `${at} has no field \`${given}\`; did you mean \`${near}\`?`
    }
    case 'required':
      return `${at} needs a field \`${params.missingProperty}\`.`
    case 'enum':
      return `${at} is ${value}; it must be ${(params.allowedValues as readonly string[]).join(' or ')}.`
    case 'pattern':
      return `${at} is ${value}; it must be ${patternInWords(String(params.pattern))}.`
    case 'minimum':
      return `${at} is ${value}; it must be at least ${params.limit}.`
    case 'minItems':
      return `${at} is empty; it needs an entry, or leave it out.`
    case 'type':
      return `${at} is ${value}; it must be ${typeInWords(String(params.type), (parentSchema as { readonly pattern?: string }).pattern)}.`
    case 'anyOf':
      return `${at} is ${value}; it must be false, or fields in braces: {…}.`
    default:
      return `${at} is ${value}; it ${message ?? 'is wrong'}.`
  }
}

/** A type of JSON Schema. `pattern`: that of a text. */
function typeInWords(type: string, pattern: string | undefined): string {
  switch (type) {
    case 'integer':
      return 'a whole number'
    case 'array':
      return 'a list in brackets: […]'
    case 'object':
      return 'fields in braces: {…}'
    case 'string':
      return pattern === undefined ? 'a text in quotes' : `${patternInWords(pattern)}, in quotes`
    default:
      return type
  }
}

function patternInWords(pattern: string): string {
  if (pattern.includes('GiB')) return 'a number with its unit: 512MiB, 64GiB, 2TiB'
  if (pattern.includes('(s|m|h|d)')) return 'a time with its unit: 90s, 30m, 4h, 7d'
  return pattern === '^-' ? 'an option, which begins with a dash' : 'a text without white space'
}
