/** Made by scripts/messages.mjs from settings.md: edit that. */

import type { Span } from '../../../grammar/span.ts'
import type { Diagnostic } from '../../core/diagnostic.ts'
import type { More } from './more.ts'

/** E0301: `{callee}` has no setting `{setting}`. */
export function unknownSetting(span: Span, words: { readonly callee: string; readonly setting: string }, more: More = {}): Diagnostic {
  return { code: 'E0301', severity: 'error', message: `\`${words.callee}\` has no setting \`${words.setting}\`.`, span, label: 'unknown setting', ...more }
}

/** E0302: `{callee}` needs `{setting}`. */
export function missingSetting(span: Span, words: { readonly callee: string; readonly setting: string; readonly description: string }, more: More = {}): Diagnostic {
  return { code: 'E0302', severity: 'error', message: `\`${words.callee}\` needs \`${words.setting}\`.`, span, label: `\`${words.setting}\` is missing`, help: `${words.description}`, ...more }
}

/** E0303: {setting} is {expected}, not {got}. */
export function wrongType(span: Span, words: { readonly setting: string; readonly expected: string; readonly got: string }, more: More = {}): Diagnostic {
  return { code: 'E0303', severity: 'error', message: `${words.setting} is ${words.expected}, not ${words.got}.`, span, label: `${words.got}`, ...more }
}

/** E0304: {setting} is {expected}, not {got}. */
export function wrongUnit(span: Span, words: { readonly setting: string; readonly expected: string; readonly got: string }, more: More = {}): Diagnostic {
  return { code: 'E0304', severity: 'error', message: `${words.setting} is ${words.expected}, not ${words.got}.`, span, label: `${words.got}`, ...more }
}

/** E0305: `{got}` is not a choice for `{setting}`. */
export function unknownChoice(span: Span, words: { readonly got: string; readonly setting: string; readonly choices: string }, more: More = {}): Diagnostic {
  return { code: 'E0305', severity: 'error', message: `\`${words.got}\` is not a choice for \`${words.setting}\`.`, span, label: 'unknown choice', help: `Choices: ${words.choices}.`, ...more }
}

/** E0306: `{setting}` must {rule}. */
export function outOfRange(span: Span, words: { readonly setting: string; readonly rule: string; readonly got: string }, more: More = {}): Diagnostic {
  return { code: 'E0306', severity: 'error', message: `\`${words.setting}\` must ${words.rule}.`, span, label: `${words.got}`, ...more }
}

/** E0307: `{name}` is given twice. */
export function duplicateArgument(span: Span, words: { readonly name: string }, more: More = {}): Diagnostic {
  return { code: 'E0307', severity: 'error', message: `\`${words.name}\` is given twice.`, span, label: 'given again here', help: 'Remove one of the two.', ...more }
}

/** E0308: `{callee}` takes {most}, and this is one more. */
export function tooManyArguments(span: Span, words: { readonly callee: string; readonly most: string }, more: More = {}): Diagnostic {
  return { code: 'E0308', severity: 'error', message: `\`${words.callee}\` takes ${words.most}, and this is one more.`, span, label: 'one too many', help: 'Give settings by name: `name: value`.', ...more }
}

/** E0309: `{got}` is not something `{setting}` can be. */
export function unknownGroup(span: Span, words: { readonly got: string; readonly setting: string; readonly choices: string }, more: More = {}): Diagnostic {
  return { code: 'E0309', severity: 'error', message: `\`${words.got}\` is not something \`${words.setting}\` can be.`, span, label: `expected ${words.choices}`, ...more }
}

/** E0310: A condition over documents is true or false; this is {got}. */
export function notACondition(span: Span, words: { readonly got: string }, more: More = {}): Diagnostic {
  return { code: 'E0310', severity: 'error', message: `A condition over documents is true or false; this is ${words.got}.`, span, label: `${words.got}`, help: 'Compare it with something: `words > 50`.', ...more }
}

/** E0621: `{written}` is not something a condition over documents can see. */
export function noPartOfADocument(span: Span, words: { readonly written: string }, more: More = {}): Diagnostic {
  return { code: 'E0621', severity: 'error', message: `\`${words.written}\` is not something a condition over documents can see.`, span, label: 'no metric of a document', ...more }
}

/** E0311: {operator} cannot take {left} and {right}. */
export function wrongOperands(span: Span, words: { readonly operator: string; readonly left: string; readonly right: string }, more: More = {}): Diagnostic {
  return { code: 'E0311', severity: 'error', message: `${words.operator} cannot take ${words.left} and ${words.right}.`, span, label: `${words.left} and ${words.right}`, ...more }
}

