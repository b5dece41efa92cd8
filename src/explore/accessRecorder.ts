/**
 * Writes down what the tasks of a run do to shared memory and to locks, with the point at which each could have been left before: what the
 * choice of interleavings rests on. A task's own locals are left out unless another task reaches them. Chooses nothing.
 */
import type { Event, Site } from '../machine/events.ts';
import type { SharedAccess } from './interleavings.ts';
import { placeName } from './places.ts';

/** Locks have no bytes of their own here: one place that whoever takes the lock writes. */
const LOCK_SIZE = 1;
const LOCK_OFFSET = 2 ** 40;
/** Models after which another task may act on what this one has begun, without bytes of their own. */
const WINDOWS: ReadonlySet<string> = new Set(['mmu_interval_read_begin', '__mmu_notifier_begin']);

export class AccessRecorder {
  private readonly list: SharedAccess[] = [];
  /** By task: the statement of the code under review that it is at. */
  private readonly points = new Map<number, string>();

  /** The task is about to run this statement. */
  atPoint(task: number, site: Site): void {
    this.points.set(task, placeName(site));
  }

  access(task: number, object: number, offset: number, size: number, write: boolean): void {
    const place = this.points.get(task);
    if (place !== undefined) this.list.push({ object, offset, size, write, task, place });
  }

  /** Everything of the run: what was accessed, and the locks that its trace speaks of. */
  finish(trace: readonly Event[]): readonly SharedAccess[] {
    for (const event of trace) {
      if (event.kind === 'call' && WINDOWS.has(event.function)) {
        const { task } = event;
        this.list.push({ object: 0, offset: 0, size: 1, write: true, task, place: placeName(event.at) });
      }
      if ((event.kind !== 'lock' && event.kind !== 'trylock-failed') || event.lock.address === 0) continue;
      const write = event.kind === 'trylock-failed' || event.mode === 'exclusive';
      const { task } = event;
      const where = { object: event.lock.address, offset: LOCK_OFFSET, size: LOCK_SIZE, write, task };
      this.list.push({ ...where, place: placeName(event.at) });
    }
    return this.list;
  }
}
