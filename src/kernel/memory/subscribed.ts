/**
 * Interval notifiers that an address space calls: from when they were inserted until they are removed, their memory must stay
 * (mm/mmu_notifier.c:mmu_interval_notifier_remove). Who inserts and removes is pagemap's business; what is freed is judged in allocation.ts.
 */
import type { Site } from '../../machine/events.ts';
import type { MachineServices } from '../../machine/model.ts';
import { mapState } from '../modelling.ts';

export interface Subscribed {
  readonly address: number;
  readonly at: Site;
}

const key = mapState<number, Subscribed>('memory.subscribed', (each) => each);

export function noteSubscribed(machine: MachineServices, address: number, registered: boolean): void {
  const all = machine.state(key);
  if (!registered) all.delete(address);
  else all.set(address, { address, at: machine.callerSite() ?? machine.site() });
}

/** Registered notifiers in a piece of memory; they are told once. */
export function takeSubscribedInside(machine: MachineServices, address: number, size: number): readonly Subscribed[] {
  const all = machine.state(key);
  const inside = [...all.values()].filter((each) => each.address >= address && each.address < address + size);
  for (const each of inside) all.delete(each.address);
  return inside;
}
