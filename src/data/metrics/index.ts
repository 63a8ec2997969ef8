/** Metrics of documents: what they are called (light, for checking programs) and, in measure.ts, how they are worked out. */

export { type MetricName, metrics } from './specs.ts'
