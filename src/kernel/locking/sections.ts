/**
 * Ways into and out of atomic sections: preemption, bottom halves, interrupts, RCU readers, non-blocking sections. Each `exit` without
 * its `enter` is reported. Used by the models of the C functions and by scenarios; knows no lock.
 */
import { here, type LockingHost, locking } from './state.ts';
import type { AtomicKind } from './taskContext.ts';

function enter(machine: LockingHost, kind: AtomicKind, what: string): void {
  locking(machine).context().push(kind, what, here(machine));
}

function leave(machine: LockingHost, kind: AtomicKind, what: string, entered: string | null): void {
  const state = locking(machine);
  if (!state.context().pop(kind, entered))
    state.report('irq-state-imbalance', `\`${what}\` leaves a section that was never entered`, [], { what });
}

/** `preempt_disable()`; `what` names the reason for messages (`spin_lock(&x->lock)`). */
export function preempt_disable(machine: LockingHost, what = 'preempt_disable()'): void {
  enter(machine, 'preempt', what);
}

/** `preempt_enable()`; `entered`: the text given to the matching disable. */
export function preempt_enable(machine: LockingHost, entered = 'preempt_disable()', what = 'preempt_enable()'): void {
  leave(machine, 'preempt', what, entered);
}

/** `local_bh_disable()` */
export function local_bh_disable(machine: LockingHost, what = 'local_bh_disable()'): void {
  enter(machine, 'bh', what);
  const state = locking(machine);
  state.lockdep.softirqsOff(state.task());
}

/** `local_bh_enable()` */
export function local_bh_enable(
  machine: LockingHost,
  entered = 'local_bh_disable()',
  what = 'local_bh_enable()',
): void {
  leave(machine, 'bh', what, entered);
  const state = locking(machine);
  if (state.context().depth('bh') === 0) state.lockdep.softirqsOn(state.task(), here(machine));
}

/** `local_irq_disable()`: a flag, not a count. */
export function local_irq_disable(machine: LockingHost, what = 'local_irq_disable()'): void {
  const state = locking(machine);
  // A handler has them off already: what it saves and restores is no section of its own.
  if (state.context().depth('hardirq') === 0)
    state.context().irqsOffSince ??= { kind: 'irqs-off', what, site: here(machine) };
  state.lockdep.hardirqsOff(state.task());
}

/** `local_irq_enable()` */
export function local_irq_enable(machine: LockingHost): void {
  const state = locking(machine);
  state.context().irqsOffSince = null;
  state.lockdep.hardirqsOn(state.task(), here(machine));
}

/** `local_irq_save(flags)`: the flags word; the interrupt bit is set when interrupts were on. */
export const IRQS_WERE_ON = 0x200;

export function local_irq_save(machine: LockingHost, what = 'local_irq_save()'): number {
  const on = !locking(machine).context().irqsOff;
  local_irq_disable(machine, what);
  return on ? IRQS_WERE_ON : 0;
}

/** `local_irq_restore(flags)` */
export function local_irq_restore(machine: LockingHost, flags: number): void {
  if ((flags & IRQS_WERE_ON) !== 0) local_irq_enable(machine);
  else local_irq_disable(machine, 'local_irq_restore()');
}

/** Enters a hardware interrupt handler. `threaded`: the handler runs as a thread under forced threading, so spinlock_t may be taken. */
export function enter_hardirq(machine: LockingHost, threaded = true): void {
  const state = locking(machine);
  state.lockdep.hardirqsOff(state.task());
  enter(machine, 'hardirq', 'interrupt handler');
  state.lockdep.enterHardirq(state.task(), threaded);
}

export function exit_hardirq(machine: LockingHost): void {
  const state = locking(machine);
  state.lockdep.exitHardirq(state.task());
  leave(machine, 'hardirq', 'end of interrupt handler', null);
  if (!state.context().irqsOff) state.lockdep.hardirqsOn(state.task(), here(machine));
}

/** Enters a non-maskable interrupt: nothing keeps it out, and the validator does not follow what happens inside (include/linux/hardirq.h). */
export function enter_nmi(machine: LockingHost): void {
  const state = locking(machine);
  enter(machine, 'nmi', 'non-maskable interrupt');
  state.lockdep.enterNmi(state.task());
}

export function exit_nmi(machine: LockingHost): void {
  const state = locking(machine);
  state.lockdep.exitNmi(state.task());
  leave(machine, 'nmi', 'end of a non-maskable interrupt', null);
}

/** Enters a softirq (tasklet, timer): bottom halves off, interrupts on. */
export function enter_softirq(machine: LockingHost): void {
  const state = locking(machine);
  state.lockdep.softirqsOff(state.task());
  enter(machine, 'softirq', 'softirq');
  state.lockdep.enterSoftirq(state.task());
}

export function exit_softirq(machine: LockingHost): void {
  const state = locking(machine);
  state.lockdep.exitSoftirq(state.task());
  leave(machine, 'softirq', 'end of softirq', null);
  if (state.context().depth('bh') + state.context().depth('softirq') === 0)
    state.lockdep.softirqsOn(state.task(), here(machine));
}

/** `non_block_start()`: an mmu notifier that must not wait runs its callbacks inside. */
export function non_block_start(machine: LockingHost): void {
  enter(machine, 'non-block', 'non_block_start()');
}

export function non_block_end(machine: LockingHost): void {
  leave(machine, 'non-block', 'non_block_end()', null);
}

/** `in_interrupt()` in the kernel's sense: a handler runs or bottom halves are off. */
export function in_interrupt(machine: LockingHost): boolean {
  return locking(machine).context().inInterrupt;
}

/** `irqs_disabled()` */
export function irqs_disabled(machine: LockingHost): boolean {
  return locking(machine).context().irqsOff;
}

/** `preempt_count() != 0` */
export function preempt_count_set(machine: LockingHost): boolean {
  return locking(machine).context().preemptReason !== null;
}

/** `__set_current_state(state)`: 0 is TASK_RUNNING. */
export function set_current_state(machine: LockingHost, value: number): void {
  const context = locking(machine).context();
  context.state = value;
  context.stateSite = value === 0 ? null : here(machine);
}

/** `pagefault_disable()` / `pagefault_enable()`: user accesses then fail instead of faulting pages in. */
export function pagefault_disable(machine: LockingHost): void {
  locking(machine).context().pagefaultDisabled++;
}

export function pagefault_enable(machine: LockingHost): void {
  const state = locking(machine);
  const context = state.context();
  if (context.pagefaultDisabled === 0)
    state.report('irq-state-imbalance', '`pagefault_enable` without `pagefault_disable`', [], {
      what: 'pagefault_enable()',
    });
  else context.pagefaultDisabled--;
}
