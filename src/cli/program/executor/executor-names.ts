/** The executors that `--executor` and the site file name. */

export const executorNames = ['local', 'slurm'] as const
export type ExecutorName = (typeof executorNames)[number]
