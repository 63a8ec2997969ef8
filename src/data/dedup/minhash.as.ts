// The signature of MinHash, in AssemblyScript, sixteen permutations at a time. scripts/kernels.mjs compiles this file to minhash.generated.ts. Addresses
// are in bytes.

/**
 * Lowers a signature by shingles: place p becomes the least of itself and of shingle · factor[p] + offset[p], modulo 2³², signed. `places` is a multiple
 * of 16.
 */
export function lower(
  shingles: usize,
  count: usize,
  factors: usize,
  offsets: usize,
  signature: usize,
  places: usize,
): void {
  const end = shingles + count * 4
  for (let p: usize = 0; p < places * 4; p += 64) {
    const f0 = v128.load(factors + p)
    const f1 = v128.load(factors + p, 16)
    const f2 = v128.load(factors + p, 32)
    const f3 = v128.load(factors + p, 48)
    const o0 = v128.load(offsets + p)
    const o1 = v128.load(offsets + p, 16)
    const o2 = v128.load(offsets + p, 32)
    const o3 = v128.load(offsets + p, 48)
    let s0 = v128.load(signature + p)
    let s1 = v128.load(signature + p, 16)
    let s2 = v128.load(signature + p, 32)
    let s3 = v128.load(signature + p, 48)
    for (let at = shingles; at < end; at += 4) {
      const shingle = v128.load32_splat(at)
      s0 = i32x4.min_s(s0, i32x4.add(i32x4.mul(shingle, f0), o0))
      s1 = i32x4.min_s(s1, i32x4.add(i32x4.mul(shingle, f1), o1))
      s2 = i32x4.min_s(s2, i32x4.add(i32x4.mul(shingle, f2), o2))
      s3 = i32x4.min_s(s3, i32x4.add(i32x4.mul(shingle, f3), o3))
    }
    v128.store(signature + p, s0)
    v128.store(signature + p, s1, 16)
    v128.store(signature + p, s2, 32)
    v128.store(signature + p, s3, 48)
  }
}
