import { defineConfig } from 'vitest/config'

/** The tests that compare with PyTorch and other Python tools; LLMPIPE_PYTHON names a Python that has them. */
export default defineConfig({
  test: {
    include: ['test/torch/**/*.test.ts'],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    maxWorkers: 2,
    // The files of a worker share its engines, and a Python that has imported what they need.
    isolate: false,
  },
})
