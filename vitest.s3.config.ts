import { defineConfig } from 'vitest/config'

/** The tests of the remote cache on another server of S3 than `npm test` has; LLMPIPE_S3_SERVER names a versitygw. */
export default defineConfig({
  test: {
    include: ['test/store/remote/**/*.test.ts', 'test/run/remote.test.ts', 'test/cli/cache/remote.test.ts'],
    globalSetup: ['test/build.setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 1,
  },
})
