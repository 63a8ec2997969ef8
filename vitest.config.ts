import { defineConfig } from 'vitest/config'

/** Suites of their own, which need more than Node. */
const separate = ['browser', 'in-editors', 'package', 'torch', 'slurm', 'track-servers']

/** The folders whose tests call functions and start few processes. Their files share the modules that one process of the tests has loaded. */
const functions = [
  'core',
  'dashboard',
  'data',
  'engine',
  'grammar',
  'language',
  'model',
  'plan',
  'report',
  'stages',
  'text',
  'train',
  'view',
].map((folder) => `test/${folder}/**/*.test.{ts,tsx}`)

const settings = { testTimeout: 60_000, hookTimeout: 60_000, maxWorkers: 2 }

export default defineConfig({
  test: {
    globalSetup: ['test/build.setup.ts'],
    ...settings,
    projects: [
      { test: { ...settings, name: 'functions', include: functions, isolate: false } },
      {
        test: {
          ...settings,
          name: 'commands',
          include: ['test/**/*.test.{ts,tsx}'],
          exclude: [...separate.map((folder) => `test/${folder}/**`), ...functions],
        },
      },
    ],
  },
})
