/** The forms of a program that `check --debug` prints, in the order in which the compiler makes them. */

export const debugForms = ['tokens', 'tree', 'graph', 'plan'] as const

export type DebugForm = (typeof debugForms)[number]
