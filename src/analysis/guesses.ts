/**
 * What a run had been told before an event: that something failed, which the kernel decides, or what members and arguments hold, which the caller
 * of the function does.
 */
import type { OpCall, RunView } from '../checks/check.ts';

/** What the kernel answers, whoever calls. */
export const FAILS =
  /(?: fails| ends| faults|does it fail\?|get its memory\?|interrupted by a signal\?|have to back off\?)$| finds no (?:IOVA|memory|room)/;

/** Something failed before: NULL may have come of that, and not of what an argument was taken to be. */
export function causedByFailure(op: OpCall, run: RunView, index: number): boolean {
  for (let i = op.enter; i < index; i++) {
    const event = run.trace[i];
    if (event?.kind === 'alloc' && event.failed) return true;
    if (event?.kind === 'decision' && FAILS.test(event.question) && event.option !== event.options[0]) return true;
  }
  return false;
}

/** Nothing that a caller decides was asked for before, arguments included: what happened happens whoever calls. */
export function nothingGuessed(run: RunView, index: number): boolean {
  for (let i = 0; i < index; i++) {
    const event = run.trace[i];
    if (event?.kind === 'assumption' || (event?.kind === 'decision' && !FAILS.test(event.question))) return false;
  }
  return true;
}

/** The last test that encloses what follows the text: its condition. */
const LAST_TEST = /\bif\s*\(([^;{}]*)\)\s*(?:\{[^{}]*|[^;{}]*)$/;

/**
 * After something failed, a call is made with NULL only behind a test of another argument, of which nothing was known: whether an object comes
 * with members that are set, or empty to be filled in, its caller decides.
 */
export function behindGuess(op: OpCall, run: RunView, index: number): boolean {
  const call = run.trace
    .slice(op.enter, index)
    .findLast(({ kind, at }) => kind === 'call' && at !== null && run.inDocument(at));
  if (call?.kind !== 'call' || call.at === null) return false;
  const tested = LAST_TEST.exec(run.sourceOf?.(call.at).ahead ?? '')?.[1] ?? '';
  return call.args.some((arg) => {
    const member = /^(?:\?|&\*)\(*(\w+(?:(?:->|\.)\w+)+)\)*$/.exec(arg)?.[1];
    return member !== undefined && tested.replace(/\s/g, '').includes(member);
  });
}
