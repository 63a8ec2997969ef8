/** Completion scripts, made from the list of commands. */

import { explanations } from '../../language/messages/codes.generated.ts'
import { kinds } from '../../stages/index.ts'
import type { Argument, Command } from '../command.ts'
import type { completedWords } from '../commands/complete.ts'
import { longFlag } from '../option.ts'
import { Refusal } from '../terminal/refusal.ts'

/** The script for a shell. Throws a Refusal for a shell without one. */
export function completionScript(shell: string, all: readonly Command[]): string {
  const commands = all.filter(({ hidden }) => !hidden)
  switch (shell) {
    case 'bash':
      return bash(commands)
    case 'zsh':
      return zsh(commands)
    case 'fish':
      return fish(commands)
    default:
      throw new Refusal(`there is no completion for ${shell}`, 'The shells are bash, zsh and fish.')
  }
}

/** The words that a shell asks llmpipe for while people type: stages and params of the program on the line, runs of the store. */
type Asked = (typeof completedWords)[number]

/** The words for the value of an option, by its placeholder. */
const askedByPlaceholder: Readonly<Record<string, Asked>> = { stage: 'stages', run: 'runs', 'name=value': 'params' }

/** The words that a shell asks llmpipe for at an argument; `undefined` if it asks for none. Stages follow a program in a list of weights. */
function askedFor({ name, completes }: Argument): Asked | undefined {
  if (completes === 'stages' || completes === 'runs') return completes
  return completes === 'programs' && name === '<weights...>' ? 'stages' : undefined
}

/** The words that an argument can be; `undefined` if it is a file. */
function wordsOf({ completes }: Argument): readonly string[] | undefined {
  if (completes === 'codes') return explanations.map(({ code }) => code)
  if (completes === 'kinds') return Object.keys(kinds)
  return typeof completes === 'string' ? undefined : completes
}

interface Flag {
  readonly long: string
  readonly short: string | undefined
  readonly takesValue: boolean
  readonly asked: Asked | undefined
  readonly choices: readonly string[]
  readonly description: string
}

function flagsOf({ options }: Command): Flag[] {
  return Object.entries(options).map(([name, { description, short, placeholder, choices, suggested = [] }]) => ({
    long: longFlag(name),
    short,
    takesValue: placeholder !== undefined,
    asked: askedByPlaceholder[placeholder ?? ''],
    choices: choices ?? suggested,
    description,
  }))
}

function namesOf(commands: readonly Command[]): string {
  return commands.map(({ name }) => name).join(' ')
}

/** Commands and those below them, with their paths: `run`, `cache`, `cache gc`. */
function withPaths(commands: readonly Command[]): (readonly [path: string, command: Command])[] {
  return commands.flatMap((command) => [
    [command.name, command] as const,
    ...command.commands.map((below) => [`${command.name} ${below.name}`, below] as const),
  ])
}

function bash(commands: readonly Command[]): string {
  const cases = withPaths(commands).map(([path, command]) => {
    const flags = flagsOf(command)
    const places = command.arguments ?? []
    const words = [namesOf(command.commands), ...places.flatMap((argument) => wordsOf(argument) ?? [])]
    const takesFiles = places.some(({ completes }) => completes === 'programs')
    const choices = flags
      .filter((flag) => flag.choices.length > 0)
      .map(
        (flag) => `      ${flag.long}) COMPREPLY=($(compgen -W '${flag.choices.join(' ')}' -- "$word")); return ;;\n`,
      )
    const asking = flags.flatMap(({ long, short, asked }) =>
      asked === undefined
        ? []
        : `      ${long}${short === undefined ? '' : `|-${short}`}) _llmpipe_ask ${asked}; return ;;\n`,
    )
    const asked = [...new Set(places.flatMap((argument) => askedFor(argument) ?? []))]
    const names = ['--help', ...flags.map(({ long }) => long)].join(' ')
    return `    '${path}')
      case "$before" in
${choices.join('')}${asking.join('')}      --store) COMPREPLY=($(compgen -d -- "$word")); return ;;
      esac
      if [[ $word == -* ]]; then COMPREPLY=($(compgen -W '${names}' -- "$word"))
      else COMPREPLY=($(compgen -W '${words.join(' ')}' -- "$word"))
${takesFiles ? '        _llmpipe_programs\n' : ''}${asked.map((what) => `        _llmpipe_ask ${what}\n`).join('')}      fi ;;`
  })
  const groups = namesOf(commands.filter((command) => command.commands.length > 0)).replaceAll(' ', '|')
  return `# Completion of llmpipe for bash: source <(llmpipe completion bash)
# Adds the stages or params of the program on the line, or the runs of the store.
_llmpipe_ask() {
  local program='' each
  for each in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do [[ $each == *.llmpipe ]] && program=$each; done
  while IFS= read -r each; do
    [[ $each == "$word"* ]] && COMPREPLY+=("$each")
  done < <("\${COMP_WORDS[0]}" complete "$1" \${program:+"$program"} 2>/dev/null)
  [[ $1 == params ]] && compopt -o nospace 2>/dev/null
}
# Adds programs and folders; a line each, since names can have spaces.
_llmpipe_programs() {
  local each
  while IFS= read -r each; do COMPREPLY+=("$each"); done < <(compgen -d -- "$word")
  while IFS= read -r each; do [[ -d $each ]] || COMPREPLY+=("$each"); done < <(compgen -f -X '!*.llmpipe' -- "$word")
}
_llmpipe() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}"
  COMPREPLY=()
  if [[ $COMP_CWORD == 1 ]]; then
    COMPREPLY=($(compgen -W '${namesOf(commands)} --help --version' -- "$word"))
    return
  fi
  local command="\${COMP_WORDS[1]}"
  case "$command" in
    ${groups}) (( COMP_CWORD > 2 )) && command="$command \${COMP_WORDS[2]}" ;;
  esac
  case "$command" in
${cases.join('\n')}
  esac
}
complete -o filenames -F _llmpipe llmpipe
`
}

