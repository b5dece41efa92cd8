/**
 * What the caller of an op has to see to: locks it holds, references it has, steps it took before. For an op whose callers nobody described
 * these are not known, so a run in plain process context says nothing about them; what the op does within itself is judged all the same.
 */
import { type OpCall, type RunView, returnOf } from '../checks/check.ts';
import { nullArgument } from '../explore/singleOp.ts';
import { OPEN_SIZE } from '../kernel/memory/allocation.ts';
import type { Event, FaultKind, Site } from '../machine/events.ts';
import { takenOff } from './afterFree.ts';
import { metByGuess } from './containerWalks.ts';
import { behindGuess, causedByFailure, FAILS, nothingGuessed } from './guesses.ts';
import { LOCKS_SAID, lockOfItsOwn } from './ownLocks.ts';
import { takesItself, takesReservation } from './ownTaking.ts';

/** Rules of the simulated kernel that compare with what was done before the op was called. */
const CALLERS: ReadonlySet<string> = new Set([
  ...LOCKS_SAID,
  'mmap-lock-missing',
  'migrate-arguments',
  'bad-unlock-balance',
  'mutex-misuse',
  'suspicious-rcu',
  'warn-on',
  'driver-assertion',
  'refcount-increment-on-zero',
  'refcount-underflow',
  'refcount-leak',
  'page-refcount',
  'page-order',
  'devres-not-found',
  'mm-refcount',
  'file-reference',
  'list-corruption',
  'xarray-index-missing',
  'dma-unmap-invalid',
  'dma-unmap-unknown',
  'dma-sync-unknown',
  'dma-buf-pin-static',
  'dma-buf-unpin-unbalanced',
  'dma-buf-unmap-unknown',
  'dma-buf-unmap-direction',
  'dma-buf-cached-direction',
  'dma-buf-detach-mapped',
  'dma-buf-vunmap',
  'dma-buf-cpu-access-unbalanced',
  'bo-unpin-unbalanced',
  'work-not-initialised',
  'lock-not-initialised',
  'mmu-interval-set-seq-unlocked',
  'mmu-interval-retry-unlocked',
  'allocation-too-large',
  'fence-released-unsignalled',
  'nest-lock-not-held',
  'ww-misuse',
]);

/** Faults that say something of memory whose size, life or address the caller chose, unless the code itself made it. */
const OF_ARGUMENTS: ReadonlySet<FaultKind> = new Set([
  'out-of-bounds',
  'invalid-free',
  'wild-pointer',
  'bad-call',
  'shift-out-of-range',
  'divide-by-zero',
  'unreachable',
]);

/** Of these, what values alone decide: where nothing was open, no caller could have given others. */
const OF_VALUES: ReadonlySet<FaultKind> = new Set(['bad-call', 'shift-out-of-range', 'divide-by-zero']);

/** Sections that a function may enter on purpose for its caller. */
export const LEFT_BEHIND: ReadonlySet<string> = new Set(['irq-state-imbalance', 'memalloc-scope-imbalance']);

/** Of these, the report names where the object was made: one that the code made itself no caller has touched. */
const OF_OBJECTS: ReadonlySet<string> = new Set(['list-corruption', 'lock-not-initialised', 'work-not-initialised']);

/** Rules about locks that are compared by the class of their lock: where the class says no more than its type, it may be any. */
const BY_CLASS: ReadonlySet<string> = new Set(['recursive-locking', 'circular-locking']);
export const ANY_LOCK = /^(?:struct )?(?:raw_)?(?:spinlock|mutex|rw_semaphore|rwlock)(?:_t)?$/;

/**
 * Whether what was seen at an event of the op's run says only that a caller, of whom nothing is known, did not do its part.
 * @param index of the event in the run
 */
export function callersDuty(op: OpCall, run: RunView, index: number): boolean {
  return !simulated(op) && !ownDoing(op, run, index);
}

/** Whether an event of a function whose callers are not simulated counts only as the consequence of something that failed. */
export function restsOnFailure(op: OpCall, run: RunView, index: number): boolean {
  const event = run.trace[index];
  return (
    !simulated(op) &&
    !nothingGuessed(run, index) &&
    !(
      event?.kind === 'fault' &&
      (againstOwnTest(op, run, event.message) || foundNull(op, run, index) || madeErrorPointer(op, run, index))
    ) &&
    ((event?.kind === 'fault' && (event.fault === 'null-dereference' || event.fault === 'error-pointer-dereference')) ||
      (event?.kind === 'report' && event.rule === 'dma-buf-null'))
  );
}

