/**
 * Locks that are missed where no caller can have held them: the function takes the lock itself. Of reservations any one will do: two of their
 * class are never held together outside of an acquire context (ww_mutex.h), whichever objects they belong to.
 */
import type { OpCall, RunView } from '../checks/check.ts';

const RESERVATION = 'reservation_ww_class_mutex';
const ACQUIRE_CONTEXT = 'reservation_ww_class_acquire';

/** A reservation is waited for, with an acquire context or NULL. */
const TAKES = /^(?:dma_resv_lock(?:_interruptible|_slow|_slow_interruptible)?|ww_mutex_lock(?:_interruptible)?)$/;

/** Whether the op takes a reservation in so many words, with no acquire context, after the report that it holds none. */
export function takesReservation(op: OpCall, run: RunView, index: number): boolean {
  const event = run.trace[index];
  if (event?.kind !== 'report' || event.data['lock'] !== RESERVATION || event.data['wanted'] !== 'held') return false;
  let plain = false;
  for (const each of run.trace.slice(index + 1, op.exit ?? undefined)) {
    if (each.task !== event.task) continue;
    // What the core takes by itself may be of an object that nobody else has yet.
    if (each.kind === 'call' && TAKES.test(each.function) && each.at !== null && run.inDocument(each.at))
      plain = each.args[1] === 'NULL' || each.args[1] === '0';
    // Lines that are not shown may have let go of it.
    if (each.kind === 'unlock' && each.lock.class === RESERVATION) return false;
    if (each.kind === 'assumption' && each.unseenLines === true) return false;
    if (each.kind === 'lock' && each.lock.class === ACQUIRE_CONTEXT) return false;
    if (each.kind === 'lock' && each.lock.class === RESERVATION) return plain && !each.trylock;
  }
  return false;
}

/** The function takes this lock before it lets go of it: nobody who called it holds the lock. */
export function takesItself(op: OpCall, run: RunView, address: unknown): boolean {
  const end = op.exit ?? run.trace.length;
  for (let i = op.enter; i < end; i++) {
    const event = run.trace[i];
    if (event?.kind === 'unlock' && event.lock.address === address) return false;
    if (event?.kind === 'lock' && event.lock.address === address && address !== 0) return !event.trylock;
  }
  return false;
}
