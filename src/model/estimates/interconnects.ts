/**
 * The connections between GPUs of one machine, and between machines, as data sheets describe them. Data sheets add up both directions of NVLink
 * and of PCIe; the figures here are of one direction.
 */

import type { DeviceName } from './devices.ts'

export interface Link {
  /** As data sheets call it: `NVLink 4`. */
  readonly title: string
  /** Bytes per second in each direction. */
  readonly bandwidth: number
  /** Where the figure is from. */
  readonly source: string
}

/** The network of a machine. */
export interface Network extends Link {
  /** Whether `bandwidth` is that of one device, which has a port of its own, or that of the machine. */
  readonly perDevice: boolean
}

export interface Interconnect {
  /** Of each device to the others of its machine. */
  readonly within: Link
  readonly between: Network
}

const pcie3 = link('PCIe 3.0 x16', 16, 'PCI Express 3.0: 8 GT/s for each of 16 lanes')
const pcie4 = link('PCIe 4.0 x16', 32, 'PCI Express 4.0: 16 GT/s for each of 16 lanes')
const pcie5 = link('PCIe 5.0 x16', 64, 'PCI Express 5.0: 32 GT/s for each of 16 lanes')
const nvlink2 = link('NVLink 2', 150, 'V100 data sheet, 2020: 300 GB/s both ways')
const nvlink3 = link('NVLink 3', 300, 'A100 data sheet, 2021: 600 GB/s both ways')
const nvlink4 = link('NVLink 4', 450, 'H100 data sheet, 2023: 900 GB/s both ways')
const nvlink5 = link('NVLink 5', 900, 'HGX B200 data sheet, 2024: 1.8 TB/s both ways')
const infinityFabric = link('Infinity Fabric', 448, 'MI300X data sheet, 2023: 7 links of 128 GB/s both ways')

const ethernet = network('one port of 100 Gb/s', 12.5, false, 'an assumption')
const edr = network('4 InfiniBand EDR ports', 50, false, 'DGX-1 data sheet, 2017: 4 ports of 100 Gb/s')
const hdr = network('an InfiniBand HDR port for each GPU', 25, true, 'DGX A100 data sheet, 2020: 8 ports of 200 Gb/s')
const ndr = network('an InfiniBand NDR port for each GPU', 50, true, 'DGX H100 data sheet, 2022: 8 ports of 400 Gb/s')
const roce = network('a port of 400 Gb/s for each GPU', 50, true, 'an assumption')

/** Cards with PCIe are taken to have no bridges of NVLink. */
export const interconnects: Readonly<Record<DeviceName, Interconnect>> = {
  t4: { within: pcie3, between: ethernet },
  v100: { within: nvlink2, between: edr },
  a10: { within: pcie4, between: ethernet },
  'a100-40': { within: nvlink3, between: hdr },
  'a100-80': { within: nvlink3, between: hdr },
  l4: { within: pcie4, between: ethernet },
  l40s: { within: pcie4, between: ethernet },
  'h100-pcie': { within: pcie5, between: ethernet },
  h100: { within: nvlink4, between: ndr },
  h200: { within: nvlink4, between: ndr },
  b200: { within: nvlink5, between: ndr },
  'rtx-3090': { within: pcie4, between: ethernet },
  'rtx-4090': { within: pcie4, between: ethernet },
  'rtx-5090': { within: pcie5, between: ethernet },
  'rtx-a6000': { within: pcie4, between: ethernet },
  mi300x: { within: infinityFabric, between: roce },
}

/**
 * The slowest link between `each` devices on each of several machines, or of one. Rings pass through all devices of a machine before they leave
 * it, one ring over each port, so that the machine has the bandwidth of its ports together.
 */
export function slowestLink({ within, between }: Interconnect, each: number, isAlone: boolean): Link {
  const out = between.bandwidth * (between.perDevice ? each : 1)
  return isAlone || within.bandwidth <= out ? within : { ...between, bandwidth: out }
}

function network(title: string, gigabytes: number, perDevice: boolean, source: string): Network {
  return { ...link(title, gigabytes, source), perDevice }
}

/** A link from the units of data sheets: GB/s in one direction. */
function link(title: string, gigabytes: number, source: string): Link {
  return { title, bandwidth: gigabytes * 1e9, source }
}
