/** SHA-256 in one go: without the object that `createHash` makes, of which looking up a plan would make thousands. */

import { hash } from 'node:crypto'

/** In hexadecimal digits. */
export function sha256(data: string | Uint8Array): string {
  return hash('sha256', data)
}
