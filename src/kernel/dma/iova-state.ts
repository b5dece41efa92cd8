/**
 * The `dma_iova_*` calls (`drivers/iommu/dma-iommu.c`), with the checks that the kernel cannot make because a state is only an address and a
 * size. Pure: the C state comes in and goes out as a value. After a misuse it goes on as if the call had been right where it can, so that
 * one mistake gives one report.
 */
import { hex } from '../../topology/address-map.ts';
import { GRANULE } from '../iommu/domain.ts';
import { checkPhysKind, complain, deviceReads, isDirection, needsBounce } from './checks.ts';
import {
  DMA_ATTR_MMIO,
  DMA_ATTR_REQUIRE_COHERENT,
  DMA_ATTR_SKIP_CPU_SYNC,
  directionName,
  EADDRINUSE,
  EINVAL,
  EIO,
  ENOMEM,
  EOPNOTSUPP,
  EPERM,
} from './constants.ts';
import { complainAbout, takeDownLinks } from './iova-teardown.ts';
import type { Origin } from './report.ts';
import { makeReservation, type Reservation, Reservations, sayOnce } from './reservation.ts';
import { protection } from './streaming.ts';
import type { DmaDevice, DmaWorld } from './world.ts';

/** What a C `struct dma_iova_state` holds. */
export interface IovaState {
  /** Where the struct lies; 0 outside C. */
  readonly stateAddress: number;
  readonly addr: number;
  /** Without the bounce bit. */
  readonly size: number;
}

export interface LinkRequest {
  readonly phys: number;
  readonly offset: number;
  readonly size: number;
  readonly direction: number;
  readonly attrs: number;
  readonly at: Origin;
  /** The page-table allocation fails. */
  readonly fails?: boolean;
}

export interface Linked {
  /** 0 or a negative errno. */
  readonly error: number;
  /** Something was bounced: bit 63 of `__size` is to be set. */
  readonly bounced: boolean;
}

const down = (value: number): number => Math.floor(value / GRANULE) * GRANULE;
const up = (value: number): number => Math.ceil(value / GRANULE) * GRANULE;

/** A power of two of a page or more below all memory is a size: as an address it has no offset in a page, so it says nothing. */
function isSizeNotAddress(phys: number): boolean {
  return phys >= GRANULE && phys < 2 ** 32 && Number.isInteger(Math.log2(phys));
}

export class IovaStates {
  readonly reservations = new Reservations();
  private readonly world: DmaWorld;

  constructor(world: DmaWorld) {
    this.world = world;
  }

  /** `dma_iova_try_alloc`: the new state, or null for false (the caller clears the state either way). */
  tryAlloc(
    device: DmaDevice,
    request: { readonly stateAddress: number; readonly phys: number; readonly size: number; readonly at: Origin },
    options: { readonly fails?: boolean; readonly blind?: boolean; readonly chosen?: boolean } = {},
  ): IovaState | null {
    const { domain } = device;
    const { stateAddress, size } = request;
    if (domain === null) return null;
    if (size <= 0 || size >= 2 ** 63) {
      complain(this.world, 'iova-alloc-size', `\`dma_iova_try_alloc\` of ${size} bytes`);
      return null;
    }
    if (isSizeNotAddress(request.phys))
      complain(
        this.world,
        'iova-alignment-argument',
        `\`dma_iova_try_alloc\` gets ${hex(request.phys)} as \`phys\`: only its offset in a page counts, it aligns nothing`,
        [],
        { device: device.name, phys: hex(request.phys) },
      );
    const pad = request.phys % GRANULE;
    const reserved = up(size + pad);
    const base = options.fails === true ? null : domain.allocateIova(reserved, device.mask);
    if (base === null) return null;
    const addr = base + pad;
    this.reservations.add(
      makeReservation({
        device,
        addr,
        size,
        base,
        reserved,
        stateAddress,
        allocatedAt: request.at,
        blind: options.blind ?? false,
        chosen: options.chosen ?? false,
      }),
    );
    return { stateAddress, addr, size };
  }

