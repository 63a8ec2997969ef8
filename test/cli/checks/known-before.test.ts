/** Problems that `check` reports before anything runs, so that nobody learns of them after a training. */

import { afterAll, describe, expect, test } from 'vitest'
import { makeProject } from '../rig.ts'

const head = `use std.models { llama }
data prose = read("prose.txt")
tokenizer b = bytes()
data ids = prose |> encode(b)
`
const project = makeProject({
  'prose.txt': 'Call me Ishmael. Some years ago, never mind how long precisely.\n'.repeat(40),
  'huge.llmpipe': `${head}model gpt = llama(vocab: b.size, dim: 512, layers: 8, heads: 8, context: 64k)
stage base = pretrain(gpt, on: ids) { steps: 10 }
`,
  'dims.llmpipe': `${head}model gpt = llama(vocab: b.size, dim: 1e15, layers: 1, heads: 1, context: 8)
stage base = pretrain(gpt, on: ids) { steps: 10 }
`,
  'vocabulary.llmpipe': `${head}model gpt = llama(vocab: 100, dim: 16, layers: 1, heads: 1, context: 8)
stage base = pretrain(gpt, on: ids) { steps: 10 }
`,
  'warmup.llmpipe': `${head}model gpt = llama(vocab: b.size, dim: 16, layers: 1, heads: 1, context: 8)
stage base = pretrain(gpt, on: ids) { steps: 10, schedule: cosine(warmup: 2_000) }
`,
  'precision.llmpipe': `${head}model gpt = llama(vocab: b.size, dim: 16, layers: 1, heads: 1, context: 8)
stage base = pretrain(gpt, on: ids) { steps: 10, precision: bfloat16 }
stage other = pretrain(gpt, on: ids) { steps: 11, engine: tfjs, precision: bfloat16 }
`,
  'empty.llmpipe': `${head}data clean = prose |> decontaminate(against: [])
stage leaks = contamination(prose, learned: [])
`,
  'plain.llmpipe': `${head}model gpt = llama(vocab: b.size, dim: 16, layers: 1, heads: 1, context: 8)
stage base = pretrain(gpt, on: ids) { steps: 10, precision: float32 }
stage same = pretrain(gpt, on: ids) { steps: 10 }
`,
  'average.llmpipe': `${head.replace('llama', 'gpt2')}op sized(heads, dropout) = gpt2(vocab: b.size, dim: 16, layers: 1, heads: heads, context: 8, dropout: dropout)
stage a = pretrain(sized(2, 0), on: ids) { steps: 1 }
stage c = pretrain(sized(2, 0.1), on: ids) { steps: 1 }
stage d = pretrain(sized(4, 0), on: ids) { steps: 1 }
stage fine = average(a, c)
stage soup = average(a, d)
`,
  'head.llmpipe': `use std.chat { chatml }
tokenizer b = bytes(special: chatml.tokens)
data pairs = read("pairs.jsonl") |> conversations()
data ranked = read("pairs.jsonl") |> rankings(prompt: "a", best_first: ["b", "c"])
model bigram(vocab, context) { embedding(tokens, vocab, vocab) }
stage base = pretrain(bigram(vocab: b.size, context: 32), on: read("prose.txt") |> encode(b)) { steps: 1 }
stage chat = sft(base, on: pairs, template: chatml)
stage reward = reward_model(chat, on: ranked)
`,
  'template.llmpipe': `data pairs = read("pairs.jsonl") |> conversations()
stage chat = sft(weights("checkpoint"), on: pairs)
`,
  'files.llmpipe': `data prose = read("prose.txt")
data other = read(["prose.txt", "prosa.txt", "more/*.txt"])
`,
  'param.llmpipe': `param weights_at = "other.gguf"
param start = "models"
stage a = weights(weights_at)
stage b = weights(start)
`,
  'export.llmpipe': `${head}// A copy of Llama with another activation.
block mine(x: [batch, time, dim]) {
  up = linear(x, dim)
  relu(up)
}
model net(vocab, dim, context) {
  x = embedding(tokens, vocab, dim)
  x = x + mine(x)
  linear(x, vocab)
}
model gpt = net(vocab: b.size, dim: 16, context: 8)
model other = llama(vocab: b.size, dim: 16, layers: 1, heads: 1, context: 8)
stage base = pretrain(gpt, on: ids) { steps: 10 }
stage llm = pretrain(other, on: ids) { steps: 10 }
export llm to "out/llm" as hf
export base to "out/files"
export best([llm, base], by: train_loss) to "out/best" as gguf
export base to "out/base" as gguf
export base to "out/code" as hf
`,
  'gguf.llmpipe': `${head.replace('llama', 'mistral')}model gpt = mistral(vocab: b.size, dim: 16, layers: 1, heads: 2, context: 8, window: 4)
stage base = pretrain(gpt, on: ids) { steps: 10 }
export base to "out/base" as hf
export base to "out/gguf" as gguf
`,
  'formats.llmpipe': `${head}export b to "out/tokenizer"
export b to "out/b" as hf
export ids to "out/ids" as hf_float32
export prose to "out/prose" as peft
`,
  'adapter.llmpipe': `use std.models { llama }
data prose = read("prose.txt")
tokenizer b = bytes(special: ["<|im_start|>", "<|im_end|>"])
data ids = prose |> encode(b)
model gpt = llama(vocab: b.size, dim: 16, layers: 1, heads: 2, context: 8)
stage base = pretrain(gpt, on: ids) { steps: 10 }
data talk = read("talk.jsonl") |> conversations()
use std.chat { chatml }
stage merged = sft(base, on: talk, template: chatml, lora: lora(rank: 2))
stage beside = sft(base, on: talk, template: chatml, lora: lora(rank: 2, merge: false))
export base to "out/base" as peft
export merged to "out/merged" as peft
export beside to "out/beside" as peft
export best([merged, beside], by: valid_loss) to "out/best" as peft
`,
  'hf/config.json': JSON.stringify({
    ...{ model_type: 'llama', vocab_size: 100, hidden_size: 9, num_attention_heads: 3, num_key_value_heads: 3 },
    ...{ intermediate_size: 12, num_hidden_layers: 1, max_position_embeddings: 8, rms_norm_eps: 1e-6 },
    ...{ hidden_act: 'silu', rope_theta: 10000 },
  }),
  'hf/model.safetensors': '',
  'folder.llmpipe': 'stage base = weights("hf")\n',
  'answers.llmpipe': `use std.chat { chatml }
stage base = weights("elsewhere")
data asked = read("talk.jsonl") |> conversations() |> prompts()
data answers = generate(base, on: asked, template: chatml) { responses: 4 }
data ranked = rank(answers, by: judge(-words))
expect answers.answers > 1 and answers.responses > 1 and answers.ended > 10%
expect answers.tokens > 1 and answers.mean_length < 100
expect ranked.responses > 1 and ranked.with_ties < 10
expect ranked.tokens > 1
`,
  'steps.llmpipe': `stage base = weights("elsewhere")
data talk = read("talk.jsonl") |> conversations()
stage chat = sft(base, on: talk) { steps: 200 }
`,
  'metric.llmpipe': `${head}model gpt = llama(vocab: b.size, dim: 16, layers: 1, heads: 1, context: 8)
stage base = pretrain(gpt, on: ids) { steps: 10 }
expect base.val_loss < 5
`,
})
afterAll(() => project.remove())

