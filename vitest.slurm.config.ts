import { defineConfig } from 'vitest/config'

/** The tests on a Slurm cluster, which they start on this host: test/slurm/cluster.ts says what that needs. */
export default defineConfig({
  test: {
    include: ['test/slurm/**/*.test.ts'],
    globalSetup: ['test/build.setup.ts'],
    testTimeout: 300_000,
    hookTimeout: 120_000,
    // The tests mostly wait for a cluster, so there are more of them at once than a host has cores: all files, and of those with concurrent tests three.
    maxWorkers: 8,
    maxConcurrency: 3,
  },
})
