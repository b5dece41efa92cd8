/**
 * Lock orders over all runs of a document, as the kernel's validator gathers them over everything it sees: one op takes a lock under another,
 * another op (or the caller, or reclaim) takes them the other way round. Cycles inside one run are the validator's own.
 */
import type { LockConflict, RunView } from '../checks/check.ts';
import { isInterrupt, type LockOrder } from '../kernel/locking/learned.ts';
import type { Related } from '../machine/events.ts';

/** Orders on the way back that are shown. */
const MAX_LEGS = 4;

interface Known {
  readonly order: LockOrder;
  /** Who did it, in words. */
  readonly by: string;
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
      if (row?.has(to.id) || this.told.has(`${from.id} ${to.id}`)) continue;
      const back = order.taught === null ? this.path(to.id, from.id) : null;
      if (back !== null) {
        this.told.add(`${from.id} ${to.id}`);
        const conflict = conflictOf(order, back, run);
        if (conflict !== null) conflicts.push(conflict);
        continue;
      }
      const known = { order, by: order.taught ?? title };
      if (row === undefined) this.after.set(from.id, new Map([[to.id, known]]));
      else row.set(to.id, known);
    }
    return conflicts;
  }

  /** The shortest way from one lock to another along known orders; null when there is none. */
  private path(start: string, end: string): readonly Known[] | null {
    const reached = new Map<string, { readonly before: string; readonly known: Known } | null>([[start, null]]);
    for (const at of reached.keys()) {
      if (at === end) break;
      for (const [next, known] of this.after.get(at) ?? [])
        if (!reached.has(next)) reached.set(next, { before: at, known });
    }
    if (!reached.has(end)) return null;
    const legs: Known[] = [];
    for (let step = reached.get(end); step; step = reached.get(step.before)) legs.unshift(step.known);
    return legs;
  }
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
