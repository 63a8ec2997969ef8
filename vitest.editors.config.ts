import { defineConfig } from 'vitest/config'

/**
 * The tests in real editors, and of the generated tree-sitter parser. LLMPIPE_TREE_SITTER names a folder with the tools of tree-sitter,
 * LLMPIPE_NEOVIM a Neovim 0.11 or later; without one of them its tests are skipped.
 */
export default defineConfig({
  test: {
    include: ['test/in-editors/**/*.test.ts'],
    globalSetup: ['test/build.setup.ts'],
    testTimeout: 180_000,
    hookTimeout: 180_000,
    maxWorkers: 1,
  },
})
