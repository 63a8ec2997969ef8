/** Finds what the names in expressions refer to: names in scope, and the words of settings, choices, groups and metrics. */

import type { Span } from '../../../grammar/span.ts'
import type { CallExpression, Expression } from '../../../grammar/syntax.ts'
import type { Catalogue } from '../../core/kind/kind.ts'
import { mixName, mixSettings } from '../../core/kind/mixture.ts'
import { numberFunctions } from '../../core/values/number-functions.ts'
import { clausesOf } from '../../language/1-resolve/module.ts'
import { inits, primitives } from '../../language/3-elaborate/primitives.ts'
import { schemaOf } from '../../language/parameter-types.ts'
import { ownPlaces, type Places, placesOfGroup, placesOfKind } from './argument-places.ts'
import { allArguments, callable, groupIn, lookUp, type Meaning, type Scope } from './scope.ts'
import type { NameSymbol, Occurrence, Word } from './symbol.ts'

export class ExpressionWalk {
  /** The names of the module. */
  readonly scope = new Map<string, NameSymbol>()
  readonly occurrences: Occurrence[] = []
  readonly words: Word[] = []
  readonly #catalogue: Catalogue

  constructor(catalogue: Catalogue) {
    this.#catalogue = catalogue
  }

  /** Finds the names in an expression. `meaning`: the setting that takes the expression. */
  expression(expression: Expression, scope: Scope, meaning?: Meaning): void {
    switch (expression.type) {
      case 'number':
      case 'boolean':
      case 'missing':
        return
      case 'string':
        // The holes of a template name fields of documents.
        if (meaning?.template || expression.raw) return
        for (const part of expression.parts) if (part.type === 'hole') this.expression(part.value, scope)
        return
      case 'list':
        for (const item of expression.items) this.expression(item, scope, meaning?.items ?? meaning)
        return
      case 'range':
        this.expression(expression.from, scope)
        this.expression(expression.to, scope)
        return
      case 'name':
        this.#name(expression.name, expression.span, scope, meaning)
        return
      case 'member':
        this.expression(expression.object, scope)
        return
      case 'index':
        this.expression(expression.object, scope)
        this.expression(expression.index, scope)
        return
      case 'select':
        this.#select(expression, scope)
        return
      case 'call':
        this.#call(expression, scope, meaning, false)
        return
      case 'pipe': {
        // Chains of pipes can be thousands long, so they are not walked recursively.
        const calls: CallExpression[] = []
        let left: Expression = expression
        for (; left.type === 'pipe'; left = left.left) calls.push(left.right)
        this.expression(left, scope)
        for (const call of calls.reverse()) this.#call(call, scope, undefined, true)
        return
      }
      case 'binary': {
        const rights: Expression[] = []
        let left: Expression = expression
        for (; left.type === 'binary'; left = left.left) rights.push(left.right)
        this.expression(left, scope, meaning)
        for (const right of rights.reverse()) this.expression(right, scope, meaning)
        return
      }
      case 'unary':
        this.expression(expression.operand, scope, meaning)
        return
      case 'if':
        this.expression(expression.condition, scope)
        this.expression(expression.then, scope, meaning)
        this.expression(expression.otherwise, scope, meaning)
        return
    }
  }

