/**
 * Names the rules by which words are found in scripts without spaces. They are dictionaries of ICU, which comes with Node, so that another
 * Node may find other words. docs/decisions/words.md says how the versions were compared.
 */

/** Versions of ICU that were compared and segment alike: those of Node 20.19, 20.20, 22 and 24. */
const alike = ['74.2', '76.1', '77.1', '78.2', '78.3']

/**
 * The version of a kind or of a metric whose results depend on words. With another ICU it names the ICU, so that the key does: results of
 * different dictionaries are never taken for each other.
 */
export function versionWithWords(version: number, icu: string = process.versions.icu ?? 'none'): number | string {
  return alike.includes(icu) ? version : `${version}, ICU ${icu}`
}
