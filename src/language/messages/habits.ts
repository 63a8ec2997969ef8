/** Names that people know from other languages, with what to write here. */

const values: Readonly<Record<string, string>> = {
  True: 'Write `true`.',
  TRUE: 'Write `true`.',
  yes: 'Write `true`.',
  False: 'Write `false`.',
  FALSE: 'Write `false`.',
  no: 'Write `false`.',
  ...all(
    'There is no empty value: leave the setting out, and it has its default.',
    'None null nil undefined NULL Null nothing void',
  ),
  ...all('There is no such number; leave the setting out, or write a large one.', 'inf Infinity infinity nan NaN'),
  return: 'Leave `return` out: the last line of a body is what it gives.',
  self: 'A value has no parts that it could name; a name is known in the whole file.',
  this: 'A value has no parts that it could name; a name is known in the whole file.',
}

const calls: Readonly<Record<string, string>> = {
  range: 'Write a range, both ends included: `0..9`.',
  ...all('A text with values in it has holes: `"part-{number}"`.', 'format str sprintf f join concat_strings'),
  ...all(
    'Nothing is measured when the file is compiled; a metric of a stage is read by `expect`.',
    'len length count size',
  ),
  ...all(
    'Numbers are written as they are, and texts need no conversion: leave the call out.',
    'int float Number parseInt parseFloat',
  ),
  ...all('Write a list as it is: `[a, b]`.', 'list array tuple set dict map Array List'),
  ...all('Files are read by `read("path")`.', 'open load load_dataset read_csv read_json readFile fetch'),
  ...all('A program prints nothing: `llmpipe show` shows what a stage made.', 'print println printf echo log console'),
  ...all('An architecture is handed to a stage as it is: `pretrain(gpt, on: tokens)`.', 'train fit Trainer'),
  ...all(
    'An environment has no part in a program; hand a value in by `param` and `-p name=value`.',
    'env getenv environ',
  ),
}

function all(help: string, words: string): Record<string, string> {
  return Object.fromEntries(words.split(' ').map((word) => [word, help]))
}

/** What to write instead of a name that is a value in other languages. */
export function valueElsewhere(name: string): string | undefined {
  return Object.hasOwn(values, name) ? values[name] : undefined
}

/** What to write instead of a call of an operation that other languages have. */
export function callElsewhere(name: string): string | undefined {
  return Object.hasOwn(calls, name) ? calls[name] : undefined
}
