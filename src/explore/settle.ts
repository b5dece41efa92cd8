/**
 * What is looked at when an op has returned, and when the device is told that a mapping is ready. Who keeps the books are the subsystems;
 * this only says when they are read.
 */
import { acceptMapping, accessFromDevice, routeByKind } from '../kernel/dma/access.ts';
import { checkSynced, reportMappingLeaks } from '../kernel/dma/leaks.ts';
import { heldLocks } from '../kernel/locking/context.ts';
import { findLeaks } from '../kernel/memory/leaks.ts';
import { isUnknown, type MachineServices, type Scalar, type StateKey } from '../machine/model.ts';
import type { ScenarioSteps } from './scenario.ts';

/** Leaks already reported in this run: memory is lost once, in the op that loses it. */
const REPORTED: StateKey<Set<number>> = { name: 'explore.reported-leaks', create: () => new Set() };

/**
 * After an op: memory that nothing points to any more is leaked. What the caller made stays reachable, and so does what the op returned.
 * @param roots values that the caller holds on to
 */
export function endOfOp(machine: MachineServices, roots: readonly Scalar[]): void {
  const reported = machine.state(REPORTED);
  const held = roots.flatMap((root) => (typeof root === 'number' ? [root] : []));
  for (const leak of findLeaks(machine, held)) {
    if (reported.has(leak.object.address)) continue;
    reported.add(leak.object.address);
    machine.emit({
      kind: 'report',
      rule: 'memory-leak',
      message: leak.message,
      related: [{ message: `\`${leak.object.label}\` was allocated here`, at: leak.at }],
      held: heldLocks(machine),
      data: { what: leak.object.label, address: leak.object.address },
    });
  }
}

/** After the last op of a life that undoes everything it made: mappings, IOVAs and fabric ranges that are still there are lost. */
export function* endOfLife(machine: MachineServices, life: ScenarioSteps<void>): ScenarioSteps<void> {
  yield* life;
  reportMappingLeaks(machine, 'after the last op');
}

/**
 * The caller hands addresses to the device: it has looked at each for an error, whatever is linked must be synced by now, and the device
 * reads what the addresses lead it to.
 */
export function deviceUses(
  machine: MachineServices,
  device: number,
  addresses: readonly Scalar[],
  bytes: number,
): void {
  if (addresses.length > 0) checkSynced(machine);
  for (const address of addresses) {
    acceptMapping(machine, device, address);
    const known = isUnknown(address) ? machine.concrete(address) : address;
    if (known === null || known >= 2 ** 53) continue;
    const route = routeByKind(machine, device, Number(known));
    accessFromDevice(machine, device, { address: Number(known), size: bytes, write: false, route });
  }
}
