/** Runs a template: statements write text, and expressions have values. Names are looked up in scopes, innermost first. */

import { arithmetic, compares } from './arithmetic.ts'
import { attribute, item, slice } from './attributes.ts'
import { filterNamed } from './filters.ts'
import { Budget, JinjaError, Refused } from './limits.ts'
import type { Arguments, Expression, NamedCall, Parameter, Statement, Target } from './node.ts'
import { isNamespace, testNamed } from './tests.ts'
import { Text, TextBuilder } from './text.ts'
import {
  Attributes,
  Callable,
  Dict,
  defined,
  Float,
  integer,
  isNumeric,
  itemsOf,
  List,
  numberOf,
  orUndefined,
  truth,
  typeName,
  Undefined,
  type Value,
} from './value.ts'
import { str } from './write.ts'

type Scope = { readonly names: Map<string, Value>; readonly outer?: Scope | undefined }
/** The number of steps that an iteration costs by itself. */
const iterationSteps = 5

type Flow = 'break' | 'continue' | undefined

/** Runs a template with these values of `names`. Throws a JinjaError that names the line. */
export function runTemplate(body: readonly Statement[], names: Map<string, Value>): Text {
  const run = new Run()
  const out = new TextBuilder()
  try {
    run.statements(body, { names }, out)
  } catch (error) {
    if (error instanceof Refused || !(error instanceof JinjaError)) throw error
    throw new JinjaError(`line ${run.line}: ${error.message}`)
  }
  return out.text()
}

class Run {
  line = 1
  readonly #budget = new Budget()

  statements(body: readonly Statement[], scope: Scope, out: TextBuilder): Flow {
    for (const statement of body) {
      const flow = this.#statement(statement, scope, out)
      if (flow !== undefined) return flow
    }
    return undefined
  }

