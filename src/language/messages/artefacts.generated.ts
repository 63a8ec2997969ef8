/** Made by scripts/messages.mjs from artefacts.md: edit that. */

import type { Span } from '../../../grammar/span.ts'
import type { Diagnostic } from '../../core/diagnostic.ts'
import type { More } from './more.ts'

/** E0401: `{callee}` takes {expected} here, not {got}. */
export function wrongArtefact(span: Span, words: { readonly callee: string; readonly expected: string; readonly got: string }, more: More = {}): Diagnostic {
  return { code: 'E0401', severity: 'error', message: `\`${words.callee}\` takes ${words.expected} here, not ${words.got}.`, span, label: `${words.got}`, ...more }
}

/** E0402: `{callee}` needs `{role}`: {description} */
export function missingInput(span: Span, words: { readonly callee: string; readonly role: string; readonly description: string }, more: More = {}): Diagnostic {
  return { code: 'E0402', severity: 'error', message: `\`${words.callee}\` needs \`${words.role}\`: ${words.description}`, span, label: `\`${words.role}\` is missing`, ...more }
}

/** E0403: `{name}` is {got}, which `{keyword}` does not bind. */
export function wrongKeyword(span: Span, words: { readonly name: string; readonly got: string; readonly keyword: string; readonly way: string }, more: More = {}): Diagnostic {
  return { code: 'E0403', severity: 'error', message: `\`${words.name}\` is ${words.got}, which \`${words.keyword}\` does not bind.`, span, label: `${words.got}`, help: `${words.way}`, ...more }
}

/** E0404: {message} */
export function tokenizerMismatch(span: Span, words: { readonly message: string }, more: More = {}): Diagnostic {
  return { code: 'E0404', severity: 'error', message: `${words.message}`, span, label: 'one tokenizer', ...more }
}

/** E0405: {message} */
export function vocabularyMismatch(span: Span, words: { readonly message: string }, more: More = {}): Diagnostic {
  return { code: 'E0405', severity: 'error', message: `${words.message}`, span, label: 'one vocabulary', ...more }
}

/** E0406: {message} */
export function templateMismatch(span: Span, words: { readonly message: string }, more: More = {}): Diagnostic {
  return { code: 'E0406', severity: 'error', message: `${words.message}`, span, label: 'one chat template', ...more }
}

/** E0407: {message} */
export function wrongCount(span: Span, words: { readonly message: string; readonly got: string }, more: More = {}): Diagnostic {
  return { code: 'E0407', severity: 'error', message: `${words.message}`, span, label: `${words.got}`, ...more }
}

/** E0408: `{role}` takes one artefact, not a list. */
export function oneWanted(span: Span, words: { readonly role: string }, more: More = {}): Diagnostic {
  return { code: 'E0408', severity: 'error', message: `\`${words.role}\` takes one artefact, not a list.`, span, label: 'a list', help: 'Give one, or join documents with `concat`.', ...more }
}

/** E0409: This expectation reads no metric of a stage. */
export function expectWithoutMetric(span: Span, more: More = {}): Diagnostic {
  return { code: 'E0409', severity: 'error', message: 'This expectation reads no metric of a stage.', span, label: 'no metric of a stage', help: 'Name a metric of a stage: `expect base.valid_loss < 4.5`.', ...more }
}

/** E0410: Only artefacts can be exported; this is {got}. */
export function notAnArtefact(span: Span, words: { readonly got: string }, more: More = {}): Diagnostic {
  return { code: 'E0410', severity: 'error', message: `Only artefacts can be exported; this is ${words.got}.`, span, label: `${words.got}`, ...more }
}

/** E0411: Two exports go to the folder "{folder}". */
export function exportedTwice(span: Span, words: { readonly folder: string }, more: More = {}): Diagnostic {
  return { code: 'E0411', severity: 'error', message: `Two exports go to the folder "${words.folder}".`, span, label: 'exported there too', help: 'Export each to a folder of its own.', ...more }
}

/** E0420: The export to "{folder}" would change what this program reads: {what}. */
export function exportAmongInputs(span: Span, words: { readonly folder: string; readonly what: string }, more: More = {}): Diagnostic {
  return { code: 'E0420', severity: 'error', message: `The export to "${words.folder}" would change what this program reads: ${words.what}.`, span, label: 'exported there', help: 'Export to a folder of its own, for example "out/…".', ...more }
}

