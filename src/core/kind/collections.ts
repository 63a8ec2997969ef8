/** The calls that name files through something else: a list of paths, or the folder of a data set. */

import type { SettingsSchema } from './setting.ts'

export const collections = {
  list: {
    description: 'The files that a text file lists, a path or a pattern a line: `list("files.txt")`.',
    positional: ['files'],
    properties: {
      files: { type: 'string', files: true, description: 'The list, or a pattern or a list of several.' },
      under: {
        type: 'string',
        minLength: 1,
        optional: true,
        description:
          'The folder, or the bucket, in which the listed paths are; by default the folder of the list itself.',
      },
    },
  },
  dataset: {
    description:
      'The files of one split in a folder that is laid out as a data set of Hugging Face: `dataset("corpus", split: "train")`.',
    positional: ['folder'],
    properties: {
      folder: { type: 'string', files: true, description: 'The folder.' },
      split: {
        type: 'string',
        minLength: 1,
        optional: true,
        description: 'The split; it can be left out if there is only one.',
      },
      config: {
        type: 'string',
        minLength: 1,
        optional: true,
        description:
          'The configuration (subset) that README.md describes; by default the one marked as default, or named `default`, or the only one.',
      },
    },
  },
} as const satisfies Readonly<Record<string, SettingsSchema>>
