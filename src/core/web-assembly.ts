/** Runs WebAssembly that scripts/kernels.mjs compiled, in memories that never grow: growing would detach the arrays that share them. */

/** Node's types do not declare WebAssembly: those of browsers do. */
declare const WebAssembly: {
  readonly Memory: new (pages: { initial: number; maximum: number }) => WasmMemory
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object, imports: { env: { memory: WasmMemory } }) => { readonly exports: object }
}

export interface WasmMemory {
  readonly buffer: ArrayBuffer
}

/** A memory of at least `bytes` bytes, and at most 4 GiB. */
export function memoryOf(bytes: number): WasmMemory {
  const pages = Math.ceil(bytes / 65_536)
  return new WebAssembly.Memory({ initial: pages, maximum: pages })
}

/** The functions of a compiled file, working in a memory. `binary`: the file in base64. */
export function kernelsIn<Kernels extends object>(binary: string, memory: WasmMemory): Kernels {
  const module = new WebAssembly.Module(Buffer.from(binary, 'base64'))
  return new WebAssembly.Instance(module, { env: { memory } }).exports as Kernels
}