function simulated({ contract }: OpCall): boolean {
  return contract.caller === undefined && (contract.required !== 'unknown' || contract.documented?.contextText != null);
}

/**
 * Whether lines of the function that the document does not show may have done what the event misses: locked, counted, filled in. Not when
 * lines that are shown, with none between that are not, had begun and ended it already.
 */
export function unseenLinesMay(op: OpCall | null, run: RunView, index: number): boolean {
  const event = run.trace[index];
  if (event?.kind !== 'report' || !(CALLERS.has(event.rule) || event.rule === 'dma-buf-export-ops')) return false;
  return op === null || !within(op, run, index, sinceUnseen(op, run, index));
}

/** The first event after the last lines of the op that nobody sees. */
function sinceUnseen(op: OpCall, run: RunView, index: number): number {
  for (let i = index - 1; i > op.enter; i--) {
    const event = run.trace[i];
    if (event?.kind === 'assumption' && event.unseenLines === true) return i;
  }
  return op.enter;
}

/** Whether the function itself, from an event on, did what the report is about: took the lock and let go of it, made the mapping. */
function within(op: OpCall, run: RunView, index: number, from: number): boolean {
  const event = run.trace[index];
  if (event?.kind !== 'report') return false;
  const address = event.data['address'];
  const begun = { ...op, enter: from };
  switch (event.rule) {
    case 'bad-unlock-balance':
      return lockedBefore(begun, run, index, address) || refused(begun, run, index, address);
    default:
      if (!LOCKS_SAID.includes(event.rule)) return begunWithin(begun, run, index);
      return (
        event.data['wanted'] === 'held' && (takesItself(begun, run, address) || takesReservation(begun, run, index))
      );
  }
}

/** Whether the run of a function whose callers are not simulated shows something that no caller could have prevented. */
function ownDoing(op: OpCall, run: RunView, index: number): boolean {
  const event = run.trace[index];
  switch (event?.kind) {
    case 'report': {
      if (lockOfItsOwn(op, run, index)) return true;
      const lock = String(event.data['lock'] ?? '');
      const address = event.data['address'];
      if (event.rule === 'bad-unlock-balance')
        return (
          run.mistakes?.unlocks === true ||
          lockedBefore(op, run, index, address) ||
          madeWithin(op, run, index, address) ||
          refused(op, run, index, address)
        );
      // Who comes with the lock cannot take it again: the function takes it itself, elsewhere.
      if (LOCKS_SAID.includes(event.rule) && event.data['wanted'] === 'held' && takesItself(op, run, address))
        return true;
      if (takesReservation(op, run, index) || (CALLERS.has(event.rule) && madeWithin(op, run, index, address)))
        return true;
      // `DMA_MAPPING_ERROR` is what a mapping of its own left there.
      if (event.rule === 'dma-unmap-invalid' && mappingFailed(op, run, index)) return true;
      if (event.rule === 'iova-alloc-size') return nothingGuessed(run, index);
      if (event.rule === 'recursive-locking' && sameLockTwice(run, index, address)) return true;
      // Who says that a lock is held, and is called without, is not called as it is meant to be.
      if (event.rule.startsWith('mmu-interval-') && assertedBefore(op, run, index)) return false;
      // What is checked before the lock is taken under which it is used: nobody who called it holds that lock.
      if (event.rule === 'mmu-interval-retry-unlocked') return locksAfter(op, run, index);
      // What a walk back over locks comes to, only a real list tells.
      if (event.rule === 'ww-misuse' && nothingGuessed(run, index)) return true;
      if (event.rule === 'ww-misuse' && op.contract.caller === 'unseen') return false;
      if (event.rule === 'dma-buf-null')
        return (causedByFailure(op, run, index) && !behindGuess(op, run, index)) || nothingGuessed(run, index);
      if (BY_CLASS.has(event.rule) && ANY_LOCK.test(lock)) return false;
      if (op.contract.caller === 'unseen' && LEFT_BEHIND.has(event.rule)) {
        // Ended in the wrong order, rather than left for the caller.
        const returned = returnOf(run, op) ?? run.trace.length;
        return run.mistakes?.held === true || (index < returned && begunWithin(op, run, index));
      }
      return (
        !CALLERS.has(event.rule) ||
        (OF_OBJECTS.has(event.rule) && event.related.some(({ at }) => at !== null)) ||
        begunWithin(op, run, index)
      );
    }
    case 'fault':
      if (event.fault === 'bug') return false;
      // NULL behind container_of() is an address just below it, which reads as an error pointer.
      if (event.fault === 'null-dereference' || event.fault === 'error-pointer-dereference')
        return (
          causedByFailure(op, run, index) ||
          nothingGuessed(run, index) ||
          againstOwnTest(op, run, event.message) ||
          foundNull(op, run, index) ||
          madeErrorPointer(op, run, index)
        );
      if (LIFE_ENDED.has(event.fault) && (onceMore(event, run, index) || metByGuess(event, run, op.enter, index)))
        return false;
      return (
        !OF_ARGUMENTS.has(event.fault) ||
        event.related.some(({ at }) => at !== null) ||
        (OF_VALUES.has(event.fault) && nothingGuessed(run, index))
      );
    default:
      return true;
  }
}

