/**
 * Writes down what the tasks of a run do to shared memory and to locks, with the point at which each could have been left before: what the
 * choice of interleavings rests on. A task's own locals are left out unless another task reaches them. Chooses nothing.
 */
import type { Decision } from '../machine/decisions.ts';
import type { Event, Site } from '../machine/events.ts';
import type { SharedAccess } from './interleavings.ts';
import { placeName } from './places.ts';
import type { Access, Doings, Touch } from './sleepSets.ts';

/** Locks have no bytes of their own here: one place that whoever takes the lock writes. */
const LOCK_SIZE = 1;
const LOCK_OFFSET = 2 ** 40;
/** Models after which another task may act on what this one has begun, without bytes of their own. */
const WINDOWS: ReadonlySet<string> = new Set(['mmu_interval_read_begin', '__mmu_notifier_begin']);

/** An access, and the point before which its task could have been left; null where it could not be. */
interface Recorded extends Touch {
  readonly place: string | null;
}

export class AccessRecorder {
  /** By task: the statement of the code under review that it is at. */
  private readonly points = new Map<number, string>();
  /** All accesses, wherever the task stood. */
  private readonly touches: Recorded[] = [];

  /** The task is about to run this statement. */
  atPoint(task: number, site: Site): void {
    this.points.set(task, placeName(site));
  }

  /** @param asked how many questions the run has asked before */
  access(task: number, object: number, offset: number, size: number, write: boolean, asked: number): void {
    this.touches.push({ object, offset, size, write, task, asked, place: this.points.get(task) ?? null });
  }

  /** Everything of the run: what was accessed, and the locks that its trace speaks of. */
  finish(trace: readonly Event[]): readonly SharedAccess[] {
    const list: SharedAccess[] = this.touches.filter(atAPoint);
    for (const event of trace) {
      const touched = touchOf(event);
      if (touched !== null) list.push({ place: placeName(event.at), ...touched });
    }
    return list;
  }

  /** The same with all that was done between two questions, wherever the task stood. */
  doings(decisions: readonly Decision[], trace: readonly Event[]): Doings {
    let asked = 0;
    const locks = trace.flatMap((event, seq) => {
      while ((decisions[asked]?.events ?? Number.POSITIVE_INFINITY) <= seq) asked++;
      const touched = touchOf(event);
      return touched === null ? [] : [{ asked, ...touched }];
    });
    return { tasks: decisions.map(({ task }) => task), touches: [...this.touches, ...locks] };
  }
}

function atAPoint(access: Recorded): access is Recorded & SharedAccess {
  return access.place !== null;
}

/** What an event says about memory that has no bytes here: a lock, or a window of the notifiers. */
function touchOf(event: Event): Access | null {
  const { task } = event;
  if (event.kind === 'call' && WINDOWS.has(event.function)) return { object: 0, offset: 0, size: 1, write: true, task };
  if ((event.kind !== 'lock' && event.kind !== 'trylock-failed') || event.lock.address === 0) return null;
  const write = event.kind === 'trylock-failed' || event.mode === 'exclusive';
  return { object: event.lock.address, offset: LOCK_OFFSET, size: LOCK_SIZE, write, task };
}