function zsh(commands: readonly Command[]): string {
  const quoted = (text: string) => text.replaceAll("'", "'\\''").replace(/[[\]:]/g, (c) => `\\${c}`)
  const argumentsOf = (command: Command): string => {
    const flags = flagsOf(command).map((flag) => {
      const value = flag.takesValue
        ? `:${flag.long.slice(2)}:${flag.asked ? `{_llmpipe_ask ${flag.asked}}` : flag.choices.length > 0 ? `(${flag.choices.join(' ')})` : '_files'}`
        : ''
      const form = flag.short === undefined ? `'${flag.long}` : `{-${flag.short},${flag.long}}'`
      return `${form}[${quoted(flag.description)}]${value}'`
    })
    const places = (command.arguments ?? []).map((argument) => {
      const words = wordsOf(argument)
      const asked = askedFor(argument)
      const files = argument.completes === 'programs' ? '_files -g "*.llmpipe"' : ' '
      const dynamic = asked && (files === ' ' ? `{_llmpipe_ask ${asked}}` : `{_llmpipe_ask ${asked}; ${files}}`)
      const action = words ? `(${words.join(' ')})` : (dynamic ?? files)
      return `'${argument.name.includes('...') ? '*' : ''}:${quoted(argument.description)}:${action}'`
    })
    return `_arguments '--help[print the help]' ${[...flags, ...places].join(' ')}`
  }
  const choose = (all: readonly Command[], indent: string): string => `${indent}local -a commands=(
${all.map(({ name, summary }) => `${indent}  '${name}:${quoted(summary)}'`).join('\n')}
${indent})
${indent}if (( CURRENT == 2 )); then _describe command commands; return; fi
${indent}local command=$words[2]
${indent}shift words
${indent}(( CURRENT-- ))
${indent}case $command in
${all.map((command) => (command.commands.length > 0 ? `${indent}  ${command.name}) _llmpipe_${command.name} ;;` : `${indent}  ${command.name}) ${argumentsOf(command)} ;;`)).join('\n')}
${indent}esac`
  const groups = commands.filter((command) => command.commands.length > 0)
  return `#compdef llmpipe
# Adds the stages or params of the program on the line, or the runs of the store.
_llmpipe_ask() {
  local -a found
  found=(\${(f)"$(llmpipe complete $1 \${(M)words:#*.llmpipe} 2>/dev/null)"})
  if [[ $1 == params ]]; then compadd -S '' -a found; else compadd -a found; fi
}
${groups.map((group) => `_llmpipe_${group.name}() {\n${choose(group.commands, '  ')}\n}\n`).join('')}_llmpipe() {
${choose(commands, '  ')}
}
_llmpipe "$@"
`
}

const askInFish = (asked: Asked) =>
  `(llmpipe complete ${asked} (string match -- '*.llmpipe' (commandline -opc))[1] 2>/dev/null)`

function fish(commands: readonly Command[]): string {
  const quoted = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
  const lines = ['# Completion of llmpipe for fish', 'complete -c llmpipe -f']
  /** Completes a command if `isNext` (a condition of fish) holds, and its options and arguments if `isHere` holds. */
  const add = (command: Command, isNext: string, isHere: string): void => {
    const here = `complete -c llmpipe -n ${quoted(isHere)}`
    lines.push(`complete -c llmpipe -n ${quoted(isNext)} -a ${command.name} -d ${quoted(command.summary)}`)
    for (const flag of flagsOf(command)) {
      const short = flag.short === undefined ? '' : ` -s ${flag.short}`
      const value = flag.takesValue
        ? flag.asked
          ? ` -x -a ${quoted(askInFish(flag.asked))}`
          : flag.choices.length > 0
            ? ` -x -a ${quoted(flag.choices.join(' '))}`
            : ' -r'
        : ''
      lines.push(`${here}${short} -l ${flag.long.slice(2)}${value} -d ${quoted(flag.description)}`)
    }
    for (const argument of command.arguments ?? []) {
      const words = wordsOf(argument)
      const asked = askedFor(argument)
      if (asked) lines.push(`${here} -a ${quoted(askInFish(asked))}`)
      if (words) lines.push(`${here} -a ${quoted(words.join(' '))}`)
      else if (argument.completes === 'programs') lines.push(`${here} -F`)
    }
    const isChosen = `__fish_seen_subcommand_from ${namesOf(command.commands)}`
    for (const below of command.commands)
      add(below, `${isHere}; and not ${isChosen}`, `${isHere}; and __fish_seen_subcommand_from ${below.name}`)
  }
  for (const command of commands) add(command, '__fish_use_subcommand', `__fish_seen_subcommand_from ${command.name}`)
  return `${lines.join('\n')}\n`
}