/** The report names something that the function itself did before: a mapping it made, a reference it took, an undoing of its own. */
function begunWithin(op: OpCall, run: RunView, index: number): boolean {
  const event = run.trace[index];
  if (event?.kind !== 'report') return false;
  return event.related.some(({ at }) => {
    if (at === null) return false;
    for (let i = op.enter + 1; i < index; i++) if (sameSite(run.trace[i]?.at ?? null, at)) return true;
    return false;
  });
}

function sameSite(one: Site | null, other: Site): boolean {
  return one !== null && one.span.unit === other.span.unit && one.span.start === other.span.start;
}

/** A mapping of the function's own failed before. */
function mappingFailed(op: OpCall, run: RunView, index: number): boolean {
  for (let i = op.enter + 1; i < index; i++) {
    const event = run.trace[i];
    if (event?.kind === 'map' && event.failed) return true;
  }
  return false;
}

/** The very lock that is held, whatever class it may be of: the context came with it. */
function sameLockTwice(run: RunView, index: number, address: unknown): boolean {
  const event = run.trace[index];
  return event?.kind === 'report' && typeof address === 'number' && event.held.some((lock) => lock.address === address);
}

/** The address lies in memory that the function itself made: nobody else had a hand in it. */
function madeWithin(op: OpCall, run: RunView, index: number, address: unknown): boolean {
  if (typeof address !== 'number') return false;
  for (let i = op.enter + 1; i < index; i++) {
    const event = run.trace[i];
    if (event?.kind !== 'alloc' || event.failed || address < event.address) continue;
    if (address < event.address + (event.size ?? OPEN_SIZE)) return true;
  }
  return false;
}

const LIFE_ENDED: ReadonlySet<FaultKind> = new Set(['use-after-free', 'double-free']);

/**
 * Something that the code did not make itself is met again in a later round of the loop that freed it: on a list that nobody made, taking the
 * first element off does not bring the next.
 */
function onceMore(event: Extract<Event, { kind: 'fault' }>, run: RunView, index: number): boolean {
  if (event.related.some(({ message, at }) => at !== null && message === 'allocated here')) return false;
  const freed = event.related.find(({ message }) => message === 'freed here')?.at ?? null;
  if (freed === null) {
    const { at } = event;
    return at !== null && run.trace.slice(0, index).some((each) => each.kind === 'free' && sameSite(each.at, at));
  }
  // In a tree or list that nobody made, whoever takes out one after the other comes to what no link of a real one leads to any more.
  const rounds = run.trace.slice(0, index).filter((each) => each.kind === 'free' && sameSite(each.at, freed)).length;
  if (rounds > 1) return true;
  const called = run.trace
    .slice(0, index)
    .findLast(({ kind, at }) => kind === 'call' && at !== null && run.inDocument(at));
  if (called?.kind === 'call' && /^rb_(?:erase|insert)/.test(called.function)) return true;
  const elsewhere = freed.function !== event.at?.function;
  if (elsewhere && called?.kind === 'call' && /^list_/.test(called.function) && takenOff(run, freed)) return true;
  return (
    event.at !== null &&
    freed.span.unit === event.at.span.unit &&
    freed.function === event.at.function &&
    event.at.span.start <= freed.span.start
  );
}

