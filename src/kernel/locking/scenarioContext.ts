/**
 * Calling contexts for scenarios: puts the current task where the kernel would be when it calls an op (locks held, inside reclaim, in a
 * notifier, in an interrupt), and takes it out again in reverse order. What the contexts of each op are is the contracts' business.
 */
import {
  lock_map_acquire,
  lock_map_release,
  memalloc_noreclaim_restore,
  memalloc_noreclaim_save,
  memallocRestore,
  memallocSave,
} from './context.ts';
import { beginSignalling, endSignalling } from './fenceSignalling.ts';
import { mutexLock, mutexUnlock } from './mutex.ts';
import { rcuReadLock, rcuReadUnlock } from './rcu.ts';
import { downLock, upLock } from './rwsem.ts';
import {
  enter_hardirq,
  enter_softirq,
  exit_hardirq,
  exit_softirq,
  local_bh_disable,
  local_bh_enable,
  local_irq_disable,
  local_irq_enable,
  non_block_end,
  non_block_start,
  preempt_disable,
  preempt_enable,
} from './sections.ts';
import { spinLock, spinUnlock } from './spin.ts';
import { type LockingHost, locking } from './state.ts';
import { PF_MEMALLOC_NOFS, PF_MEMALLOC_NOIO } from './taskContext.ts';
import { FS_RECLAIM, MMU_NOTIFIER_MAP, resvIdentity } from './teach.ts';
import type { Routine } from './waiting.ts';
import { wwLock, wwUnlock } from './ww.ts';

/** One thing that is true around the call. Given outermost first. */
export type ContextStep =
  /** A lock object of the world is held. `resv`: a reservation object, without an acquire context. */
  | {
      readonly kind: 'lock';
      readonly address: number;
      readonly lock: 'mutex' | 'rwsem-read' | 'rwsem-write' | 'spin' | 'spin-irqsave' | 'resv';
    }
  /** Direct reclaim or kswapd: `fs_reclaim` held and PF_MEMALLOC set; shrinkers run here. */
  | { readonly kind: 'reclaim' }
  /** An mmu notifier's callbacks; a range that is not blockable must not wait. */
  | { readonly kind: 'notifier'; readonly blockable: boolean }
  | { readonly kind: 'fence-signalling' }
  | { readonly kind: 'hardirq'; readonly threaded: boolean }
  | { readonly kind: 'softirq' }
  | { readonly kind: 'preempt-off' }
  | { readonly kind: 'irqs-off' }
  | { readonly kind: 'bh-off' }
  | { readonly kind: 'rcu-reader' }
  | { readonly kind: 'scope'; readonly scope: 'nofs' | 'noio' };

/** Enters all steps; the result leaves them again. Run it with `yield*`: a lock may have to be waited for. */
export function* enterContext(host: LockingHost, steps: readonly ContextStep[]): Routine<() => void> {
  const undo: (() => void)[] = [];
  for (const step of steps) undo.push(yield* enterStep(host, step));
  return () => {
    for (const leave of undo.reverse()) leave();
    undo.length = 0;
  };
}

function* enterStep(host: LockingHost, step: ContextStep): Routine<() => void> {
  switch (step.kind) {
    case 'lock':
      return yield* holdLock(host, step.address, step.lock);
    case 'reclaim': {
      lock_map_acquire(host, FS_RECLAIM);
      tell(host, 'lock', FS_RECLAIM);
      const flags = memalloc_noreclaim_save(host);
      return () => {
        memalloc_noreclaim_restore(host, flags);
        lock_map_release(host, FS_RECLAIM);
        tell(host, 'unlock', FS_RECLAIM);
      };
    }
    case 'notifier':
      lock_map_acquire(host, MMU_NOTIFIER_MAP);
      tell(host, 'lock', MMU_NOTIFIER_MAP);
      if (!step.blockable) non_block_start(host);
      return () => {
        if (!step.blockable) non_block_end(host);
        lock_map_release(host, MMU_NOTIFIER_MAP);
        tell(host, 'unlock', MMU_NOTIFIER_MAP);
      };
    case 'fence-signalling': {
      const cookie = beginSignalling(host);
      return () => endSignalling(host, cookie);
    }
    case 'hardirq':
      enter_hardirq(host, step.threaded);
      return () => exit_hardirq(host);
    case 'softirq':
      enter_softirq(host);
      return () => exit_softirq(host);
    case 'preempt-off':
      preempt_disable(host);
      return () => preempt_enable(host);
    case 'irqs-off':
      local_irq_disable(host);
      return () => local_irq_enable(host);
    case 'bh-off':
      local_bh_disable(host);
      return () => local_bh_enable(host);
    case 'rcu-reader':
      rcuReadLock(host, 'rcu');
      return () => rcuReadUnlock(host, 'rcu');
    case 'scope': {
      const flag = step.scope === 'nofs' ? PF_MEMALLOC_NOFS : PF_MEMALLOC_NOIO;
      const old = memallocSave(host, flag, `memalloc_${step.scope}_save()`);
      return () => memallocRestore(host, flag, old, `memalloc_${step.scope}_restore()`);
    }
  }
}

/** Entering and leaving a region that behaves like a lock, as events: readers follow what is held by them. */
function tell(host: LockingHost, kind: 'lock' | 'unlock', className: string): void {
  const lock = { address: 0, class: className };
  if (kind === 'lock') host.emit({ kind, lock, mode: 'exclusive', trylock: false, function: 'the caller' });
  else host.emit({ kind, lock, function: 'the caller' });
}

function* holdLock(
  host: LockingHost,
  address: number,
  lock: 'mutex' | 'rwsem-read' | 'rwsem-write' | 'spin' | 'spin-irqsave' | 'resv',
): Routine<() => void> {
  switch (lock) {
    case 'mutex':
      yield* mutexLock(host, address, { name: 'mutex_lock' });
      return () => mutexUnlock(host, address);
    case 'rwsem-read':
    case 'rwsem-write': {
      const write = lock === 'rwsem-write';
      yield* downLock(host, address, { name: write ? 'down_write' : 'down_read', write });
      return () => upLock(host, address, { name: write ? 'up_write' : 'up_read', write });
    }
    case 'spin':
    case 'spin-irqsave': {
      const irq = lock === 'spin' ? 'none' : 'irqsave';
      const how = { kind: 'spin', mode: 'exclusive', irq } as const;
      const flags = yield* spinLock(host, address, { ...how, name: 'spin_lock' });
      return () => spinUnlock(host, address, { ...how, name: 'spin_unlock' }, flags);
    }
    case 'resv':
      reservation(host, address);
      yield* wwLock(host, address, { name: 'dma_resv_lock', context: 0 });
      return () => wwUnlock(host, address, 'dma_resv_unlock');
  }
}

/** The lock of a reservation object: whoever made it, it is of the one reservation class. */
export function reservation(host: LockingHost, address: number): void {
  const { objects } = locking(host);
  if (objects.known(address) === null) objects.init(address, 'mutex', resvIdentity()).wwClass = 'reservation_ww_class';
}
