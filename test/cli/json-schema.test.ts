/** `kinds --json-schema`: a valid schema, which the params of the example programs satisfy. */

import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect, test } from 'vitest'
import { compileFile } from '../../src/cli/program/compiled.ts'
import { jsonSchemaOf } from '../../src/cli/reference/json-schema.ts'
import { kinds } from '../../src/stages/index.ts'

const schema = jsonSchemaOf(Object.values(kinds), '0')
const ajv = new Ajv2020({ strict: false })
ajv.addSchema(schema, 'llmpipe')

test('every kind has a definition that ajv compiles', () => {
  for (const name of Object.keys(kinds)) expect(ajv.getSchema(`llmpipe#/$defs/${name}`), name).toBeDefined()
})

test('the settings of the examples are valid, and those of others are not', () => {
  const { plan } = compileFile('pipelines/assistant.llmpipe', { params: {}, root: '.llmpipe' })
  const trainings = plan!.nodes.filter(({ kind }) => ['pretrain', 'sft', 'dpo', 'ppo', 'reward_model'].includes(kind))
  expect(trainings.length).toBeGreaterThan(2)
  for (const { kind, params, hints } of trainings) {
    const validate = ajv.getSchema(`llmpipe#/$defs/${kind}`)!
    const own = Object.entries({ ...params, ...hints }).filter(([name]) => name in kinds[kind]!.settings.properties)
    expect(validate(Object.fromEntries(own)), JSON.stringify(validate.errors)).toBe(true)
    expect(validate({ ...Object.fromEntries(own), batch: 0 })).toBe(false)
    expect(validate({ ...Object.fromEntries(own), stops: 3 })).toBe(false)
  }
})