/** E0421: The export to "{folder}" would write among the files of the program itself: {file} lies there. */
export function exportAmongSources(span: Span, words: { readonly folder: string; readonly file: string }, more: More = {}): Diagnostic {
  return { code: 'E0421', severity: 'error', message: `The export to "${words.folder}" would write among the files of the program itself: ${words.file} lies there.`, span, label: 'exported there', help: 'Export to a folder of its own, for example "out/…".', ...more }
}

/** E0412: `{of}` does not report on `{got}`. */
export function notAmong(span: Span, words: { readonly of: string; readonly got: string }, more: More = {}): Diagnostic {
  return { code: 'E0412', severity: 'error', message: `\`${words.of}\` does not report on \`${words.got}\`.`, span, label: 'not in the report', ...more }
}

/** E0413: `{of}` will have no metric `{name}`. */
export function unknownMetricOf(span: Span, words: { readonly of: string; readonly name: string }, more: More = {}): Diagnostic {
  return { code: 'E0413', severity: 'error', message: `\`${words.of}\` will have no metric \`${words.name}\`.`, span, label: 'no such metric', ...more }
}

/** E0414: `{of}` has one `{name}` for each model. */
export function metricOfWhich(span: Span, words: { readonly of: string; readonly name: string; readonly model: string }, more: More = {}): Diagnostic {
  return { code: 'E0414', severity: 'error', message: `\`${words.of}\` has one \`${words.name}\` for each model.`, span, label: 'of which model?', help: `Name the model in brackets: \`${words.of}.${words.name}[${words.model}]\`.`, ...more }
}

/** W0416: No file matches {pattern} in {folder}. */
export function missingFiles(span: Span, words: { readonly pattern: string; readonly folder: string }, more: More = {}): Diagnostic {
  return { code: 'W0416', severity: 'warning', message: `No file matches ${words.pattern} in ${words.folder}.`, span, label: 'no such file', ...more }
}

/** W0418: {measured} on data that it has learned from. */
export function measuredOnTrainingData(span: Span, words: { readonly measured: string }, more: More = {}): Diagnostic {
  return { code: 'W0418', severity: 'warning', message: `${words.measured} on data that it has learned from.`, span, label: 'measured on training data', help: 'Hold data out before the training: `data train, held_out = docs |> split(90%, 10%)`.', ...more }
}

/** E0470: These weights cannot be loaded: {problem}. */
export function weightsThatCannotBeTaken(span: Span, words: { readonly problem: string; readonly help: string }, more: More = {}): Diagnostic {
  return { code: 'E0470', severity: 'error', message: `These weights cannot be loaded: ${words.problem}.`, span, label: 'these files', help: `${words.help}`, ...more }
}

/** E0471: No matrix of the model is called {targets}. */
export function targetsOfNoMatrix(span: Span, words: { readonly targets: string; readonly matrices: string }, more: More = {}): Diagnostic {
  return { code: 'E0471', severity: 'error', message: `No matrix of the model is called ${words.targets}.`, span, label: 'of this adapter', help: `It has ${words.matrices}. The names of Hugging Face work too, and so does \`all_linear\`.`, ...more }
}

/** E0472: No weight of the model is called {names}. */
export function freezesNoWeight(span: Span, words: { readonly names: string; readonly help: string }, more: More = {}): Diagnostic {
  return { code: 'E0472', severity: 'error', message: `No weight of the model is called ${words.names}.`, span, label: 'of this setting', help: `${words.help}`, ...more }
}

/** E0417: {message}. */
export function notForLlamaCpp(span: Span, words: { readonly message: string }, more: More = {}): Diagnostic {
  return { code: 'E0417', severity: 'error', message: `${words.message}.`, span, label: 'not the same in llama.cpp', ...more }
}

/** E0620: `{name}` has no low-rank adapter beside it, and `as peft` writes only that. */
export function weightsWithoutAdapter(span: Span, words: { readonly name: string }, more: More = {}): Diagnostic {
  return { code: 'E0620', severity: 'error', message: `\`${words.name}\` has no low-rank adapter beside it, and \`as peft\` writes only that.`, span, label: 'no adapter', help: 'Keep the adapter: `sft(…, lora: lora(merge: false))`. Or export the whole model: `as hf`.', ...more }
}

/** W0422: The test expects nothing. */
export function testWithoutExpectation(span: Span, more: More = {}): Diagnostic {
  return { code: 'W0422', severity: 'warning', message: 'The test expects nothing.', span, label: 'no `expect`', help: 'Say what has to hold: `expect tidy(texts(" a ")) == ["a"]`.', ...more }
}
