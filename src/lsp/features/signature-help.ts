/** The parameters of the call that is being typed. */

import { MarkupKind, type ParameterInformation, type SignatureHelp } from 'vscode-languageserver'
import { cursorAt } from '../cursor.ts'
import { innermostCall } from '../resolve-frame.ts'
import type { Workspace } from '../workspace.ts'

/** How many parameters are shown: some kinds have thirty, and the popup covers the text. */
const maxShown = 12

export function signatureHelpAt(workspace: Workspace, path: string, offset: number): SignatureHelp | null {
  const text = workspace.document(path)?.getText()
  if (text === undefined) return null
  const cursor = cursorAt(text, offset)
  if (cursor.inside === 'comment') return null
  const call = innermostCall(workspace, path, cursor.frames)
  if (call === undefined) return null
  const { callable, parameter, frame } = call
  const piped = frame.isPiped ? callable.positional[0] : undefined
  const given = new Set(frame.given)
  const open = callable.parameters.filter(({ name }) => name !== piped)
  const important = open.filter((each) => each.isRequired || given.has(each.name) || each === parameter)
  const others = open.filter((each) => !important.includes(each)).slice(0, Math.max(0, maxShown - important.length))
  // Parameters that take positional arguments come first, in their order.
  const place = ({ name }: { readonly name: string }) => {
    const at = callable.positional.indexOf(name)
    return at === -1 ? callable.positional.length : at
  }
  const shown = open
    .filter((each) => important.includes(each) || others.includes(each))
    .sort((a, b) => place(a) - place(b))
  const labels = shown.map(({ label }) => label)
  const more = shown.length < open.length ? [`… ${open.length - shown.length} more`] : []
  const active = parameter === undefined ? -1 : shown.indexOf(parameter)
  return {
    signatures: [
      {
        label: `${callable.name}(${[...labels, ...more].join(', ')})`,
        ...(callable.doc === undefined ? {} : { documentation: { kind: MarkupKind.Markdown, value: callable.doc } }),
        parameters: shown.map(
          ({ label, doc }): ParameterInformation => ({
            label,
            ...(doc === undefined ? {} : { documentation: { kind: MarkupKind.Markdown, value: doc } }),
          }),
        ),
      },
    ],
    activeSignature: 0,
    // Without a parameter, an index behind the last one marks none.
    activeParameter: active === -1 ? shown.length : active,
  }
}
