/**
 * Whether a run did anything that no earlier run of its scenario had done: an event of another kind, at another place, or with another outcome.
 * Which values were passed around, and how often something happened, is nothing new. Judges nothing.
 */
import type { Event } from '../machine/events.ts';

/** Parts of one number that is exact: kind, name, unit, offset. */
const KINDS = 64;
const NAMES = 2 ** 13;
const UNITS = 2 ** 11;
const OFFSETS = 2 ** 22;

export class Novelty {
  private readonly seen = new Set<number>();
  private readonly kinds = new Map<Event['kind'], number>();
  private readonly names = new Map<string, number>();

  /** Takes note of a run. True: it showed something new. */
  note(trace: readonly Event[]): boolean {
    const before = this.seen.size;
    for (let i = 0; i < trace.length; i++) {
      const event = trace[i];
      switch (event?.kind) {
        case undefined:
          break;
        // Who runs when is what is varied, not what comes of it.
        case 'task-switch':
          break;
        case 'call':
        case 'return':
          this.add(event, event.function);
          break;
        case 'lock':
        case 'unlock':
        case 'trylock-failed':
          this.add(event, event.lock.class);
          break;
        case 'decision':
          this.add(event, event.option);
          break;
        case 'report':
          this.add(event, event.rule);
          break;
        case 'fault':
          this.add(event, event.fault);
          break;
        case 'assumption':
          this.add(event, event.about);
          break;
        case 'op-enter':
          this.add(event, event.op);
          break;
        case 'op-exit':
          this.add(event, event.failed ? `${event.op} fails` : event.op);
          for (const lock of event.held) this.add(event, lock.class);
          break;
        case 'alloc':
        case 'map':
        case 'sync':
          this.add(event, event.failed ? 'fails' : '');
          break;
        case 'free':
        case 'unmap':
        case 'flush':
        case 'print':
        case 'unsupported':
        case 'limit':
        case 'note':
          this.add(event, '');
          break;
        default: {
          const never: never = event;
          return never;
        }
      }
    }
    return this.seen.size > before;
  }

  private add(event: Event, name: string): void {
    // There are as many of these as events: without a call that can be spared.
    const kind = this.kinds.get(event.kind) ?? numberOf(this.kinds, event.kind);
    const named = this.names.get(name) ?? numberOf(this.names, name);
    const { unit, start } = event.at?.span ?? NOWHERE;
    this.seen.add((((unit % UNITS) * OFFSETS + (start % OFFSETS)) * NAMES + (named % NAMES)) * KINDS + (kind % KINDS));
  }
}

const NOWHERE = { unit: 0, start: 0 } as const;

function numberOf<T extends string>(numbers: Map<T, number>, text: T): number {
  const number = numbers.size;
  numbers.set(text, number);
  return number;
}
