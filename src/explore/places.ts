/** Names of places in a run that are the same in every run, so that a question or an access is recognised again. */
import type { Span } from '../c/source.ts';
import type { Site } from '../machine/events.ts';

/** Place of what happens outside of all code. */
const OUTSIDE = 'scenario';

/** Names that were asked for: the spans of compiled code are the same objects in every run. */
const known = new WeakMap<Span, { readonly function: string; readonly name: string }>();

export function placeName(at: Site | null): string {
  if (at === null) return OUTSIDE;
  const before = known.get(at.span);
  if (before !== undefined && before.function === at.function) return before.name;
  const name = `${at.function} ${at.span.unit}:${at.span.start}`;
  known.set(at.span, { function: at.function, name });
  return name;
}
