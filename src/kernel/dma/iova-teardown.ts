/**
 * Taking links of an IOVA down: the checks that unlink and destroy share, and the unmapping itself. `iova-state.ts` has the calls.
 */
import { hex } from '../../topology/address-map.ts';
import { GRANULE } from '../iommu/domain.ts';
import { complain, deviceWrites } from './checks.ts';
import { attributeNames, DMA_ATTR_MMIO, DMA_ATTR_SKIP_CPU_SYNC, directionName, PAIRED_ATTRS } from './constants.ts';
import type { Origin } from './report.ts';
import type { Reservation } from './reservation.ts';
import type { DmaRule } from './rules.ts';
import type { DmaWorld } from './world.ts';

/** Unmaps `[start, end)` with all checks; returns the bytes unmapped. */
export function takeDownLinks(
  world: DmaWorld,
  found: Reservation,
  start: number,
  end: number,
  direction: number,
  attrs: number,
  api: string,
): number {
  const { domain, device } = found.device;
  if (domain === null) return 0;
  checkPairing(world, found, start, end, direction, attrs, api);
  const slow = found.bounces.size > 0 || (!device.coherent && (attrs & (DMA_ATTR_SKIP_CPU_SYNC | DMA_ATTR_MMIO)) === 0);
  if (slow) world.costs.translateWalks += (end - start) / GRANULE;
  const unmapped = domain.unmapFast(start, end - start);
  for (const part of found.links.within(start, start + unmapped))
    found.unlinked.set(part.start, part.end, found.freedAt);
  for (const [iova, bounce] of [...found.bounces])
    if (iova >= start && iova < start + unmapped) {
      world.bounce.unmap(bounce, deviceWrites(direction) && (attrs & DMA_ATTR_SKIP_CPU_SYNC) === 0);
      found.bounces.delete(iova);
    }
  found.links.delete(start, start + unmapped);
  if (found.raggedEnd !== null && found.raggedEnd.iova <= start + unmapped) found.raggedEnd = null;
  return unmapped;
}

function checkPairing(
  world: DmaWorld,
  found: Reservation,
  start: number,
  end: number,
  direction: number,
  attrs: number,
  api: string,
): void {
  if (found.blind) return;
  const gap = found.links.firstGap(start, end);
  if (gap !== null && !found.damaged) {
    const from = gap.start - found.addr;
    const upto = gap.end - found.addr;
    const before = found.unlinked.overlaps(gap.start, gap.end);
    complainAbout(
      world,
      found,
      before ? 'iova-double-unlink' : 'iova-hole',
      before
        ? `\`${api}\` of ${hex(from)}..${hex(upto)}, which was unlinked before`
        : `\`${api}\` covers ${hex(from)}..${hex(upto)}, which is not linked: the IOMMU stops there`,
      [['the IOVA was allocated here', found.allocatedAt]],
      { from, to: upto },
    );
    found.damaged = true;
  }
  for (const part of found.links.within(start, end)) {
    const linked = [['linked here', part.value.at]] as const;
    if (part.value.direction !== direction) {
      complainAbout(
        world,
        found,
        'iova-wrong-direction',
        `\`${api}\` with ${directionName(direction)}, linked with ${directionName(part.value.direction)}`,
        linked,
      );
      return;
    }
    if ((part.value.attrs & PAIRED_ATTRS) !== (attrs & PAIRED_ATTRS)) {
      complainAbout(
        world,
        found,
        'iova-wrong-attrs',
        `\`${api}\` with attributes ${attributeNames(attrs)}, linked with ${attributeNames(part.value.attrs)}`,
        linked,
      );
      return;
    }
  }
}

/** Reports about an IOVA, with whose it is. */
export function complainAbout(
  world: DmaWorld,
  found: Reservation,
  rule: DmaRule,
  message: string,
  related: readonly (readonly [message: string, at: Origin])[] = [],
  data: Readonly<Record<string, string | number | boolean>> = {},
): void {
  complain(world, rule, message, related, { device: found.device.name, iova: hex(found.addr), ...data });
}
