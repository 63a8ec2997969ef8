/** The process of a stage, with the kinds of the tests. Bundled by the rig. */

import { stageProcess } from '../../src/run/stage/stage-process.ts'
import { kinds } from './kinds.ts'

process.exit(await stageProcess(kinds, () => ({}), { stdin: process.stdin, stdout: process.stdout, saveTime: 300 }))
