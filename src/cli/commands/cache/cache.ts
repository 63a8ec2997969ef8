/** `llmpipe cache`: commands that look after the store, and exchange artefacts with other machines. */

import { defineGroup } from '../../command.ts'
import { exportTo } from './export.ts'
import { gc } from './gc.ts'
import { importFrom } from './import.ts'
import { pin } from './pin.ts'
import { pull } from './pull.ts'
import { push } from './push.ts'
import { size } from './size.ts'
import { unpin } from './unpin.ts'
import { verify } from './verify.ts'

export const cache = defineGroup(
  {
    name: 'cache',
    summary: 'look after the store: size, gc, verify, pin, unpin, export, import, push, pull',
    examples: [
      ['llmpipe cache size', 'the store of this folder'],
      ['llmpipe cache gc --older 30d --keep 50GB --dry-run', 'the artefacts that this would remove'],
      ['llmpipe cache pin pipeline.llmpipe base "the one we shipped"', 'keep it'],
      ['llmpipe cache export /mnt/share/cache pipeline.llmpipe', 'the artefacts of that program'],
      ['llmpipe cache import /mnt/share/cache', ''],
      ['llmpipe cache pull pipeline.llmpipe --remote s3://models/cache', 'before a journey'],
    ],
  },
  [size, gc, verify, pin, unpin, exportTo, importFrom, push, pull],
)
