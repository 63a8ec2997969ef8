/**
 * Draws the floors of the code in docs/architecture.md, and fills in the last column of its table, from the import rules in
 * .dependency-cruiser.cjs. With `--check` it writes nothing and exits with 1 if the page is stale.
 */

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { resolve } from 'node:path'

const page = 'docs/architecture.md'
const { folders } = createRequire(import.meta.url)(resolve('.dependency-cruiser.cjs'))
const all = { ...folders, 'src/cli': Object.keys(folders) }

/** The folder that a rule names: `grammar/span` is a file of `grammar`. */
const folderOf = (path) => Object.keys(all).find((folder) => path === folder || path.startsWith(`${folder}/`))
const nameOf = (folder) => folder.replace('src/', '')

/** The height of a folder: one above the highest folder that it imports. Fails where imports go around in a circle. */
function floorOf(folder, above = []) {
  if (above.includes(folder)) throw new Error(`a circle of folders: ${[...above, folder].join(' → ')}`)
  return 1 + Math.max(-1, ...all[folder].map((path) => floorOf(folderOf(path), [...above, folder])))
}

const width = 72

function drawing() {
  const floors = []
  for (const folder of Object.keys(all)) {
    const floor = floorOf(folder)
    floors[floor] = [...(floors[floor] ?? []), nameOf(folder)]
  }
  const rows = floors.reverse().map((names) => {
    const inner = width - names.length - 1
    let used = 0
    return names.map((name, index) => {
      const cell = Math.round((inner * (index + 1)) / names.length) - used
      used += cell
      const left = Math.floor((cell - name.length) / 2)
      return ' '.repeat(left) + name + ' '.repeat(cell - name.length - left)
    })
  })
  const walls = rows.map((cells) => {
    let at = 0
    return [0, ...cells.map((cell) => (at += cell.length + 1))]
  })
  const lines = [border(undefined, walls[0])]
  rows.forEach((cells, index) => {
    lines.push(`│${cells.join('│')}│`, border(walls[index], walls[index + 1]))
  })
  return lines.join('\n')
}

/** A floor between two rows of rooms, whose walls stand at the given columns. */
function border(above = [], below = []) {
  return Array.from({ length: width }, (_, at) => {
    const [up, down] = [above.includes(at), below.includes(at)]
    const edge = at === 0 ? ' └┌├' : at === width - 1 ? ' ┘┐┤' : '─┴┬┼'
    return edge[(up ? 1 : 0) + (down ? 2 : 0)]
  }).join('')
}

/** The last column of a row of the table: `grammar (span), core`. */
function importsOf(folder) {
  if (folder === 'src/cli') return 'all'
  const heads = [...new Set(all[folder].map(folderOf))]
  const names = heads.map((head) => {
    const parts = all[folder].filter((path) => path.startsWith(`${head}/`)).map((path) => path.slice(head.length + 1))
    return parts.length === 0 ? nameOf(head) : `${nameOf(head)} (only ${parts.map((part) => `${part}.ts`).join(', ')})`
  })
  return names.length === 0 ? '–' : names.join(', ')
}

const before = readFileSync(page, 'utf8')
const after = before
  .replace(/(<!-- floors: npm run generate -->\n```\n)[\s\S]*?(\n```)/, (_, open, close) => open + drawing() + close)
  .replace(/^\| `((?:src\/)?\w+)\/` \|(.*)\|[^|\n]*\|$/gm, (row, folder, what) =>
    folder in all ? `| \`${folder}/\` |${what}| ${importsOf(folder)} |` : row,
  )
const missing = Object.keys(all).filter((folder) => !after.includes(`\n| \`${folder}/\` |`))
const gone = Object.keys(all).filter((folder) => !existsSync(folder))
if (missing.length + gone.length > 0) {
  console.error(
    `${page}: no row for ${missing.join(', ') || '(all have one)'}; no folder ${gone.join(', ') || '(all are there)'}`,
  )
  process.exitCode = 1
} else if (after !== before) {
  if (process.argv.includes('--check')) {
    console.error(`${page} is stale: run npm run generate`)
    process.exitCode = 1
  } else writeFileSync(page, after)
}
