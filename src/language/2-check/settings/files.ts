/** Settings that name files outside of the program. */

import type { SettingSchema } from '../../../core/kind/setting.ts'
import { wrongType } from '../../messages/settings.generated.ts'
import type { CheckedCall } from '../../program.ts'
import { type Env, report, type Thunk } from '../env.ts'
import { force } from '../evaluate.ts'
import { inWords } from '../values/values.ts'

/**
 * The patterns of a setting, and the folder that they are relative to: the folder of the file in which the first of them is written.
 * `undefined` if the value is not a path, a pattern or a list of them, which is reported. `within`: the files that count in a folder.
 */
export function elaborateFiles(
  env: Env,
  name: string,
  thunk: Thunk,
  { within, orFile }: Pick<SettingSchema, 'within' | 'orFile'>,
): CheckedCall['files'][string] | undefined {
  const value = force(thunk)
  if (value.type === 'unknown') return undefined
  const items = value.type === 'list' ? value.items : [value]
  const patterns: string[] = []
  let base: string | undefined
  for (const item of items) {
    if (item.type !== 'string') {
      if (item.type !== 'unknown') {
        const words = { setting: `\`${name}\``, expected: 'a path, a pattern or a list of them', got: inWords(item) }
        report(env, wrongType(thunk.span, words))
      }
      return undefined
    }
    base ??= item.base
    const path = item.base === base ? item.value : rebased(item.value, item.base, base)
    const isFile = isNamedFile(path, orFile)
    patterns.push(...((isFile ? undefined : within)?.map((file) => `${path.replace(/\/+$/, '')}/${file}`) ?? [path]))
  }
  return { patterns, base: base ?? '.' }
}

/** Whether a path names a file where a folder could be named: by how it ends. */
export function isNamedFile(path: string, orFile: SettingSchema['orFile']): boolean {
  return orFile?.some((end) => path.toLowerCase().endsWith(end)) ?? false
}

/** A pattern that is relative to the folder `from`, relative to the folder `to`. */
function rebased(pattern: string, from: string, to: string): string {
  if (pattern.startsWith('/')) return pattern
  const up = to === '.' ? [] : to.split('/').map(() => '..')
  return [...up, ...(from === '.' ? [] : [from]), pattern].join('/')
}
