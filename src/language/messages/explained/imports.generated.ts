/** Made by scripts/messages.mjs from imports.md and the cases of the tests. */

import type { Explanation } from '../explanation.ts'

export const imports: readonly Explanation[] = [
  {
    "code": "E0601",
    "title": "There is no file `./nowhere.llmpipe`.",
    "text": "A path in quotes is relative to the file that imports it; `std.name` is a module that comes with llmpipe.",
    "wrong": "use \"./nowhere.llmpipe\" { words }",
    "right": "use std.clean { tidy }\ndata k = tidy(read(\"a.txt\"))"
  },
  {
    "code": "E0602",
    "title": "`std.clean` declares no `tidyy`.",
    "text": "Only names that a file declares itself can be imported from it.",
    "wrong": "use std.clean { tidyy }",
    "right": "use std.clean { tidy }\ndata k = tidy(read(\"a.txt\"))"
  },
  {
    "code": "E0603",
    "title": "The files import each other: `parts/circle.llmpipe` → `imports-in-a-circle.llmpipe` → `parts/circle.llmpipe`.",
    "text": "Files form a hierarchy, so that each can be read without the ones that use it.\n\nMove what both need into a third file.",
    "wrong": "use \"./parts/circle.llmpipe\" { a }\ndata b = a |> dedup(exact)",
    "right": "data a = read(\"a.txt\")\ndata b = a |> dedup(exact)"
  },
  {
    "code": "W0604",
    "title": "`tidy` is imported and never used.",
    "text": "Nothing in this file uses it.\n\nRemove it from the list.",
    "wrong": "use std.clean { tidy }\ndata k = read(\"a.txt\")",
    "right": "use std.clean { tidy }\ndata k = tidy(read(\"a.txt\"))"
  },
  {
    "code": "E0605",
    "title": "`./untrusted.ts` is code of this project, and this version of it is not trusted yet.",
    "text": "A file of stages is a program that can do whatever you can do. Neither `check` nor `run` executes it before you have read it and\ntrusted it. You trust this text with everything that it imports: after a change, llmpipe asks again.",
    "wrong": "use \"./untrusted.ts\" { shout }\ndata loud = read(\"words.txt\") |> shout()",
    "right": "use \"./stages.ts\" { shout }\ndata loud = read(\"words.txt\") |> shout()"
  },
  {
    "code": "E0606",
    "title": "Expected identifier but found \"=\".",
    "text": "A file of stages, or one that it imports, is not valid TypeScript or JavaScript, or imports something that is not there.",
    "wrong": "use \"./broken.ts\" { shout }\ndata loud = read(\"words.txt\") |> shout()",
    "right": "use \"./stages.ts\" { shout }\ndata loud = read(\"words.txt\") |> shout()"
  },
  {
    "code": "E0607",
    "title": "`./thrower.mjs` could not be loaded: TypeError: no (thrower.mjs:3).",
    "text": "llmpipe executes a file of stages once to learn which stages it exports. This file failed, or did not end. The work of a stage\nbelongs in its `run`; outside of that, a file only defines things.",
    "wrong": "use \"./thrower.mjs\" { shout }\ndata loud = read(\"words.txt\") |> shout()",
    "right": "use \"./stages.ts\" { shout }\ndata loud = read(\"words.txt\") |> shout()"
  },
  {
    "code": "E0608",
    "title": "`helper` of `./stages.ts` is not a stage.",
    "text": "Only stages can be imported; helpers and constants are for the file itself.\n\nStages are made by `defineStage(…)` or `defineStep(…)` of \"llmpipe\", and exported.",
    "wrong": "use \"./stages.ts\" { helper }\ndata loud = read(\"words.txt\") |> helper()",
    "right": "use \"./stages.ts\" { shout }\ndata loud = read(\"words.txt\") |> shout()"
  },
  {
    "code": "E0609",
    "title": "The stage `whisper` of `./stages.ts` has a wrong definition: it needs a field `summary`.",
    "text": "What a definition has to have is in docs/guide/custom-stages.md; an editor with the types of `llmpipe` shows the same before anything is run.",
    "wrong": "use \"./stages.ts\" { whisper }\ndata low = read(\"words.txt\") |> whisper()",
    "right": "use \"./stages.ts\" { shout }\ndata loud = read(\"words.txt\") |> shout()"
  },
  {
    "code": "E0610",
    "title": "`read` is the name of a built-in stage kind.",
    "text": "Events, records and keys name stages by their kind, so one of your own cannot have the name of one that everybody has.\n\nExport it under another name.",
    "wrong": "use \"./stages.ts\" { read }\ndata loud = read(\"words.txt\")",
    "right": "use \"./stages.ts\" { shout }\ndata loud = read(\"words.txt\") |> shout()"
  },
  {
    "code": "E0611",
    "title": "The package `other-recipes` is not installed.",
    "text": "`use \"npm:package/file\"` reads `file.llmpipe` of a package in the nearest `node_modules`.",
    "wrong": "use \"npm:other-recipes/clean\" { tidy }\ndata k = tidy(read(\"a.txt\"))",
    "right": "use \"npm:recipes/clean\" { tidy }\ndata k = tidy(read(\"a.txt\"))"
  },
  {
    "code": "E0612",
    "title": "`npm:recipes/../other/clean` names no file of a package.",
    "text": "A path within a package cannot leave it, neither in the `use` of a program nor in a module of the package: a package consists of what its lock entry describes.\n\nWrite the name of the package and the path of the file in it: `use \"npm:recipes/clean\" { … }`.",
    "wrong": "use \"npm:recipes/../other/clean\" { tidy }\ndata k = tidy(read(\"a.txt\"))",
    "right": "use \"npm:recipes/clean\" { tidy }\ndata k = tidy(read(\"a.txt\"))"
  },
  {
    "code": "E0613",
    "title": "The package `unlocked` is not locked: package-lock.json does not have it.",
    "text": "The lock file of the project (`package-lock.json` of npm, `pnpm-lock.yaml`, `yarn.lock`) records the version and the digest of each package, so that a program compiles to the same plan on every machine.",
    "wrong": "use \"npm:unlocked/clean\" { tidy }\ndata k = tidy(read(\"a.txt\"))",
    "right": "use \"npm:recipes/clean\" { tidy }\ndata k = tidy(read(\"a.txt\"))"
  },
  {
    "code": "E0614",
    "title": "The package `exporting` does not export `./src/clean`.",
    "text": "A package whose package.json has the field `exports` offers those paths only. Node resolves them in the same way; the condition `llmpipe` counts for a file of the language: `\"exports\": { \"./clean\": { \"llmpipe\": \"./recipes/clean.llmpipe\" } }`.\n\nName a path that `exports` in its package.json has, and that is a file of the language.",
    "wrong": "use \"npm:exporting/src/clean\" { tidy }\ndata k = tidy(read(\"a.txt\"))",
    "right": "use \"npm:exporting/clean\" { tidy }\ndata k = tidy(read(\"a.txt\"))"
  }
]
