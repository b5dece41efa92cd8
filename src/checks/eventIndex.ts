/**
 * Where in a finished trace the events of a kind are: dozens of checks ask for a few kinds each, and a trace has hundreds of events. Holds
 * nothing longer than the trace itself is held.
 */
import type { Event } from '../machine/events.ts';

interface Index {
  /** A trace that has grown since is read anew. */
  readonly length: number;
  readonly byKind: ReadonlyMap<Event['kind'], readonly number[]>;
}

const indexes = new WeakMap<readonly Event[], Index>();
const NONE: readonly number[] = [];

/** Positions of all events of a kind, in order. */
export function positionsOf(trace: readonly Event[], kind: Event['kind']): readonly number[] {
  let index = indexes.get(trace);
  if (index === undefined || index.length !== trace.length) {
    const byKind = new Map<Event['kind'], number[]>();
    trace.forEach((event, i) => {
      const known = byKind.get(event.kind);
      if (known) known.push(i);
      else byKind.set(event.kind, [i]);
    });
    index = { length: trace.length, byKind };
    indexes.set(trace, index);
  }
  return index.byKind.get(kind) ?? NONE;
}
