/** Every stage with its settings, metrics, input files, outputs and reason: the provenance of the results. */

import { isObject } from '../../core/values/shape.ts'
import { bytes, duration, shortDigest } from '../../view/format.ts'
import type { ReportData, StageData } from '../data.ts'
import { type Html, html } from '../html.ts'
import { anchor, type Section, textOf } from '../parts.ts'
import { tones } from './graph.ts'
import { when } from './header.ts'
import { finals } from './training.ts'

/** Input files of a stage that are listed. */
const mostFiles = 50

export function details({ stages }: ReportData): Section | undefined {
  if (stages.length === 0) return undefined
  const blocks = stages.map(
    (stage) =>
      html`<details id="${anchor(stages, stage)}" class="stage"><summary><i class="dot ${tones[stage.state]}" aria-hidden="true"></i><bdi>${stage.name}</bdi> <small>${stage.kind} · ${stage.state}${stage.seconds === undefined ? '' : html` · ${duration(stage.seconds)}`}</small></summary>${inside(stage)}</details>`,
  )
  return { id: 'provenance', title: 'Every stage', body: html`${blocks}` }
}

function inside(stage: StageData): Html {
  const { place, reason, madeIn, time, key, outputs, exported, gone, files, settings } = stage
  const facts: readonly (readonly [string, Html | string | undefined])[] = [
    ['declared', place],
    ['ran because', reason],
    [
      'made',
      time === undefined
        ? undefined
        : html`${when(time)} UTC${madeIn === undefined ? '' : html` by the run <code>${madeIn}</code>`}`,
    ],
    ['key', key === undefined ? undefined : html`<code title="${key}">${shortDigest(key)}</code>`],
    ['exported', exported === undefined ? undefined : `${exported.files} files to ${exported.to}`],
    ['lost', gone.length === 0 ? undefined : gone.join(' and ')],
  ]
  const made = outputs.map(
    ({ name, digest, kind, bytes: size }) =>
      html`<div><dt>${outputs.length === 1 ? 'output' : name}</dt><dd>${kind} <code title="${digest}">${shortDigest(digest)}</code>${size === undefined ? '' : html` ${bytes(size)}`}</dd></div>`,
  )
  const read = files
    .slice(0, mostFiles)
    .map(
      ({ name, size, sha256 }) =>
        html`<li><bdi>${name}</bdi> <small>${bytes(size)} · SHA-256 <code title="${sha256}">${shortDigest(sha256)}</code></small></li>`,
    )
  const given = Object.entries(flat(settings))
  return html`<dl class="facts">${facts.map(([title, value]) => (value === undefined || value === '' ? '' : html`<div><dt>${title}</dt><dd dir="auto">${value}</dd></div>`))}${made}</dl>${finals(stage)}${
    given.length === 0
      ? ''
      : html`<h3>Settings</h3><dl class="settings">${given.map(([name, value]) => html`<div><dt>${name}</dt><dd>${textOf(value, 400)}</dd></div>`)}</dl>`
  }${read.length === 0 ? '' : html`<h3>Input files</h3><ul class="notes">${read}${files.length > mostFiles ? html`<li>and ${files.length - mostFiles} more</li>` : ''}</ul>`}`
}

/** Settings by dotted path: `optimizer.lr`, `steps.1.kind`. An expression is shown in the words of the program. */
function flat(settings: Fields, before = ''): Record<string, string> {
  return Object.fromEntries(
    Object.entries(settings).flatMap(([name, value]): [string, string][] => {
      if (name.startsWith('$')) return []
      const path = `${before}${name}`
      const words = settings[`$${name}`]
      if (typeof words === 'string') return [[path, words]]
      const inner = groupIn(value)
      if (typeof inner?.$label === 'string') return [[path, inner.$label]]
      if (inner !== undefined) return Object.entries(flat(inner, `${path}.`))
      return [[path, typeof value === 'string' ? value : JSON.stringify(value)]]
    }),
  )
}

type Fields = { readonly [name: string]: unknown }

/** The fields of an object, or the items of a list of objects by number from 1; `undefined` for other values. */
function groupIn(value: unknown): Fields | undefined {
  if (isObject(value)) return value
  if (!Array.isArray(value) || value.length === 0 || !value.every(isObject)) return undefined
  return Object.fromEntries(value.map((item, i) => [String(i + 1), item]))
}