  #name(name: string, span: Span, scope: Scope, meaning: Meaning): void {
    if (meaning?.enum?.includes(name)) {
      this.words.push({ sort: 'choice', name, span, schema: meaning })
      return
    }
    const group = groupIn(meaning, name)
    if (group !== undefined) {
      this.words.push({ sort: 'group', name, span, schema: group })
      return
    }
    const inCondition = scope.words === 'metrics' || meaning?.expression !== undefined
    const metrics = this.#catalogue.metrics
    if (inCondition && (Object.hasOwn(metrics, name) || Object.hasOwn(meaning?.metrics ?? {}, name))) {
      this.words.push({ sort: 'metric', name, span })
      return
    }
    const symbol = lookUp(scope, name)
    if (symbol !== undefined) this.occurrences.push({ span, symbol, role: 'use' })
  }

  /** `base[lr=3e-4]`: the names in the brackets are variables of the `for`s around `base`. */
  #select({ object, entries }: Extract<Expression, { type: 'select' }>, scope: Scope): void {
    this.expression(object, scope)
    const loops = object.type === 'name' ? (lookUp(scope, object.name)?.loops ?? []) : []
    for (const { name, value } of entries) {
      for (const loop of loops)
        for (const bound of clausesOf(loop).flatMap(({ names }) => names))
          if (bound.name === name.name) {
            const symbol: NameSymbol = { name: name.name, sort: 'variable', span: bound.span, reach: loop.span }
            this.occurrences.push({ span: name.span, symbol, role: 'use' })
          }
      this.expression(value, scope)
    }
  }

  #call(call: CallExpression, scope: Scope, meaning: Meaning, piped: boolean): void {
    const { name, span } = call.callee
    const group = groupIn(meaning, name)
    const symbol = this.scope.get(name)
    const isCallable = symbol !== undefined && callable.has(symbol.sort)
    const { kinds } = this.#catalogue
    if (name === mixName && !isCallable) {
      this.words.push({ sort: 'group', name, span, schema: mixSettings })
      this.#mixture(call, scope)
      return
    }
    if (group !== undefined) {
      this.words.push({ sort: 'group', name, span, schema: group })
      this.#arguments(call, scope, placesOfGroup(group), piped)
      return
    }
    if (isCallable) {
      this.occurrences.push({ span, symbol, role: 'use' })
      this.#ownArguments(call, scope, symbol, piped)
      return
    }
    if (scope.words === 'body') {
      const isKnown = [primitives, numberFunctions, inits].some((table) => Object.hasOwn(table, name))
      if (isKnown) this.words.push({ sort: 'primitive', name, span })
      this.#arguments(call, scope, undefined, piped)
      return
    }
    const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined
    if (kind !== undefined) this.words.push({ sort: 'kind', name, span })
    else if (Object.hasOwn(numberFunctions, name)) this.words.push({ sort: 'primitive', name, span })
    this.#arguments(call, scope, kind && placesOfKind(kind), piped)
  }

  /** The arguments of something that the program declares: their names are those of its parameters. */
  #ownArguments(call: CallExpression, scope: Scope, callee: NameSymbol, piped: boolean): void {
    const { declaration } = callee.original ?? callee
    for (const { argument, parameter } of ownPlaces(call, declaration, piped)) {
      const { name, value } = argument
      if (name && parameter) {
        const { span } = parameter.name
        const symbol: NameSymbol = { name: name.name, sort: 'parameter', span, reach: declaration!.span, parameter }
        this.occurrences.push({ span: name.span, symbol, role: 'argument' })
      }
      this.expression(value, scope, parameter?.of && schemaOf(parameter.of))
    }
  }

  /** The arguments of a mixture, whose names are those of its sources or of its settings. */
  #mixture(call: CallExpression, scope: Scope): void {
    this.#arguments(call, scope, placesOfGroup(mixSettings), false)
    for (const { name } of allArguments(call)) {
      const isSetting = name === undefined || Object.hasOwn(mixSettings.properties, name.name)
      const symbol = isSetting ? undefined : lookUp(scope, name.name)
      if (name !== undefined && symbol !== undefined) this.occurrences.push({ span: name.span, symbol, role: 'use' })
    }
  }

  #arguments(call: CallExpression, scope: Scope, places: Places | undefined, piped: boolean): void {
    const { name: of } = call.callee
    let position = piped ? 1 : 0
    for (const { name, value } of allArguments(call)) {
      const place = name === undefined ? places?.at(position++) : places?.named(name.name)
      if (name !== undefined && place !== undefined) {
        const { schema, input } = place
        const more = { ...(schema === undefined ? {} : { schema }), ...(input === undefined ? {} : { input }) }
        this.words.push({ sort: 'setting', name: name.name, span: name.span, of, ...more })
      }
      this.expression(value, scope, place?.schema)
    }
  }
}
