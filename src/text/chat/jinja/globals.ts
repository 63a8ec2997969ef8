/** The global functions of templates: Jinja's, and those that transformers adds. */

import { dateText } from './format.ts'
import { checkRange, JinjaError, Refused } from './limits.ts'
import { Text } from './text.ts'
import { Attributes, Callable, Dict, integerArgument, itemsOf, List, textArgument, type Value } from './value.ts'
import { str } from './write.ts'

const functions: Readonly<Record<string, Callable['call']>> = {
  range: (args) => {
    const [a = 0, b, c = 1] = args.map((value) => integerArgument(value, 'range()'))
    const [from, to] = b === undefined ? [0, a] : [a, b]
    if (c === 0) throw new JinjaError('range() arg 3 must not be zero')
    const count = Math.max(0, Math.ceil((to - from) / c))
    checkRange(count)
    return new List(Array.from({ length: count }, (_, i) => from + i * c))
  },
  namespace: (args, named) => {
    const entries = entriesOf(args, named)
    return new Attributes('namespace', () => entries)
  },
  dict: (args, named) =>
    new Dict(entriesOf(args, named).map(([name, value]): [Value, Value] => [new Text(name), value])),
  raise_exception: ([reason]) => {
    throw new Refused(reason === undefined ? 'it gives no reason' : str(reason).value)
  },
}

function entriesOf(args: readonly Value[], named: ReadonlyMap<string, Value>): [string, Value][] {
  const [first] = args
  const pairs = first instanceof Dict ? first.entries() : first === undefined ? [] : itemsOf(first).map(pairOf)
  return [...pairs.map(([name, value]): [string, Value] => [textArgument(name, 'a name').value, value]), ...named]
}

function pairOf(value: Value): readonly [Value, Value] {
  const [name, of] = itemsOf(value)
  if (name === undefined || of === undefined) throw new JinjaError('expected pairs of a name and a value')
  return [name, of]
}

/** The functions by name. `strftime_now` returns `date`, because a rendering must not depend on the current day. */
export function globals(date: string): Map<string, Value> {
  const all = new Map<string, Value>(Object.entries(functions).map(([name, call]) => [name, new Callable(name, call)]))
  all.set(
    'strftime_now',
    new Callable('strftime_now', ([form]) => new Text(dateText(date, textArgument(form, 'strftime_now()').value))),
  )
  return all
}
