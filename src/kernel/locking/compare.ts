/**
 * `lockdep_set_lock_cmp_fn`: a C function orders the locks of a class. The validator does not wait for C code, so what the function says of
 * the new lock and each held one of its class is asked before the acquire and kept by pair.
 */
import type { Scalar } from '../../machine/model.ts';
import type { LockObject } from './objects.ts';
import { type LockingHost, locking } from './state.ts';
import type { Routine } from './waiting.ts';

/** To be run before the validator is told of an acquire; nothing happens for a class without such a function. */
export function* askOrder(host: LockingHost, lock: LockObject, subclass = 0): Routine<void> {
  const state = locking(host);
  if (state.compareFunctions.size === 0) return;
  const task = state.task();
  const id = state.objects.classId(lock, subclass);
  const target = state.compareFunctions.get(id);
  if (target === undefined) return;
  for (const held of [...task.stack.slice(0, task.depth)]) {
    if (held.classId !== id) continue;
    const args: Scalar[] = [held.instance, lock.address];
    const answer = yield { kind: 'call', target, args, why: 'order of two locks of one class' };
    const known = typeof answer === 'number' ? answer : typeof answer === 'bigint' ? Number(answer) : null;
    if (known === null)
      host.emit({
        kind: 'assumption',
        about: 'lockdep_set_lock_cmp_fn',
        message: `two locks of \`${lock.identity.name}\` are in the order that their comparison function wants`,
      });
    state.orders.set(`${held.instance} ${lock.address}`, known ?? -1);
  }
}
