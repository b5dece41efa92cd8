/**
 * What a call left behind in its task: sections and scopes that were entered and never left, interrupts that stayed off or came on. Locks
 * that stayed held are seen in the trace (`op-enter` and `op-exit` list them); this is about everything that is not a lock.
 */
import { type LockingHost, locking } from './state.ts';
import type { AtomicReason, MemallocScope } from './taskContext.ts';

/** The task's context at a moment. */
export interface ContextSnapshot {
  readonly reasons: readonly AtomicReason[];
  readonly scopes: readonly MemallocScope[];
  readonly irqsOff: AtomicReason | null;
  readonly pagefaultDisabled: number;
  readonly state: number;
}

/** Remembers the context, to be given to `reportContextLeft` after the call. */
export function contextSnapshot(host: LockingHost): ContextSnapshot {
  const context = locking(host).context();
  return {
    reasons: [...context.reasons],
    scopes: [...context.scopes],
    irqsOff: context.irqsOffSince,
    pagefaultDisabled: context.pagefaultDisabled,
    state: context.state,
  };
}

/** Reports what `what` changed about the context and did not change back. Sections of locks that are still held are the lock's matter. */
export function reportContextLeft(host: LockingHost, before: ContextSnapshot, what: string): void {
  const state = locking(host);
  const context = state.context();
  const data = { what };
  for (const reason of context.reasons) {
    if (before.reasons.includes(reason) || ofLock(reason, state.held())) continue;
    state.report(
      'irq-state-imbalance',
      `\`${what}\` returns inside a section that it entered by \`${reason.what}\``,
      [{ message: 'entered here', at: reason.site }],
      { ...data, since: reason.what },
    );
  }
  for (const reason of before.reasons)
    if (!context.reasons.includes(reason))
      state.report(
        'irq-state-imbalance',
        `\`${what}\` leaves a section that its caller entered by \`${reason.what}\``,
        [{ message: 'entered here', at: reason.site }],
        { ...data, since: reason.what },
      );
  const off = context.irqsOffSince;
  if ((off === null) !== (before.irqsOff === null) && !(off !== null && ofLock(off, state.held())))
    state.report(
      'irq-state-imbalance',
      off === null
        ? `\`${what}\` returns with interrupts on, which were off when it was called`
        : `\`${what}\` returns with interrupts off`,
      off === null ? [] : [{ message: 'disabled here', at: off.site }],
      data,
    );
  if (context.pagefaultDisabled > before.pagefaultDisabled)
    state.report('irq-state-imbalance', `\`${what}\` returns with page faults disabled`, [], data);
  for (const scope of context.scopes)
    if (!before.scopes.includes(scope))
      state.report(
        'memalloc-scope-imbalance',
        `\`${what}\` returns inside a scope of \`${scope.what}\``,
        [{ message: 'scope entered here', at: scope.site }],
        data,
      );
}

/** `spin_lock(&x->lock)` belongs to the held lock `&x->lock`. */
function ofLock(reason: AtomicReason, held: readonly { readonly class: string }[]): boolean {
  return held.some((lock) => reason.what.endsWith(`(${lock.class})`));
}
