/** Attributes of modules: how Python code reads and sets those whose names Python or nn.Module has taken. */

import { quoted } from './expression.ts'
import { holderOf, isList, isSparseList, join, type ModuleNode, type ModuleTree } from './tree.ts'

/** The keywords of Python, which no attribute can be called by. */
const keywords: ReadonlySet<string> = new Set(
  `False None True and as assert async await break class continue def del elif else except finally for from global if import in is lambda
  nonlocal not or pass raise return try while with yield`.split(/\s+/),
)

/** The attributes of every nn.Module of PyTorch 2.6 to 2.15. */
export const moduleAttributes: ReadonlySet<string> = new Set(
  `T_destination add_module apply bfloat16 buffers call_super_init children compile cpu cuda double dump_patches eval extra_repr float
  forward get_buffer get_extra_state get_parameter get_submodule half ipu load_state_dict modules mtia named_buffers named_children
  named_modules named_parameters parameters register_backward_hook register_buffer register_forward_hook register_forward_pre_hook
  register_full_backward_hook register_full_backward_pre_hook register_load_state_dict_post_hook register_load_state_dict_pre_hook
  register_module register_parameter register_state_dict_post_hook register_state_dict_pre_hook requires_grad_ set_extra_state
  set_submodule share_memory state_dict to to_empty train training type xpu zero_grad`.split(/\s+/),
)

type Kind = 'module' | 'parameter'

/** How a member is stored: as an attribute, under a name that is a keyword, or past nn.Module, which has an attribute of that name. */
function storageOf(parent: ModuleNode, name: string, kind: Kind): 'attribute' | 'keyword' | 'hidden' {
  if (moduleAttributes.has(name) || name.startsWith('_')) return 'hidden'
  // A matrix `w` with an adapter has a parameter `w` and a module `w`.
  if (kind === 'module' && parent.weights.has(name)) return 'hidden'
  return keywords.has(name) ? 'keyword' : 'attribute'
}

const dictionaries = { module: '_modules', parameter: '_parameters' }

/** The expression that reads a member of `object`. */
function read(object: string, parent: ModuleNode, name: string, kind: Kind): string {
  if (isList(parent)) return `${object}[${name}]`
  if (isSparseList(parent)) return `${object}[${quoted(name)}]`
  const storage = storageOf(parent, name, kind)
  if (storage === 'attribute') return `${object}.${name}`
  if (storage === 'keyword') return `getattr(${object}, ${quoted(name)})`
  return `${object}.${dictionaries[kind]}[${quoted(name)}]`
}

/** The head and the tail of the statement that sets a member of `self`. */
export function assignment(parent: ModuleNode, name: string, kind: Kind): readonly [string, string] {
  const storage = storageOf(parent, name, kind)
  if (storage === 'attribute') return [`self.${name} = `, '']
  if (storage === 'hidden') return [`self.${dictionaries[kind]}[${quoted(name)}] = `, '']
  return [`self.${kind === 'module' ? 'add_module' : 'register_parameter'}(${quoted(name)}, `, ')']
}

/** Whether nn.Module's own `get_parameter` does not find some weight. */
export function hasHidden(node: ModuleNode): boolean {
  if ([...node.weights.keys()].some((name) => storageOf(node, name, 'parameter') === 'hidden')) return true
  return [...node.children.values()].some(
    (child) => storageOf(node, child.name, 'module') === 'hidden' || hasHidden(child),
  )
}

/** The expression for the module at `path`, in a method of the module at `from`, which contains it. */
export function moduleExpression(tree: ModuleTree, from: string, path: string): string {
  if (path === from) return 'self'
  const parent = holderOf(path)
  return read(moduleExpression(tree, from, parent), tree.at(parent), tree.at(path).name, 'module')
}

/** The expression for a weight, in a method of the module at `from`, which contains it. */
export function weightExpression(tree: ModuleTree, from: string, weight: string): string {
  const holder = holderOf(weight)
  return read(moduleExpression(tree, from, holder), tree.at(holder), weight.slice(join(holder, '').length), 'parameter')
}
