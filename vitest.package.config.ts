import { defineConfig } from 'vitest/config'

/** The package as people install it: packed, installed into other folders, and run there. Needs the npm registry. */
export default defineConfig({
  test: {
    include: ['test/package/**/*.test.ts'],
    testTimeout: 600_000,
    hookTimeout: 600_000,
    maxWorkers: 1,
  },
})
