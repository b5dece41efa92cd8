/**
 * What the kernel teaches its validator before any driver runs: the order around reclaim of `dma_resv_lockdep()`, and the priming of locks
 * that are taken in reclaim when their class first appears. Each taught edge says who taught it. Nothing else is assumed.
 */
import { Lockdep } from './lockdep/lockdep.ts';
import { type ClassSpec, WAIT_NONE, WAIT_SLEEP } from './lockdep/types.ts';
import { memberIdentity } from './naming.ts';
import type { LockIdentity } from './objects.ts';

/** Names of the lock maps that are not locks but reclaim, notifiers and fences (mm/page_alloc.c, mm/mmu_notifier.c, dma-fence.c). */
export const FS_RECLAIM = 'fs_reclaim';
export const MMU_NOTIFIER_MAP = 'mmu_notifier_invalidate_range_start';
export const DMA_FENCE_MAP = 'dma_fence_map';

/** Keys of the reservation class: one class for all reservation objects, whoever made them. */
export const RESV_CLASS = 'reservation_ww_class';
export const RESV_ACQUIRE_NAME = 'reservation_ww_class_acquire';
export const RESV_MUTEX_NAME = 'reservation_ww_class_mutex';

const map = (name: string): ClassSpec => ({ key: name, name, inner: WAIT_NONE });
const sleeping = (path: string): ClassSpec => ({ ...memberIdentity(path), inner: WAIT_SLEEP });

export const RESV_ACQUIRE: ClassSpec = { key: RESV_ACQUIRE_NAME, name: RESV_ACQUIRE_NAME, inner: WAIT_NONE };
export const RESV_MUTEX: ClassSpec = sleeping('dma_resv.lock');

/** Identity of the lock of every reservation object. */
export function resvIdentity(): LockIdentity {
  return memberIdentity('dma_resv.lock');
}

let boot: Lockdep | null = null;

/** The taught validator, made once per process and only ever forked. */
export function bootLockdep(): Lockdep {
  if (boot === null) {
    boot = new Lockdep({ rawLockNesting: true });
    teachReservation(boot);
  }
  return boot;
}

/** The order of drivers/dma-buf/dma-resv.c:dma_resv_lockdep, taken and dropped once. */
function teachReservation(lockdep: Lockdep): void {
  const task = lockdep.task(0);
  lockdep.note = 'taught by dma_resv_lockdep() at boot';
  const hold = (spec: ClassSpec, instance: number, read: 0 | 1 = 0, nest = 0) =>
    lockdep.acquire(task, instance, lockdep.classOf(spec), read, false, true, nest, null);
  const drop = (instance: number) => lockdep.release(task, instance, null);
  hold(sleeping('mm_struct.mmap_lock'), 1, 1);
  hold(RESV_ACQUIRE, 2);
  hold(RESV_MUTEX, 3, 0, 2);
  hold(map(FS_RECLAIM), 4);
  hold(sleeping('address_space.i_mmap_rwsem'), 5);
  drop(5);
  hold(map(MMU_NOTIFIER_MAP), 6);
  hold(map(DMA_FENCE_MAP), 7);
  for (const instance of [7, 6, 4, 3, 2, 1]) drop(instance);
  lockdep.note = null;
}

/** Called when a class appears: locks whose owner primes them under reclaim at init time. */
export function teachClass(lockdep: Lockdep, id: number, spec: ClassSpec): void {
  if (spec.name !== '&gpusvm->notifier_lock' || (spec.subclass ?? 0) !== 0) return;
  // A task of its own: the run's held locks have nothing to do with what is taught.
  const task = lockdep.task(-1);
  const before = lockdep.note;
  const under = (name: string, note: string) => {
    lockdep.note = note;
    lockdep.acquire(task, 1, lockdep.classOf(map(name)), 0, false, true, 0, null);
    lockdep.acquire(task, 2, id, 0, false, true, 0, null);
    lockdep.release(task, 2, null);
    lockdep.release(task, 1, null);
  };
  under(FS_RECLAIM, 'taught by drm_gpusvm_init(), which primes notifier_lock under reclaim');
  under(MMU_NOTIFIER_MAP, 'the invalidate callback of drm_gpusvm takes notifier_lock');
  lockdep.note = before;
}
