/**
 * Which locks each task holds after each event of a trace, read from the events alone. Responsible for the bookkeeping only: whether a
 * lock may be held is judged by checks.
 */
import type { Event, HeldLock } from '../machine/events.ts';

/** For every event, the locks its task holds once it has happened, outermost first. */
export function heldAfterEach(events: readonly Event[]): readonly (readonly HeldLock[])[] {
  const byTask = new Map<number, readonly HeldLock[]>();
  return events.map((event) => {
    const held = after(event, byTask.get(event.task) ?? []);
    byTask.set(event.task, held);
    return held;
  });
}

function after(event: Event, held: readonly HeldLock[]): readonly HeldLock[] {
  switch (event.kind) {
    case 'lock':
      return [...held, { ...event.lock, mode: event.mode, trylock: event.trylock, at: event.at }];
    case 'unlock': {
      const at = held.findLastIndex((lock) => lock.address === event.lock.address && lock.class === event.lock.class);
      return at < 0 ? held : held.toSpliced(at, 1);
    }
    // These carry the simulated kernel's own list, which also knows what the scenario took before the op.
    case 'op-enter':
    case 'op-exit':
    case 'report':
      return event.held;
    default:
      return held;
  }
}
