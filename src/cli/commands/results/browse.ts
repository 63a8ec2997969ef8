/** `llmpipe browse ARTEFACT`: pages through documents, and through those that rules dropped. */

import { defineCommand } from '../../command.ts'
import { programOptions } from '../../common-options.ts'
import { text } from '../../option.ts'
import { exit, Refusal } from '../../terminal/refusal.ts'

export const browse = defineCommand({
  name: 'browse',
  summary: 'page through the documents of a stage in the terminal, with search and conditions',
  details: `Documents are read while they are asked for, so that a corpus of any size opens at once. Press ? for the keys. The documents that
    rules dropped are the samples that the ledger keeps; to see all of them, browse the stage before with the condition.`,
  arguments: [
    {
      name: '<artefact>',
      description: 'a program (followed by a stage), a stage, the beginning of a digest, or a folder',
      completes: 'programs',
    },
    { name: '[stage]', description: 'a stage of the program' },
  ],
  options: {
    where: text('condition', 'show only documents for which this is true, as in keep(where: …)'),
    ...programOptions,
  },
  examples: [
    ['llmpipe browse pipeline.llmpipe prose', ''],
    ["llmpipe browse pipeline.llmpipe pages --where 'words < 50'", 'documents that a rule would drop'],
    ['llmpipe browse web.llmpipe web --where \'url.host == "a.example"\'', 'by a field of the records'],
  ],
  async run(words, options) {
    const { findArtefact } = await import('../../artefact.ts')
    const { name, artefacts, action } = await findArtefact(words, options)
    const [artefact, ...more] = artefacts
    if (artefact === undefined || more.length > 0)
      throw new Refusal(`${name} has ${artefacts.length} outputs`, 'Name one of them, as the program does.')
    if (artefact.kind !== 'Docs')
      throw new Refusal(`browse shows documents, and ${name} is ${artefact.kind}`, 'llmpipe show shows it.')
    const { shardsIn } = await import('../../../data/shards/shards.ts')
    if ((await shardsIn(artefact.path)).length === 0)
      throw new Refusal(
        `${artefact.path} has no documents of a stage (docs-00000.jsonl)`,
        'llmpipe show prints the first lines of other files, and a program reads them: read("…").',
      )
    if (!process.stdout.isTTY || !process.stdin.isTTY || process.env.TERM === 'dumb')
      throw new Refusal(
        'browse needs a terminal to draw on and to read keys from',
        `llmpipe show prints the first documents; the documents are lines of JSON in ${artefact.path}.`,
      )
    const { Browser } = await import('../../browse/browser.ts')
    const { showPager } = await import('../../../dashboard/dashboard.ts')
    let quit = () => {}
    const end = new Promise<void>((resolve) => {
      quit = resolve
    })
    const browsed = { name, folder: artefact.path, ledger: action?.report.ledger }
    await showPager(await Browser.open(browsed, options.where, quit), end)
    return exit.done
  },
})
