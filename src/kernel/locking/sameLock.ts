/**
 * A lock reached through a pointer that nobody set in sight. Objects point back to one another (`obj->dev`, `ref->tfile`, `pt->pd`), and what
 * such a pointer leads to may be the very object whose lock is held. Who lets go of a lock that he does not hold, or asserts it, while he
 * holds the same member's lock of another object, means that one if either object is only known through such a pointer. Judges nothing.
 */
import type { MachineServices } from '../../machine/model.ts';
import { lockKindAt, lockPath } from './naming.ts';
import { locking } from './state.ts';

/** Address of the held lock that is meant; the address itself when it is held, or none can be meant. */
export function heldInstead(machine: MachineServices, address: number): number {
  const state = locking(machine);
  const held = state.held();
  // The validator counts locks of one class under an acquire context as one: who owns which is said by the locks.
  const known = state.objects.known(address);
  if (known !== null && (known.owner === machine.currentTask || known.readers.has(machine.currentTask))) return address;
  if (held.length === 0 || held.some((each) => each.address === address)) return address;
  const path = lockPath(machine, address);
  if (path === null) return behindPointer(machine, address);
  const open = isOpen(machine, address);
  const meant = held.findLast(
    (each) =>
      each.address !== 0 &&
      (open || isOpen(machine, each.address)) &&
      lockPath(machine, each.address) === path &&
      machine.objectAt(each.address)?.address !== machine.objectAt(address)?.address,
  );
  return meant?.address ?? address;
}

/**
 * The same for who lets go of a lock. When it turns out later that the one that was let go of in its place was meant to be held all along, the
 * caller held both: null, there is nothing to let go of any more.
 */
export function releasedInstead(machine: MachineServices, address: number): number | null {
  const state = locking(machine);
  const meant = heldInstead(machine, address);
  const isHeld =
    state.held().some((each) => each.address === meant) || state.objects.known(meant)?.owner === machine.currentTask;
  if (meant !== address) state.letGoInstead.add(meant);
  else if (!state.letGoInstead.delete(address)) return address;
  return isHeld ? meant : null;
}

/** A pointer to a lock that nobody set (`fence->lock`) leads to some lock of its kind: to the one that is held, says who relies on it. */
function behindPointer(machine: MachineServices, address: number): number {
  const state = locking(machine);
  const object = machine.objectAt(address);
  const kind = lockKindAt(machine, address);
  if (kind === null || object?.viaPointer !== true || object.address !== address) return address;
  const meant = state.held().findLast((each) => each.address !== 0 && state.objects.known(each.address)?.kind === kind);
  return meant?.address ?? address;
}

/** The object it lies in was made up for a pointer of unknown value. */
function isOpen(machine: MachineServices, address: number): boolean {
  return machine.objectAt(address)?.viaPointer === true;
}
