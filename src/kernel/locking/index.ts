/** Locking as a subsystem: declarations, models, rules, and what is left out. */
import { gfpHeader } from '../memory/gfp.ts';
import type { Subsystem } from '../subsystem.ts';
import { contextModels } from './contextModels.ts';
import cleanup from './headers/cleanup.h?raw';
import drmExecBodies from './headers/drm_exec.c?raw';
import drmExec from './headers/drm_exec.h?raw';
import localLock from './headers/local_lock.h?raw';
import lockdep from './headers/lockdep.h?raw';
import mmapLock from './headers/mmap_lock.h?raw';
import mutex from './headers/mutex.h?raw';
import preempt from './headers/preempt.h?raw';
import rcupdate from './headers/rcupdate.h?raw';
import rwsem from './headers/rwsem.h?raw';
import schedMm from './headers/sched_mm.h?raw';
import semaphore from './headers/semaphore.h?raw';
import seqlock from './headers/seqlock.h?raw';
import spinlock from './headers/spinlock.h?raw';
import wwMutex from './headers/ww_mutex.h?raw';
import { lockdepModels } from './lockdepModels.ts';
import { mutexModels } from './mutexModels.ts';
import { rcuModels } from './rcuModels.ts';
import { rules } from './rules.ts';
import { semaphoreModels } from './semaphoreModels.ts';
import { spinModels } from './spinModels.ts';
import { wwModels } from './wwModels.ts';

const scope = `
Models: the lock validator (classes, subclasses, nest locks, trylocks, read kinds and strong paths, interrupt usage, wait types), taught as at
boot; spinlocks, raw and bit spinlocks, rwlocks, local locks, mutexes, real-time mutexes, read-write semaphores and their per-CPU variant,
sequence counters, counting semaphores, RCU and SRCU readers, ww mutexes with acquire contexts, drm_exec, mmap_lock, folio locks; preemption, interrupt and
bottom-half state, non-blocking sections, reclaim scopes, fence signalling sections; scope guards. Contention between simulated tasks really
blocks; interrupted waits, failed trylocks and -EDEADLK are decisions.
Left out: optimistic spinning, handoff and priority inheritance (neither hides nor invents);
lock statistics;
a lock that was initialised out of sight gets its class from the struct and member it sits in (two init sites for one member would be two
classes in the kernel: can invent or hide an order between them); -EDEADLK is made up at most twice per acquire context (a back-off that
fails only at its third round is not seen).
Differs from the kernel's validator on purpose: it goes on after a report and leaves the offending order out of its graph. Strong paths are
searched as the kernel does, each class once: among exclusive locks every cycle is told; with readers one can be overlooked whose way leads
through a class that the search met first over an order it could not use, and just those are overlooked in the kernel as well.
`.trim();

/** Headers whose content lives in another one here. */
const forwards: readonly (readonly [string, string])[] = [
  ['include/linux/spinlock_types.h', 'linux/spinlock.h'],
  ['include/linux/rwlock.h', 'linux/spinlock.h'],
  ['include/linux/rwlock_types.h', 'linux/spinlock.h'],
  ['include/linux/bit_spinlock.h', 'linux/spinlock.h'],
  ['include/linux/mutex_types.h', 'linux/mutex.h'],
  ['include/linux/rtmutex.h', 'linux/mutex.h'],
  ['include/linux/percpu-rwsem.h', 'linux/rwsem.h'],
  ['include/linux/lockdep_types.h', 'linux/lockdep.h'],
  ['include/linux/seqlock_types.h', 'linux/seqlock.h'],
  ['include/linux/srcu.h', 'linux/rcupdate.h'],
  ['include/linux/rcupdate_trace.h', 'linux/rcupdate.h'],
  ['include/linux/irqflags.h', 'linux/preempt.h'],
  ['include/linux/bottom_half.h', 'linux/preempt.h'],
  ['include/linux/hardirq.h', 'linux/preempt.h'],
];

export const lockingSubsystem: Subsystem = {
  name: 'locking',
  scope,
  declarations: [
    { path: 'include/linux/gfp_types.h', text: gfpHeader() },
    { path: 'include/linux/cleanup.h', text: cleanup },
    { path: 'include/linux/lockdep.h', text: lockdep },
    { path: 'include/linux/preempt.h', text: preempt },
    { path: 'include/linux/spinlock.h', text: spinlock },
    { path: 'include/linux/mutex.h', text: mutex },
    { path: 'include/linux/rwsem.h', text: rwsem },
    { path: 'include/linux/local_lock.h', text: localLock },
    { path: 'include/linux/rcupdate.h', text: rcupdate },
    { path: 'include/linux/seqlock.h', text: seqlock },
    { path: 'include/linux/semaphore.h', text: semaphore },
    { path: 'include/linux/ww_mutex.h', text: wwMutex },
    { path: 'include/linux/mmap_lock.h', text: mmapLock },
    { path: 'include/linux/sched/mm.h', text: schedMm },
    { path: 'include/drm/drm_exec.h', text: drmExec },
    { path: 'drivers/gpu/drm/drm_exec.c', text: drmExecBodies },
    ...forwards.map(([path, target]) => ({ path, text: `#include <${target}>\n` })),
  ],
  models: [
    ...spinModels,
    ...mutexModels,
    ...wwModels,
    ...rcuModels,
    ...contextModels,
    ...lockdepModels,
    ...semaphoreModels,
  ],
  rules,
};
