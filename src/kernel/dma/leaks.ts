/**
 * What is left at the end of a scenario: mappings nobody took down, IOVAs nobody freed, links nobody synced. Scenarios call these when the
 * life of a device or object is over; nothing here is asked by kernel code.
 */

import type { MachineServices } from '../../machine/model.ts';
import { hex } from '../../topology/address-map.ts';
import { complain } from './checks.ts';
import type { Origin } from './report.ts';
import { sayOnce } from './reservation.ts';
import { type DmaRun, dmaRun } from './run-state.ts';

export interface Leak {
  readonly kind: 'mapping' | 'iova' | 'fabric';
  readonly device: string;
  readonly address: number;
  readonly size: number;
  /** The call that made it, and where. */
  readonly api: string;
  readonly at: Origin;
}

/** All live mappings, IOVAs and fabric ranges of this run, in order of devices and addresses. */
export function findMappingLeaks(machine: MachineServices): readonly Leak[] {
  return leaksOf(dmaRun(machine));
}

export function leaksOf(run: DmaRun): readonly Leak[] {
  const leaks: Leak[] = [];
  for (const device of run.world.used()) {
    if (run.uncertain.has(device)) continue;
    const { name, ledger } = device;
    for (const mapping of ledger)
      if (!mapping.bus)
        leaks.push({
          kind: 'mapping',
          device: name,
          address: mapping.address,
          size: mapping.size,
          api: mapping.api,
          at: mapping.at,
        });
  }
  for (const found of run.states.reservations.live())
    if (!run.uncertain.has(found.device))
      leaks.push({
        kind: 'iova',
        device: found.device.name,
        address: found.addr,
        size: found.size,
        api: 'dma_iova_try_alloc',
        at: found.allocatedAt,
      });
  for (const range of run.fabrics.live())
    if (!run.uncertain.has(run.world.of(range.target)))
      leaks.push({
        kind: 'fabric',
        device: range.target.name,
        address: range.addr,
        size: range.size,
        api: 'ual_iova_try_alloc',
        at: range.allocatedAt,
      });
  return leaks;
}

/**
 * Reports every leak; `when` completes the sentence: `after the range was removed`. `over`: what was to take it down has run, whoever may call
 * it; then only IOVAs count, which nobody but their state knows. Returns how many.
 */
export function reportMappingLeaks(machine: MachineServices, when: string, over = false): number {
  // Of no bytes there is nothing to take down.
  const leaks = findMappingLeaks(machine).filter(({ kind, size }) => (!over || kind === 'iova') && size > 0);
  const { world } = dmaRun(machine);
  for (const leak of leaks) {
    const rule = leak.kind === 'mapping' ? 'dma-mapping-leak' : leak.kind === 'iova' ? 'iova-leak' : 'fabric-leak';
    const message = `${hex(leak.address)}+${hex(leak.size)} of \`${leak.api}\` for ${leak.device} is still there ${when}`;
    complain(world, rule, message, [[`\`${leak.api}\` was called here`, leak.at]], {
      device: leak.device,
      address: hex(leak.address),
      ...(over ? { over } : {}),
    });
  }
  return leaks.length;
}

/**
 * Reports linked ranges that no `dma_iova_sync` covers, of the IOVA whose `addr` is given or of all live ones. To be called when an op says
 * that its mapping is ready. Returns how many IOVAs were reported.
 */
export function checkSynced(machine: MachineServices, addr: number | null = null): number {
  const run = dmaRun(machine);
  let reported = 0;
  for (const found of run.states.reservations.live()) {
    if (found.blind || (addr !== null && found.addr !== addr)) continue;
    const waiting = found.device.domain?.unsynced.within(found.base, found.base + found.reserved) ?? [];
    const [first] = waiting;
    if (first === undefined) continue;
    if (!sayOnce(found, 'not synced')) continue;
    reported++;
    const bytes = waiting.reduce((sum, part) => sum + part.end - part.start, 0);
    const link = found.links.at(first.start);
    complain(
      run.world,
      'iova-not-synced',
      `${hex(bytes)} linked bytes of ${found.device.name}'s IOVA are ready to be used without \`dma_iova_sync\``,
      link === null ? [] : [['linked here', link.value.at]],
      { device: found.device.name, iova: hex(found.addr), bytes },
    );
  }
  return reported;
}

/**
 * Reports ranges of which only a part was synced by the function that linked them, and that it left as they are: whoever gets them takes them for
 * synced. To be called when a function says that it is done.
 */
export function checkPartlySynced(machine: MachineServices): void {
  const run = dmaRun(machine);
  for (const found of run.states.reservations.live()) {
    if (found.blind || found.damaged || found.syncedAt === null) continue;
    const waiting = found.device.domain?.unsynced.within(found.base, found.base + found.reserved) ?? [];
    const [first] = waiting;
    if (first === undefined || !sayOnce(found, 'not synced')) continue;
    const bytes = waiting.reduce((sum, part) => sum + part.end - part.start, 0);
    const link = found.links.at(first.start);
    complain(
      run.world,
      'iova-not-synced',
      `${hex(bytes)} bytes that were linked are left without \`dma_iova_sync\`, the rest is synced`,
      [
        ['synced here', found.syncedAt],
        ['linked here', link?.value.at ?? null],
      ],
      { device: found.device.name, iova: hex(found.addr), bytes },
    );
  }
}
