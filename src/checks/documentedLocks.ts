/** Locks that a comment says the caller of a function holds, as runs show them: entered with by a scenario, or missed at a call. */
import type { Event, Site } from '../machine/events.ts';
import type { RunView } from './check.ts';

/** Where the comment stands that says that the lock, taken again at this event, is the caller's; null: no comment is the reason. */
export function documentedTwice(run: RunView, index: number): { readonly at: Site } | null {
  const event = run.trace[index];
  if (event?.kind !== 'report' || event.rule !== 'recursive-locking') return null;
  const { address } = event.data;
  for (let i = index - 1; i >= 0; i--) {
    const each = run.trace[i];
    if (each === undefined || each.task !== event.task) continue;
    if (each.kind === 'unlock' && each.lock.address === address) return null;
    if (each.kind === 'note' && each.documented !== undefined && each.documented.address === address)
      return { at: each.documented.at };
  }
  return null;
}

/** The function that was called without its documented lock takes that lock itself: its comment is wrong, and not the call. */
export function takesWhatIsMissed(run: RunView, index: number): boolean {
  const event = run.trace[index];
  if (event?.kind !== 'report') return false;
  const { address } = event.data;
  for (let i = index + 1; i < run.trace.length; i++) {
    const each = run.trace[i];
    if (each === undefined || each.task !== event.task) continue;
    if (each.kind === 'return' && each.depth <= event.depth + 1) return false;
    if (isAbout(each, address)) return each.kind === 'lock';
  }
  return false;
}

function isAbout(event: Event, address: unknown): boolean {
  return (event.kind === 'lock' || event.kind === 'unlock') && event.lock.address === address;
}
