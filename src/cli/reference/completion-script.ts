/** Completion scripts, made of the table of commands. */

import { explanations } from '../../language/messages/codes.generated.ts'
import { kinds } from '../../stages/index.ts'
import type { Argument, Command } from '../command.ts'
import { Refusal } from '../terminal/refusal.ts'

/** The script of a shell. */
export async function completionScript(shell: string, all: readonly Command[]): Promise<string> {
  const commands = all.filter(({ hidden }) => !hidden)
  switch (shell) {
    case 'bash':
      return bash(commands)
    case 'zsh':
      return zsh(commands)
    case 'fish':
      return fish(commands)
    default:
      throw new Refusal(`there is no completion for ${shell}`, 'There is one for bash, zsh and fish.')
  }
}

/** The words that an argument can be; nothing where it is a file. */
function wordsOf({ completes }: Argument): readonly string[] | undefined {
  if (completes === 'codes') return explanations.map(({ code }) => code)
  if (completes === 'kinds') return Object.keys(kinds)
  return typeof completes === 'string' ? undefined : completes
}

interface Flag {
  readonly long: string
  readonly short?: string
  readonly takes: boolean
  readonly choices: readonly string[]
  readonly description: string
}

function flagsOf({ options = [] }: Command): Flag[] {
  return options.map(({ flags, description, choices = [] }) => {
    const short = /(?:^|\s)-(\w)\b/.exec(flags)?.[1]
    const long = /--([\w-]+)/.exec(flags)?.[1] ?? ''
    return { long, ...(short === undefined ? {} : { short }), takes: flags.includes('<'), choices, description }
  })
}

function bash(commands: readonly Command[]): string {
  const cases = commands.map((command) => {
    const flags = flagsOf(command)
    const words = (command.arguments ?? []).flatMap((argument) => wordsOf(argument) ?? [])
    const takesFiles = (command.arguments ?? []).some(({ completes }) => completes === 'programs')
    const choices = flags
      .filter((flag) => flag.choices.length > 0)
      .map(
        (flag) => `      --${flag.long}) COMPREPLY=($(compgen -W '${flag.choices.join(' ')}' -- "$word")); return ;;\n`,
      )
    const names = ['--help', ...flags.map(({ long }) => `--${long}`)].join(' ')
    return `    ${command.name})
      case "$before" in
${choices.join('')}      --store) COMPREPLY=($(compgen -d -- "$word")); return ;;
      esac
      if [[ $word == -* ]]; then COMPREPLY=($(compgen -W '${names}' -- "$word"))
      else COMPREPLY=($(compgen -W '${words.join(' ')}' -- "$word")${takesFiles ? ' $(compgen -f -X "!*.llmpipe" -- "$word") $(compgen -d -- "$word")' : ''})
      fi ;;`
  })
  return `# Completion of llmpipe for bash: source <(llmpipe completion bash)
_llmpipe() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}"
  COMPREPLY=()
  if [[ $COMP_CWORD == 1 ]]; then
    COMPREPLY=($(compgen -W '${commands.map(({ name }) => name).join(' ')} --help --version' -- "$word"))
    return
  fi
  case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
  esac
}
complete -o filenames -F _llmpipe llmpipe
`
}

function zsh(commands: readonly Command[]): string {
  const quoted = (text: string) => text.replaceAll("'", "'\\''").replace(/[[\]:]/g, (c) => `\\${c}`)
  const cases = commands.map((command) => {
    const flags = flagsOf(command).map((flag) => {
      const value = flag.takes
        ? `:${flag.long}:${flag.choices.length > 0 ? `(${flag.choices.join(' ')})` : '_files'}`
        : ''
      return `'--${flag.long}[${quoted(flag.description)}]${value}'`
    })
    const places = (command.arguments ?? []).map((argument) => {
      const words = wordsOf(argument)
      const action = words ? `(${words.join(' ')})` : argument.completes === 'programs' ? '_files -g "*.llmpipe"' : ' '
      return `'${argument.name.includes('...') ? '*' : ''}:${quoted(argument.description)}:${action}'`
    })
    return `    ${command.name}) _arguments '--help[print the help]' ${[...flags, ...places].join(' ')} ;;`
  })
  return `#compdef llmpipe
_llmpipe() {
  local -a commands=(
${commands.map(({ name, summary }) => `    '${name}:${quoted(summary)}'`).join('\n')}
  )
  if (( CURRENT == 2 )); then _describe command commands; return; fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
${cases.join('\n')}
  esac
}
_llmpipe "$@"
`
}

function fish(commands: readonly Command[]): string {
  const quoted = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
  const lines = ['# Completion of llmpipe for fish', 'complete -c llmpipe -f']
  for (const command of commands) {
    const here = `complete -c llmpipe -n '__fish_seen_subcommand_from ${command.name}'`
    lines.push(`complete -c llmpipe -n __fish_use_subcommand -a ${command.name} -d ${quoted(command.summary)}`)
    for (const flag of flagsOf(command)) {
      const short = flag.short === undefined ? '' : ` -s ${flag.short}`
      const value = flag.takes ? (flag.choices.length > 0 ? ` -x -a ${quoted(flag.choices.join(' '))}` : ' -r') : ''
      lines.push(`${here}${short} -l ${flag.long}${value} -d ${quoted(flag.description)}`)
    }
    for (const argument of command.arguments ?? []) {
      const words = wordsOf(argument)
      if (words) lines.push(`${here} -a ${quoted(words.join(' '))}`)
      else if (argument.completes === 'programs') lines.push(`${here} -F`)
    }
  }
  return `${lines.join('\n')}\n`
}
