/** A compiler whose rows several processes divide, for tests: one engine computes the rows of each process after those of the others. */

import type { Compiler, Engine, Executable, Tensor, Tensors } from '../../src/engine/engine.ts'
import { numeric } from '../../src/model/shape.ts'

/** `onCompile` receives the rows of each process. */
export function inWays(engine: Engine, ways: number, onCompile: (rows: number) => void = () => {}): Compiler {
  return {
    ways,
    async compile(graph, { threads, divided }) {
      const executable = await engine.compile(graph, { threads })
      if (divided === undefined) return executable
      onCompile(numeric(graph.nodes[graph.inputs.tokens!]!.shape[0]!))
      return new InWays(executable, ways, divided)
    },
  }
}

class InWays implements Executable {
  readonly #inner: Executable
  readonly #ways: number
  readonly #divided: ReadonlySet<string>

  constructor(inner: Executable, ways: number, divided: readonly string[]) {
    this.#inner = inner
    this.#ways = ways
    this.#divided = new Set(divided)
  }

  async run(feeds: Tensors): Promise<Record<string, Tensor>> {
    const results: Record<string, Tensor>[] = []
    for (let way = 0; way < this.#ways; way++) {
      const own = Object.entries(feeds).map(([name, tensor]) => [
        name,
        this.#divided.has(name) ? this.#part(tensor, way) : tensor,
      ])
      results.push(await this.#inner.run(Object.fromEntries(own)))
    }
    return Object.fromEntries(
      Object.keys(results[0]!).map((name) => [name, joined(results.map((each) => each[name]!))]),
    )
  }

  dispose(): Promise<void> {
    return this.#inner.dispose()
  }

  /** Throws if the processes cannot have as many rows each. */
  #part({ dtype, shape: [rows = 0, ...rest], data }: Tensor, way: number): Tensor {
    const size = data.length / this.#ways
    if (rows % this.#ways !== 0) throw new Error(`${this.#ways} processes cannot divide ${rows} rows`)
    return { dtype, shape: [rows / this.#ways, ...rest], data: data.slice(way * size, (way + 1) * size) } as Tensor
  }
}

function joined(parts: readonly Tensor[]): Tensor {
  const [
    {
      dtype,
      shape: [rows = 0, ...rest],
      data: first,
    },
  ] = parts as readonly [Tensor]
  const data =
    dtype === 'int32' ? new Int32Array(parts.length * first.length) : new Float32Array(parts.length * first.length)
  for (const [i, part] of parts.entries()) data.set(part.data, i * first.length)
  return { dtype, shape: [parts.length * rows, ...rest], data } as Tensor
}
