/**
 * Locks that a function misses, and of which it says itself that no caller holds them: it takes them in the same run. Who came with the lock
 * could not take it again; so what is missed between, before or after is the function's own.
 */
import type { OpCall, RunView } from '../checks/check.ts';
import { positionsOf } from '../checks/eventIndex.ts';
import type { Event } from '../machine/events.ts';

/** Rules that say a lock is missed which somebody says is held here. */
export const LOCKS_SAID: readonly string[] = ['lock-assertion', 'documented-lock'];

type Report = Extract<Event, { kind: 'report' }>;
type LockEvent = Extract<Event, { kind: 'lock' | 'unlock' | 'trylock-failed' }>;
type Wanted = (lock: LockEvent['lock']) => boolean;

/** Whether the report says that a lock is missed, or held in the wrong mode, which this function takes itself. */
export function lockOfItsOwn(op: OpCall, run: RunView, index: number): boolean {
  const event = run.trace[index];
  if (event?.kind !== 'report') return false;
  if (documentedAtEntry(run, index, event.data['address'])) return true;
  if (event.rule === 'mmap-lock-missing') return ofProcess(op, run, event);
  if (!LOCKS_SAID.includes(event.rule)) return false;
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

/** The run began with this lock held, as a comment says: what became of it since is the function's own doing. */
function documentedAtEntry(run: RunView, index: number, address: unknown): boolean {
  return positionsOf(run.trace, 'note').some((at) => {
    const each = at < index ? run.trace[at] : undefined;
    return each?.kind === 'note' && each.documented !== undefined && each.documented.address === address;
  });
}

/**
 * Whether an assertion says of a lock what one before it has said, with nothing done to the lock in between: that one is told, or is the
 * caller's to hear.
 */
export function missedBefore(op: OpCall, run: RunView, index: number): boolean {
  const event = run.trace[index];
  if (event?.kind !== 'report' || !LOCKS_SAID.includes(event.rule) || !/^held/.test(String(event.data['wanted'])))
    return false;
  const { address } = event.data;
  for (let i = index - 1; i > op.enter && address !== 0; i--) {
    const each = run.trace[i];
    if (each === undefined || each.task !== event.task) continue;
    if ((each.kind === 'lock' || each.kind === 'unlock') && each.lock.address === address) return false;
    if (each.kind === 'report' && LOCKS_SAID.includes(each.rule) && each.data['address'] === address)
      return each.data['wanted'] === event.data['wanted'];
  }
  return false;
}

const FLAG = /^`.* & \w+` is (?:true|false)$/;

/** Whether which lock a function of the tree asserts hangs on a flag of an object that nobody shows: who set it knows which it is. */
export function assertedByFlag(run: RunView, index: number): boolean {
  const event = run.trace[index];
  if (event?.kind !== 'report' || event.rule !== 'lock-assertion') return false;
  for (let i = index - 1; i >= 0; i--) {
    const each = run.trace[i];
    if (each === undefined || each.task !== event.task) continue;
    if (each.at !== null && run.inDocument(each.at) && each.depth < event.depth) return false;
    if (each.kind === 'decision' && FLAG.test(`${each.question}`)) return each.at !== null && !run.inDocument(each.at);
  }
  return false;
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
  for (let i = op.enter; i < end; i++) {
    const event = run.trace[i];
    if (event?.kind !== 'lock' && event?.kind !== 'unlock' && event?.kind !== 'trylock-failed') continue;
    if (event.task === task && wanted(event.lock)) return event.kind === 'lock' && !event.trylock;
  }
  return false;
}
