/** The keys of the dashboard: which were pressed, and where they lead. */

import type { RunView, StageView } from '../view/log/fold.ts'
import { focusOf } from '../view/log/stage-view.ts'
import { type FrameState, type Panel, scrolledBy } from './frame.ts'
import type { Size } from './size.ts'

/** Where a person has gone in the dashboard. */
export interface Place {
  /** The id of the chosen stage; `undefined` if the dashboard follows the run. */
  readonly chosen?: string
  readonly panel: Panel
  /** The place in the panel; see `FrameState`. */
  readonly at?: number | undefined
}

export const start: Place = { panel: 'overview' }

/** The flags of a key that Ink passes with its text. */
export interface KeyFlags {
  readonly upArrow: boolean
  readonly downArrow: boolean
  readonly pageUp: boolean
  readonly pageDown: boolean
  readonly home: boolean
  readonly end: boolean
  readonly escape: boolean
  readonly ctrl: boolean
}

const named = ['upArrow', 'downArrow', 'pageUp', 'pageDown', 'home', 'end', 'escape'] as const
const ctrlC = '\u0003'
/** More letters than this in one event were pasted by accident: a `q` among them does not stop a run. */
const mostTyped = 8

/**
 * The presses in one event of Ink, which has all letters in it that were read together: key repeat over a slow connection is `kkk`. A press is a letter,
 * `ctrlC`, or the name of a key. Of pasted text only Ctrl-C counts.
 */
export function pressesIn(input: string, key: KeyFlags): string[] {
  const name = named.find((each) => key[each])
  if (name !== undefined) return [name]
  if (key.ctrl) return input === 'c' ? ['ctrlC'] : []
  const presses = Array.from(input, (letter) => (letter === ctrlC ? 'ctrlC' : letter))
  return presses.length > mostTyped ? presses.filter((press) => press === 'ctrlC') : presses
}

const panels: Readonly<Record<string, Panel>> = { l: 'log', w: 'why', '?': 'help' }

/** Where a press leads; the same place if it means nothing there. */
export function pressed(view: RunView, place: Place, stopping: boolean, size: Size, press: string): Place {
  const { panel } = place
  const scroll = (by: number, unit: 'lines' | 'pages') => ({
    ...place,
    at: scrolledBy(view, stateOf(view, place, stopping), size, by, unit),
  })
  switch (press) {
    case 'escape':
      return { ...place, panel: 'overview', at: undefined }
    case 'f':
      return { panel, at: place.at }
    case 'pageUp':
      return scroll(-1, 'pages')
    case 'pageDown':
      return scroll(1, 'pages')
    case 'g':
    case 'home':
      return scroll(Number.NEGATIVE_INFINITY, 'lines')
    case 'G':
    case 'end':
      return scroll(Number.POSITIVE_INFINITY, 'lines')
    case 'l':
    case 'w':
    case '?': {
      const wanted = panels[press] ?? 'overview'
      return { ...place, panel: panel === wanted ? 'overview' : wanted, at: undefined }
    }
    case 'upArrow':
    case 'k':
    case 'downArrow':
    case 'j': {
      const by = press === 'upArrow' || press === 'k' ? -1 : 1
      if (panel === 'log') return scroll(by, 'lines')
      const chosen = neighbour(view, selectedIn(view, place)?.id, by)
      return { panel, ...(chosen === undefined ? {} : { chosen }) }
    }
    default:
      return place
  }
}

/** The state of a frame at a place. */
export function stateOf(view: RunView, place: Place, stopping: boolean): FrameState {
  return { selected: selectedIn(view, place), panel: place.panel, at: place.at, stopping }
}

function selectedIn(view: RunView, { chosen }: Place): StageView | undefined {
  return (chosen === undefined ? undefined : view.stages.get(chosen)) ?? focusOf(view)
}

function neighbour(view: RunView, from: string | undefined, by: number): string | undefined {
  const ids = [...view.stages.keys()]
  const at = from === undefined ? 0 : ids.indexOf(from)
  return ids[Math.min(ids.length - 1, Math.max(0, at + by))]
}
