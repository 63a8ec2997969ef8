import { loadEngine } from '../../src/engine/load.ts'
import { engineSuite } from './suite.ts'

engineSuite(() => loadEngine('onnx'))
