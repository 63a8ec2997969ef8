/** The package `llmpipe`, for editors and tests of stages that import it by name. Bundles have a stand-in for it. */

export { defineStage, defineStep, StageError } from './api.ts'
