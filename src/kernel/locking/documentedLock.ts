/**
 * A lock that a comment says is held when a function is called: whether the task holds it, and holding it around a call. Which lock a comment
 * means and where it lies is the caller's knowledge (`explore/documentedCalls.ts`).
 */
import type { Site } from '../../machine/events.ts';
import type { MachineServices } from '../../machine/model.ts';
import { mutexLock, mutexUnlock } from './mutex.ts';
import { inRcuReader, rcuReadLock, rcuReadUnlock } from './rcu.ts';
import { downLock, upLock } from './rwsem.ts';
import { heldInstead } from './sameLock.ts';
import { reservation } from './scenarioContext.ts';
import { spinLock, spinUnlock } from './spin.ts';
import { locking } from './state.ts';
import type { Routine } from './waiting.ts';
import { wwLock, wwUnlock } from './ww.ts';

export type DocumentedSort = 'mutex' | 'spin' | 'raw-spin' | 'rwlock' | 'rwsem' | 'reservation' | 'other';

/** One such lock at one call. `address` null: the caller is a reader of RCU. */
export interface DocumentedLock {
  readonly address: number | null;
  readonly sort: DocumentedSort;
  readonly mode: 'any' | 'read' | 'write';
  /** As the comment's reader would write it in C. */
  readonly text: string;
  /** The sentence. */
  readonly documentedAt: Site;
  /** The function that is documented. */
  readonly function: string;
}

/** Reports, at the call that is being made, that the task does not hold the lock, or not for writing where that is said. */
export function checkDocumented(machine: MachineServices, lock: DocumentedLock): void {
  const missing = missingAs(machine, lock);
  if (missing === null) return;
  const state = locking(machine);
  state.report(
    'documented-lock',
    `\`${lock.function}\` is called without \`${lock.text}\`${missing === 'held' ? '' : ' held for writing'}, which its comment demands`,
    [{ message: `documented here: the caller of \`${lock.function}\` holds it`, at: lock.documentedAt }],
    { lock: lock.text, text: lock.text, wanted: missing, address: lock.address ?? 0, what: lock.function },
  );
}

function missingAs(machine: MachineServices, { address, mode }: DocumentedLock): 'held' | 'held for write' | null {
  if (address === null) return inRcuReader(machine, ['rcu', 'rcu-bh', 'rcu-sched']) ? null : 'held';
  const state = locking(machine);
  const meant = heldInstead(machine, address);
  const lock = state.objects.known(meant);
  if (lock === null) {
    // What this run made itself and nobody ever locked is not shared with anybody yet.
    return machine.objectAt(address)?.storage === 'heap' ? null : 'held';
  }
  const read = state.lockdep.isHeld(state.task(), lock.address, state.objects.classId(lock));
  if (read === null)
    return lock.initialised && machine.objectAt(address)?.storage === 'heap' && !everLocked(machine, address)
      ? null
      : 'held';
  return mode === 'write' && read !== 0 ? 'held for write' : null;
}

function everLocked(machine: MachineServices, address: number): boolean {
  return machine.trace.some((event) => event.kind === 'lock' && event.lock.address === address);
}

/** Takes the lock as the caller that the comment speaks of, and says so; the result lets go of it unless the function did. */
export function* holdDocumented(machine: MachineServices, lock: DocumentedLock): Routine<() => void> {
  const { address } = lock;
  if (lock.sort === 'other' && address !== null) return () => undefined;
  machine.emit({
    kind: 'note',
    message: `entered with \`${lock.text}\` held, as the comment of \`${lock.function}\` says`,
    documented: { address: address ?? 0, at: lock.documentedAt },
  });
  if (address === null) {
    rcuReadLock(machine, 'rcu');
    return () => {
      if (inRcuReader(machine, ['rcu'])) rcuReadUnlock(machine, 'rcu');
    };
  }
  const leave = yield* taken(machine, lock, address);
  const task = machine.currentTask;
  return () => {
    const known = locking(machine).objects.known(address);
    if (known !== null && (known.owner === task || known.readers.has(task))) leave();
  };
}

function* taken(machine: MachineServices, lock: DocumentedLock, address: number): Routine<() => void> {
  switch (lock.sort) {
    case 'mutex':
      yield* mutexLock(machine, address, { name: 'mutex_lock' });
      return () => mutexUnlock(machine, address);
    case 'rwsem': {
      const write = lock.mode !== 'read';
      yield* downLock(machine, address, { name: write ? 'down_write' : 'down_read', write });
      return () => upLock(machine, address, { name: write ? 'up_write' : 'up_read', write });
    }
    case 'spin':
    case 'raw-spin':
    case 'rwlock': {
      const mode = lock.sort === 'rwlock' && lock.mode === 'read' ? 'read' : 'exclusive';
      const how = { kind: lock.sort, mode, irq: 'none' } as const;
      const flags = yield* spinLock(machine, address, { ...how, name: 'spin_lock' });
      return () => spinUnlock(machine, address, { ...how, name: 'spin_unlock' }, flags);
    }
    case 'reservation':
      reservation(machine, address);
      yield* wwLock(machine, address, { name: 'dma_resv_lock', context: 0 });
      return () => wwUnlock(machine, address, 'dma_resv_unlock');
    case 'other':
      return () => undefined;
    default: {
      const never: never = lock.sort;
      return never;
    }
  }
}