/** E0320: {operator} takes {expected}, not {got}. */
export function wrongOperand(span: Span, words: { readonly operator: string; readonly expected: string; readonly got: string }, more: More = {}): Diagnostic {
  return { code: 'E0320', severity: 'error', message: `${words.operator} takes ${words.expected}, not ${words.got}.`, span, label: `${words.got}`, ...more }
}

/** E0312: Cannot compare or add {left} and {right}. */
export function unitClash(span: Span, words: { readonly left: string; readonly right: string }, more: More = {}): Diagnostic {
  return { code: 'E0312', severity: 'error', message: `Cannot compare or add ${words.left} and ${words.right}.`, span, label: `${words.left} and ${words.right}`, ...more }
}

/** E0313: The size of this tokenizer is known only once it is trained. */
export function sizeUnknown(span: Span, words: { readonly name: string }, more: More = {}): Diagnostic {
  return { code: 'E0313', severity: 'error', message: 'The size of this tokenizer is known only once it is trained.', span, label: 'unknown when the program is compiled', help: `Pass it on as it is (\`vocab: ${words.name}.size\`), or use a tokenizer with a \`vocab:\`.`, ...more }
}

/** E0314: A condition is true or false; this is {got}. */
export function conditionUnknown(span: Span, words: { readonly got: string }, more: More = {}): Diagnostic {
  return { code: 'E0314', severity: 'error', message: `A condition is true or false; this is ${words.got}.`, span, label: `${words.got}`, ...more }
}

/** E0315: This calculation has no result: {problem}. */
export function noNumber(span: Span, words: { readonly problem: string }, more: More = {}): Diagnostic {
  return { code: 'E0315', severity: 'error', message: `This calculation has no result: ${words.problem}.`, span, label: `${words.problem}`, ...more }
}

/** E0316: A hole of a string takes a number or a text, not {got}. */
export function holeWithoutText(span: Span, words: { readonly got: string }, more: More = {}): Diagnostic {
  return { code: 'E0316', severity: 'error', message: `A hole of a string takes a number or a text, not ${words.got}.`, span, label: `${words.got}`, ...more }
}

/** E0317: `{callee}` needs `{name}`. */
export function missingArgument(span: Span, words: { readonly callee: string; readonly name: string }, more: More = {}): Diagnostic {
  return { code: 'E0317', severity: 'error', message: `\`${words.callee}\` needs \`${words.name}\`.`, span, label: `\`${words.name}\` is missing`, ...more }
}

/** E0330: `{name}` of `{callee}` is {expected}, not {got}. */
export function wrongParameter(span: Span, words: { readonly name: string; readonly callee: string; readonly expected: string; readonly got: string }, more: More = {}): Diagnostic {
  return { code: 'E0330', severity: 'error', message: `\`${words.name}\` of \`${words.callee}\` is ${words.expected}, not ${words.got}.`, span, label: `${words.got}`, ...more }
}

/** E0331: {name} is not a type of this parameter. */
export function unknownType(span: Span, words: { readonly name: string }, more: More = {}): Diagnostic {
  return { code: 'E0331', severity: 'error', message: `${words.name} is not a type of this parameter.`, span, label: 'not a type', help: 'Write one of the types, or the texts that it takes: `"a" or "b"`.', ...more }
}

/** E0318: {message} */
export function invalidSetting(span: Span, words: { readonly message: string }, more: More = {}): Diagnostic {
  return { code: 'E0318', severity: 'error', message: `${words.message}`, span, label: 'here', ...more }
}

/** E0319: A range stands only after `in`. */
export function strayRange(span: Span, more: More = {}): Diagnostic {
  return { code: 'E0319', severity: 'error', message: 'A range stands only after `in`.', span, label: 'no range can stand here', help: 'Write `x in a..b`; for a list write `[a, b]`.', ...more }
}

/** W0340: {message}. */
export function doubtfulSetting(span: Span, words: { readonly message: string }, more: More = {}): Diagnostic {
  return { code: 'W0340', severity: 'warning', message: `${words.message}.`, span, ...more }
}

/** E0321: Calls of operations are nested more than {most} deep. */
export function callsTooDeep(span: Span, words: { readonly most: string }, more: More = {}): Diagnostic {
  return { code: 'E0321', severity: 'error', message: `Calls of operations are nested more than ${words.most} deep.`, span, label: 'too deep from here on', help: 'Nest fewer calls. A chain of `|>` can have any length.', ...more }
}

/** E0322: The program takes more than {most} steps to evaluate. */
export function tooMuchWork(span: Span, words: { readonly most: string }, more: More = {}): Diagnostic {
  return { code: 'E0322', severity: 'error', message: `The program takes more than ${words.most} steps to evaluate.`, span, label: 'the limit was reached here', help: 'Look for operations that call others several times, and these again: each level doubles the work.', ...more }
}