const check = (file: string) => {
  const { code, stdout } = project.llmpipe(['check', file, '--json'])
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: { code: string; message: string; line: number }[] }
  return { code, found: diagnostics.map((each) => `${each.code} ${each.line}: ${each.message}`) }
}

describe('check', () => {
  test('warns of a training that needs more memory than the machine has', () => {
    const { code, found } = check('huge.llmpipe')
    expect(code).toBe(0)
    expect(found).toEqual([expect.stringMatching(/^W0523 6: Training `base` needs about [\d.]+ TB of memory/)])
  })

  test('warns of a model whose sizes nobody can mean', () => {
    const { found } = check('dims.llmpipe')
    expect(found).toEqual([expect.stringMatching(/^W0523 6: /)])
  })

  test('refuses a vocabulary that is smaller than that of the tokenizer', () => {
    const { code, found } = check('vocabulary.llmpipe')
    expect(code).toBe(2)
    expect(found).toEqual(['E0405 6: The model has 100 token ids, and the tokenizer `b` has 257.'])
  })

  test('refuses to average models that compute something else from weights of the same shapes', () => {
    const { code, stdout } = project.llmpipe(['check', 'average.llmpipe'])
    expect(code).toBe(2)
    expect(stdout).toContain('their weights have the same shapes, but they compute something else')
    expect(stdout).toContain('stage soup = average(a, d)')
    expect(stdout).toContain('1 error\n')
  })

  test('refuses a reward model on a language model that has no place for its head', () => {
    const { code, stdout } = project.llmpipe(['check', 'head.llmpipe'])
    expect(code).toBe(2)
    expect(stdout).toContain('The model has no hidden state to put a head on')
    expect(stdout).toContain('1 error\n')
  })

  test('warns of a warm-up that the training never leaves', () => {
    expect(check('warmup.llmpipe').found).toEqual([
      expect.stringMatching(/^W0340 6: The warm-up of 2,000 steps does not/),
    ])
  })

  test('warns of input files that are not there, each by its pattern', () => {
    const { code, found } = check('files.llmpipe')
    expect(code).toBe(0)
    expect(found).toEqual(['W0416 2: No file matches "prosa.txt" and "more/*.txt" in the folder of the program.'])
  })

  test('says the way out if a path is a URL, begins with ~, is a folder, or names a folder of weights that is not there', () => {
    project.write('corpus/a.txt', 'A text.')
    const inputs = ['read("https://example.com/a.txt")', 'read("~/a.txt")', 'read("corpus")']
    const data = inputs.map((each, i) => `data d${i} = ${each}\n`).join('')
    project.write('paths.llmpipe', `${data}stage w = weights("hf://no/model")\nstage v = weights("no/model")\n`)
    const { diagnostics } = JSON.parse(project.llmpipe(['check', 'paths.llmpipe', '--json']).stdout)
    expect(diagnostics.map(({ message, help }: { message: string; help: string }) => [message, help])).toEqual([
      [
        'No file matches "https://example.com/a.txt" in the folder of the program.',
        expect.stringContaining('downloads nothing from https://'),
      ],
      ['No file matches "~/a.txt" in the folder of the program.', expect.stringContaining('Write the whole path')],
      ['No file matches "corpus" in the folder of the program.', 'Name its files, for example "corpus/*".'],
      [
        'No file matches "hf://no/model" in the folder of the program.',
        expect.stringContaining('downloads nothing from hf://'),
      ],
      [
        'No file matches "no/model" in the folder of the program.',
        expect.stringContaining('llmpipe downloads nothing'),
      ],
    ])
  })

  test('warns of listed files that are not there, with the line of the list, and of lists without a file', () => {
    project.write('some.txt', '# files\r\nhere.txt\r\nnot-there.txt\r\nnor-there.txt\r\n*.none\r\n')
    project.write('here.txt', 'A text.')
    project.write('empty.txt', '\n')
    project.write('lists.llmpipe', 'data a = read(list("some.txt"))\ndata b = read(list("empty.txt"))\n')
    expect(check('lists.llmpipe').found).toEqual([
      'W0416 1: No file matches "not-there.txt" (some.txt:3) and 1 more in the folder of the list.',
      'W0416 2: No file matches the list "empty.txt" in the folder of the list.',
    ])
  })

  test('says which param names an input that is not there', () => {
    const { code, stdout } = project.llmpipe(['check', 'param.llmpipe', '-p', 'start=models/other'])
    expect(code).toBe(0)
    expect(stdout).toContain('warning[W0416]: No file matches "other.gguf"')
    expect(stdout).toContain('help: Put the files there, or give another path: `-p weights_at=PATH`.')
    expect(stdout).toContain('help: Put the files there, or give another path: `-p start=PATH`.')
  })

  test('refuses to export for llama.cpp what it has no architecture for', () => {
    const { code, found } = check('export.llmpipe')
    expect(code).toBe(2)
    expect(found).toEqual(
      [21, 22].map((line) =>
        expect.stringMatching(`^E0417 ${line}: llama.cpp has no architecture that computes the same as .net.`),
      ),
    )
  })

  test('refuses to export for llama.cpp what it would compute otherwise', () => {
    const { code, found } = check('gguf.llmpipe')
    expect(code).toBe(2)
    expect(found).toEqual([
      expect.stringMatching(
        /^E0417 8: llama.cpp would not compute the same as .mistral.: its attention has a window of 4/,
      ),
    ])
  })

  test('refuses empty lists where at least one is needed: nothing would be compared', () => {
    const { code, found } = check('empty.llmpipe')
    expect(code).toBe(2)
    expect(found).toEqual([
      'E0318 5: `against` is an empty list, and needs at least one.',
      'E0318 6: `learned` is an empty list, and needs at least one.',
    ])
  })

  test('refuses to export as a model what has no weights', () => {
    expect(check('formats.llmpipe')).toEqual({
      code: 2,
      found: [
        'E0318 6: Only weights can be exported as hf, and this is of the kind Tokenizer.',
        'E0318 7: Only weights can be exported as hf_float32, and this is of the kind Tokens.',
        'E0318 8: Only weights can be exported as peft, and this is of the kind Docs.',
      ],
    })
  })

  test('refuses to export the adapter of weights that have none', () => {
    expect(check('adapter.llmpipe')).toEqual({
      code: 2,
      found: [
        'E0620 11: `base` has no low-rank adapter beside it, and `as peft` writes only that.',
        'E0620 12: `merged` has no low-rank adapter beside it, and `as peft` writes only that.',
      ],
    })
  })

  test('refuses a training in a precision that its engine does not have', () => {
    expect(check('precision.llmpipe')).toEqual({
      code: 2,
      found: [
        'E0650 6: The engine `onnx` does not train in bfloat16.',
        'E0650 7: The engine `tfjs` does not train in bfloat16.',
      ],
    })
  })

  test('looks at such a program, and does not plan it', () => {
    const looked = project.llmpipe(['ls', 'precision.llmpipe'])
    expect(looked).toMatchObject({ code: 0, stderr: expect.stringContaining('not run with the program as it is') })
    const planned = project.llmpipe(['plan', 'precision.llmpipe'])
    expect(planned).toMatchObject({ code: 2, stderr: expect.stringContaining('E0650') })
  })

  test('takes precision: float32 for the default, which is not part of the key', () => {
    const { nodes } = JSON.parse(project.llmpipe(['plan', 'plain.llmpipe', '--json']).stdout) as {
      nodes: { name: string; params: { precision?: string } }[]
    }
    const trainings = nodes.filter(({ name }) => name === 'base' || name === 'same')
    expect(trainings).toHaveLength(2)
    expect(trainings[0]!.params).toEqual(trainings[1]!.params)
    expect(trainings[0]!.params).not.toHaveProperty('precision')
  })

  test('ends a message that quotes another with one full stop', () => {
    const { found } = check('folder.llmpipe')
    expect(found).toEqual([expect.stringMatching(/^E0470 1: These weights cannot be loaded: .*a head is 3\.$/)])
  })

  test('knows which metrics answers and rankings will have', () => {
    const { found } = check('answers.llmpipe')
    expect(found).toEqual(['E0413 9: `ranked` will have no metric `tokens`.'])
  })

  test('says that fine-tuning counts epochs where it is given steps', () => {
    const { stdout } = project.llmpipe(['check', 'steps.llmpipe'])
    expect(stdout.replace(/\s+/g, ' ')).toContain('`sft` counts epochs, not steps: write `epochs: …`.')
  })

  test('refuses an expectation of a metric that nothing measures', () => {
    expect(check('metric.llmpipe')).toEqual({ code: 2, found: ['E0413 7: `base` will have no metric `val_loss`.'] })
  })
})

test('a run does not leave out a named file that is not there', () => {
  const { code, stderr, stdout } = project.llmpipe(['run', 'files.llmpipe', '--plain'])
  expect(code).toBe(1)
  expect(stdout + stderr).toContain('there is no file "prosa.txt"')
})

test('fine-tuning of a checkpoint without its template says how to keep it', () => {
  const { code, stdout } = project.llmpipe(['check', 'template.llmpipe'])
  expect(code).toBe(2)
  expect(stdout).toContain('These weights have no chat template yet, and `sft` was given none.')
  expect(stdout.replace(/\s+/g, ' ')).toContain('`weights(…, chat: true)` keeps the template of a checkpoint.')
})
