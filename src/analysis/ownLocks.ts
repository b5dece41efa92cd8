/**
 * Locks that a function misses, and of which it says itself that no caller holds them: it takes them in the same run. Who came with the lock
 * could not take it again; so what is missed between, before or after is the function's own.
 */
import type { OpCall, RunView } from '../checks/check.ts';
import type { Event } from '../machine/events.ts';

type Report = Extract<Event, { kind: 'report' }>;
type LockEvent = Extract<Event, { kind: 'lock' | 'unlock' | 'trylock-failed' }>;
type Wanted = (lock: LockEvent['lock']) => boolean;

/** Whether the report says that a lock is missed, or held in the wrong mode, which this function takes itself. */
export function lockOfItsOwn(op: OpCall, run: RunView, index: number): boolean {
  const event = run.trace[index];
  if (event?.kind !== 'report') return false;
  if (event.rule === 'mmap-lock-missing') return ofProcess(op, run, event);
  if (event.rule !== 'lock-assertion') return false;
  const { address, wanted, lock, text } = event.data;
  if (!/^held/.test(String(wanted))) return false;
  const member = /\w+$/.exec(String(lock))?.[0] ?? '';
  if (member === 'mmap_lock' || /mmap_lock$/.test(String(text))) return ofProcess(op, run, event);
  // A reader's lock where a writer's is wanted: which of the objects of its kind is meant makes no difference to what the code took.
  if (
    wanted === 'held for write' &&
    event.held.some((held) => held.mode !== 'exclusive' && sameMember(held.class, member))
  )
    return firstTaken(op, run, event.task, ({ class: name }) => sameMember(name, member));
  return address !== 0 && firstTaken(op, run, event.task, (each) => each.address === address);
}

/** A task has one process at a time: whose mmap_lock it takes and whose it misses are the same, unless it holds one. */
function ofProcess(op: OpCall, run: RunView, event: Report): boolean {
  const mmap: Wanted = (lock) => /mmap_lock$/.test(lock.class);
  return !event.held.some(mmap) && firstTaken(op, run, event.task, mmap);
}

function sameMember(name: string, member: string): boolean {
  return member.length > 4 && name.endsWith(`->${member}`);
}

/** The first thing that happens to the lock in the op is that it is taken, and waited for. */
function firstTaken(op: OpCall, run: RunView, task: number, wanted: Wanted): boolean {
  const end = op.exit ?? run.trace.length;
  const first = run.trace.slice(op.enter, end).find((event): event is LockEvent => isOf(event, task, wanted));
  return first?.kind === 'lock' && !first.trylock;
}

function isOf(event: Event, task: number, wanted: Wanted): event is LockEvent {
  return (
    event.task === task &&
    (event.kind === 'lock' || event.kind === 'unlock' || event.kind === 'trylock-failed') &&
    wanted(event.lock)
  );
}
