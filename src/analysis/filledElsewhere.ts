/**
 * Variables that a function outside the document was to fill in. Whether it did, on a way that it took by data nobody knows, is known to who
 * wrote the call: that it leaves the variable alone on that way says nothing. A function that failed left it alone, and that counts.
 */
import type { RunView } from '../checks/check.ts';
import type { Event } from '../machine/events.ts';
import { FAILS } from './guesses.ts';

const OF_VARIABLE = /^`[A-Za-z_]\w*(?:[.[][^`]*)?`/;
const READ = /^`\W*([A-Za-z_]\w*)/;

/** Whether the variable that is read unwritten was handed to such a function, and only the way it chose keeps it unwritten. */
export function leftByUnseenChoice(run: RunView, index: number): boolean {
  const fault = run.trace[index];
  if (fault?.kind !== 'fault' || fault.fault !== 'uninitialised-read') return false;
  const name = READ.exec(fault.message)?.[1];
  if (name === undefined) return false;
  const handed = new RegExp(`^&local ${name} of \\w+\\(\\)`);
  let ours = false;
  for (let i = index - 1; i >= 0; i--) {
    const event = run.trace[i];
    if (event?.kind !== 'call' || event.task !== fault.task || event.at === null) continue;
    if (!event.args.some((arg) => handed.test(arg))) continue;
    if (!run.inDocument(event.at)) continue;
    if (choseOutside(run, i, index)) return true;
    ours = true;
  }
  // No variable of the document: one of a function that is not looked at, and that its own lines fill in.
  return !ours && fault.at !== null && !run.inDocument(fault.at) && OF_VARIABLE.test(fault.message);
}

const COPIES = /(?:^|_)(?:copy|memcpy)(?:_|$)/;

/** Something was copied into the variable that is read unwritten, up to a member of it (`offsetofend()`), say. */
export function filledInPart(run: RunView, index: number): boolean {
  const fault = run.trace[index];
  const name = fault?.kind === 'fault' ? READ.exec(fault.message)?.[1] : undefined;
  if (fault === undefined || name === undefined) return false;
  const handed = new RegExp(`^&local ${name} of \\w+\\(\\)`);
  return run.trace.some(
    (event, i) =>
      i < index &&
      event.kind === 'call' &&
      COPIES.test(event.function) &&
      event.task === fault.task &&
      event.args.some((arg) => handed.test(arg)),
  );
}

/** Within the call that begins at `from`, something unknown was asked at a place outside the document. */
function choseOutside(run: RunView, from: number, end: number): boolean {
  let depth = 0;
  for (let i = from; i < end; i++) {
    const event: Event | undefined = run.trace[i];
    if (event?.kind === 'call') depth++;
    else if (event?.kind === 'return' && --depth === 0) return false;
    else if (
      event?.kind === 'decision' &&
      !FAILS.test(event.question) &&
      event.at !== null &&
      !run.inDocument(event.at)
    )
      return true;
  }
  return false;
}
