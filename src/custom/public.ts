/** The package `llmpipe` as it is imported by name: by an editor, by a test of a stage. Bundles have a stand-in for it. */

export { defineStage, defineStep, StageError } from './api.ts'
