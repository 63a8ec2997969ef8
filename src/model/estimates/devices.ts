/**
 * GPUs, as the data sheets of their makers describe them. Peaks are of dense products with sums in float32: data sheets also give figures
 * for sparse matrices, which are twice as high.
 */

export interface Device {
  /** As data sheets call it: `NVIDIA H100 SXM`. */
  readonly title: string
  /** Bytes. */
  readonly memory: number
  /** Bytes per second between the memory and the processors. */
  readonly bandwidth: number
  /** Floating-point operations per second; `undefined` for bfloat16 if the device has no products in it. */
  readonly peak: { readonly float32: number; readonly bfloat16?: number }
  /** Where the figures are from. */
  readonly source: string
}

/** The devices that `--device` can name. */
export const devices = {
  t4: device('NVIDIA T4', 16, 320, 8.1, undefined, 'T4 data sheet, 2019'),
  v100: device('NVIDIA V100 SXM2 32GB', 32, 900, 15.7, undefined, 'V100 data sheet, 2020'),
  a10: device('NVIDIA A10', 24, 600, 31.2, 125, 'A10 data sheet, 2021'),
  'a100-40': device('NVIDIA A100 40GB', 40, 1555, 19.5, 312, 'A100 data sheet, 2021'),
  'a100-80': device('NVIDIA A100 SXM 80GB', 80, 2039, 19.5, 312, 'A100 data sheet, 2021'),
  l4: device('NVIDIA L4', 24, 300, 30.3, 121, 'L4 data sheet, 2023'),
  l40s: device('NVIDIA L40S', 48, 864, 91.6, 362, 'L40S data sheet, 2023'),
  'h100-pcie': device('NVIDIA H100 PCIe', 80, 2000, 51, 756, 'H100 data sheet, 2023'),
  h100: device('NVIDIA H100 SXM', 80, 3350, 67, 989, 'H100 data sheet, 2023'),
  h200: device('NVIDIA H200 SXM', 141, 4800, 67, 989, 'H200 data sheet, 2024'),
  b200: device('NVIDIA B200', 180, 8000, 75, 2250, 'DGX B200 and HGX B200 data sheets, 2024'),
  'rtx-3090': device('NVIDIA GeForce RTX 3090', 24, 936, 35.6, 71, 'GA102 white paper, 2020'),
  'rtx-4090': device('NVIDIA GeForce RTX 4090', 24, 1008, 82.6, 165, 'Ada white paper, 2022'),
  'rtx-5090': device('NVIDIA GeForce RTX 5090', 32, 1792, 104.8, 209.5, 'RTX Blackwell white paper, 2025'),
  'rtx-a6000': device('NVIDIA RTX A6000', 48, 768, 38.7, 154.8, 'RTX A6000 data sheet, 2020'),
  mi300x: device('AMD Instinct MI300X', 192, 5300, 163.4, 1307, 'MI300X data sheet, 2023'),
} as const satisfies Readonly<Record<string, Device>>

export type DeviceName = keyof typeof devices

export const deviceNames = Object.keys(devices) as DeviceName[]

/** The name of the device that is written so, whatever the case, blanks and hyphens: `RTX 4090` is `rtx-4090`. */
export function deviceNamed(written: string): DeviceName | undefined {
  return deviceNames.find((name) => plain(name) === plain(written))
}

/** The names of devices that somebody who wrote this may mean: `a100` means `a100-40` or `a100-80`. */
export function devicesLike(written: string): DeviceName[] {
  const wanted = plain(written)
  if (wanted === '') return []
  const longer = deviceNames.filter((name) => plain(name).includes(wanted))
  return longer.length > 0 ? longer : deviceNames.filter((name) => wanted.includes(plain(name)))
}

function plain(name: string): string {
  return name
    .toLowerCase()
    .replace(/^nvidia|geforce/g, '')
    .replace(/[^a-z0-9]/g, '')
}

/** A device from the units of data sheets: GB, GB/s and TFLOP/s. */
function device(
  title: string,
  gigabytes: number,
  bandwidth: number,
  float32: number,
  bfloat16: number | undefined,
  source: string,
): Device {
  const peak = { float32: float32 * 1e12, ...(bfloat16 === undefined ? {} : { bfloat16: bfloat16 * 1e12 }) }
  return { title, memory: gigabytes * 1e9, bandwidth: bandwidth * 1e9, peak, source }
}
