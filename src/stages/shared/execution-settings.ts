/** Settings that every stage has for its execution. They are not part of the key. */

import type { StageKind } from '../../core/kind/kind.ts'
import type { SettingSchema } from '../../core/kind/setting.ts'

export const executionSettings: Readonly<Record<string, SettingSchema>> = {
  cpus: {
    type: 'integer',
    minimum: 1,
    optional: true,
    hint: true,
    unit: 'count',
    description: 'The cores reserved for the stage, as far as the machine has them; other stages use the rest.',
  },
  memory: {
    type: 'integer',
    minimum: 1,
    optional: true,
    hint: true,
    unit: 'bytes',
    description: 'The most memory that the stage needs. No other stage starts that does not fit beside it.',
  },
  gpus: {
    type: 'integer',
    minimum: 0,
    optional: true,
    hint: true,
    unit: 'count',
    description:
      'The GPUs reserved for the stage, as CUDA_VISIBLE_DEVICES. If any stage of a program reserves GPUs, a stage without them sees none.',
  },
  nodes: {
    type: 'integer',
    minimum: 1,
    optional: true,
    hint: true,
    unit: 'count',
    description:
      'The nodes of a cluster that share the stage, each with its `cpus`, `memory` and `gpus`. Only trainings with the engine torch use more than one.',
  },
  retries: {
    type: 'integer',
    minimum: 0,
    optional: true,
    hint: true,
    unit: 'count',
    description:
      'How many times the stage is tried again after it was killed, crashed or ran out of memory or time. It resumes from its last checkpoint.',
  },
  timeout: {
    type: 'number',
    exclusiveMinimum: 0,
    optional: true,
    hint: true,
    unit: 'seconds',
    description: 'The longest time of an attempt. After that the stage saves its work and fails.',
  },
}

/** The kind with these settings, if its stages have processes of their own. */
export function withExecution<Kind extends Pick<StageKind, 'shape' | 'settings'>>(kind: Kind): Kind {
  if (kind.shape !== 'stage') return kind
  return { ...kind, settings: { ...kind.settings, properties: { ...kind.settings.properties, ...executionSettings } } }
}
