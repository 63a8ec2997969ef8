/** Edits that change no output, or only the texts around it. */

import { symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { type Edit, nothing, replace } from './edit.ts'
import { files } from './program.ts'

export const words: readonly Edit[] = [
  { name: 'a comment', make: replace('// Pre-training', '// First of all\n// pre-training'), runs: nothing },
  { name: 'a comment at the end of a line', make: replace('batch:     4', 'batch:     4 // few'), runs: nothing },
  { name: 'the comment that documents', make: replace('/// From text', '/// All the way from text'), runs: nothing },
  {
    name: 'a comment in a module',
    make: replace('/// What', '// See below.\n/// What', 'parts/rules.llmpipe'),
    runs: nothing,
  },
  {
    name: 'comments in std modules',
    make(workshop) {
      workshop.replaceInStd('clean', '/// Text as one', '/// It is text as one')
      workshop.replaceInStd('models', '/// The gated', '/// It is the gated')
      workshop.replaceInStd('chat', '/// ChatML', '/// It is ChatML')
    },
    runs: nothing,
  },
  { name: 'the formatter', make: (workshop) => workshop.llmpipe(['fmt', 'main.llmpipe']), runs: nothing },
  { name: 'line ends of Windows', make: replace('\n', '\r\n'), runs: nothing },
  {
    name: 'a block on one line',
    make: replace('{\n  steps:     steps\n  batch:     4\n', '{ steps: steps, batch: 4,\n'),
    runs: nothing,
  },
  { name: 'a pipe as a call', make: replace('prose |> dedup(exact)', 'dedup(prose, exact)'), runs: nothing },
  { name: 'a positional argument by its name', make: replace('dedup(exact)', 'dedup(method: exact)'), runs: nothing },
  {
    name: 'settings in another order',
    make: replace('steps: 1, rollouts: 4, max_tokens: 4', 'max_tokens: 4, steps: 1, rollouts: 4'),
    runs: nothing,
  },
  {
    name: 'members of a group in another order',
    make: replace('adamw(lr: lr, weight_decay: 0.1)', 'adamw(weight_decay: 0.1, lr: lr)'),
    runs: nothing,
  },
  {
    name: 'declarations in another order',
    make(workshop) {
      const glosses = 'data glosses = read("glosses.txt", split: lines) |> tidy()\n'
      workshop.replace(glosses, '')
      workshop.replace('// What came of it\n', `${glosses}// What came of it\n`)
    },
    runs: nothing,
  },
]

export const names: readonly Edit[] = [
  { name: 'documents under another name', make: replace('unique', 'distinct'), runs: nothing },
  { name: 'a stage under another name', make: replace('direct', 'preferred'), runs: nothing },
  {
    name: 'the tokenizer under another name',
    make(workshop) {
      workshop.replace('tokenizer bpe', 'tokenizer pieces')
      workshop.replace('encode(bpe)', 'encode(pieces)')
      workshop.replace('bpe.size', 'pieces.size')
    },
    runs: nothing,
  },
  { name: 'the model under another name', make: replace('tiny', 'small'), runs: nothing },
  {
    name: 'a param under another name',
    make(workshop) {
      workshop.replace('param lr', 'param rate')
      workshop.replace('lr: lr', 'lr: rate')
    },
    runs: nothing,
  },
  { name: 'an operation under another name', make: replace('first_pass', 'clean_up'), runs: nothing },
  { name: 'a filter under another name', make: replace('plain_text', 'readable'), runs: nothing },
  { name: 'the argument of a filter under another name', make: replace('least', 'shortest'), runs: nothing },
  {
    name: 'an import under another name',
    make: (workshop) => {
      workshop.replace('{ llama }', '{ llama as lama }')
      workshop.replace('= llama(', '= lama(')
    },
    runs: nothing,
  },
  { name: 'a let in place', make: replace('dim: width', 'dim: 16'), runs: nothing },
  {
    name: 'an operation in place',
    make: replace('|> first_pass()', '|> tidy() |> keep(where: words >= 3)'),
    runs: nothing,
  },
  {
    name: 'an operation of std in place',
    make: replace('  |> tidy()', '  |> normalize(white_space: collapse)\n  |> drop(where: characters == 0)'),
    runs: nothing,
  },
  {
    name: 'no name for what had one',
    make: (workshop) => {
      workshop.replace('data questions = pairs |> prompts()\n', '')
      workshop.replace('= questions |>', '= pairs |> prompts() |>')
    },
    runs: nothing,
  },
]

export const sameValues: readonly Edit[] = [
  {
    name: 'defaults written out',
    make: replace('{ batch: 8 }', '{ batch: 8, seed: 1, engine: onnx, held_out: 5%, too_long: drop }'),
    runs: nothing,
  },
  {
    name: 'defaults of a group written out',
    make: replace('weight_decay: 0.1', 'weight_decay: 0.1, betas: [0.9, 0.95]'),
    runs: nothing,
  },
  {
    name: 'defaults of an architecture written out',
    make: replace('layers: 1,', 'layers: 1, kv_heads: 2, rope_base: 10_000,'),
    runs: nothing,
  },
  {
    name: 'the default of a filter written out',
    make: replace('plain_text()', 'plain_text(least: 10)'),
    runs: nothing,
  },
  {
    name: 'numbers written otherwise',
    make: (workshop) => {
      workshop.replace('vocab: 300', 'vocab: 0.3k')
      workshop.replace('80%, 20%', '0.8, 20.0%')
      workshop.replace('lr = 1e-3', 'lr = 0.001')
      workshop.replace('floor: 10%', 'floor: 0.1')
      workshop.replace('most = 500', 'most = 0.5k', 'parts/rules.llmpipe')
    },
    runs: nothing,
  },
  { name: 'a threshold by an equal number', make: replace('alpha_ratio > 0.5', 'alpha_ratio > 50%'), runs: nothing },
  { name: 'an expectation by an equal number', make: replace('< 100', '< 1e2'), runs: nothing },
  { name: 'arithmetic that gives the same', make: replace('context: 64', 'context: 4 * width'), runs: nothing },
  {
    name: 'an if that is decided the same',
    make: replace('batch:     4', 'batch:     if steps > 1 { 4 } else { 8 }'),
    runs: nothing,
  },
  { name: 'a raw string', make: replace('"data/*.txt"', 'r"data/*.txt"'), runs: nothing },
  { name: 'a param given as it is', args: ['-p', 'steps=2', '-p', 'lr=0.001'], runs: nothing },
  {
    name: 'a param with another default, given as it was',
    make(workshop) {
      workshop.replace('steps = 2', 'steps = 3')
    },
    args: ['-p', 'steps=2'],
    runs: nothing,
  },
  {
    name: 'a param first given, then written',
    make(workshop) {
      workshop.run(['-p', 'steps=3'])
      workshop.replace('steps = 2', 'steps = 3')
    },
    runs: nothing,
  },
  { name: 'the engine given as it is', args: ['--engine', 'onnx'], runs: nothing },
  {
    name: 'a model that nothing takes',
    make: replace(
      'stage base',
      'model wide = llama(vocab: bpe.size, dim: 32, layers: 1, heads: 2, context: 64)\n\nstage base',
    ),
    runs: nothing,
  },
  {
    name: 'a chat template in other pieces',
    make: (workshop) =>
      workshop.replaceInStd(
        'chat',
        `'<|im_end|>' + '\\n' }}",\n    r"{% endfor %}"`,
        `'<|im_end|>' + '\\n' }}{% endfor %}"`,
      ),
    runs: nothing,
  },
]

export const surroundings: readonly Edit[] = [
  { name: 'the project in another folder', make: (workshop) => workshop.moveAway(), runs: nothing },
  {
    name: 'the program under another name',
    make: (workshop) => workshop.move('main.llmpipe', 'other.llmpipe'),
    program: 'other.llmpipe',
    runs: nothing,
  },
  {
    name: 'the data in another folder',
    make: (workshop) => {
      for (const name of ['a', 'b', 'c']) workshop.move(`data/${name}.txt`, `texts/new/${name}.txt`)
      workshop.replace('data/*.txt', 'texts/new/*.txt')
    },
    runs: nothing,
  },
  {
    name: 'a module in another folder',
    make: (workshop) => {
      workshop.move('parts/rules.llmpipe', 'lib/more.llmpipe')
      workshop.replace('./parts/rules.llmpipe', './lib/more.llmpipe')
    },
    runs: nothing,
  },
  { name: 'a file touched', make: (workshop) => utimesSync(workshop.path('data/a.txt'), 1, 1), runs: nothing },
  {
    name: 'a file of the future',
    make: (workshop) => utimesSync(workshop.path('data/a.txt'), 4e9, 4e9),
    runs: nothing,
  },
  {
    name: 'files written again as they were',
    make: (workshop) => {
      for (const name of ['data/b.txt', 'two.jsonl']) workshop.write(name, files[name]!)
    },
    runs: nothing,
  },
  {
    name: 'a file become a link to the same',
    make: (workshop) => {
      workshop.move('glosses.txt', 'kept/first.txt')
      symlinkSync('kept/first.txt', workshop.path('glosses.txt'))
    },
    runs: nothing,
  },
  {
    name: 'a file that no pattern matches',
    make: (workshop) => workshop.write('data/notes.md', 'nothing'),
    runs: nothing,
  },
  { name: 'where it is exported to', make: replace('"out/assistant"', '"out/other"'), runs: nothing },
  {
    name: 'an exported file spoilt',
    make: (workshop) => {
      workshop.run()
      writeFileSync(workshop.path('out/assistant/config.json'), '{}')
    },
    runs: nothing,
  },
  {
    name: 'how often it reports and saves',
    make: replace('batch:     4', 'batch:     4\n  log_every: 1\n  checkpoint_every: 1min'),
    runs: nothing,
  },
  {
    name: 'cores, memory, retries and timeout',
    make: replace('{ batch: 8 }', '{ batch: 8, cpus: 1, memory: 1GiB, retries: 2, timeout: 1h }'),
    runs: nothing,
  },
  { name: 'one stage at a time', args: ['--jobs', '1'], runs: nothing },
  { name: 'a stage less', make: replace('export aligned to "out/assistant" as hf\n', ''), runs: nothing },
]
