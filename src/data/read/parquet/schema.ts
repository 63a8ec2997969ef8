/** The schema of a Parquet file, without the types that hyparquet converts to JavaScript's with a loss. */

import type { SchemaElement, SchemaTree } from 'hyparquet'

/**
 * The elements of a schema, root first. Leaves keep the physical type only, so that decimals, times and integers arrive as they are stored;
 * values.ts converts them. Texts stay texts, and groups keep what makes them lists and maps.
 */
export function physicalSchema(tree: SchemaTree): SchemaElement[] {
  const elements: SchemaElement[] = []
  const walk = (node: SchemaTree, isKey: boolean) => {
    const { converted_type: converted, logical_type: logical, ...rest } = node.element
    const isGroup = node.children.length > 0
    if (isGroup) elements.push(converted === undefined ? rest : { ...rest, converted_type: converted })
    else if (isText(node.element) || (isKey && rest.type === 'BYTE_ARRAY'))
      elements.push({ ...rest, converted_type: 'UTF8' })
    else if (logical?.type === 'UUID' || logical?.type === 'FLOAT16') elements.push({ ...rest, logical_type: logical })
    else elements.push(rest)
    const isMap = node.element.converted_type === 'MAP' || node.element.converted_type === 'MAP_KEY_VALUE'
    for (const [i, child] of node.children.entries()) walk(child, (isMap || isKey) && i === 0)
  }
  walk(tree, false)
  return elements
}

/** Whether a column holds texts, among them JSON. */
export function isText({ type, converted_type: converted, logical_type: logical }: SchemaElement): boolean {
  if (type !== 'BYTE_ARRAY') return false
  return ['UTF8', 'ENUM', 'JSON'].includes(converted ?? '') || ['STRING', 'ENUM', 'JSON'].includes(logical?.type ?? '')
}

export function isJson({ converted_type: converted, logical_type: logical }: SchemaElement): boolean {
  return converted === 'JSON' || logical?.type === 'JSON'
}
