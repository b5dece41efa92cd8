/**
 * Private links between accelerators: UAL in physical or virtual mode, and xgmi- or nvlink-like links by the same calls. The interface exists
 * as a sketch in a mailing-list thread only, so this is a model of the sketch: physical mode hands out device physical addresses and its
 * calls do nothing; virtual mode allocates an address range *at the target*, which translates it by page tables of its own. Pure; the C side
 * is in `models.ts`.
 */
import { hex } from '../../topology/address-map.ts';
import type { Device, Fabric } from '../../topology/topology.ts';
import { complain } from '../dma/checks.ts';
import { EADDRINUSE, EINVAL, ENODEV, ENOMEM } from '../dma/constants.ts';
import type { Origin } from '../dma/report.ts';
import type { DmaRule } from '../dma/rules.ts';
import type { DmaWorld } from '../dma/world.ts';
import { zeroCosts } from '../iommu/costs.ts';
import { GRANULE } from '../iommu/domain.ts';
import { IovaAllocator } from '../iommu/iova.ts';
import { PageTable, PROT_READ, PROT_WRITE, type Translation } from '../iommu/page-table.ts';
import { RangeMap } from '../iommu/ranges.ts';

/** A range of fabric addresses at a target, from allocation to free. */
export interface FabricRange {
  readonly target: Device;
  readonly addr: number;
  readonly size: number;
  readonly stateAddress: number;
  readonly allocatedAt: Origin;
  /** Linked ranges by offset, with where they were linked. */
  readonly links: RangeMap<Origin>;
  readonly unsynced: RangeMap<true>;
  freedAt: Origin;
  freed: boolean;
  /** A value that nobody knows went into it: what is linked is not known, and nothing is reported about it. */
  blind: boolean;
}

export interface FabricState {
  readonly stateAddress: number;
  readonly addr: number;
  readonly size: number;
}

/** What a target keeps for the addresses that others use to reach it. */
interface Target {
  readonly allocator: IovaAllocator;
  readonly table: PageTable;
}

const up = (value: number): number => Math.ceil(value / GRANULE) * GRANULE;

export class Fabrics {
  private readonly world: DmaWorld;
  private readonly targets = new Map<Device, Target>();
  private readonly ranges = new Map<number, FabricRange>();
  private readonly freedThrough = new Map<number, FabricRange>();
  private readonly membership = new Map<number, Fabric>();

  constructor(world: DmaWorld) {
    this.world = world;
    for (const fabric of world.topology.fabrics)
      for (const member of fabric.members) if (!this.membership.has(member)) this.membership.set(member, fabric);
  }

  fabricOf(device: Device): Fabric | null {
    return this.membership.get(device.index) ?? null;
  }

  /** Hops between two devices; 0 for the device itself; -1 when no fabric joins them. */
  distance(a: Device, b: Device): number {
    const fabric = this.fabricOf(a);
    if (fabric === null || fabric !== this.fabricOf(b)) return -1;
    if (a === b) return 0;
    if (fabric.group === null) return 1;
    const block = (device: Device): number => Math.floor(fabric.members.indexOf(device.index) / (fabric.group ?? 1));
    return block(a) === block(b) ? 1 : 2;
  }

  /** `ual_iova_try_alloc`: 0 with a range (virtual mode), 0 without (physical mode, nothing is needed), or a negative errno. */
  tryAlloc(
    target: Device,
    request: {
      readonly stateAddress: number;
      readonly size: number;
      readonly at: Origin;
      readonly fails?: boolean;
      readonly blind?: boolean;
    },
  ): { readonly error: number; readonly state: FabricState | null } {
    const fabric = this.fabricOf(target);
    if (fabric === null) {
      complain(this.world, 'fabric-no-link', `\`ual_iova_try_alloc\` at ${target.name}, which is on no fabric`);
      return { error: -ENODEV, state: null };
    }
    if (fabric.mode === 'physical') return { error: 0, state: null };
    if (request.size <= 0) return { error: -EINVAL, state: null };
    const pages = up(request.size) / GRANULE;
    const pfn = request.fails === true ? null : this.target(target).allocator.allocate(pages);
    if (pfn === null) return { error: -ENOMEM, state: null };
    this.world.costs.fabricAllocations++;
    const state = { stateAddress: request.stateAddress, addr: pfn * GRANULE, size: request.size };
    this.ranges.set(state.addr, {
      ...state,
      target,
      allocatedAt: request.at,
      links: new RangeMap<Origin>(() => true),
      unsynced: new RangeMap<true>(),
      freedAt: null,
      freed: false,
      blind: request.blind ?? false,
    });
    this.freedThrough.delete(request.stateAddress);
    return { error: 0, state };
  }

