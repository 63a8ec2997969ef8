/**
 * The corpus of edits: what each does, and the stages that have to run after it and no others, worked out by reasoning.
 *
 * What stands behind what:
 *
 *     raw ─▶ prose ─▶ unique ─▶ both ─▶ train,held ─▶ bpe, train_tokens, held_tokens ─▶ base ─▶ chat ─▶ reward ─▶ aligned ─▶ score
 *     glosses ─────────────────┘        definitions ─▶ pairs ─▶ questions ─▶ asked,unseen ─▶ (aligned, score)     direct ─▶ (score)
 *                                                            dictionaries ─▶ ranked ─▶ (reward, direct)
 */

import { rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { files } from './program.ts'
import type { Workshop } from './workshop.ts'

export interface Edit {
  readonly name: string
  make?(workshop: Workshop): void
  /** The arguments of the run. */
  readonly args?: readonly string[]
  /** The stages that have to run. */
  readonly runs: readonly string[]
  /** The name of the program, where the edit gives it another. */
  readonly program?: string
}

const nothing: readonly string[] = []
const toldOfScore = ['score', 'expect score.kl[aligned]']
const fromAligned = ['aligned', 'export aligned', ...toldOfScore]
const fromReward = ['reward', ...fromAligned]
const fromChat = ['chat', 'direct', ...fromReward]
const fromBase = ['base', ...fromChat]
const fromTokenizer = ['bpe', 'train_tokens', 'held_tokens', ...fromBase]
const fromBoth = ['both', 'train,held', ...fromTokenizer]
const fromText = ['raw', 'prose', 'unique', ...fromBoth]

const replace =
  (from: string, to: string, name?: string) =>
  (workshop: Workshop): void =>
    workshop.replace(from, to, name)

/** Edits of data in place: size, modification time and inode stay. First, while the files are as the first run saw them. */
const inPlace: readonly Edit[] = [
  {
    name: 'one letter of an answer, size and mtime kept',
    make: (workshop) => workshop.replaceUnseen('its own tail', 'its own tale', 'two.jsonl'),
    runs: ['dictionaries', 'ranked', 'direct', ...fromReward],
  },
  {
    name: 'a word of a definition, size and mtime kept: the questions are the same',
    make: (workshop) =>
      workshop.replaceUnseen('"It follows a captain."', '"It ignores a captain."', 'definitions.jsonl'),
    // Ids of documents come from their content, so the question's id is another one too.
    runs: ['definitions', 'pairs', 'questions', 'asked,unseen', ...fromChat],
  },
  {
    name: 'a word of the text, size and mtime kept',
    make: (workshop) => workshop.replaceUnseen('harbour', 'zzzzzzz', 'data/a.txt'),
    runs: fromText,
  },
  {
    name: 'two edits of one size within a tick of the clock',
    make(workshop) {
      workshop.replaceUnseen('anchor', 'qqqqqq', 'data/b.txt')
      workshop.run(['--only', 'raw'])
      workshop.replaceUnseen('qqqqqq', 'quartz', 'data/b.txt')
    },
    runs: fromText,
  },
  {
    name: 'an edit of the data there and back',
    make(workshop) {
      workshop.replaceUnseen('island', 'icecap', 'data/c.txt')
      workshop.run(['--only', 'raw'])
      workshop.replaceUnseen('icecap', 'island', 'data/c.txt')
    },
    runs: nothing,
  },
]

const words: readonly Edit[] = [
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

const names: readonly Edit[] = [
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

const sameValues: readonly Edit[] = [
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

const surroundings: readonly Edit[] = [
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

/** Edits whose effect ends at a stage that makes the same bytes as before. */
const cutOff: readonly Edit[] = [
  {
    name: 'text that cleaning removes',
    make: replace('why.\n', 'why.\n\nA b\n', 'data/c.txt'),
    runs: ['raw', 'prose'],
  },
  {
    name: 'white space that cleaning tidies, in one pass with the reading',
    make: replace('A whale', 'A \t whale', 'glosses.txt'),
    runs: ['glosses'],
  },
  {
    name: 'white space that cleaning tidies, in a stage of its own',
    make: replace('number 7', 'number \t 7', 'data/a.txt'),
    // A document is called by what was read, so documents differ in their names until they are tokens, which have none.
    runs: ['raw', 'prose', 'unique', 'both', 'train,held', 'bpe', 'train_tokens'],
  },
  { name: 'white space between paragraphs', make: replace('\n\n', '\n\n\n\n', 'data/a.txt'), runs: ['raw'] },
  {
    name: 'a byte order mark',
    make: (workshop) =>
      workshop.replace(
        'The whale follows the sailor number 0',
        '\ufeffThe whale follows the sailor number 0',
        'data/a.txt',
      ),
    runs: ['raw'],
  },
  {
    name: 'a paragraph twice',
    make: replace(
      'number 23, and nobody in the town knows why.',
      'number 23, and nobody in the town knows why.\n\nThe lantern leaves the anchor number 20, and nobody in the town knows why.',
      'data/c.txt',
    ),
    runs: ['raw', 'prose', 'unique'],
  },
  { name: 'a file under another name', make: (workshop) => workshop.move('data/c.txt', 'data/d.txt'), runs: ['raw'] },
  {
    name: 'one file in two',
    make: (workshop) => {
      const paragraphs = files['data/a.txt']!.split('\n\n')
      workshop.write('data/a.txt', paragraphs.slice(0, 4).join('\n\n'))
      workshop.write('data/ab.txt', paragraphs.slice(4).join('\n\n'))
    },
    runs: ['raw'],
  },
  {
    name: 'a line that is no record',
    make: (workshop) => workshop.replace('{"word":"captain"', '\n{"word":\n{"word":"captain"', 'definitions.jsonl'),
    runs: ['definitions'],
  },
  { name: 'a threshold that drops nothing more', make: replace('words >= 3', 'words >= 4'), runs: ['prose'] },
  {
    name: 'a threshold of a module that drops nothing more',
    make: replace('most = 500', 'most = 400', 'parts/rules.llmpipe'),
    runs: ['prose'],
  },
  {
    name: 'a threshold of std that drops nothing more',
    make: (workshop) => workshop.replaceInStd('clean', 'characters == 0', 'characters < 2'),
    runs: ['prose', 'glosses'],
  },
  {
    name: 'rules in another order',
    make: replace('  |> plain_text()\n  |> prose_only()', '  |> prose_only()\n  |> plain_text()'),
    runs: ['prose'],
  },
  {
    name: 'another way to find the same copies',
    make: replace('dedup(exact)', 'dedup(minhash, threshold: 0.99)'),
    runs: ['unique'],
  },
]

/** Edits that change the outputs. */
const changes: readonly Edit[] = [
  {
    name: 'a paragraph more, in the share to learn from',
    make: replace('why.\n', 'why.\n\nQuick quails quarrel quietly, questioning quaint queens.\n', 'data/c.txt'),
    runs: fromText,
  },
  {
    name: 'a paragraph more, in the share that is held out',
    make: replace('why.\n', 'why.\n\nZebras zigzag, and zigzagging zebras zip past zany zoos.\n', 'data/c.txt'),
    // The weights that come out are measured anew but the same, so that what learns from them gives what it gave.
    runs: ['raw', 'prose', 'unique', 'both', 'train,held', 'held_tokens', 'base', 'chat', 'score'],
  },
  { name: 'a file less', make: (workshop) => rmSync(workshop.path('data/b.txt')), runs: fromText },
  {
    name: 'a rule that drops a paragraph',
    make: replace('plain_text(least = 10)', 'plain_text(least = 74)'),
    runs: fromText.filter((name) => name !== 'raw'),
  },
  {
    name: 'a link to other bytes',
    make: (workshop) => {
      workshop.write('kept/second.txt', 'Zebras zigzag past zoos.\nA zebra is what zigzags.\n')
      rmSync(workshop.path('glosses.txt'))
      symlinkSync('kept/second.txt', workshop.path('glosses.txt'))
    },
    runs: ['glosses', ...fromBoth],
  },
  {
    name: 'two inputs in another order',
    make: replace('concat(unique, glosses)', 'concat(glosses, unique)'),
    runs: fromBoth,
  },
  {
    name: 'the seed of a split',
    make: replace('seed: 7', 'seed: 8'),
    runs: fromBoth.filter((name) => name !== 'both'),
  },
  { name: 'the size of the vocabulary', make: replace('vocab: 300', 'vocab: 290'), runs: fromTokenizer },
  {
    name: 'a special token more',
    make: replace('special: chatml.tokens', 'special: ["<|im_start|>", "<|im_end|>", "<|tool|>"]'),
    runs: fromTokenizer,
  },
  { name: 'the width of the model', make: replace('width = 16', 'width = 8'), runs: fromBase },
  {
    name: 'a number in an architecture of std',
    make: (workshop) => workshop.replaceInStd('models', '0.02 / sqrt(2 * layers)', '0.03 / sqrt(2 * layers)'),
    runs: fromBase,
  },
  { name: 'a param given', args: ['-p', 'lr=2e-3'], runs: fromBase },
  { name: 'a param written', make: replace('steps = 2', 'steps = 1'), runs: fromBase },
  { name: 'the seed of a training', make: replace('batch:     4', 'batch:     4\n  seed:      2'), runs: fromBase },
  {
    name: 'a learning rate of one stage, where another has the same',
    make: replace('{ batch: 8 }', '{ batch: 8, optimizer: adamw(lr: 5e-4) }'),
    runs: fromChat,
  },
  {
    name: 'white space of the chat template',
    make: (workshop) => workshop.replaceInStd('chat', `'<|im_end|>' + '\\n' }}`, `'<|im_end|>' + '\\n\\n' }}`),
    runs: fromChat,
  },
  {
    name: 'the words of a prompt',
    make: replace('pair(prompt: "Define {word}."', 'pair(prompt: "What is {word}?"'),
    runs: ['pairs', 'questions', 'asked,unseen', ...fromChat],
  },
  {
    name: 'rankings the other way round',
    make: replace('["{cynic}", "{scholar}"]', '["{scholar}", "{cynic}"]'),
    runs: ['ranked', 'direct', ...fromReward],
  },
  {
    name: 'the batch of the reward model',
    make: replace(
      'reward_model(chat, on: ranked) { too_long: cut_start, batch: 8 }',
      'reward_model(chat, on: ranked) { too_long: cut_start, batch: 4 }',
    ),
    runs: fromReward,
  },
  { name: 'a setting of PPO', make: replace('rollouts: 4', 'rollouts: 2'), runs: fromAligned },
  {
    name: 'the engine of one stage',
    make: replace(
      'dpo(chat, on: ranked) { too_long: cut_start',
      'dpo(chat, on: ranked) { engine: tfjs, too_long: cut_start',
    ),
    runs: ['direct', ...toldOfScore],
  },
  {
    name: 'models compared in another order',
    make: replace('[base, chat, aligned, direct]', '[chat, base, aligned, direct]'),
    runs: toldOfScore,
  },
  { name: 'what models are asked', make: replace('on: unseen', 'on: asked'), runs: toldOfScore },
  {
    name: 'how long answers may be',
    make: replace('on: unseen, max_tokens: 4', 'on: unseen, max_tokens: 5'),
    runs: toldOfScore,
  },
  { name: 'another expectation', make: replace('< 100', '< 99'), runs: ['expect score.kl[aligned]'] },
  { name: 'another layout of the export', make: replace(' as hf', ''), runs: ['export aligned'] },
  {
    name: 'a stage more',
    make: replace(
      'export aligned to "out/assistant" as hf\n',
      'export aligned to "out/assistant" as hf\n\ndata answers = generate(aligned, on: asked) { max_tokens: 4 }\n',
    ),
    runs: ['answers'],
  },
]

export const edits: readonly Edit[] = [
  ...inPlace,
  ...words,
  ...names,
  ...sameValues,
  ...surroundings,
  ...cutOff,
  ...changes,
]
