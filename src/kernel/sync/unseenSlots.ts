/**
 * Slots for fences of a reservation object of which nobody sees the fences. Slots go with the lock (`dma_resv_unlock()` resets them in
 * debug kernels, and whoever locks next may fill the list): what was locked in sight and not reserved since has none for sure.
 */
import type { MachineServices, Scalar } from '../../machine/model.ts';
import { settled } from '../modelling.ts';

/** Whether the lock of the object was taken in sight, and nobody can have reserved a slot since. */
export function noSlotSinceLock(machine: MachineServices, reservation: Scalar): boolean {
  const lock = machine.fieldAddress(reservation, 'struct dma_resv', 'lock');
  const address = lock === null ? null : settled(machine, lock.address);
  const { trace, currentTask } = machine;
  for (let i = trace.length - 1; i >= 0; i--) {
    const event = trace[i];
    if (event === undefined || event.task !== currentTask) continue;
    if (event.kind === 'assumption' || event.kind === 'op-enter') return false;
    if (event.kind === 'lock' && event.lock.address === address) return event.at !== null;
  }
  return false;
}