/** E0323: The program has more than {most} stages. */
export function tooManyStages(span: Span, words: { readonly most: string }, more: More = {}): Diagnostic {
  return { code: 'E0323', severity: 'error', message: `The program has more than ${words.most} stages.`, span, label: 'the limit was reached here', help: 'Look for operations that call others several times, and these again, or for a `for` with many values.', ...more }
}

/** E0324: This text has more than {most} characters. */
export function textTooLong(span: Span, words: { readonly most: string }, more: More = {}): Diagnostic {
  return { code: 'E0324', severity: 'error', message: `This text has more than ${words.most} characters.`, span, label: 'too long with its holes filled', help: 'Look for texts that name others several times, and these again: each level doubles the length.', ...more }
}

/** E0325: This list has more than {most} values, those of lists inside it included. */
export function listTooLong(span: Span, words: { readonly most: string }, more: More = {}): Diagnostic {
  return { code: 'E0325', severity: 'error', message: `This list has more than ${words.most} values, those of lists inside it included.`, span, label: 'too many', help: 'Look for lists that hold others several times, and these again: each level doubles the number.', ...more }
}

/** W0326: `//` begins a comment, so nothing is divided here. */
export function commentForDivision(span: Span, more: More = {}): Diagnostic {
  return { code: 'W0326', severity: 'warning', message: '`//` begins a comment, so nothing is divided here.', span, label: 'not read', help: 'Division is `/`. A comment that is a number and nothing else can have a word added.', ...more }
}

/** W0327: The `$` before this hole is part of the text. */
export function dollarBeforeAHole(span: Span, more: More = {}): Diagnostic {
  return { code: 'W0327', severity: 'warning', message: 'The `$` before this hole is part of the text.', span, label: 'stands in the text', help: 'Remove the `$`: the braces alone are the hole. For a dollar sign, write it by its number 24: `\\u{…}`.', ...more }
}

/** E0650: The engine `{engine}` does not train in {precision}. */
export function precisionWithoutEngine(span: Span, words: { readonly engine: string; readonly precision: string }, more: More = {}): Diagnostic {
  return { code: 'E0650', severity: 'error', message: `The engine \`${words.engine}\` does not train in ${words.precision}.`, span, label: `not with \`engine: ${words.engine}\``, ...more }
}

/** E0660: This pattern {problem}. */
export function wrongPattern(span: Span, words: { readonly problem: string }, more: More = {}): Diagnostic {
  return { code: 'E0660', severity: 'error', message: `This pattern ${words.problem}.`, span, label: 'not a pattern of a condition', help: 'Patterns are those of RE2, which take time in proportion to the text: no `(?=…)`, no `(?<=…)` and no `\\1`. Combine two conditions instead: `matches(text, r"a") and not matches(text, r"b")`.', ...more }
}

/** E0661: `{name}` takes {expected}. */
export function wrongFunctionUse(span: Span, words: { readonly name: string; readonly expected: string }, more: More = {}): Diagnostic {
  return { code: 'E0661', severity: 'error', message: `\`${words.name}\` takes ${words.expected}.`, span, label: 'other arguments', ...more }
}

/** E0680: The shares of this mixture add up to {sum}, not to 100%. */
export function mixtureShares(span: Span, words: { readonly sum: string }, more: More = {}): Diagnostic {
  return { code: 'E0680', severity: 'error', message: `The shares of this mixture add up to ${words.sum}, not to 100%.`, span, label: `${words.sum} in all`, ...more }
}

/** E0681: Each item of this list has to be a mixture with its beginning. */
export function phaseWithoutMix(span: Span, more: More = {}): Diagnostic {
  return { code: 'E0681', severity: 'error', message: 'Each item of this list has to be a mixture with its beginning.', span, label: 'not a mixture', help: 'A single corpus is a mixture too: `[mix(web: 100%), mix(web: 60%, books: 40%, from: 80%)]`.', ...more }
}

/** E0682: Training `{name}` would learn {sources}, and `max_epochs` is {most}. */
export function tooManyEpochs(span: Span, words: { readonly name: string; readonly sources: string; readonly most: string }, more: More = {}): Diagnostic {
  return { code: 'E0682', severity: 'error', message: `Training \`${words.name}\` would learn ${words.sources}, and \`max_epochs\` is ${words.most}.`, span, label: `at most ${words.most} epochs`, help: 'Give these sources a smaller share, train for fewer steps, or raise `max_epochs`.', ...more }
}

/** W0683: Training `{name}` would learn {sources}. */
export function manyEpochs(span: Span, words: { readonly name: string; readonly sources: string }, more: More = {}): Diagnostic {
  return { code: 'W0683', severity: 'warning', message: `Training \`${words.name}\` would learn ${words.sources}.`, span, label: 'repeated often', help: 'Give these sources a smaller share, or allow the repetitions: `max_epochs: 20`.', ...more }
}
