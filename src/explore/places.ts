/** Names of places in a run that are the same in every run, so that a question or an access is recognised again. */
import type { Site } from '../machine/events.ts';

/** Place of what happens outside of all code. */
const OUTSIDE = 'scenario';

export function placeName(at: Site | null): string {
  return at ? `${at.function} ${at.span.unit}:${at.span.start}` : OUTSIDE;
}
