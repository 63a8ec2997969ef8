// The arithmetic of an optimizer's step, in AssemblyScript, four floats at a time. scripts/kernels.mjs compiles this file to
// kernels.generated.ts. Addresses are in bytes; counts are numbers of floats, multiples of four.

/** Adds x² to four sums in double precision at `sums`, one for each lane: they are added at the end, so that x may come in parts. */
export function squares(x: usize, count: usize, sums: usize): void {
  let low = v128.load(sums)
  let high = v128.load(sums + 16)
  for (let i: usize = 0; i < count * 4; i += 16) {
    const four = v128.load(x + i)
    const first = f64x2.promote_low_f32x4(four)
    const second = f64x2.promote_low_f32x4(v128.shuffle<i32>(four, four, 2, 3, 0, 1))
    low = f64x2.add(low, f64x2.mul(first, first))
    high = f64x2.add(high, f64x2.mul(second, second))
  }
  v128.store(sums, low)
  v128.store(sums + 16, high)
}

/** One step of AdamW: w ← w·keep − rate · m / (√v · correction + ε), with the gradient times `scale`. */
export function adamw(
  w: usize,
  gradient: usize,
  m: usize,
  v: usize,
  count: usize,
  scale: f32,
  beta1: f32,
  rest1: f32,
  beta2: f32,
  rest2: f32,
  keep: f32,
  rate: f32,
  correction: f32,
  epsilon: f32,
): void {
  for (let i: usize = 0; i < count * 4; i += 16) {
    const g = f32x4.mul(v128.load(gradient + i), f32x4.splat(scale))
    const first = f32x4.add(f32x4.mul(v128.load(m + i), f32x4.splat(beta1)), f32x4.mul(g, f32x4.splat(rest1)))
    const square = f32x4.mul(f32x4.mul(g, g), f32x4.splat(rest2))
    const second = f32x4.add(f32x4.mul(v128.load(v + i), f32x4.splat(beta2)), square)
    v128.store(m + i, first)
    v128.store(v + i, second)
    const root = f32x4.add(f32x4.mul(f32x4.sqrt(second), f32x4.splat(correction)), f32x4.splat(epsilon))
    const step = f32x4.div(f32x4.mul(first, f32x4.splat(rate)), root)
    v128.store(w + i, f32x4.sub(f32x4.mul(v128.load(w + i), f32x4.splat(keep)), step))
  }
}
