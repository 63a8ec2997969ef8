/**
 * The import rules between folders, which `npm run lint` enforces. scripts/architecture.mjs draws docs/architecture.md from `folders`.
 * Circles within a folder are allowed, because an evaluator of expressions and calls is one.
 */

/** The folders or files that a folder may import besides itself. `src/cli`, which composes the others, may import all. */
const folders = {
  grammar: [],
  'src/core': ['grammar/span'],
  'src/model': ['grammar/nearest', 'grammar/span', 'src/core'],
  'src/language': ['grammar', 'src/core', 'src/model'],
  'src/lsp': ['grammar', 'src/core', 'src/model', 'src/language'],
  'src/plan': ['grammar/span', 'grammar/trivia', 'src/language', 'src/core', 'src/model'],
  'src/process': ['src/core'],
  'src/store': ['src/core', 'src/process'],
  'src/run': ['src/core', 'src/process', 'src/store'],
  'src/engine': ['src/core', 'src/model', 'src/process'],
  'src/data': ['src/core'],
  'src/text': ['src/core'],
  'src/web': [],
  'src/people': ['src/core', 'src/data', 'src/process', 'src/web', 'src/store/durable'],
  'src/custom': ['grammar/nearest', 'grammar/span', 'src/core', 'src/data', 'src/store'],
  'src/train': [
    'src/core',
    'src/model',
    'src/text',
    'src/engine/engine',
    'src/engine/onnx-files',
    'src/engine/training-session',
    'src/store/durable',
  ],
  'src/stages': [
    'src/core',
    'src/process',
    'src/data',
    'src/people',
    'src/text',
    'src/model',
    'src/train',
    'src/engine/engine',
    'src/engine/names',
    'src/engine/onnx-files',
  ],
  'src/view': ['src/core'],
  'src/dashboard': ['src/core', 'src/view'],
  'src/report': ['src/core', 'src/view'],
  'src/track': ['src/core'],
}

/** A path pattern for a folder, or for one file given without its ending. */
const pattern = (path) => `^${path}(/|\\.ts$)`

module.exports = {
  forbidden: [
    ...Object.entries(folders).map(([folder, allowed]) => ({
      name: `${folder.replace('src/', '')}-imports-only-${allowed.length === 0 ? 'itself' : 'what-it-may'}`,
      severity: 'error',
      from: { path: pattern(folder) },
      to: { path: '^(grammar|src)/', pathNot: [folder, ...allowed].map(pattern) },
    })),
    {
      name: 'only-the-parser-loads-chevrotain',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: 'node_modules/chevrotain' },
    },
    {
      name: 'only-the-dashboard-loads-ink',
      severity: 'error',
      from: { path: '^(src|grammar)/', pathNot: '^src/dashboard/' },
      to: { path: 'node_modules/(ink|react)/' },
    },
    {
      name: 'only-its-engine-loads-a-runtime',
      severity: 'error',
      from: { path: '^(src|grammar)/', pathNot: '^src/engine/' },
      to: { path: 'node_modules/(onnxruntime-node|@tensorflow)/' },
    },
    {
      name: 'only-stages-of-ones-own-load-esbuild',
      severity: 'error',
      from: { path: '^(src|grammar)/', pathNot: '^src/custom/' },
      to: { path: 'node_modules/esbuild/' },
    },
    {
      name: 'only-the-language-server-loads-its-protocol',
      severity: 'error',
      from: { path: '^(src|grammar)/', pathNot: '^src/lsp/' },
      to: { path: 'node_modules/vscode-' },
    },
    {
      name: 'only-its-remote-loads-the-sdk-of-s3',
      severity: 'error',
      from: { path: '^(src|grammar)/', pathNot: '^src/store/remote/s3-' },
      to: { path: 'node_modules/@aws-sdk/' },
    },
    {
      name: 'resolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^@tensorflow/tfjs-node' },
    },
  ],
  options: {
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
}

// Not enumerable, because dependency-cruiser rejects unknown fields.
Object.defineProperty(module.exports, 'folders', { value: folders })
