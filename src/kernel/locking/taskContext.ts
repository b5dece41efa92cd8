/**
 * What a task is allowed to do right now: preemption, interrupts, RCU readers, non-blocking sections, reclaim scopes. Pure data with
 * counters and the places that raised them; says nothing about locks (lockdep/) and reports nothing (context.ts).
 */
import type { Site } from '../../machine/events.ts';

/** What makes a task atomic. */
export type AtomicKind =
  | 'preempt'
  | 'bh'
  | 'irqs-off'
  | 'nmi'
  | 'hardirq'
  | 'softirq'
  | 'rcu'
  | 'rcu-bh'
  | 'rcu-sched'
  | 'non-block';

export interface AtomicReason {
  readonly kind: AtomicKind;
  /** `spin_lock(&vm->lock)`, `rcu_read_lock()`, `interrupt handler`. */
  readonly what: string;
  readonly site: Site | null;
}

/** `PF_MEMALLOC*` of the task; values as in `include/linux/sched.h`, since save/restore hand them to C code as numbers. */
export const PF_MEMALLOC = 0x800;
export const PF_MEMALLOC_NOFS = 0x4_0000;
export const PF_MEMALLOC_NOIO = 0x8_0000;
export const PF_MEMALLOC_PIN = 0x1000_0000;

/** An open `memalloc_*_save` scope. */
export interface MemallocScope {
  readonly flag: number;
  /** Whether the flag was set before the save: what restore puts back. */
  readonly before: boolean;
  readonly what: string;
  readonly site: Site | null;
}

export class TaskContext {
  /** Everything that makes the task atomic, oldest first. */
  readonly reasons: AtomicReason[] = [];
  flags = 0;
  readonly scopes: MemallocScope[] = [];
  /** `set_current_state`: 0 is TASK_RUNNING. */
  state = 0;
  stateSite: Site | null = null;
  pagefaultDisabled = 0;
  /** Interrupts are off by a plain flag, not a count: `local_irq_enable` inside an outer `local_irq_disable` really enables them. */
  irqsOffSince: AtomicReason | null = null;
  hardirqThreaded = false;

  push(kind: AtomicKind, what: string, site: Site | null): void {
    this.reasons.push({ kind, what, site });
  }

  /** Takes back the newest reason of this kind (of this text, if there is one). False: there was none. */
  pop(kind: AtomicKind, what: string | null = null): boolean {
    let fallback = -1;
    for (let i = this.reasons.length - 1; i >= 0; i--) {
      const reason = this.reasons[i];
      if (reason?.kind !== kind) continue;
      if (what === null || reason.what === what) {
        this.reasons.splice(i, 1);
        return true;
      }
      if (fallback < 0) fallback = i;
    }
    if (fallback < 0) return false;
    this.reasons.splice(fallback, 1);
    return true;
  }

  depth(kind: AtomicKind): number {
    let count = 0;
    for (const reason of this.reasons) if (reason.kind === kind) count++;
    return count;
  }

  get irqsOff(): boolean {
    return this.irqsOffSince !== null || this.depth('hardirq') > 0 || this.depth('nmi') > 0;
  }

  /** `in_interrupt()`: a handler runs, or bottom halves are disabled. */
  get inInterrupt(): boolean {
    return this.reasons.some(
      (r) => r.kind === 'nmi' || r.kind === 'hardirq' || r.kind === 'softirq' || r.kind === 'bh',
    );
  }

  /** `in_atomic()`: preemption is off for whatever reason except disabled interrupts and RCU readers. */
  get preemptReason(): AtomicReason | null {
    for (const reason of this.reasons) {
      switch (reason.kind) {
        case 'preempt':
        case 'bh':
        case 'nmi':
        case 'hardirq':
        case 'softirq':
        case 'rcu-sched':
        case 'rcu-bh':
          return reason;
        case 'rcu':
        case 'non-block':
        case 'irqs-off':
          break;
      }
    }
    return null;
  }

  /** Why the task must not sleep now; null when it may (`__might_resched`, kernel/sched/core.c). */
  get noSleepReason(): AtomicReason | null {
    const worst = this.reasons.find(
      (r) => r.kind === 'nmi' || r.kind === 'hardirq' || r.kind === 'softirq' || r.kind === 'non-block',
    );
    return worst ?? this.reasons[0] ?? this.irqsOffSince;
  }
}
