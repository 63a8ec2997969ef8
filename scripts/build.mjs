/** Bundles the command into dist/: ESM, code splitting, minified, since most of its start-up time would be module loading. */

import { existsSync, rmSync } from 'node:fs'
import { build } from 'esbuild'

const entry = 'src/cli/llmpipe.ts'
if (existsSync(entry)) {
  const scratch = `dist.${process.pid}`
  await build({
    // The command, and what files of stages import as `llmpipe`.
    entryPoints: { llmpipe: entry, index: 'src/own/public.ts' },
    outdir: scratch,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    minify: true,
    keepNames: false,
    sourcemap: false,
    legalComments: 'none',
    chunkNames: 'chunks/[name]-[hash]',
    external: ['onnxruntime-node', 'esbuild', '@tensorflow/*', 'react-devtools-core', 'fsevents'],
    define: { 'process.env.NODE_ENV': '"production"' },
    banner: {
      js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
    },
  })
  // The page that people rank on: for browsers, and read as files.
  const page = 'src/people/page'
  await build({
    entryPoints: { page: `${page}/page.ts` },
    outdir: `${scratch}/page`,
    bundle: true,
    format: 'esm',
    target: 'es2022',
    minify: true,
  })
  const { copyFileSync, renameSync, mkdirSync } = await import('node:fs')
  copyFileSync('src/own/llmpipe.d.ts', `${scratch}/index.d.ts`)
  for (const name of ['index.html', 'page.css']) copyFileSync(`${page}/${name}`, `${scratch}/page/${name}`)
  // A rename, so that a command that runs meanwhile sees the old bundle or the new one, whole.
  if (existsSync('dist')) renameSync('dist', `${scratch}.old`)
  renameSync(scratch, 'dist')
  rmSync(`${scratch}.old`, { recursive: true, force: true })
  mkdirSync('dist', { recursive: true })
}
