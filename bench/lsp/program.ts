/** A long program: the example assistant again and again, each time with other names. */

import { readFileSync } from 'node:fs'

/** A program of at least `lines` lines. */
export function longProgram(lines: number): string {
  const source = readFileSync('pipelines/assistant.llmpipe', 'utf8')
  const from = source.indexOf('data prose')
  const [head, body] = [source.slice(0, source.indexOf('// 1.')), source.slice(from)]
  const names = [...body.matchAll(/^(?:data|tokenizer|model|stage) (\w+(?:, \w+)*) =/gm)].flatMap(([, found = '']) =>
    found.split(', '),
  )
  let text = head
  for (let copy = 0; text.split('\n').length < lines; copy++) text += renamed(body, names, copy)
  return text
}

function renamed(body: string, names: readonly string[], copy: number): string {
  const own = names.reduce(
    (text, name) => text.replaceAll(new RegExp(`\\b${name}\\b(?![(:"/])`, 'g'), `${name}${copy}`),
    body,
  )
  return own.replaceAll(`data/prose${copy}`, 'data/prose').replace('out/assistant', `out/assistant${copy}`)
}