  /** `dma_iova_link`. */
  link(device: DmaDevice, state: IovaState, request: LinkRequest): Linked {
    const { phys, offset, size, direction, attrs } = request;
    const answer = (error: number, bounced = false): Linked => ({ error, bounced });
    const found = this.usable(device, state, 'dma_iova_link');
    if (found === null) return answer(0);
    const mmio = (attrs & DMA_ATTR_MMIO) !== 0;
    if (!isDirection(direction))
      complainAbout(
        this.world,
        found,
        'iova-direction-none',
        `\`dma_iova_link\` with ${directionName(direction)} maps without any access`,
      );
    const rightKind = checkPhysKind(this.world, device, 'dma_iova_link', phys, mmio);
    const pad = phys % GRANULE;
    if (pad !== 0 && offset > 0) {
      if (rightKind)
        complainAbout(
          this.world,
          found,
          'iova-unaligned',
          `\`dma_iova_link\` of ${hex(phys)} at offset ${hex(offset)}: only the first link may begin inside a granule`,
        );
      return answer(-EIO);
    }
    if (!device.device.coherent && (attrs & DMA_ATTR_REQUIRE_COHERENT) !== 0) return answer(-EOPNOTSUPP);
    const bounced = needsBounce(device, phys, size, direction);
    if (bounced && (attrs & (DMA_ATTR_MMIO | DMA_ATTR_REQUIRE_COHERENT)) !== 0) return answer(-EPERM);
    const start = found.addr + offset - pad;
    const end = start + up(size + pad);
    if (start % GRANULE !== 0) {
      if (rightKind)
        complainAbout(
          this.world,
          found,
          'iova-unaligned',
          `\`dma_iova_link\` at offset ${hex(offset)}, which is not aligned to the IOMMU granule`,
        );
      return answer(-EINVAL);
    }
    const ragged = found.raggedEnd;
    if (ragged !== null && start >= ragged.iova && !found.blind)
      complainAbout(
        this.world,
        found,
        'iova-unaligned',
        '`dma_iova_link` after a link whose size is not aligned to the IOMMU granule',
        [['that link is here: only the last one may be unaligned', ragged.at]],
      );
    const beyond = found.addr + offset + size > found.addr + found.size || offset < 0;
    found.blind ||= beyond && found.chosen;
    if (beyond && !found.blind) {
      complainAbout(
        this.world,
        found,
        'iova-range',
        `\`dma_iova_link\` of ${hex(offset)}..${hex(offset + size)} in an IOVA of ${hex(found.size)} bytes`,
        [['the IOVA was allocated here', found.allocatedAt]],
        { offset, size, allocated: found.size },
      );
      found.damaged = true;
      return answer(0);
    }
    const other = found.links.overlaps(start, end) ? found.links.within(start, end)[0] : undefined;
    if (other !== undefined) {
      complainAbout(
        this.world,
        found,
        'iova-overlap',
        `\`dma_iova_link\` at offset ${hex(offset)}, which is linked already`,
        [['it was linked here', other.value.at]],
      );
      return answer(-EADDRINUSE);
    }
    if (request.fails === true) {
      found.chosen = false;
      return answer(-ENOMEM);
    }
    const error = bounced
      ? this.linkBounced(found, request, start)
      : this.mapRange(found, start, phys - pad, end - start, request);
    if (error !== 0) return answer(error);
    if (!device.device.coherent && !mmio && (attrs & DMA_ATTR_SKIP_CPU_SYNC) === 0) this.world.costs.cacheMaintenance++;
    found.links.set(start, end, { direction, attrs, at: request.at });
    found.unlinked.delete(start, end);
    if ((size + pad) % GRANULE !== 0) found.raggedEnd = { iova: end, at: request.at };
    return answer(0, bounced);
  }

  private mapRange(found: Reservation, iova: number, phys: number, size: number, request: LinkRequest): number {
    const prot = protection(request.direction, found.device.device.coherent, request.attrs);
    return found.device.domain?.mapNosync(iova, phys, size, prot) ?? -EINVAL;
  }

