/**
 * Locks that a function nobody visible calls lets go of without having taken them. Its caller may have come with such a lock; not when the
 * function takes that lock itself on another way with the same kind of result, or when it succeeds: who came with it could not take it again.
 */
import type { FunctionSymbol } from '../c/ir.ts';
import type { RunView } from '../checks/check.ts';
import { allOf, positionsOf } from '../checks/eventIndex.ts';
import type { Event } from '../machine/events.ts';
import { ANY_LOCK } from './callerDuties.ts';

interface Untaken<T> {
  readonly lock: string;
  readonly result: string;
  readonly run: T;
}

/** Runs of one function that are kept until all are known. */
const KEPT = 8;
/** What a function is told, or asks, about who holds a lock. */
const ABOUT_LOCKS = /(?:^|[^bc])lock|held|owner|nested/i;

export class UnlockExits<T> {
  private readonly untaken: Untaken<T>[] = [];
  /** Locks that the function waits for before anything else is done with them, by result. */
  private readonly taken = new Set<string>();
  private readonly told: boolean;

  constructor({ type }: FunctionSymbol) {
    this.told = type.parameters.some(
      (each, i) => each.kind === 'int' && ABOUT_LOCKS.test(type.parameterNames[i] ?? ''),
    );
  }

  note(view: RunView, result: 'failure' | 'success' | 'other', run: T): void {
    const { trace } = view;
    const first = new Map<string, Event>();
    const about = [...positionsOf(trace, 'lock'), ...positionsOf(trace, 'unlock'), ...positionsOf(trace, 'report')];
    for (const at of about.sort((a, b) => a - b)) {
      const event = trace[at];
      const name = event === undefined ? null : lockOf(event);
      // A lock behind a pointer, of which nothing is known but its type, is not told from another.
      if (event !== undefined && name !== null && !ANY_LOCK.test(name) && !first.has(name)) first.set(name, event);
    }
    for (const [lock, event] of first) {
      if (event.kind === 'lock' && !event.trylock) this.taken.add(`${result} ${lock}`);
      // Other locks of the same kind that it takes may be the ones it was meant to let go of: on a list that nobody made.
      const only = !allOf(trace, 'lock').some((each) => each.lock.class === lock);
      if (event.kind === 'report' && only && !asked(view) && this.untaken.length < KEPT)
        this.untaken.push({ lock, result, run });
    }
  }

  mistakes(): readonly T[] {
    if (this.told) return [];
    return this.untaken
      .filter(
        ({ lock, result }) =>
          this.taken.has(`${result} ${lock}`) || (result === 'failure' && this.taken.has(`success ${lock}`)),
      )
      .map(({ run }) => run);
  }
}

/** The lock that an event takes, or lets go of without holding it. */
function lockOf(event: Event): string | null {
  if (event.kind === 'lock') return event.lock.class;
  if (event.kind === 'unlock') return event.lock.class;
  return event.kind === 'report' && event.rule === 'bad-unlock-balance' ? String(event.data['lock'] ?? '') : null;
}

/** The run rests on an answer about locks. */
function asked({ trace }: RunView): boolean {
  return allOf(trace, 'decision').some(({ question }) => ABOUT_LOCKS.test(question));
}
