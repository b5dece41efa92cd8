/** The functions of the document around an event of a run, in the order in which they return. Judges nothing. */
import type { Site } from '../machine/events.ts';
import type { RunView } from './check.ts';

/** A function that returns. */
export interface Returning {
  /** Index of its return in the trace. */
  readonly index: number;
  readonly function: string;
  readonly at: Site;
  /** What it returns, as text. */
  readonly value: string;
}

/** The returns, innermost first, of what was being called at event `from`, up to event `end`. */
export function* returnsAround({ trace, inDocument }: RunView, from: number, end: number): Generator<Returning> {
  const inner = trace[from];
  if (inner === undefined) return;
  let { depth } = inner;
  for (let index = from + 1; index < end; index++) {
    const event = trace[index];
    if (event === undefined || event.task !== inner.task || event.depth > depth) continue;
    depth = event.depth;
    // A model returns at its call; only what returns at a place of its own is a function that somebody wrote.
    if (event.kind !== 'return' || event.at?.function !== event.function) continue;
    depth--;
    if (inDocument(event.at)) yield { index, function: event.function, at: event.at, value: event.value ?? '' };
  }
}