  #statement(statement: Statement, scope: Scope, out: TextBuilder): Flow {
    this.#budget.take()
    this.line = statement.line
    switch (statement.kind) {
      case 'text':
        out.add(new Text(statement.value))
        return undefined
      case 'output':
        out.add(str(this.#value(statement.value, scope)))
        return undefined
      case 'if': {
        const branch = statement.branches.find(({ test }) => truth(this.#value(test, scope)))
        return this.statements(branch?.body ?? statement.otherwise, scope, out)
      }
      case 'for':
        return this.#for(statement, scope, out)
      case 'set':
        this.#assign(statement.target, this.#value(statement.value, scope), scope)
        return undefined
      case 'set-block':
        this.#assign(
          statement.target,
          this.#filtered(statement.filters, this.#block(statement.body, scope), scope),
          scope,
        )
        return undefined
      case 'macro':
        scope.names.set(statement.name, this.#macro(statement.name, statement.parameters, statement.body, scope))
        return undefined
      case 'call-block':
        out.add(str(this.#callBlock(statement, scope)))
        return undefined
      case 'filter-block':
        out.add(str(this.#filtered(statement.filters, this.#block(statement.body, scope), scope)))
        return undefined
      case 'with': {
        const inner = within(scope)
        for (const [target, value] of statement.values) this.#assign(target, this.#value(value, scope), inner)
        return this.statements(statement.body, inner, out)
      }
      case 'generation':
        return this.statements(statement.body, scope, out)
      case 'break':
      case 'continue':
        return statement.kind
    }
  }

  #block(body: readonly Statement[], scope: Scope): Text {
    const out = new TextBuilder()
    this.statements(body, within(scope), out)
    return out.text()
  }

  #for(statement: Extract<Statement, { kind: 'for' }>, scope: Scope, out: TextBuilder, given?: Value, depth = 1): Flow {
    const { target, where, body, otherwise } = statement
    let items = itemsOf(given === undefined ? this.#value(statement.of, scope) : given)
    this.#budget.take(items.length)
    if (where !== undefined)
      items = items.filter((each) => {
        const inner = within(scope)
        this.#assign(target, each, inner)
        return truth(this.#value(where, inner))
      })
    for (const [i, each] of items.entries()) {
      this.#budget.take(iterationSteps)
      const inner = within(scope)
      inner.names.set('loop', this.#loop(statement, items, i, scope, depth))
      this.#assign(target, each, inner)
      if (this.statements(body, inner, out) === 'break') return undefined
    }
    if (items.length === 0) return this.statements(otherwise, scope, out)
    return undefined
  }

  #loop(
    statement: Extract<Statement, { kind: 'for' }>,
    items: readonly Value[],
    i: number,
    scope: Scope,
    depth: number,
  ): Value {
    const loop = (): [string, Value][] => [
      ['index', i + 1],
      ['index0', i],
      ['revindex', items.length - i],
      ['revindex0', items.length - i - 1],
      ['first', i === 0],
      ['last', i === items.length - 1],
      ['length', items.length],
      ['depth', depth],
      ['depth0', depth - 1],
      ['previtem', orUndefined(items[i - 1], 'there is no previous item')],
      ['nextitem', orUndefined(items[i + 1], 'there is no next item')],
      ['cycle', new Callable('cycle', (args) => args[i % args.length] ?? null)],
    ]
    if (!statement.recursive) return new Attributes('loop', loop)
    return new Callable('loop', ([inner]) =>
      this.#budget.deeper(() => {
        const out = new TextBuilder()
        this.#for(statement, scope, out, inner ?? null, depth + 1)
        return out.text()
      }),
    )
  }

  #assign(target: Target, value: Value, scope: Scope): void {
    if (target.kind === 'name') scope.names.set(target.name, value)
    else if (target.kind === 'attribute') {
      const of = lookUp(scope, target.of)
      if (of === undefined || !isNamespace(of)) throw new JinjaError('cannot assign attribute on non-namespace object')
      of.values.set(target.name, value)
    } else {
      const items = itemsOf(defined(value))
      if (items.length !== target.targets.length)
        throw new JinjaError(`${items.length} values for ${target.targets.length} names`)
      for (const [i, each] of target.targets.entries()) this.#assign(each, items[i]!, scope)
    }
  }

  #macro(name: string, parameters: readonly Parameter[], body: readonly Statement[], scope: Scope): Callable {
    return new Callable(name, (args, named) =>
      this.#budget.deeper(() => {
        const inner = within(scope)
        const left = new Map(named)
        const late: Parameter[] = []
        for (const [i, parameter] of parameters.entries()) {
          const value = i < args.length ? args[i] : left.get(parameter.name)
          if (i >= args.length) left.delete(parameter.name)
          inner.names.set(parameter.name, orUndefined(value, `parameter '${parameter.name}' was not provided`))
          if (value === undefined) late.push(parameter)
        }
        const caller = left.get('caller')
        left.delete('caller')
        if (caller !== undefined) inner.names.set('caller', caller)
        inner.names.set('varargs', new List(args.slice(parameters.length), true))
        inner.names.set('kwargs', new Dict([...left].map(([key, value]) => [new Text(key), value])))
        for (const { name: missing, otherwise } of late)
          if (otherwise !== undefined) inner.names.set(missing, this.#value(otherwise, inner))
        const out = new TextBuilder()
        this.statements(body, inner, out)
        return out.text()
      }),
    )
  }

  #callBlock({ call, parameters, body }: Extract<Statement, { kind: 'call-block' }>, scope: Scope): Value {
    if (call.kind !== 'call') throw new JinjaError('{% call %} needs a call')
    const { args, named } = this.#arguments(call.args, scope)
    named.set('caller', this.#macro('caller', parameters, body, scope))
    return this.#call(this.#value(call.of, scope), args, named)
  }

  #call(of: Value, args: readonly Value[], named: ReadonlyMap<string, Value>): Value {
    if (of instanceof Callable) return of.call(args, named)
    defined(of)
    throw new JinjaError(`'${typeName(of)}' object is not callable`)
  }

  #arguments(given: Arguments, scope: Scope): { readonly args: Value[]; readonly named: Map<string, Value> } {
    const args = given.positional.flatMap(({ value, spread }) => {
      const made = this.#value(value, scope)
      return spread ? itemsOf(made) : [made]
    })
    const named = new Map(given.named.map(({ name, value }) => [name, this.#value(value, scope)]))
    if (given.spread !== undefined) {
      const spread = this.#value(given.spread, scope)
      if (!(spread instanceof Dict))
        throw new JinjaError(`argument after ** must be a mapping, not ${typeName(spread)}`)
      for (const [name, value] of spread.entries()) named.set(str(name).value, value)
    }
    return { args, named }
  }

  #filtered(filters: readonly NamedCall[], start: Value, scope: Scope): Value {
    let value = start
    for (const { name, args: given } of filters) {
      const { args, named } = this.#arguments(given, scope)
      value = filterNamed(name)(value, args, named)
    }
    return value
  }

  #value(expression: Expression, scope: Scope): Value {
    this.#budget.take()
    switch (expression.kind) {
      case 'text':
        return new Text(expression.value)
      case 'number':
        return expression.float ? new Float(Number(expression.value)) : expression.value
      case 'constant':
        return expression.value
      case 'name':
        return orUndefined(lookUp(scope, expression.name), `'${expression.name}' is undefined`)
      case 'list':
        return new List(
          expression.items.map((each) => this.#value(each, scope)),
          expression.tuple,
        )
      case 'dict':
        return new Dict(expression.entries.map(([key, of]) => [this.#value(key, scope), this.#value(of, scope)]))
      case 'attribute':
        return attribute(this.#value(expression.of, scope), expression.name)
      case 'item':
        return item(this.#value(expression.of, scope), this.#value(expression.key, scope))
      case 'slice': {
        const [from, to, by] = expression.parts.map((part) => part && this.#value(part, scope))
        return slice(this.#value(expression.of, scope), from, to, by)
      }
      case 'call': {
        const of = this.#value(expression.of, scope)
        const { args, named } = this.#arguments(expression.args, scope)
        return this.#call(of, args, named)
      }
      case 'filter':
        return this.#filtered([expression.filter], this.#value(expression.of, scope), scope)
      case 'test': {
        const { args } = this.#arguments(expression.test.args, scope)
        return testNamed(expression.test.name)(this.#value(expression.of, scope), args) !== expression.negated
      }
      case 'not':
        return !truth(this.#value(expression.of, scope))
      case 'minus':
      case 'plus':
        return signed(this.#value(expression.of, scope), expression.kind === 'minus' ? -1 : 1)
      case 'and': {
        const left = this.#value(expression.left, scope)
        return truth(left) ? this.#value(expression.right, scope) : left
      }
      case 'or': {
        const left = this.#value(expression.left, scope)
        return truth(left) ? left : this.#value(expression.right, scope)
      }
      case 'binary':
        return arithmetic(
          expression.operator,
          this.#value(expression.left, scope),
          this.#value(expression.right, scope),
        )
      case 'compare': {
        let left = this.#value(expression.first, scope)
        for (const [operator, next] of expression.rest) {
          const right = this.#value(next, scope)
          if (!compares(operator, left, right)) return false
          left = right
        }
        return true
      }
      case 'choice':
        if (truth(this.#value(expression.test, scope))) return this.#value(expression.chosen, scope)
        if (expression.otherwise !== undefined) return this.#value(expression.otherwise, scope)
        return new Undefined('an if-expression without else has no value here')
    }
  }
}

function within(outer: Scope): Scope {
  return { names: new Map(), outer }
}

function lookUp(scope: Scope, name: string): Value | undefined {
  for (let at: Scope | undefined = scope; at !== undefined; at = at.outer) {
    const value = at.names.get(name)
    if (value !== undefined) return value
  }
  return undefined
}

function signed(value: Value, sign: number): Value {
  defined(value)
  if (!isNumeric(value))
    throw new JinjaError(`bad operand type for unary ${sign < 0 ? '-' : '+'}: '${typeName(value)}'`)
  if (typeof value === 'bigint') return sign < 0 ? integer(-value) : value
  return value instanceof Float ? new Float(sign * numberOf(value)) : sign * numberOf(value)
}
