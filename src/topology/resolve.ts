/**
 * Says of a number what it is an address of: kind, owning device, offset. Only what the topology fixes; live mappings and allocations are
 * added by the kernel folders, which own them.
 */
import { type AddressKind, addressKind, hex, kindInWords, SWIOTLB_WINDOW } from './address-map.ts';
import type { Device, Topology } from './topology.ts';

export interface ResolvedAddress {
  readonly kind: AddressKind;
  /** Owner of a `mmio`, `dpa`, `bus` or `device-private` address; the VF where a VF's share is meant. */
  readonly device: Device | null;
  /** Offset in the owner's device memory (or registers); for RAM the offset in RAM. */
  readonly offset: number | null;
  /** `mmio` and `bus`: what the BAR shows there. */
  readonly shows: 'registers' | 'vram' | null;
  /** `the BAR of gpu0 (memory offset 0x1000)`. */
  readonly text: string;
}

interface Range {
  readonly start: number;
  readonly end: number;
  readonly device: Device;
  readonly offset: number;
  readonly shows: 'registers' | 'vram';
}

interface Index {
  readonly mmio: readonly Range[];
  readonly bus: readonly Range[];
  readonly dpa: readonly Range[];
  readonly private: readonly Range[];
}

const indexes = new WeakMap<Topology, Index>();

/** What `address` is. Never fails: a number of no known range has kind `unknown`. */
export function resolveAddress(topology: Topology, address: number): ResolvedAddress {
  const kind = addressKind(address);
  const index = indexOf(topology);
  const ranges =
    kind === 'mmio'
      ? index.mmio
      : kind === 'bus'
        ? index.bus
        : kind === 'dpa'
          ? index.dpa
          : kind === 'device-private'
            ? index.private
            : [];
  const range = find(ranges, address);
  const base = { kind, device: range?.device ?? null, shows: range?.shows ?? null };
  if (range === null) {
    const where = kind === 'ram' && address < SWIOTLB_WINDOW.end ? ' in the bounce buffer pool' : '';
    return { ...base, offset: null, text: `${kindInWords(kind)}${where} (${hex(address)})` };
  }
  const offset = range.offset + (address - range.start);
  const what = range.shows === 'vram' ? 'memory' : 'register';
  return {
    ...base,
    offset,
    text: `${kindInWords(kind)} of ${range.device.name} (${hex(address)}, ${what} offset ${hex(offset)})`,
  };
}

/** The topology never changes, so its sorted ranges are made once. A cache of pure results: no run can see it. */
function indexOf(topology: Topology): Index {
  const known = indexes.get(topology);
  if (known !== undefined) return known;
  const mmio: Range[] = [];
  const bus: Range[] = [];
  const dpa: Range[] = [];
  const priv: Range[] = [];
  for (const device of topology.devices) {
    for (const bar of device.bars) {
      const part = { device, offset: bar.vramOffset, shows: bar.shows };
      mmio.push({ start: bar.start, end: bar.start + bar.size, ...part });
      const busStart = bar.start + device.host.busOffset;
      if (device.host.busOffset !== 0) bus.push({ start: busStart, end: busStart + bar.size, ...part });
    }
    const { memory, privateBase } = device;
    if (memory !== null && device.physfn === null) {
      const part = { device, offset: 0, shows: 'vram' } as const;
      dpa.push(...ownShares(topology, device, memory.dpaBase, memory.size));
      if (privateBase !== null) priv.push({ start: privateBase, end: privateBase + memory.size, ...part });
    }
  }
  const sorted = (ranges: Range[]): readonly Range[] => ranges.sort((a, b) => a.start - b.start);
  const made = { mmio: sorted(mmio), bus: sorted(bus), dpa: sorted(dpa), private: sorted(priv) };
  indexes.set(topology, made);
  return made;
}

/** Device memory of a PF, with the shares of its VFs carved out. */
function ownShares(topology: Topology, pf: Device, base: number, size: number): readonly Range[] {
  const ranges: Range[] = [];
  let at = base;
  for (const index of pf.vfs) {
    const vf = topology.devices[index];
    if (vf?.memory == null) continue;
    const { dpaBase } = vf.memory;
    if (dpaBase > at) ranges.push({ start: at, end: dpaBase, device: pf, offset: at - base, shows: 'vram' });
    at = dpaBase + vf.memory.size;
    ranges.push({ start: dpaBase, end: at, device: vf, offset: 0, shows: 'vram' });
  }
  if (at < base + size) ranges.push({ start: at, end: base + size, device: pf, offset: at - base, shows: 'vram' });
  return ranges;
}

function find(ranges: readonly Range[], address: number): Range | null {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ranges[middle]?.end ?? 0) <= address) low = middle + 1;
    else high = middle;
  }
  const range = ranges[low];
  return range !== undefined && address >= range.start ? range : null;
}
