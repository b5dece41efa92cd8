/**
 * Lock orders over all runs of a document, as the kernel's validator gathers them over everything it sees: one op takes a lock under another,
 * another op (or the caller, or reclaim) takes them the other way round. Cycles inside one run are the validator's own.
 */
import type { LockConflict, RunView } from '../checks/check.ts';
import { isInterrupt, type LockOrder } from '../kernel/locking/learned.ts';
import { type EdgeKinds, stepWeakly } from '../kernel/locking/lockdep/graph.ts';
import type { Related } from '../machine/events.ts';

/** Orders on the way back that are shown. */
const MAX_LEGS = 4;

interface Known {
  readonly order: LockOrder;
  /** Who did it, in words. */
  readonly by: string;
  /** Kinds of all runs so far. */
  readonly kinds: EdgeKinds;
}

/** A lock that the search came to; `weak`: so far only along ways that end with a recursive reader. */
interface Reached {
  readonly id: string;
  readonly weak: boolean;
  readonly before: Reached | null;
  readonly known: Known | null;
}

export class LockOrders {
  private readonly after = new Map<string, Map<string, Known>>();
  private readonly told = new Set<string>();

  /** Adds what a run learned; the orders in it that run against those of earlier runs. */
  note(orders: readonly LockOrder[], run: RunView, title: string): readonly LockConflict[] {
    const conflicts: LockConflict[] = [];
    for (const order of orders) {
      const { from, to } = order;
      const row = this.after.get(from.id);
      const known = row?.get(to.id);
      const kinds = (known?.kinds ?? 0) | order.kinds;
      if (known?.kinds === kinds || this.told.has(`${from.id} ${to.id}`)) continue;
      const back = order.taught === null ? this.cycle(order, kinds & ~(known?.kinds ?? 0)) : null;
      if (back !== null) {
        this.told.add(`${from.id} ${to.id}`);
        const conflict = conflictOf(order, back, run);
        if (conflict !== null) conflicts.push(conflict);
        continue;
      }
      const now = { order: known?.order ?? order, by: known?.by ?? order.taught ?? title, kinds };
      if (row === undefined) this.after.set(from.id, new Map([[to.id, now]]));
      else row.set(to.id, now);
    }
    return conflicts;
  }

  /** The way back that makes a cycle of an order of one of these kinds; null when there is none. */
  private cycle({ from, to }: LockOrder, kinds: EdgeKinds): readonly Known[] | null {
    for (let kind = 1; kind <= kinds; kind <<= 1) {
      const weak = (kinds & kind) === 0 ? null : stepWeakly(kind, false);
      const back = weak === null ? null : this.path(to.id, weak, from.id, kind);
      if (back !== null) return back;
    }
    return null;
  }

  /**
   * The shortest way from one lock to another along known orders on which all wait for each other (lockdep.c:__bfs), the kind of edge that
   * comes after it included; null when there is none.
   */
  private path(start: string, weak: boolean, end: string, closing: EdgeKinds): readonly Known[] | null {
    const queue: Reached[] = [{ id: start, weak, before: null, known: null }];
    const seen = new Set([stateOf(start, weak)]);
    for (const at of queue) {
      if (at.id === end && stepWeakly(closing, at.weak) !== null) return legsTo(at);
      for (const [next, known] of this.after.get(at.id) ?? []) {
        const ends = stepWeakly(known.kinds, at.weak);
        // Whoever comes to a lock exclusively goes on wherever a reader does.
        if (ends === null || seen.has(stateOf(next, false)) || seen.has(stateOf(next, ends))) continue;
        seen.add(stateOf(next, ends));
        queue.push({ id: next, weak: ends, before: at, known });
      }
    }
    return null;
  }
}

function stateOf(id: string, weak: boolean): string {
  return weak ? `${id} weak` : id;
}

function legsTo(end: Reached): readonly Known[] {
  const legs: Known[] = [];
  for (let at: Reached | null = end; at !== null; at = at.before) if (at.known !== null) legs.unshift(at.known);
  return legs;
}

/** Where this run shows the order; null when it does in no place that is known. */
function conflictOf(order: LockOrder, back: readonly Known[], run: RunView): LockConflict | null {
  const { site } = order;
  if (site === null) return null;
  const event = run.trace.findIndex(
    ({ kind, at }) =>
      (kind === 'lock' || kind === 'alloc' || kind === 'call') &&
      at !== null &&
      at.span.unit === site.span.unit &&
      at.span.start === site.span.start,
  );
  const related: Related[] = back.slice(0, MAX_LEGS).map(({ order: leg, by }) => ({
    message: isInterrupt(leg.to)
      ? `\`${leg.from.name}\` with interrupts on: ${by}`
      : isInterrupt(leg.from)
        ? `\`${leg.to.name}\` in ${leg.from.name}: ${by}`
        : `\`${leg.to.name}\` under \`${leg.from.name}\`: ${by}`,
    at: leg.site,
  }));
  return {
    event: event < 0 ? run.trace.length - 1 : event,
    at: site,
    taken: order.to.name,
    under: order.from.name,
    interrupt: isInterrupt(order.to)
      ? 'lets-in'
      : isInterrupt(order.from)
        ? 'is-in'
        : back.some(({ order: leg }) => isInterrupt(leg.from))
          ? 'between'
          : null,
    related,
  };
}