/** The function takes a lock only after this, and goes on to the end of the run under it or lets go of it again. */
function locksAfter(op: OpCall, run: RunView, index: number): boolean {
  const end = op.exit ?? run.trace.length;
  const { task } = run.trace[index] ?? {};
  let locked = false;
  for (let i = index + 1; i < end; i++) {
    const event = run.trace[i];
    if (event?.task !== task) continue;
    // Once more from the start, or looked at again under the lock.
    if (event?.kind === 'call' && /^mmu_interval_read_(?:begin|retry)$/.test(event.function)) return false;
    if (event?.kind === 'lock') locked ||= event.at !== null && run.inDocument(event.at);
  }
  return locked;
}

/** The function asserted before that its caller holds a lock, which this caller does not. */
function assertedBefore(op: OpCall, run: RunView, index: number): boolean {
  return run.trace
    .slice(op.enter, index)
    .some((each) => each.kind === 'report' && each.rule === 'lock-assertion' && each.data['wanted'] !== 'not held');
}

/** The function had asked for the lock itself, and did not get it. */
function refused(op: OpCall, run: RunView, index: number, address: unknown): boolean {
  for (let i = op.enter; i < index; i++) {
    const event = run.trace[i];
    if (event?.kind === 'trylock-failed' && event.lock.address === address && address !== 0) return true;
  }
  return false;
}

/** The function had taken the lock itself, and released it already. */
function lockedBefore(op: OpCall, run: RunView, index: number, address: unknown): boolean {
  for (let i = op.enter; i < index; i++) {
    const event = run.trace[i];
    if (event?.kind === 'lock' && event.lock.address === address && address !== 0) return true;
  }
  return false;
}

/** The function dereferences the argument that it tests for NULL itself. */
function againstOwnTest(op: OpCall, run: RunView, message: string): boolean {
  for (let i = 0; i < op.enter; i++) {
    const event = run.trace[i];
    if (event?.kind === 'assumption' && event.message === nullArgument(event.about)) {
      return new RegExp(`\\b${event.about}->`).test(message);
    }
  }
  return false;
}

/**
 * The code asked itself whether a pointer is NULL and, with nothing else guessed since, goes on to what stands behind NULL. Who says so in an
 * assertion does not expect it.
 */
export function foundNull(op: OpCall, run: RunView, index: number): boolean {
  const fault = run.trace[index];
  if (fault?.kind !== 'fault' || fault.fault !== 'null-dereference') return false;
  for (let i = index - 1; i > op.enter; i--) {
    const event = run.trace[i];
    if (event === undefined || event.task !== fault.task) continue;
    if (event.kind === 'report' || event.kind === 'assumption') return false;
    if (event.kind !== 'decision' || FAILS.test(event.question)) continue;
    // A function that takes NULL as well asks for itself, right after it was called.
    const before = run.trace.slice(op.enter, i).findLast(({ task }) => task === event.task);
    return (
      / is NULL$/.test(event.question) &&
      event.option === 'true' &&
      event.at !== null &&
      !(before?.kind === 'call' && before.function !== event.at.function) &&
      run.inDocument(event.at)
    );
  }
  return false;
}

/** The error pointer was made by the code itself: an argument that somebody hands in is none of these. */
function madeErrorPointer(op: OpCall, run: RunView, index: number): boolean {
  const event = run.trace[index];
  if (event?.kind !== 'fault' || event.fault !== 'error-pointer-dereference') return false;
  const error = / error pointer (-\w+)/.exec(event.message)?.[1];
  if (error === undefined) return false;
  let own = false;
  for (let i = op.enter; i < index; i++) {
    const each = run.trace[i];
    if (each?.kind === 'call' && each.function === 'ERR_PTR') own = each.at !== null && run.inDocument(each.at);
    else if (own && each?.kind === 'return' && each.function === 'ERR_PTR' && each.value === `ERR_PTR(${error})`)
      return true;
  }
  return false;
}
