/** The step `map`: makes the text of a document of its fields, and chooses the fields that stay. */

import { StageError } from '../../core/failure.ts'
import type { Json } from '../../core/values/json.ts'
import { fieldTemplate } from '../conversations/field-template.ts'
import { namesOf } from '../conversations/fields.ts'
import { idOf } from '../document.ts'
import { noticeAbsent } from '../kept-fields.ts'
import type { StepMaker } from './step.ts'

interface MapParams {
  readonly text?: string
  readonly keep_fields?: readonly string[]
}

export const map: StepMaker = (params, book) => {
  const { text, keep_fields: kept } = params as unknown as MapParams
  const template = text === undefined ? undefined : fieldTemplate(text)
  const keeps = kept === undefined ? undefined : new Set(kept)
  const change = book.step('map')
  const notice = noticeAbsent('map', kept, book, true)
  return (document) => {
    if (template !== undefined) {
      const fields: Readonly<Record<string, Json>> = {
        ...document.fields,
        text: document.text,
        // Computed only for a hole, because an id of the content is a digest of it.
        get id() {
          return idOf(document)
        },
      }
      const filled = template.fill(fields)
      if ('field' in filled) {
        const { field } = filled
        if (filled.problem === 'missing')
          throw new StageError(
            'missing-field',
            `the document ${idOf(document)} has no field \`${field}\``,
            `It has ${namesOf(fields)}. Drop such documents first: keep(where: has(${field})).`,
          )
        throw new StageError(
          'wrong-field',
          `the document ${idOf(document)} has a list or an object in the field \`${field}\``,
          `A hole takes one value. Name a value within the field: {${field}.NAME} of an object, {${field}.0} of a list.`,
        )
      }
      if (filled.text !== document.text) {
        change.documents++
        document.replaceText(filled.text)
      }
    }
    if (keeps !== undefined) {
      notice(document)
      document.keepFields(keeps)
    }
    return true
  }
}
