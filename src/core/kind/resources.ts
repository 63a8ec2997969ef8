/** The resources that a stage needs, and the training steps that stages share. The plan and the stage kinds both use these types. */

/** The resources of a stage. */
export interface Resources {
  /** The number of threads that the stage can use. The runner may give it fewer, which never changes its output. */
  readonly cpus: number
  /** The most bytes of memory that the stage is expected to need. */
  readonly memory: number
  /** The number of GPUs that the stage reserves; 0 if absent. */
  readonly gpus?: number
  /** The number of nodes of a cluster that each give these cores, memory and GPUs; 1 if absent. */
  readonly nodes?: number
}

/** The first steps of a training that do not depend on some of its settings: with other values, they end in the same state. */
export interface Continues {
  /** The components of the key that do not affect these steps: `params.steps`. */
  readonly without: readonly string[]
  /** The number of these steps, at least 1. The state after them is kept. */
  readonly until: number
}
