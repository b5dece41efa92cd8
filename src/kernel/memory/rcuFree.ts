/**
 * Memory that is freed after a grace period. Readers that run now may still look at it, so its life ends when no task of the run is in an
 * RCU reader any more: at the first allocation or free after that.
 */
import type { MachineServices, ObjectInfo, StateKey } from '../../machine/model.ts';
import { debug_check_no_locks_freed, heldLocks } from '../locking/context.ts';

interface Pending {
  readonly address: number;
  readonly what: string;
}

const key: StateKey<{ waiting: Pending[] }> = {
  name: 'memory.rcu-free',
  create: () => ({ waiting: [] }),
  fork: (sealed) => ({ waiting: [...sealed.waiting] }),
};

/** `kfree_rcu()`: outside of any reader the grace period may be over at once, and is. */
export function deferUntilGracePeriod(machine: MachineServices, object: ObjectInfo, what: string): void {
  debug_check_no_locks_freed(machine, object.address, object.size);
  machine.emit({ kind: 'free', function: what.replace('()', ''), address: object.address });
  if (anyReader(machine)) {
    machine.state(key).waiting.push({ address: object.address, what });
    return;
  }
  machine.free(object.address, machine.site());
}

/** Whether any task of the run is inside an RCU reader. */
function anyReader(machine: MachineServices): boolean {
  const tasks = new Set([machine.currentTask]);
  for (const event of machine.trace) tasks.add(event.task);
  for (const task of tasks)
    if (heldLocks(machine, task).some((lock) => lock.class.startsWith('rcu_read_lock'))) return true;
  return false;
}

/** A grace period may be over whenever no task reads: what waited for it is gone then. Every allocation and free asks. */
export function settleGracePeriods(machine: MachineServices): void {
  const state = machine.state(key);
  if (state.waiting.length === 0 || anyReader(machine)) return;
  const { waiting } = state;
  state.waiting = [];
  for (const { address } of waiting) if (machine.objectAt(address)?.freed === false) machine.free(address, null);
}

/** Addresses that are already given up, so that they are not leaks. */
export function awaitingGracePeriod(machine: MachineServices): readonly number[] {
  return machine.state(key).waiting.map(({ address }) => address);
}
