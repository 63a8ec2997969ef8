/** The types of the values of settings, inferred from their schemas: a misspelt setting does not compile. */

import type { DocumentExpression } from '../expression.ts'
import type { Json } from '../values/json.ts'
import type { SettingSchema, SettingsSchema } from './setting.ts'

export type Settings = Readonly<Record<string, SettingSchema>>

/** The value of one setting. */
export type ValueOf<S> = S extends { readonly calls: infer C extends Readonly<Record<string, SettingsSchema>> }
  ? CallOf<C>
  : S extends { readonly expression: string }
    ? DocumentExpression
    : S extends { readonly enum: readonly (infer Member)[] }
      ? S extends { readonly orString: true }
        ? string
        : Member
      : S extends { readonly type: 'integer' | 'number' }
        ? S extends { readonly countOrPart: true }
          ? number | '100%'
          : number
        : S extends { readonly type: 'boolean' }
          ? boolean
          : S extends { readonly type: 'array'; readonly items: infer Item }
            ? readonly ValueOf<Item>[]
            : S extends { readonly type: 'string' }
              ? string
              : Json

/** A group of values, with the name of the call that they are written as. Artefacts in it are inputs of the stage, not values. */
type CallOf<C extends Readonly<Record<string, SettingsSchema>>> = {
  [Name in keyof C & string]: { readonly call: Name } & ValuesOf<
    Without<C[Name]['properties'], { readonly input: object }>
  >
}[keyof C & string]

/** The settings of `S` that are not like `Trait`. */
type Without<S, Trait> = { readonly [Name in keyof S as S[Name] extends Trait ? never : Name]: S[Name] }

/** The settings of `S` that are like `Trait`. */
type With<S, Trait> = { readonly [Name in keyof S as S[Name] extends Trait ? Name : never]: S[Name] }

type Optional = { readonly optional: true } | { readonly keepsKeys: true }
type Hint = { readonly hint: true }
type Files = { readonly files: true }

/** The values of settings by name. A setting that is `optional` or `keepsKeys` may be absent. */
type ValuesOf<S> = Flat<
  { readonly [Name in keyof Without<S, Optional>]: ValueOf<S[Name & keyof S]> } & {
    readonly [Name in keyof With<S, Optional>]?: ValueOf<S[Name & keyof S]>
  }
>

/** One object type in place of an intersection, so that messages of the compiler show its fields. */
type Flat<T> = { readonly [Name in keyof T]: T[Name] }

/** The values of the settings that are part of the key. */
export type ParamsOf<S> = ValuesOf<Without<S, Hint | Files>>

/** The values of the settings that cannot change the output. */
export type HintsOf<S> = ValuesOf<With<S, Hint>>

/** A value for each setting that names files; absent if the setting is optional and not given. */
export type FilesOf<S, File> = Flat<
  { readonly [Name in keyof Without<With<S, Files>, Optional>]: readonly File[] } & {
    readonly [Name in keyof With<With<S, Files>, Optional>]?: readonly File[]
  }
>

/** The roles of the artefacts that the calls of a setting take: `win_rate.judge`. */
export type NestedRole<S> = {
  [Name in keyof S & string]: S[Name] extends { readonly calls: infer C }
    ? {
        [Call in keyof C]: C[Call] extends { readonly properties: infer P }
          ? `${Name}.${keyof With<P, { readonly input: object }> & string}`
          : never
      }[keyof C]
    : never
}[keyof S & string]
