/**
 * Where in a finished trace the events of a kind are: dozens of checks ask for a few kinds each, and a trace has hundreds of events. Holds
 * nothing longer than the trace itself is held.
 */
import type { Event } from '../machine/events.ts';

export type EventOf<K extends Event['kind']> = Extract<Event, { kind: K }>;

/** Calls and their returns, most of a trace, are not listed: who asks for them asks for those of some function. */
export type IndexedKind = Exclude<Event['kind'], 'call' | 'return'>;

interface Index {
  /** A trace that has grown since is read anew. */
  readonly length: number;
  readonly byKind: ReadonlyMap<IndexedKind, readonly number[]>;
  /** What the models and the machine report. */
  readonly told: readonly number[];
}

const indexes = new WeakMap<readonly Event[], Index>();
const NONE: readonly number[] = [];

/** Positions of all events of a kind, in order. */
export function positionsOf(trace: readonly Event[], kind: IndexedKind): readonly number[] {
  return indexOf(trace).byKind.get(kind) ?? NONE;
}

/** All events of a kind, in order. */
export function allOf<K extends IndexedKind>(trace: readonly Event[], kind: K): readonly EventOf<K>[] {
  const found: EventOf<K>[] = [];
  for (const at of positionsOf(trace, kind)) {
    const event = trace[at];
    if (event !== undefined && isOf(event, kind)) found.push(event);
  }
  return found;
}

export function isOf<K extends Event['kind']>(event: Event, kind: K): event is EventOf<K> {
  return event.kind === kind;
}

/** Positions of what the models and the machine report, in order: most checks ask for nothing else, and most runs have none. */
export function toldIn(trace: readonly Event[]): readonly number[] {
  return indexOf(trace).told;
}

function indexOf(trace: readonly Event[]): Index {
  const known = indexes.get(trace);
  if (known !== undefined && known.length === trace.length) return known;
  const byKind = new Map<IndexedKind, number[]>();
  for (let i = 0; i < trace.length; i++) {
    const kind = trace[i]?.kind;
    if (kind === undefined || kind === 'call' || kind === 'return') continue;
    const same = byKind.get(kind);
    if (same) same.push(i);
    else byKind.set(kind, [i]);
  }
  const [reports, faults] = [byKind.get('report') ?? NONE, byKind.get('fault') ?? NONE];
  const told = faults.length === 0 ? reports : [...reports, ...faults].sort((a, b) => a - b);
  const index = { length: trace.length, byKind, told };
  indexes.set(trace, index);
  return index;
}
