/** The C functions of SRCU: domains, their readers, waiting for them. Readers as context and as lock maps are in rcu.ts. */
import type { ModelCall } from '../../machine/model.ts';
import { errno } from '../base/errno.ts';
import type { DocumentedModel } from '../subsystem.ts';
import { might_sleep } from './context.ts';
import { called, effects, initIdentity, lockArgument, model } from './modelSupport.ts';
import { allocatePart, freePart, SRCU_PART } from './perCpuPart.ts';
import { srcuReadLock, srcuReadUnlock, synchronizeSrcu } from './rcu.ts';
import { locking } from './state.ts';
import { initLock } from './validated.ts';

const SRCU = 'kernel/rcu/srcutree.c';

function suspicious(call: ModelCall, address: number, what: string): void {
  const state = locking(call.machine);
  const { name } = state.objects.at(address, 'srcu').identity;
  state.report('suspicious-rcu', `SRCU domain \`${name}\` ${what}`, [], { what: called(call), lock: name });
}

export const srcuModels: readonly DocumentedModel[] = [
  model('__init_srcu_struct', SRCU, effects('yes', 'must not be held', '-errno', 'GFP_KERNEL'), (call) => {
    might_sleep(call.machine, called(call));
    const address = lockArgument(call, 0);
    if (address === null) return 0;
    initLock(call.machine, address, 'srcu', initIdentity(call, 1, 2), 32);
    return allocatePart(call, address, SRCU_PART, called(call)) ? 0 : -errno('ENOMEM');
  }),
  model('cleanup_srcu_struct', SRCU, effects('yes', 'no reader may be inside'), (call) => {
    might_sleep(call.machine, called(call));
    const address = lockArgument(call, 0);
    if (address === null) return undefined;
    const state = locking(call.machine);
    const inside = state.tasks().some((task) => state.lockdep.isHeld(state.task(task), address) !== null);
    // The kernel warns and keeps the data (kernel/rcu/srcutree.c:cleanup_srcu_struct).
    if (!inside) freePart(call, address, SRCU_PART);
    else suspicious(call, address, 'is cleaned up while a reader is inside');
    return undefined;
  }),
  model('srcu_read_lock', SRCU, effects('no', 'begins a sleepable reader'), (call) => {
    const address = lockArgument(call, 0);
    return address === null ? 0 : srcuReadLock(call.machine, address);
  }),
  model('srcu_read_unlock', SRCU, effects('no', 'ends a sleepable reader'), (call) => {
    const address = lockArgument(call, 0);
    if (address === null) return undefined;
    const index = call.machine.concrete(call.args[1] ?? 0);
    if (index !== null && Number(index) !== 0 && Number(index) !== 1)
      suspicious(call, address, `is left with index ${index}, which \`srcu_read_lock\` never gives`);
    srcuReadUnlock(call.machine, address);
    return undefined;
  }),
  // No map is held: the reader may be ended by another task (kernel/rcu/srcutree.c:srcu_down_read).
  model('srcu_down_read', SRCU, effects('no', 'begins a reader that another task may end'), () => 0),
  model('srcu_up_read', SRCU, effects('no', 'ends such a reader'), () => undefined),
  model('srcu_read_lock_held', SRCU, effects('no', 'any'), (call) => {
    const address = lockArgument(call, 0);
    const state = locking(call.machine);
    return address !== null && state.lockdep.isHeld(state.task(), address) !== null ? 1 : 0;
  }),
  ...['synchronize_srcu', 'synchronize_srcu_expedited', 'srcu_barrier'].map((name) =>
    model(name, SRCU, effects('yes', 'not inside a reader of the domain'), function* (call) {
      const address = lockArgument(call, 0);
      if (address !== null) yield* synchronizeSrcu(call.machine, address, name);
      return undefined;
    }),
  ),
];
