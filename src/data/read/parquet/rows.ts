/** Reads the rows of one row group in batches, from all its columns at once. */

import type { SchemaTree } from 'hyparquet'
import { assembleNested } from 'hyparquet/src/assemble.js'
import { DEFAULT_PARSERS } from 'hyparquet/src/convert.js'
import { ColumnReader, type OpenParquet } from './column.ts'
import { type Group, ParquetError } from './footer.ts'
import { type Converter, converterOf, parsers } from './values.ts'

/** The most rows of a batch. */
const batchRows = 512

/** Rows, column by column. */
export interface RowBatch {
  readonly count: number
  readonly columns: readonly {
    readonly name: string
    readonly convert: Converter
    readonly values: ArrayLike<unknown>
  }[]
}

/** A row group whose rest cannot be read. `read`: the number of its rows before. */
export class DamagedGroup extends Error {
  readonly read: number

  constructor(message: string, read: number) {
    super(message)
    this.read = read
  }
}

/** The rows of a group. Only columns that are `wanted` are read. Throws a DamagedGroup. */
export async function* rowsOf(
  file: OpenParquet,
  group: Group,
  wanted: (column: string) => boolean,
): AsyncGenerator<RowBatch> {
  const { footer } = file
  let read = 0
  const within = async <T>(column: string, work: () => T | Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      // hyparquet throws errors of many kinds at damaged pages. Only running out of memory is not the fault of the file.
      throw new DamagedGroup(`column "${column}": ${(error as Error).message}`, read)
    }
  }
  const columns = []
  for (const [i, node] of footer.physical.children.entries()) {
    const { name } = node.element
    if (!wanted(name)) continue
    const leaves = await within(name, () =>
      group.columns.flatMap(({ meta_data: data }, at) =>
        data === undefined || data.path_in_schema[0] === name ? [new ColumnReader(file, group, at)] : [],
      ),
    )
    if (leaves.length === 0) throw new DamagedGroup(`column "${name}" has no bytes`, 0)
    columns.push({ name, node, leaves, convert: converterOf(footer.schema.children[i]!) })
  }
  while (read < group.rows) {
    let count = Math.min(batchRows, group.rows - read)
    for (const { leaves } of columns)
      for (const leaf of leaves) count = Math.min(count, await within(leaf.path, () => leaf.fill()))
    const taken = []
    for (const { name, node, leaves, convert } of columns)
      taken.push({ name, convert, values: await within(name, () => assembled(node, leaves, count)) })
    yield { count, columns: taken }
    read += count
  }
}

function assembled(node: SchemaTree, leaves: readonly ColumnReader[], count: number): ArrayLike<unknown> {
  if (node.children.length === 0) return leaves[0]!.take(count)
  const values = new Map(leaves.map((leaf) => [leaf.path, leaf.take(count)]))
  assembleNested(values, node, { ...DEFAULT_PARSERS, ...parsers })
  const rows = values.get(node.element.name)
  if (rows?.length !== count) throw new ParquetError('its values do not fit together')
  return rows
}
