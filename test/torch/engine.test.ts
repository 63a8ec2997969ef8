/** The engine torch computes what every engine has to. */

import { describe } from 'vitest'
import { loadEngine } from '../../src/engine/load.ts'
import { engineSuite } from '../engine/suite.ts'

describe.skipIf(process.env.LLMPIPE_PYTHON === undefined)('the engine torch', () => {
  engineSuite(() => loadEngine('torch'))
})
