/** A Python with PyTorch, as findPython describes it. */

/** A device that PyTorch computes on. */
export interface TorchDevice {
  readonly kind: 'cpu' | 'cuda' | 'mps'
  readonly name: string
  /** Bytes; `undefined` if PyTorch does not tell. */
  readonly memory?: number
  /** The compute capability of a CUDA device: `9.0`. */
  readonly capability?: string
}

/** A Python that can run the engine. */
export interface TorchPython {
  /** The interpreter. */
  readonly path: string
  /** Its version: `3.12.3`. */
  readonly python: string
  /** The version of PyTorch: `2.9.1+cu130`. */
  readonly torch: string
  /** The file of PyTorch's package: `…/site-packages/torch/__init__.py`. */
  readonly file: string
  /** The version of CUDA that PyTorch was built for. */
  readonly cuda?: string
  /** The version of ROCm that PyTorch was built for. */
  readonly hip?: string
  /** CUDA devices or the GPU of a Mac, if PyTorch can use any. The CPU is always the last. */
  readonly devices: readonly TorchDevice[]
  /** Why PyTorch uses no CUDA device although it was built for CUDA, if it tells: `CUDA initialization: The NVIDIA driver … is too old`. */
  readonly trouble?: string
}
