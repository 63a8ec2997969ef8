/** What every stage may be told about how it is run; none of it is part of the key. */

import type { StageKind } from '../../core/kind.ts'
import type { SettingSchema } from '../../core/setting.ts'

export const executionSettings: Readonly<Record<string, SettingSchema>> = {
  cpus: {
    type: 'integer',
    minimum: 1,
    optional: true,
    hint: true,
    unit: 'count',
    description: 'The cores it is given, where the machine has as many; other stages use the rest.',
  },
  memory: {
    type: 'integer',
    minimum: 1,
    optional: true,
    hint: true,
    unit: 'bytes',
    description: 'What it will need at most: no other stage starts that does not fit beside it.',
  },
  gpus: {
    type: 'integer',
    minimum: 0,
    optional: true,
    hint: true,
    unit: 'count',
    description:
      'The GPUs it is given for itself, as CUDA_VISIBLE_DEVICES; where any stage of a program has some, one without sees none.',
  },
  retries: {
    type: 'integer',
    minimum: 0,
    optional: true,
    hint: true,
    unit: 'count',
    description:
      'How often it is tried again after it was killed, crashed or ran out of memory or time; it goes on from its last checkpoint.',
  },
  timeout: {
    type: 'number',
    exclusiveMinimum: 0,
    optional: true,
    hint: true,
    unit: 'seconds',
    description: 'How long an attempt may take: then it saves its work, and has failed.',
  },
}

/** The kind with these settings, where calls of it are processes of their own. */
export function withExecution<Kind extends Pick<StageKind, 'shape' | 'settings'>>(kind: Kind): Kind {
  if (kind.shape !== 'stage') return kind
  return { ...kind, settings: { ...kind.settings, properties: { ...kind.settings.properties, ...executionSettings } } }
}
