/** The names of document metrics, for checking programs. measure.ts computes them. */

export { type MetricName, metrics } from './specs.ts'
