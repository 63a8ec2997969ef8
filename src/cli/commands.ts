/** All commands, in the order of the help. They load the code that they need when they run. */

import type { Command } from './command.ts'
import { cache } from './commands/cache/cache.ts'
import { complete } from './commands/complete.ts'
import { completion } from './commands/completion.ts'
import { describeStages } from './commands/describe-stages.ts'
import { doc } from './commands/doc.ts'
import { doctor } from './commands/doctor.ts'
import { explain } from './commands/explain.ts'
import { help } from './commands/help.ts'
import { init } from './commands/init.ts'
import { job } from './commands/job.ts'
import { jobParts } from './commands/job-parts.ts'
import { kinds } from './commands/kinds.ts'
import { accept } from './commands/programs/accept.ts'
import { adopt } from './commands/programs/adopt.ts'
import { check } from './commands/programs/check.ts'
import { fmt } from './commands/programs/fmt.ts'
import { graph } from './commands/programs/graph.ts'
import { lsp } from './commands/programs/lsp.ts'
import { plan } from './commands/programs/plan.ts'
import { run } from './commands/programs/run.ts'
import { test } from './commands/programs/test.ts'
import { trust } from './commands/programs/trust.ts'
import { watch } from './commands/programs/watch.ts'
import { why } from './commands/programs/why.ts'
import { attach } from './commands/results/attach.ts'
import { browse } from './commands/results/browse.ts'
import { chat } from './commands/results/chat.ts'
import { compare } from './commands/results/compare.ts'
import { diff } from './commands/results/diff.ts'
import { funnel } from './commands/results/funnel.ts'
import { generate } from './commands/results/generate.ts'
import { log } from './commands/results/log.ts'
import { ls } from './commands/results/ls.ts'
import { rank } from './commands/results/rank.ts'
import { report } from './commands/results/report.ts'
import { show } from './commands/results/show.ts'
import { stop } from './commands/results/stop.ts'
import { track } from './commands/results/track.ts'
import { ui } from './commands/results/ui.ts'
import { setup } from './commands/setup/setup.ts'
import { stage } from './commands/stage.ts'

export const commands: readonly Command[] = [
  run,
  watch,
  trust,
  check,
  plan,
  graph,
  why,
  accept,
  adopt,
  ls,
  attach,
  stop,
  log,
  diff,
  compare,
  report,
  ui,
  track,
  cache,
  show,
  funnel,
  browse,
  generate,
  chat,
  rank,
  test,
  fmt,
  explain,
  kinds,
  doc,
  init,
  doctor,
  setup,
  lsp,
  completion,
  help,
  stage,
  job,
  jobParts,
  describeStages,
  complete,
]