  /** `ual_iova_link`: writes target page-table entries for device memory of the target. Never sleeps, never allocates. */
  link(
    device: Device,
    state: FabricState,
    request: {
      readonly dpa: number;
      readonly offset: number;
      readonly size: number;
      readonly at: Origin;
      readonly write: boolean;
    },
  ): number {
    const found = this.usable(device, state, 'ual_iova_link', 'fabric-stale-state');
    if (found === null) return 0;
    const { dpa, offset, size } = request;
    this.checkMemory(found, dpa, size);
    if (offset < 0 || offset + size > found.size) {
      this.complain(
        found,
        'fabric-range',
        `\`ual_iova_link\` of ${hex(offset)}..${hex(offset + size)} in a range of ${hex(found.size)} bytes`,
      );
      return -EINVAL;
    }
    if (offset % GRANULE !== 0 || dpa % GRANULE !== 0) return -EINVAL;
    const end = offset + up(size);
    const other = found.links.within(offset, end)[0];
    if (other !== undefined && !found.blind) {
      complain(this.world, 'fabric-overlap', `\`ual_iova_link\` at offset ${hex(offset)}, which is linked already`, [
        ['it was linked here', other.value],
      ]);
      return -EADDRINUSE;
    }
    const prot = PROT_READ + (request.write ? PROT_WRITE : 0);
    this.target(found.target).table.map(found.addr + offset, dpa, end - offset, prot);
    this.world.costs.fabricWrites += (end - offset) / GRANULE;
    found.links.set(offset, end, request.at);
    found.unsynced.set(offset, end, true);
    return 0;
  }

  /** `ual_iova_sync`: the target sees what was linked. */
  sync(device: Device, state: FabricState, offset: number, size: number): number {
    const found = this.usable(device, state, 'ual_iova_sync', 'fabric-stale-state');
    if (found === null) return 0;
    this.world.costs.fabricSyncs++;
    found.unsynced.delete(offset, offset + up(size));
    return 0;
  }

  unlink(device: Device, state: FabricState, offset: number, size: number): void {
    const found = this.usable(device, state, 'ual_iova_unlink', 'fabric-stale-state');
    if (found === null) return;
    const end = offset + up(size);
    const gap = found.links.firstGap(offset, end);
    if (found.blind) {
      // Which parts are linked is not known.
    } else if (offset < 0 || offset + size > found.size)
      this.complain(
        found,
        'fabric-range',
        `\`ual_iova_unlink\` of ${hex(offset)}..${hex(offset + size)} in a range of ${hex(found.size)} bytes`,
      );
    else if (gap !== null)
      this.complain(
        found,
        'fabric-hole',
        `\`ual_iova_unlink\` covers ${hex(gap.start)}..${hex(gap.end)}, which is not linked`,
      );
    for (const part of found.links.within(offset, end)) this.clear(found, part.start, part.end);
  }

