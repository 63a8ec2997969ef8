/** Help for names that people know from other languages. */

import type { Fix } from '../../core/diagnostic.ts'
import type { SettingSchema } from '../../core/kind/setting.ts'

const values: Readonly<Record<string, string>> = {
  True: 'Write `true`.',
  TRUE: 'Write `true`.',
  yes: 'Write `true`.',
  False: 'Write `false`.',
  FALSE: 'Write `false`.',
  no: 'Write `false`.',
  ...all(
    'There is no empty value. Leave the setting out to use its default.',
    'None null nil undefined NULL Null nothing void',
  ),
  ...all('There is no such number; leave the setting out, or write a large one.', 'inf Infinity infinity nan NaN'),
  return: 'Remove `return`: the last line of a body is its result.',
  self: 'There is no `self`: write the name, which is known in the whole file.',
  this: 'There is no `this`: write the name, which is known in the whole file.',
}

const calls: Readonly<Record<string, string>> = {
  range: 'Write a range, both ends included: `0..9`.',
  ...all('A text with values in it has holes: `"part-{number}"`.', 'format str sprintf f join concat_strings'),
  ...all(
    'Sizes of data are unknown when the program is compiled. `expect` reads the metrics of a stage.',
    'len length count size',
  ),
  ...all('Values need no conversion: remove the call.', 'int float Number parseInt parseFloat'),
  ...all('Write a list as it is: `[a, b]`.', 'list array tuple set dict map Array List'),
  ...all('Files are read by `read("path")`.', 'open load load_dataset read_csv read_json readFile fetch'),
  ...all(
    'A program prints nothing: `llmpipe show` shows the results of a stage.',
    'print println printf echo log console',
  ),
  ...all('Pass the architecture to a stage: `pretrain(gpt, on: tokens)`.', 'train fit Trainer'),
  ...all(
    'A program cannot read the environment. Declare a `param`, and give its value with `-p name=value`.',
    'env getenv environ',
  ),
}

function all(help: string, words: string): Record<string, string> {
  return Object.fromEntries(words.split(' ').map((word) => [word, help]))
}

/** The help for a name that is a value in other languages; `undefined` for other names. */
export function valueElsewhere(name: string): string | undefined {
  return Object.hasOwn(values, name) ? values[name] : undefined
}

/** Settings of other libraries, with the settings of llmpipe that mean the same. */
const sameSetting: Readonly<Record<string, readonly string[]>> = {
  ...alias('steps epochs', 'max_steps num_steps iterations iters max_iters num_iterations n_steps train_steps'),
  ...alias('epochs steps', 'num_epochs num_train_epochs n_epochs passes max_epochs'),
  ...alias('batch', 'batch_size bs per_device_train_batch_size train_batch_size micro_batch_size'),
  ...alias('lr', 'learning_rate learningrate max_lr peak_lr rate'),
  ...alias('accumulate', 'gradient_accumulation_steps grad_accum_steps grad_accum accumulation'),
  ...alias('context max_length', 'max_seq_length seq_len block_size sequence_length n_ctx max_seq_len'),
  ...alias('clip', 'max_grad_norm grad_clip gradient_clipping'),
  ...alias('warmup', 'warmup_steps warmup_iters num_warmup_steps'),
  ...alias('vocab', 'vocab_size n_vocab'),
  ...alias('temperature', 'temp'),
  ...alias('max_tokens', 'max_new_tokens max_length'),
  ...alias('held_out', 'test_size val_split validation_split eval_fraction'),
  ...alias('rank', 'r lora_r lora_rank'),
  ...alias('betas', 'beta1 beta2'),
}

function alias(ours: string, theirs: string): Record<string, readonly string[]> {
  return Object.fromEntries(theirs.split(' ').map((word) => [word, ours.split(' ')]))
}

/**
 * The help for a setting that the callee does not have: the setting of the same meaning, or the group of values that contains it.
 * `undefined` if neither is known.
 */
export function settingElsewhere(
  callee: string,
  name: string,
  settings: Readonly<Record<string, SettingSchema>>,
): { readonly help: string; readonly meant: string; readonly fix?: Fix } | undefined {
  const has = (each: string) => Object.hasOwn(settings, each)
  const counts = { steps: 'epochs', epochs: 'steps' } as const
  const meant = [name, ...(Object.hasOwn(sameSetting, name) ? sameSetting[name]! : [])]
  for (const each of meant) {
    if (has(each)) return { meant: each, help: `Write \`${each}: …\`.`, fix: { type: 'replace', text: each } }
    const other = each === 'steps' || each === 'epochs' ? counts[each] : undefined
    if (other !== undefined && has(other))
      return { meant: other, help: `\`${callee}\` counts ${other}, not ${each}: write \`${other}: …\`.` }
    for (const [setting, { calls = {}, default: usual }] of Object.entries(settings)) {
      const groups = Object.entries(calls).flatMap(([group, { properties }]) =>
        Object.hasOwn(properties, each) ? [group] : [],
      )
      const named = (usual as { readonly call?: string } | null | undefined)?.call
      const group = groups.find((one) => one === named) ?? groups[0]
      if (group !== undefined)
        return { meant: setting, help: `It is a part of \`${setting}\`: write \`${setting}: ${group}(${each}: …)\`.` }
    }
  }
  return undefined
}

/** The help for a call of an operation that other languages have; `undefined` for other names. */
export function callElsewhere(name: string): string | undefined {
  return Object.hasOwn(calls, name) ? calls[name] : undefined
}
