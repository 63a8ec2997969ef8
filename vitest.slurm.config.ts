import { defineConfig } from 'vitest/config'

/** The tests on a Slurm cluster, which they start on this host: test/slurm/cluster.ts says what that needs. */
export default defineConfig({
  test: {
    include: ['test/slurm/**/*.test.ts'],
    globalSetup: ['test/build.setup.ts'],
    testTimeout: 180_000,
    hookTimeout: 120_000,
    // The tests mostly wait for a cluster: one for each file.
    maxWorkers: 3,
  },
})