  /** `iommu_dma_iova_link_swiotlb`: head and tail granules through bounce slots, the middle directly. */
  private linkBounced(found: Reservation, request: LinkRequest, start: number): number {
    const { phys, size, direction } = request;
    const pieces: [at: number, length: number][] = [];
    const head = phys % GRANULE === 0 ? 0 : Math.min(size, GRANULE - (phys % GRANULE));
    const tail = size === head ? 0 : (phys + size) % GRANULE;
    if (head > 0) pieces.push([phys, head]);
    if (tail > 0) pieces.push([phys + size - tail, tail]);
    const done: number[] = [];
    const undo = (error: number): number => {
      for (const iova of done) {
        found.device.domain?.unmapFast(iova, GRANULE);
        const bounce = found.bounces.get(iova);
        if (bounce !== undefined) this.world.bounce.unmap(bounce, false);
        found.bounces.delete(iova);
      }
      return error;
    };
    for (const [at, length] of pieces) {
      const bounce = this.world.bounce.map(at, length, deviceReads(direction));
      if (bounce === null) return undo(-ENOMEM);
      const iova = start + down(at) - down(phys);
      const error = this.mapRange(found, iova, down(bounce.slot), GRANULE, request);
      if (error !== 0) {
        this.world.bounce.unmap(bounce, false);
        return undo(error);
      }
      found.bounces.set(iova, bounce);
      done.push(iova);
    }
    const middle = size - head - tail;
    if (middle === 0) return 0;
    const first = phys + head;
    const error = this.mapRange(found, start + first - down(phys), first, middle, request);
    return error === 0 ? 0 : undo(error);
  }

  /** `dma_iova_sync`. */
  sync(device: DmaDevice, state: IovaState, offset: number, size: number): number {
    const found = this.usable(device, state, 'dma_iova_sync');
    if (found === null) return 0;
    const start = down(found.addr + offset);
    const end = up(found.addr + offset + size);
    if (!found.blind && (offset < 0 || offset + size > found.size)) {
      if (!found.damaged)
        complainAbout(
          this.world,
          found,
          'iova-range',
          `\`dma_iova_sync\` of ${hex(offset)}..${hex(offset + size)} in an IOVA of ${hex(found.size)} bytes`,
          [['the IOVA was allocated here', found.allocatedAt]],
          { offset, size, allocated: found.size },
        );
    } else {
      const gap = found.links.firstGap(start, end);
      if (gap !== null && !found.blind && !found.damaged)
        complainAbout(
          this.world,
          found,
          'iova-sync-range',
          `\`dma_iova_sync\` covers ${hex(gap.start - found.addr)}..${hex(gap.end - found.addr)}, which is not linked`,
        );
    }
    found.device.domain?.syncMap(start, end - start);
    found.said.delete('not synced');
    return 0;
  }

  /** `dma_iova_unlink`: takes the range down with an immediate invalidation, in lazy mode too. */
  unlink(device: DmaDevice, state: IovaState, offset: number, size: number, direction: number, attrs: number): void {
    const found = this.usable(device, state, 'dma_iova_unlink');
    if (found === null || size === 0) return;
    const { domain } = found.device;
    if (!found.blind && (offset < 0 || offset + size > found.size)) {
      if (!found.damaged)
        complainAbout(
          this.world,
          found,
          'iova-range',
          `\`dma_iova_unlink\` of ${hex(offset)}..${hex(offset + size)} in an IOVA of ${hex(found.size)} bytes`,
          [['the IOVA was allocated here', found.allocatedAt]],
          { offset, size, allocated: found.size },
        );
      found.damaged = true;
    }
    const start = down(found.addr + offset);
    const end = Math.min(up(found.addr + offset + size), found.base + found.reserved);
    const unmapped = takeDownLinks(this.world, found, start, end, direction, attrs, 'dma_iova_unlink');
    domain?.iotlbSync(start, unmapped);
  }

