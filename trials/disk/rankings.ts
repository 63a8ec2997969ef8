/** Rankings by people on disks that fill up: every acknowledged ranking is in the log, and every line of the log can be read. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Random } from '../../src/core/values/random.ts'
import { JudgementLog, NotSaved } from '../../src/people/judgement-log.ts'

export interface Disk {
  readonly folder: string
  /** Mounts an empty disk of `size` bytes. */
  mount(size: number): void
  /** Enlarges the disk. */
  grow(): void
  unmount(): void
}

export interface RankingTally {
  confirmed: number
  refused: number
  /** Rankings that were acknowledged and are not in the log. */
  lost: number
  /** Rankings in the log that were never acknowledged. */
  invented: number
}

/** Ranks on full disks, in many rounds. */
export function rankOnFullDisks({ folder, mount, grow, unmount }: Disk, rounds: number, random: Random): RankingTally {
  const tally: RankingTally = { confirmed: 0, refused: 0, lost: 0, invented: 0 }
  for (let round = 0; round < rounds; round++) {
    mount(64 << 10)
    const path = join(folder, 'said.jsonl')
    // Fills the disk except for a few pages: a disk in memory is allocated in pages.
    writeFileSync(join(folder, 'ballast'), Buffer.alloc((8 + Math.floor(random.uniform() * 6)) << 12))
    const said = new JudgementLog(path)
    const confirmed: string[] = []
    const say = (task: string) => {
      try {
        said.add({ event: 'skipped', time: 1, annotator: 'a'.repeat(Math.floor(random.uniform() * 900)), task })
        confirmed.push(task)
      } catch (error) {
        if (!(error instanceof NotSaved)) throw error
        tally.refused++
      }
    }
    for (let index = 0; index < 60; index++) say(`${round}-${index}`)
    grow()
    for (let index = 60; index < 70; index++) say(`${round}-${index}`)
    const there = new Set(new JudgementLog(path).events.map(({ task }) => task))
    tally.confirmed += confirmed.length
    tally.lost += confirmed.filter((task) => !there.has(task)).length
    tally.invented += [...there].filter((task) => !confirmed.includes(task)).length
    unmount()
  }
  return tally
}
