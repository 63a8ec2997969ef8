/** `llmpipe adopt FILE STAGE FOLDER`: a checkpoint that was made elsewhere becomes the result of a stage. */

import { defineCommand } from '../../command.ts'
import { programOptions } from '../../common-options.ts'
import { write } from '../../terminal/output.ts'
import { exit, Refusal } from '../../terminal/refusal.ts'

export const adopt = defineCommand({
  name: 'adopt',
  summary: 'make weights or a tokenizer from elsewhere the result of a stage',
  details: `The folder is one that llmpipe or transformers saved, or a GGUF file. The weights have to fit the model, the tokenizer and the chat template of
    the stage; a tokenizer has to have the ids and the special tokens of that of the stage. Who adopted them from where is recorded, and shown by why, show and the provenance of exports. A run with --strict refuses such
    results; run --force STAGE makes the result again.`,
  arguments: [
    { name: '<file>', description: 'the program', completes: 'programs' },
    { name: '<stage>', description: 'a stage that makes weights or a tokenizer, as plan lists them' },
    {
      name: '<folder>',
      description: 'the folder of the weights or of the tokenizer, or one file: .gguf, tokenizer.json, .model',
    },
  ],
  options: programOptions,
  examples: [
    ['llmpipe adopt pipeline.llmpipe base /data/checkpoints/base', 'weights that a cluster trained with other tools'],
  ],
  async run([file = '', name = '', from = ''], options) {
    const { existsSync, mkdirSync, mkdtempSync, rmSync } = await import('node:fs')
    const { join, resolve } = await import('node:path')
    const { openProgramToRun, commandLine } = await import('../../program/open-program.ts')
    const { nodeOrRefusal } = await import('../../program/current-actions.ts')
    const { lookUp } = await import('../../../run/explain/status.ts')
    const { upTo } = await import('../../../run/nodes/select.ts')
    const { planIndex } = await import('../../../run/explain/reason.ts')
    const { writeAdopted } = await import('../../vouch/adopted-weights.ts')
    const { writeAdoptedTokenizer } = await import('../../vouch/adopted-tokenizer.ts')
    const { whoIsHere } = await import('../../vouch/person.ts')
    const { StageError } = await import('../../../core/failure.ts')
    const opened = await openProgramToRun(file, options)
    const { plan, store, folder: programDir } = opened
    const node = nodeOrRefusal(plan, name)
    const [output, ...others] = node.outputs
    const type = output?.type
    if (output === undefined || (type?.kind !== 'Weights' && type?.kind !== 'Tokenizer') || others.length > 0)
      throw new Refusal(`${node.name} makes neither weights nor a tokenizer`, wayFor(type?.kind))
    const path = resolve(from)
    if (!existsSync(path)) throw new Refusal(`${from} does not exist`)

    const looked = await lookUp(upTo(plan, new Set([node.id])), { store, programDir })
    const { keyed, action } = looked.get(node.id) ?? {}
    if (action !== undefined && action.vouched === undefined)
      throw new Refusal(
        `${node.name} is cached: llmpipe made its result itself`,
        'Another name for the stage leaves that result as it is.',
      )
    if (keyed === undefined)
      throw new Refusal(`a stage before ${node.name} has not run`, `Run it first: ${commandLine('run', opened)}`)
    const inputs = Object.values(keyed.inputs).flat()

    mkdirSync(store.root, { recursive: true })
    const scratch = mkdtempSync(join(store.root, 'adopt-'))
    try {
      const [out, work] = [join(scratch, 'out'), join(scratch, 'work')]
      for (const each of [out, work]) mkdirSync(each)
      const { metrics, notes } =
        type.kind === 'Tokenizer'
          ? writeAdoptedTokenizer(type, { from: path, out })
          : await writeAdopted({ plan, type, inputs, from: path, out, work })
      const by = whoIsHere()
      const { key, components, words, files } = keyed
      const draft = {
        ...{ key, components, words, files, seconds: 0, run: 'adopted', time: Date.now() },
        node: {
          id: node.id,
          name: node.name,
          kind: node.kind,
          program: planIndex(plan, { store, programDir }).program,
        },
        report: { metrics, summary: `adopted from ${path}` },
        reason: `adopted by ${by} from ${path}`,
        vouched: { how: 'adopted' as const, by, from: path, changes: [] },
      }
      const { action: adopted } = await store.commit(draft, { [output.name]: { folder: out, kind: type.kind } })
      for (const note of notes) write(`note: ${note}\n`)
      write(`${node.name} is now ${adopted.outputs[output.name]!.digest.slice(0, 12)}, ${draft.reason}\n`)
      return exit.done
    } catch (error) {
      if (error instanceof StageError) throw new Refusal(error.message, error.help)
      throw error
    } finally {
      rmSync(scratch, { recursive: true, force: true })
    }
  },
})

/** The way out for a result of a kind that cannot be adopted. */
function wayFor(kind: string | undefined): string {
  switch (kind) {
    case 'Docs':
    case 'Pairs':
    case 'Prompts':
    case 'Answers':
    case 'Rankings':
      return 'Data from elsewhere are files of the program: read them with `read("…")` in place of the stage.'
    case 'Tokens':
      return 'Tokens are made of text and a tokenizer: `encode` makes them again.'
    case 'Reward':
      return 'Only language models can be adopted: train the reward model with `reward_model`.'
    default:
      return 'Only the results of stages that make weights or a tokenizer can be adopted.'
  }
}