  free(device: Device, state: FabricState, at: Origin): void {
    const found = this.usable(device, state, 'ual_iova_free', 'fabric-stale-state');
    if (found === null) return;
    const left = found.links.all()[0];
    if (left !== undefined && !found.blind)
      complain(this.world, 'fabric-free-while-linked', '`ual_iova_free` while parts of the range are still linked', [
        ['linked here', left.value],
      ]);
    for (const part of found.links.within(0, up(found.size))) this.clear(found, part.start, part.end);
    this.target(found.target).allocator.free(found.addr / GRANULE, up(found.size) / GRANULE);
    found.freed = true;
    found.freedAt = at;
    this.freedThrough.set(state.stateAddress, found);
  }

  /** Something not known was done to this range. */
  giveUp(state: FabricState): void {
    const found = this.ranges.get(state.addr);
    if (found !== undefined) found.blind = true;
  }

  /** The live range that contains an address. */
  rangeAt(address: number): FabricRange | null {
    return this.live().find((one) => address >= one.addr && address < one.addr + up(one.size)) ?? null;
  }

  /** What the target makes of an address on the fabric; null when it translates to nothing. */
  translate(address: number): { readonly target: Device; readonly to: Translation; readonly unsynced: boolean } | null {
    const range = this.rangeAt(address);
    if (range === null) return null;
    const to = this.target(range.target).table.lookup(address);
    return to === null
      ? null
      : { target: range.target, to, unsynced: range.unsynced.at(address - range.addr) !== null };
  }

  /** Ranges not freed. */
  live(): readonly FabricRange[] {
    return [...this.ranges.values()].filter((range) => !range.freed);
  }

  private clear(found: FabricRange, start: number, end: number): void {
    this.target(found.target).table.unmap(found.addr + start, end - start);
    this.world.costs.fabricClears += (end - start) / GRANULE;
    found.links.delete(start, end);
    found.unsynced.delete(start, end);
  }

  private target(device: Device): Target {
    const known = this.targets.get(device);
    if (known !== undefined) return known;
    const window = this.world.fabricWindow(device);
    const counted = zeroCosts();
    const made = {
      allocator: new IovaAllocator(window.start / GRANULE, window.end / GRANULE, counted),
      table: new PageTable([GRANULE, 2 ** 21, 2 ** 30], counted),
    };
    this.targets.set(device, made);
    return made;
  }

  /** Only the target's own device memory may be put behind its fabric addresses. */
  private checkMemory(found: FabricRange, dpa: number, size: number): void {
    const what = this.world.resolve(dpa);
    if (what.kind === 'unknown' || what.kind === 'null') return;
    const { memory } = found.target;
    const own = memory !== null && dpa >= memory.dpaBase && dpa + size <= memory.dpaBase + memory.size;
    if (what.kind === 'dpa' && own) return;
    complain(
      this.world,
      'address-kind',
      `\`ual_iova_link\` gets ${what.text}, needs a device physical address of ${found.target.name}`,
      [],
      { api: 'ual_iova_link', found: what.kind, wanted: 'dpa', address: hex(dpa) },
    );
  }

  private usable(device: Device, state: FabricState, api: string, stale: DmaRule): FabricRange | null {
    if (state.size === 0) {
      complain(this.world, 'fabric-zero-state', `\`${api}\` on a state without range`, [], { device: device.name });
      return null;
    }
    const current = this.ranges.get(state.addr);
    const old = this.freedThrough.get(state.stateAddress);
    const isOld = state.stateAddress !== 0 && old?.addr === state.addr && current?.stateAddress !== state.stateAddress;
    const found = isOld ? old : current;
    if (found === undefined) return null;
    if (found.freed) {
      complain(this.world, stale, `\`${api}\` on a state that was freed and not cleared`, [
        ['it was freed here', found.freedAt],
      ]);
      return null;
    }
    if (found.target !== device)
      complain(
        this.world,
        'fabric-wrong-device',
        `\`${api}\` for ${device.name} of a range allocated at ${found.target.name}`,
        [['it was allocated here', found.allocatedAt]],
      );
    return found;
  }

  private complain(found: FabricRange, rule: DmaRule, message: string): void {
    complain(this.world, rule, message, [['the range was allocated here', found.allocatedAt]], {
      device: found.target.name,
    });
  }
}
