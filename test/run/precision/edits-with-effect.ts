/** Edits of data and of settings that change outputs. */

import { rmSync, symlinkSync } from 'node:fs'
import {
  comparedWithExamples,
  comparedWithText,
  type Edit,
  fromAligned,
  fromBase,
  fromBoth,
  fromChat,
  fromReward,
  fromText,
  fromTokenizer,
  nothing,
  replace,
  toldOfScore,
} from './edit.ts'
import { files } from './program.ts'

/** Edits of data in place: size, modification time and inode stay. First, while the files are as the first run saw them. */
export const inPlace: readonly Edit[] = [
  {
    name: 'one letter of an answer, size and mtime kept',
    make: (workshop) => workshop.replaceUnseen('its own tail', 'its own tale', 'two.jsonl'),
    runs: ['dictionaries', 'ranked', ...comparedWithExamples, 'direct', ...fromReward],
  },
  {
    name: 'a word of a definition, size and mtime kept: the questions are the same',
    make: (workshop) =>
      workshop.replaceUnseen('"It follows a captain."', '"It ignores a captain."', 'definitions.jsonl'),
    // Ids of documents come from their content, so the question's id is another one too.
    runs: ['definitions', 'pairs', 'questions', 'asked,unseen', ...comparedWithExamples, ...fromChat],
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

/** Edits whose effect ends at a stage that makes the same bytes as before. */
export const cutOff: readonly Edit[] = [
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
    runs: ['raw', 'prose', 'unique', 'both', 'train,held', ...comparedWithText, 'bpe', 'train_tokens'],
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
export const changes: readonly Edit[] = [
  {
    name: 'a paragraph more, in the share to learn from',
    make: replace('why.\n', 'why.\n\nQuick quails quarrel quietly, questioning quaint queens.\n', 'data/c.txt'),
    runs: fromText,
  },
  {
    name: 'a paragraph more, in the share that is held out',
    make: replace('why.\n', 'why.\n\nZebras zigzag, and zigzagging zebras zip past zany zoos.\n', 'data/c.txt'),
    // The weights that come out are measured anew but the same, so that what learns from them gives what it gave.
    runs: [
      'raw',
      'prose',
      'unique',
      'both',
      'train,held',
      'held.contamination',
      'held_tokens',
      'base',
      'chat',
      'score',
    ],
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
    runs: ['pairs', 'questions', 'asked,unseen', ...comparedWithExamples, ...fromChat],
  },
  {
    name: 'rankings the other way round',
    make: replace('["{cynic}", "{scholar}"]', '["{scholar}", "{cynic}"]'),
    runs: ['ranked', ...comparedWithExamples, 'direct', ...fromReward],
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
  {
    name: 'what models are asked',
    make: replace('on: unseen', 'on: asked'),
    runs: ['asked.contamination', ...toldOfScore],
  },
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
