/** Charts: drawn again in the width that they have, with a switch to a logarithmic axis, and with the values at the pointer or the arrow keys. */

import { type BandCurve, lineChart } from '../../view/charts/svg.ts'
import { count, scalar } from '../../view/format.ts'
import { type ChartSpec, curvesIn } from '../spec.ts'

/** Starts the charts of `root`, which may be one. */
export function startCharts(root: Document | Element): void {
  const observer = new ResizeObserver((entries) => {
    for (const { target, contentRect } of entries) charts.get(target)?.resize(contentRect.width)
  })
  const charts = new Map<Element, Chart>()
  const own = root instanceof HTMLElement && root.matches('figure.chart') ? [root] : []
  for (const figure of [...own, ...root.querySelectorAll<HTMLElement>('figure.chart')]) {
    const chart = new Chart(figure)
    charts.set(chart.plot, chart)
    observer.observe(chart.plot)
  }
}

class Chart {
  readonly plot: HTMLElement
  readonly #spec: ChartSpec
  readonly #curves: readonly BandCurve[]
  readonly #readout: HTMLElement
  readonly #figure: HTMLElement
  #width = 0
  #isLog: boolean
  #step: number | undefined

  constructor(figure: HTMLElement) {
    this.#figure = figure
    this.plot = figure.querySelector<HTMLElement>('.plot')!
    this.#readout = figure.querySelector<HTMLElement>('.readout')!
    // The page was written with this shape by the same version of this code.
    this.#spec = JSON.parse(figure.querySelector('script')?.textContent ?? '') as ChartSpec
    this.#curves = curvesIn(this.#spec)
    this.#isLog = this.#spec.isLog
    this.plot.tabIndex = 0
    this.plot.setAttribute('role', 'group')
    this.plot.setAttribute('aria-label', `${this.#spec.title}: the arrow keys read its values`)
    if (this.#spec.canLog) this.#addSwitch()
    this.plot.addEventListener('pointermove', (event) => this.#show(this.#stepAt(event.clientX)))
    this.plot.addEventListener('pointerleave', () => this.#show(undefined))
    this.plot.addEventListener('blur', () => this.#show(undefined))
    this.plot.addEventListener('keydown', (event) => this.#key(event))
  }

  resize(width: number): void {
    // A section that is not on the screen has no size yet.
    if (width < 1 || Math.round(width) === this.#width) return
    this.#width = Math.round(width)
    this.#draw()
  }

  #draw(): void {
    const { title, isTall, isUnnamed } = this.#spec
    this.plot.innerHTML = lineChart(this.#curves, {
      title,
      isUntitled: true,
      id: this.#figure.id,
      width: this.#width,
      height: isTall ? Math.max(210, Math.min(300, this.#width * 0.5)) : 210,
      isLog: this.#isLog,
      isUnnamed,
    })
  }

  #addSwitch(): void {
    const button = document.createElement('button')
    button.type = 'button'
    button.textContent = 'log'
    button.title = 'A logarithmic axis of values'
    button.setAttribute('aria-label', `Logarithmic axis: ${this.#spec.title}`)
    button.setAttribute('aria-pressed', String(this.#isLog))
    button.addEventListener('click', () => {
      this.#isLog = !this.#isLog
      button.setAttribute('aria-pressed', String(this.#isLog))
      this.#draw()
    })
    this.#figure.querySelector('figcaption')!.append(button)
  }

  /** The axis of steps, as the drawing describes it. */
  #axis(): { svg: SVGSVGElement; first: number; last: number; left: number; right: number } | undefined {
    const svg = this.plot.querySelector('svg')
    if (svg === null || svg.dataset.first === undefined) return undefined
    const number = (name: string) => Number(svg.dataset[name])
    return { svg, first: number('first'), last: number('last'), left: number('left'), right: number('right') }
  }

  #stepAt(clientX: number): number | undefined {
    const axis = this.#axis()
    if (axis === undefined) return undefined
    const { svg, first, last, left, right } = axis
    const box = svg.getBoundingClientRect()
    const x = ((clientX - box.left) / box.width) * svg.viewBox.baseVal.width
    return first + (Math.min(1, Math.max(0, (x - left) / (right - left))) || 0) * (last - first)
  }

  /** Writes the values of all curves at the step closest to `wanted`, and marks the step. */
  #show(wanted: number | undefined): void {
    const axis = this.#axis()
    this.plot.querySelector('.cursor')?.remove()
    this.#step = undefined
    if (wanted === undefined || axis === undefined) {
      this.#readout.replaceChildren()
      return
    }
    const near = this.#curves.flatMap(({ name, points }) => {
      const point = nearest(points, wanted)
      return point === undefined ? [] : [{ name, point }]
    })
    if (near.length === 0) return
    const step = near.reduce((a, b) => (Math.abs(b.point.step - wanted) < Math.abs(a.point.step - wanted) ? b : a))
      .point.step
    this.#step = step
    const { svg, first, last, left, right } = axis
    const x = left + ((step - first) / (last - first)) * (right - left)
    const line = document.createElementNS('http://www.w3.org/2000/svg', 'path')
    line.setAttribute('class', 'cursor')
    line.setAttribute('d', `M${x} 8V${svg.viewBox.baseVal.height - 40}`)
    svg.append(line)
    const values = near
      .slice(0, 8)
      .map(
        ({ name, point: { value, low, high } }) =>
          `${name} ${scalar(value)}${low === undefined || high === undefined ? '' : ` (${scalar(low)} to ${scalar(high)})`}`,
      )
    this.#readout.textContent = `step ${count(step)}: ${values.join(' · ')}`
  }

  #key(event: KeyboardEvent): void {
    const longest = this.#curves.reduce((a, b) => (b.points.length > a.points.length ? b : a))
    const steps = longest.points.map(({ step }) => step)
    const at = this.#step === undefined ? steps.length - 1 : steps.findIndex((step) => step >= (this.#step ?? 0))
    const jump = event.shiftKey ? Math.max(1, Math.round(steps.length / 10)) : 1
    const to = { ArrowLeft: at - jump, ArrowRight: at + jump, Home: 0, End: steps.length - 1 }[event.key]
    if (event.key === 'Escape') this.#show(undefined)
    if (to === undefined) return
    event.preventDefault()
    this.#readout.setAttribute('aria-live', 'polite')
    this.#show(steps[Math.min(steps.length - 1, Math.max(0, to))])
  }
}

/** The point whose step is closest, by bisection: the points are sorted. */
function nearest(points: BandCurve['points'], wanted: number): BandCurve['points'][number] | undefined {
  let [low, high] = [0, points.length - 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if (points[middle]!.step < wanted) low = middle + 1
    else high = middle
  }
  const [before, after] = [points[low - 1], points[low]]
  if (before === undefined || after === undefined) return after ?? before
  return wanted - before.step < after.step - wanted ? before : after
}
