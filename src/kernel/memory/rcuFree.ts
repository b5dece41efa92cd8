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

interface RcuFrees {
  waiting: Pending[];
  /** Tasks seen in the trace up to `scanned`. */
  readonly tasks: Set<number>;
  scanned: number;
}

const key: StateKey<RcuFrees> = {
  name: 'memory.rcu-free',
  create: () => ({ waiting: [], tasks: new Set(), scanned: 0 }),
  fork: (sealed) => ({ waiting: [...sealed.waiting], tasks: new Set(), scanned: 0 }),
};

/** `kfree_rcu()`: outside of any reader the grace period may be over at once, and is. */
export function deferUntilGracePeriod(machine: MachineServices, object: ObjectInfo, what: string): void {
  if (machine.state(key).waiting.some(({ address }) => address === object.address)) {
    machine.fault('double-free', `\`${what}\` of \`${object.label}\`, which already waits to be freed`);
    return;
  }
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
  const state = machine.state(key);
  const { trace } = machine;
  for (; state.scanned < trace.length; state.scanned++) {
    const event = trace[state.scanned];
    if (event?.kind === 'task-switch') state.tasks.add(event.from).add(event.to);
  }
  state.tasks.add(machine.currentTask);
  for (const task of state.tasks)
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
