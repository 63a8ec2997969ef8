import fc from 'fast-check'
import { expect, test } from 'vitest'
import { canonical, type Json, type JsonObject } from '../../src/core/values/json.ts'
import { difference } from '../../src/store/key/difference.ts'
import { keyOf, manifestOf } from '../../src/store/key/manifest.ts'
import { asDigest } from '../brands.ts'

/** Names that could be taken for indexes, for paths and for labels. */
const name = fc.oneof(
  fc.constantFrom('lr', 'a', 'b', '0', '1', 'a.b', 'a"b', '', '__proto__', 'x$'),
  fc.string({ maxLength: 3 }),
)
const scalar = fc.oneof(
  fc.constantFrom(null, true, false, 0, 1, -1.5, '', 'a', '{}', '[]'),
  fc.integer(),
  fc.string({ maxLength: 3 }),
)
const { value } = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    scalar,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(name, tie('value'), { maxKeys: 3, noNullPrototype: true }),
  ),
}))
const digest = fc.constantFrom('aa', 'bb', 'cc').map(asDigest)
const node = fc.record(
  {
    kind: fc.constantFrom('text', 'train'),
    version: fc.oneof(fc.integer({ min: 1, max: 3 }), fc.constant([1, ['read', 1]])) as fc.Arbitrary<Json>,
    code: digest.map((it) => ({ digest: it, bundle: it, export: it, sources: [] })),
    params: fc.dictionary(name, value, { maxKeys: 4, noNullPrototype: true }) as fc.Arbitrary<JsonObject>,
    inputs: fc.dictionary(fc.constantFrom('on', 'docs'), fc.array(digest, { maxLength: 2 }), { noNullPrototype: true }),
    files: fc.dictionary(fc.constantFrom('path', 'more'), fc.array(digest, { maxLength: 2 }), {
      noNullPrototype: true,
    }),
  },
  { requiredKeys: ['kind', 'version', 'params', 'inputs', 'files'] },
)
type Node = typeof node extends fc.Arbitrary<infer T> ? T : never

const key = (it: Node) => keyOf(manifestOf(it, it))

/** The meaning of a key, as the reference has it: everything without `$` fields. It is computed in another way than the key. */
function meaning(it: Node): string {
  return canonical({ ...it, code: it.code?.digest, params: bare(it.params) })
}
function bare(of: Json): Json {
  if (of === null || typeof of !== 'object') return of
  if (Array.isArray(of)) return of.map(bare)
  return Object.fromEntries(
    Object.entries(of).flatMap(([field, member]) => (field.startsWith('$') ? [] : [[field, bare(member ?? null)]])),
  )
}

test('two keys are equal exactly if what they are made of is', () => {
  fc.assert(
    fc.property(node, node, (a, b) => {
      expect(key(a) === key(b)).toBe(meaning(a) === meaning(b))
    }),
    { numRuns: 2_000 },
  )
})

test('a small change anywhere is another key', () => {
  fc.assert(
    fc.property(node, value, value, name, (it, a, b, field) => {
      fc.pre(!field.startsWith('$'))
      const [one, other] = [a, b].map((each) => ({ ...it, params: { ...it.params, [field]: each } })) as [Node, Node]
      expect(key(one) === key(other)).toBe(meaning(one) === meaning(other))
    }),
    { numRuns: 2_000 },
  )
})

test('the order of members is nothing', () => {
  const reversed = (of: Json): Json =>
    of === null || typeof of !== 'object'
      ? of
      : Array.isArray(of)
        ? of.map(reversed)
        : Object.fromEntries(
            Object.entries(of)
              .reverse()
              .map(([field, member]) => [field, reversed(member ?? null)]),
          )
  fc.assert(
    fc.property(node, (it) => {
      expect(key({ ...it, params: reversed(it.params) as JsonObject })).toBe(key(it))
    }),
  )
})

test('the explanation has something to say exactly where the keys differ', () => {
  const explained = (it: Node) => ({
    ...manifestOf(it, it),
    files: Object.fromEntries(
      Object.entries(it.files).map(([setting, digests]) => [
        setting,
        digests.map((sha256, index) => ({ name: `${setting}-${index}`, size: 1, sha256 })),
      ]),
    ),
  })
  // A role or setting with no artefacts at all is not one that can be compared by what it has.
  const full = node.filter((it) =>
    [...Object.values(it.inputs), ...Object.values(it.files)].every((list) => list.length > 0),
  )
  fc.assert(
    fc.property(full, full, (a, b) => {
      fc.pre(a.kind === b.kind)
      expect(difference(explained(a), explained(b)).length === 0).toBe(key(a) === key(b))
    }),
  )
})

test('a key stays what it is: another would throw every cache away', () => {
  const params = { optimizer: { call: 'adamw', lr: 0.001, betas: [0.9, 0.99] }, model: { model: 'abc', $name: 'gpt' } }
  expect(
    keyOf(manifestOf({ kind: 'pretrain', version: 1, params }, { inputs: { on: [asDigest('aa')] }, files: {} })),
  ).toMatchInlineSnapshot(`"eef6a0d3c2fb6810c29a8b80d0c6db1c0fd6400289a94a6b29685a66165a2724"`)
})
