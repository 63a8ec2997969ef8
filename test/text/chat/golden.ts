/** The renderings that record.py recorded. */

import { readFileSync } from 'node:fs'
import type { Message } from '../../../src/core/conversation.ts'
import type { Json } from '../../../src/core/values/json.ts'

export interface Rendering {
  readonly template: string
  readonly conversation: number
  readonly prompt: boolean
  readonly tools: boolean
  readonly text?: string
  readonly error?: string
}

export const golden = JSON.parse(readFileSync('test/text/chat/golden/renderings.json', 'utf8')) as {
  readonly templates: Readonly<Record<string, string>>
  readonly variables: Readonly<Record<string, string>>
  readonly tools: readonly Json[]
  readonly conversations: readonly (readonly Message[])[]
  readonly recorded: readonly Rendering[]
}
