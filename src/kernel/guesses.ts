/**
 * Whether an assertion fails only by what this run guessed: the questions that its own condition asks about open values, also inside the
 * functions that were called for it. Its author says that it holds, and knows more of the state than a run that chose. Judges no assertion
 * itself.
 */
import type { Event, Site } from '../machine/events.ts';
import type { MachineServices } from '../machine/model.ts';

/** Events before an assertion that may belong to its condition. */
const REACH = 200;

/** Where it was asked whether something fails. */
const FAILS = / fails\b|does it fail/;

/** A question of the condition at `site`, a place of the current call stack, was answered by choice. */
export function conditionGuessed(machine: MachineServices, site: Site): boolean {
  const { trace, currentTask } = machine;
  const frames = machine.stack();
  const own =
    frames.length - frames.findIndex(({ span, function: name }) => name === site.function && same(span, site));
  for (let i = trace.length - 1; i >= Math.max(0, trace.length - REACH); i--) {
    const event = trace[i];
    if (event === undefined || event.task !== currentTask) continue;
    if (event.kind === 'decision') {
      if (event.at !== null && overlap(event.at, site)) return true;
      if (event.depth > own && !FAILS.test(event.question)) return true;
      if (event.depth <= own) return false;
    }
    if (changes(event)) return false;
  }
  return false;
}

function same(span: Site['span'], site: Site): boolean {
  return span.unit === site.span.unit && span.start === site.span.start;
}

function overlap(one: Site, other: Site): boolean {
  return one.span.unit === other.span.unit && one.span.start < other.span.end && one.span.end > other.span.start;
}

/** More than looking. */
function changes(event: Event): boolean {
  return event.kind === 'lock' || event.kind === 'unlock' || event.kind === 'free' || event.kind === 'alloc';
}
