// The arithmetic of an optimizer's step, in AssemblyScript, four floats at a time. scripts/kernels.mjs compiles this file to
// kernels.generated.ts. Addresses are in bytes; counts are numbers of floats, multiples of four.

/** Σ x², in double precision: one sum for each lane, added at the end. */
export function squares(x: usize, count: usize): f64 {
  let low = f64x2.splat(0)
  let high = f64x2.splat(0)
  for (let i: usize = 0; i < count * 4; i += 16) {
    const four = v128.load(x + i)
    const first = f64x2.promote_low_f32x4(four)
    const second = f64x2.promote_low_f32x4(v128.shuffle<i32>(four, four, 2, 3, 0, 1))
    low = f64x2.add(low, f64x2.mul(first, first))
    high = f64x2.add(high, f64x2.mul(second, second))
  }
  const sum = f64x2.add(low, high)
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1)
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
