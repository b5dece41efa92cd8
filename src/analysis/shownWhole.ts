/**
 * Of a function that a document shows in part, what begins and ends in lines that stand one behind the other is evidence: memory that is freed
 * and used then, or that was refused and is written to at once. Nothing that is not shown tested it, set it anew or went another way.
 */
import type { CheckReport, RunView } from '../checks/check.ts';
import type { Event } from '../machine/events.ts';
import { FAILS } from './guesses.ts';

type Fault = Extract<Event, { kind: 'fault' }>;

/** Whether everything that leads to the fault is shown, from where the pointer came to be one that may not be followed. */
export function shownWhole(run: RunView, report: CheckReport): boolean {
  const fault = run.trace[report.event];
  if (fault?.kind !== 'fault' || fault.at === null) return false;
  const begin = beginning(run, fault, report.event);
  const begun = run.trace[begin];
  if (begun === undefined || begun.task !== fault.task || begun.at?.function !== fault.at.function) return false;
  if (!throughResult(run, begun, fault) || leavesUnseenBlock(run, begun, fault)) return false;
  return run.trace.slice(begin + 1, report.event).every((event) => event.task !== begun.task || !opens(event));
}

function beginning(run: RunView, fault: Fault, index: number): number {
  const before = run.trace.slice(0, index);
  switch (fault.fault) {
    case 'use-after-free': {
      const freed = fault.related.find(({ message }) => message === 'freed here')?.at ?? null;
      if (freed === null) return -1;
      return before.findLastIndex(
        ({ kind, at }) =>
          kind === 'free' &&
          at?.span.unit === freed.span.unit &&
          at.span.start === freed.span.start &&
          isBefore(at, fault),
      );
    }
    case 'null-dereference':
    case 'error-pointer-dereference':
      return before.findLastIndex(
        (event) =>
          ((event.kind === 'alloc' && event.failed) ||
            (event.kind === 'decision' && FAILS.test(event.question) && event.option !== event.options[0])) &&
          event.at !== null &&
          isBefore(event.at, fault),
      );
    default:
      return -1;
  }
}

/** It stands before the fault, and not behind it in a loop. */
function isBefore({ span }: NonNullable<Event['at']>, { at }: Fault): boolean {
  return at !== null && span.unit === at.span.unit && span.start < at.span.start;
}

/** What the value of a call is stored in, as the text ahead of the call has it: `buf->data = kzalloc(`. */
const STORED_IN = /([A-Za-z_][\w.>-]*)\s*=\s*(?:\([^()]*\)\s*)*$/;

/** The fault goes through what the failed call was stored in: another pointer may be NULL for reasons that are not shown. */
function throughResult(run: RunView, begun: Event, fault: Fault): boolean {
  if (fault.fault === 'use-after-free' || begun.at === null) return true;
  const into = STORED_IN.exec(run.sourceOf?.(begun.at).ahead ?? '')?.[1];
  const at = into === undefined ? -1 : fault.message.indexOf(into);
  return into !== undefined && at >= 0 && /^(?:->|\[)/.test(fault.message.slice(at + into.length));
}

/** A block ends between the two whose head is not shown: it may be a loop, which goes on to something else before it ends. */
function leavesUnseenBlock(run: RunView, begun: Event, fault: Fault): boolean {
  if (begun.at === null || fault.at === null) return true;
  const before = run.sourceOf?.(begun.at).ahead ?? '';
  const ahead = run.sourceOf?.(fault.at).ahead ?? '';
  let open = 0;
  for (const [index, letter] of [...ahead].entries()) {
    if (letter === '{') open++;
    else if (letter === '}' && --open < 0) {
      if (index >= before.length) return true;
      open = 0;
    }
  }
  return false;
}

/** Lines that are not shown were passed, or a way was gone that something not shown decides. */
function opens(event: Event): boolean {
  if (event.kind === 'assumption') return event.unseenLines === true;
  return event.kind === 'decision' && event.question.includes('unseen_');
}
