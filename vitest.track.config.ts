import { defineConfig } from 'vitest/config'

/** The tests of trackers with the real servers of MLflow and Trackio; LLMPIPE_TRACKERS names a Python that has both. */
export default defineConfig({
  test: {
    include: ['test/track-servers/**/*.test.ts'],
    globalSetup: ['test/build.setup.ts'],
    testTimeout: 120_000,
    // A server takes some seconds to start, and more on a busy machine.
    hookTimeout: 180_000,
    maxWorkers: 1,
  },
})
