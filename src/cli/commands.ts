/** The list of commands, in the order of the help. */

import type { Command } from './command.ts'
import { attach } from './commands/attach.ts'
import { cache } from './commands/cache.ts'
import { chat } from './commands/chat.ts'
import { check } from './commands/check.ts'
import { compare } from './commands/compare.ts'
import { completion } from './commands/completion.ts'
import { diff } from './commands/diff.ts'
import { explain } from './commands/explain.ts'
import { fmt } from './commands/fmt.ts'
import { generate } from './commands/generate.ts'
import { graph } from './commands/graph.ts'
import { help } from './commands/help.ts'
import { init } from './commands/init.ts'
import { kinds } from './commands/kinds.ts'
import { log } from './commands/log.ts'
import { ls } from './commands/ls.ts'
import { own } from './commands/own.ts'
import { plan } from './commands/plan.ts'
import { rank } from './commands/rank.ts'
import { run } from './commands/run.ts'
import { show } from './commands/show.ts'
import { stage } from './commands/stage.ts'
import { trust } from './commands/trust.ts'
import { watch } from './commands/watch.ts'
import { why } from './commands/why.ts'

export const commands: readonly Command[] = [
  run,
  watch,
  trust,
  check,
  plan,
  graph,
  why,
  ls,
  attach,
  log,
  diff,
  compare,
  cache,
  show,
  generate,
  chat,
  rank,
  fmt,
  explain,
  kinds,
  init,
  completion,
  help,
  stage,
  own,
]
