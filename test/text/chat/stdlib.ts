/** The templates of std.chat, as a program that names them gets them. */

import { readFileSync } from 'node:fs'
import type { StageKind } from '../../../src/core/kind/kind.ts'
import { compile } from '../../../src/language/compile.ts'
import { templateSetting } from '../../../src/stages/chat/template-setting.ts'
import { type ChatTemplate, type TemplateSetting, templateOf } from '../../../src/text/chat/template.ts'

export const readStd = (path: string): string | undefined =>
  path === 'std:chat' ? readFileSync('stdlib/chat.llmpipe', 'utf8') : undefined

/** A kind that takes a template and nothing else. */
const take: StageKind = {
  name: 'take',
  version: 1,
  summary: 'Takes a template.',
  shape: 'stage',
  inputs: {},
  settings: { properties: { template: templateSetting } },
  positional: ['template'],
  outputs: () => [{ name: 'out', type: { kind: 'Docs' } }],
}

export function stdTemplate(name: 'chatml' | 'llama3' | 'plain'): ChatTemplate {
  const text = `use std.chat { ${name} }\ndata taken = take(${name})\n`
  const { program, diagnostics } = compile('a.llmpipe', {
    read: (path) => (path === 'a.llmpipe' ? text : readStd(path)),
    catalogue: { kinds: { take }, metrics: {} },
    params: {},
  })
  if (program === undefined) throw new Error(JSON.stringify(diagnostics))
  return templateOf(program.calls[0]!.params.template as unknown as TemplateSetting)
}