  /** `dma_iova_free`. */
  free(device: DmaDevice, state: IovaState, at: Origin, api = 'dma_iova_free'): void {
    const found = this.usable(device, state, api);
    if (found === null) return;
    const left = found.links.all()[0];
    if (left !== undefined && !found.blind && !found.damaged)
      complainAbout(
        this.world,
        found,
        'iova-free-while-linked',
        `\`${api}\` while ${hex(found.links.total())} bytes are still linked`,
        [['linked here', left.value.at]],
        { linked: found.links.total() },
      );
    found.device.domain?.freeIova(found.base, found.reserved);
    this.retire(found, state, at, api);
  }

  /** `dma_iova_destroy`: one unmap of `[0, mapped)`; the address range itself is queued in lazy mode. */
  destroy(device: DmaDevice, state: IovaState, mapped: number, direction: number, attrs: number, at: Origin): void {
    const api = 'dma_iova_destroy';
    if (mapped === 0) {
      this.free(device, state, at, api);
      return;
    }
    const found = this.usable(device, state, api);
    if (found === null) return;
    const quiet = found.blind || found.damaged;
    const start = down(found.addr);
    const end = Math.min(up(found.addr + mapped), found.base + found.reserved);
    if (mapped > found.size && !quiet) {
      complainAbout(
        this.world,
        found,
        'iova-range',
        `\`${api}\` of ${hex(mapped)} bytes of an IOVA of ${hex(found.size)} bytes`,
        [['the IOVA was allocated here', found.allocatedAt]],
      );
      found.damaged = true;
    }
    takeDownLinks(this.world, found, start, end, direction, attrs, api);
    const left = found.links.all()[0];
    if (left !== undefined && !quiet && !found.damaged)
      complainAbout(
        this.world,
        found,
        'iova-free-while-linked',
        `\`${api}\` of ${hex(mapped)} bytes while ${hex(found.links.total())} more are linked`,
        [['linked here', left.value.at]],
      );
    else if (end - start < found.reserved && !quiet && !found.damaged)
      complainAbout(
        this.world,
        found,
        'iova-destroy-partial',
        `\`${api}\` of ${hex(mapped)} of ${hex(found.size)} allocated bytes: the range is cached under the smaller size`,
        [['the IOVA was allocated here', found.allocatedAt]],
      );
    found.device.domain?.releaseIova(start, end - start);
    this.retire(found, state, at, api);
  }

  private retire(found: Reservation, state: IovaState, at: Origin, api: string): void {
    found.freedBy = api;
    found.freedAt = at;
    this.reservations.freed(found, state.stateAddress);
  }

  /** The live reservation behind a state, after reporting a state that has none. */
  private usable(device: DmaDevice, state: IovaState, api: string): Reservation | null {
    const frees = api === 'dma_iova_free' || api === 'dma_iova_destroy';
    if (state.size === 0) {
      complain(this.world, 'iova-zero-state', `\`${api}\` on a state without IOVA`, [], { api, device: device.name });
      return null;
    }
    const found = this.reservations.find(device, state.stateAddress, state.addr, state.size);
    // Numbers that no `dma_iova_try_alloc` of this run made: a state from somewhere unseen.
    if (found === null) return null;
    if (api !== 'dma_iova_link') found.blind ||= found.chosen && found.links.total() < found.reserved;
    if (found.freedBy !== null) {
      if (sayOnce(found, frees ? 'freed' : 'stale'))
        complain(
          this.world,
          frees ? 'iova-double-free' : 'iova-stale-state',
          frees
            ? `\`${api}\` of an IOVA that was freed before`
            : `\`${api}\` on a state that was freed and not cleared`,
          [[`\`${found.freedBy}\` freed it here`, found.freedAt]],
          { api, device: device.name },
        );
      return null;
    }
    if (!this.world.mayBeSame(found.device.device, device.device) && sayOnce(found, `device ${device.name}`))
      complainAbout(
        this.world,
        found,
        'iova-wrong-device',
        `\`${api}\` for ${device.name} of an IOVA allocated for ${found.device.name}`,
        [['it was allocated here', found.allocatedAt]],
      );
    return found;
  }
}
