import { describe, expect, it } from 'vitest';
import * as gfp from '../memory/gfp.ts';
import {
  debug_check_no_locks_freed,
  heldLocks,
  memalloc_nofs_restore,
  memalloc_nofs_save,
  memalloc_noio_restore,
  memalloc_noio_save,
  memalloc_noreclaim_save,
  might_alloc,
  might_fault,
  might_sleep,
} from './context.ts';
import { contextSnapshot, reportContextLeft } from './contextLeft.ts';
import { beginSignalling, dma_fence_might_wait, endSignalling } from './fenceSignalling.ts';
import { mutexLock, mutexTrylock, mutexUnlock } from './mutex.ts';
import { rcuReadLock, rcuReadUnlock, synchronizeRcu } from './rcu.ts';
import { downLock, upLock } from './rwsem.ts';
import { type ContextStep, enterContext, reservation } from './scenarioContext.ts';
import * as sections from './sections.ts';
import { spinLock, spinUnlock } from './spin.ts';
import type { LockingHost } from './state.ts';
import { TaskBench } from './taskBench.ts';
import type { Routine } from './waiting.ts';
import { wwLock, wwTrylock, wwUnlock } from './ww.ts';

const NOTIFIER = 1000;
const LOCK = 2000;
const RESV = 3000;
const MMAP = 4000;
const names = new Map([
  [NOTIFIER, '&gpusvm->notifier_lock'],
  [LOCK, '&x->lock'],
  [MMAP, 'mm_struct.mmap_lock'],
]);

/** What a task reports, in words: rule and machine-readable essence. */
function reports(body: (host: LockingHost) => Routine<void>): string[] {
  const bench = new TaskBench([], names);
  bench.run(body);
  return bench.reports.map((report) =>
    `${report.rule} ${report.data['cycle'] ?? report.data['since'] ?? report.data['what'] ?? ''}`.trim(),
  );
}

/** Reports of a call inside a context. */
function inside(steps: readonly ContextStep[], call: (host: LockingHost) => Routine<void>): string[] {
  return reports(function* (host) {
    reservation(host, RESV);
    const leave = yield* enterContext(host, steps);
    yield* call(host);
    leave();
    expect(heldLocks(host)).toEqual([]);
  });
}

function* alloc(host: LockingHost, flags: number): Routine<void> {
  might_alloc(host, flags, 'kmalloc');
  yield { kind: 'yield', at: 'end' };
}

/** A routine that calls without waiting. */
function plainly(body: (host: LockingHost) => void): (host: LockingHost) => Routine<void> {
  return function* (host) {
    body(host);
    yield { kind: 'yield', at: 'end' };
  };
}

function* resv(host: LockingHost): Routine<void> {
  yield* wwLock(host, RESV, { name: 'dma_resv_lock', context: 0 });
  wwUnlock(host, RESV, 'dma_resv_unlock');
}

const notifierLock: ContextStep = { kind: 'lock', address: NOTIFIER, lock: 'rwsem-read' };
const TO_RECLAIM = '&gpusvm->notifier_lock -> fs_reclaim -> &gpusvm->notifier_lock';
const TO_NOTIFIER = '&gpusvm->notifier_lock -> mmu_notifier_invalidate_range_start -> &gpusvm->notifier_lock';

describe('what is taught at boot makes reclaim-unsafe calls cycles', () => {
  it.each([
    ['GFP_KERNEL', gfp.GFP_KERNEL, [`circular-locking ${TO_RECLAIM}`]],
    ['GFP_NOFS', gfp.GFP_NOFS, [`circular-locking ${TO_NOTIFIER}`]],
    ['GFP_NOIO', gfp.GFP_NOIO, [`circular-locking ${TO_NOTIFIER}`]],
    ['GFP_USER', gfp.GFP_USER, [`circular-locking ${TO_RECLAIM}`]],
    ['GFP_ATOMIC', gfp.GFP_ATOMIC, []],
    ['GFP_NOWAIT', gfp.GFP_NOWAIT, []],
    ['no lockdep', gfp.GFP_KERNEL | gfp.__GFP_NOLOCKDEP, []],
  ])('%s under notifier_lock', (_name, flags, expected) => {
    expect(inside([notifierLock], (host) => alloc(host, flags))).toEqual(expected);
  });

  it('says who taught the other leg, and what allocated with what', () => {
    const bench = new TaskBench([], names);
    bench.run(function* (host) {
      yield* enterContext(host, [notifierLock]);
      might_alloc(host, gfp.GFP_NOFS, 'kmalloc');
    });
    expect(bench.reports).toMatchObject([
      {
        message: '`kmalloc` with GFP_NOFS under `&gpusvm->notifier_lock` can wait for `&gpusvm->notifier_lock` itself',
        data: {
          what: 'kmalloc',
          gfp: 'GFP_NOFS',
          taughtBy: 'the invalidate callback of drm_gpusvm takes notifier_lock',
        },
      },
    ]);
  });

  it('a reservation may be held over a reclaiming allocation', () => {
    expect(inside([{ kind: 'lock', address: RESV, lock: 'resv' }], (host) => alloc(host, gfp.GFP_KERNEL))).toEqual([]);
  });

  it('no reservation in reclaim, in a notifier, in a signalling section, nor mmap_lock under one', () => {
    const order = 'reservation_ww_class_mutex -> fs_reclaim';
    expect(inside([{ kind: 'reclaim' }], resv)).toEqual([`circular-locking fs_reclaim -> ${order}`]);
    expect(inside([{ kind: 'notifier', blockable: true }], resv)).toEqual([
      `circular-locking mmu_notifier_invalidate_range_start -> ${order} -> mmu_notifier_invalidate_range_start`,
    ]);
    expect(inside([{ kind: 'fence-signalling' }], resv)).toEqual([
      `circular-locking dma_fence_map -> ${order} -> mmu_notifier_invalidate_range_start -> dma_fence_map`,
    ]);
    expect(
      inside(
        [{ kind: 'lock', address: RESV, lock: 'resv' }],
        plainly((host) => {
          might_fault(host, 'copy_from_user');
        }),
      ),
    ).toEqual([
      'circular-locking reservation_ww_class_mutex -> &mm->mmap_lock -> reservation_ww_class_acquire -> reservation_ww_class_mutex',
    ]);
  });

  it('trylock of a reservation in reclaim is fine', () => {
    expect(
      inside([{ kind: 'reclaim' }], function* (host) {
        expect(yield* wwTrylock(host, RESV, 0, 'dma_resv_trylock')).toBe(1);
        wwUnlock(host, RESV, 'dma_resv_unlock');
      }),
    ).toEqual([]);
  });

  it('allocations in reclaim itself, and under PF_MEMALLOC, reclaim nothing', () => {
    expect(inside([{ kind: 'reclaim' }], (host) => alloc(host, gfp.GFP_KERNEL))).toEqual([]);
    expect(
      reports(function* (host) {
        yield* enterContext(host, [notifierLock]);
        memalloc_noreclaim_save(host);
        might_alloc(host, gfp.GFP_KERNEL, 'kmalloc');
      }),
    ).toEqual([]);
  });

  it('signalling sections: no reclaim of any kind, no waiting; waiting under a reservation is fine', () => {
    const signalling: ContextStep[] = [{ kind: 'fence-signalling' }];
    expect(inside(signalling, (host) => alloc(host, gfp.GFP_NOFS))).toHaveLength(1);
    expect(inside(signalling, (host) => alloc(host, gfp.GFP_NOWAIT))).toEqual([]);
    const wait = plainly((host) => {
      dma_fence_might_wait(host, 'dma_fence_wait');
    });
    expect(inside(signalling, wait)).toEqual(['fence-wait-in-signalling dma_fence_wait']);
    expect(inside([{ kind: 'lock', address: RESV, lock: 'resv' }], wait)).toEqual([]);
    expect(inside([{ kind: 'reclaim' }], wait)).toEqual([]);
    expect(
      reports(
        plainly((host) => {
          const outer = beginSignalling(host);
          expect(beginSignalling(host)).toBe(true);
          endSignalling(host, true);
          endSignalling(host, outer);
          endSignalling(host, outer);
        }),
      ),
    ).toEqual(['fence-signalling-imbalance dma_fence_end_signalling']);
  });

  it('a lock waited under and taken while signalling', () => {
    expect(
      reports(function* (host) {
        yield* mutexLock(host, LOCK, { name: 'mutex_lock' });
        dma_fence_might_wait(host, 'dma_fence_wait');
        mutexUnlock(host, LOCK);
        const cookie = beginSignalling(host);
        yield* mutexLock(host, LOCK, { name: 'mutex_lock' });
        mutexUnlock(host, LOCK);
        endSignalling(host, cookie);
      }),
    ).toEqual(['circular-locking dma_fence_map -> &x->lock -> dma_fence_map']);
  });
});

describe('sleeping', () => {
  const sleep = plainly((host) => {
    might_sleep(host, 'msleep');
  });
  it.each<readonly [string, readonly ContextStep[], readonly string[]]>([
    ['process context', [], []],
    ['a mutex held', [{ kind: 'lock', address: LOCK, lock: 'mutex' }], []],
    ['a spinlock held', [{ kind: 'lock', address: LOCK, lock: 'spin' }], ['sleeping-in-atomic spin_lock(&x->lock)']],
    ['interrupts off', [{ kind: 'irqs-off' }], ['sleeping-in-atomic local_irq_disable()']],
    ['bottom halves off', [{ kind: 'bh-off' }], ['sleeping-in-atomic local_bh_disable()']],
    ['preemption off', [{ kind: 'preempt-off' }], ['sleeping-in-atomic preempt_disable()']],
    ['an RCU reader', [{ kind: 'rcu-reader' }], ['sleeping-in-atomic rcu_read_lock()']],
    ['a hardware interrupt', [{ kind: 'hardirq', threaded: true }], ['sleeping-in-atomic interrupt handler']],
    ['a softirq', [{ kind: 'softirq' }], ['sleeping-in-atomic softirq']],
    [
      'a notifier that must not block',
      [{ kind: 'notifier', blockable: false }],
      ['sleeping-in-atomic non_block_start()'],
    ],
    ['a notifier that may', [{ kind: 'notifier', blockable: true }], []],
    ['reclaim', [{ kind: 'reclaim' }], []],
    ['a signalling section', [{ kind: 'fence-signalling' }], []],
  ])('%s', (_name, steps, expected) => {
    expect(inside(steps, sleep)).toEqual(expected);
  });

  it('a mutex under a spinlock is one report, not two', () => {
    expect(
      inside([{ kind: 'lock', address: LOCK, lock: 'spin' }], function* (host) {
        yield* mutexLock(host, 9000, { name: 'mutex_lock' });
        mutexUnlock(host, 9000);
      }),
    ).toEqual(['sleeping-in-atomic spin_lock(&x->lock)']);
    expect(
      inside([{ kind: 'lock', address: LOCK, lock: 'spin' }], function* (host) {
        yield* mutexTrylock(host, 9000, 'mutex_trylock');
        mutexUnlock(host, 9000);
      }),
    ).toEqual([]);
  });

  it('allocations sleep by their flags', () => {
    const spin: ContextStep[] = [{ kind: 'lock', address: LOCK, lock: 'spin-irqsave' }];
    expect(inside(spin, (host) => alloc(host, gfp.GFP_ATOMIC))).toEqual([]);
    expect(inside(spin, (host) => alloc(host, gfp.GFP_NOIO))).toEqual(['sleeping-in-atomic spin_lock(&x->lock)']);
  });

  it('a task state set before', () => {
    expect(
      reports(
        plainly((host) => {
          sections.set_current_state(host, 1);
          might_sleep(host, 'mutex_lock');
          sections.set_current_state(host, 0);
          might_sleep(host, 'mutex_lock');
        }),
      ),
    ).toEqual(['blocking-when-not-running mutex_lock']);
  });

  it('synchronize_rcu in a reader', () => {
    expect(
      reports(function* (host) {
        rcuReadLock(host, 'rcu');
        yield* synchronizeRcu(host, 'synchronize_rcu');
        rcuReadUnlock(host, 'rcu');
        yield* synchronizeRcu(host, 'synchronize_rcu');
        rcuReadUnlock(host, 'rcu');
      }),
    ).toEqual(['suspicious-rcu synchronize_rcu', 'suspicious-rcu rcu_read_unlock()']);
  });
});

describe('scopes and sections', () => {
  it('what a call leaves behind', () => {
    const left = (body: (host: LockingHost) => void) =>
      reports(
        plainly((host) => {
          sections.local_bh_disable(host);
          const before = contextSnapshot(host);
          body(host);
          reportContextLeft(host, before, 'op');
        }),
      );
    expect(left(() => {})).toEqual([]);
    expect(left((host) => sections.preempt_disable(host))).toEqual(['irq-state-imbalance preempt_disable()']);
    expect(left((host) => sections.local_bh_enable(host))).toEqual(['irq-state-imbalance local_bh_disable()']);
    expect(left((host) => sections.local_irq_disable(host))).toEqual(['irq-state-imbalance op']);
    expect(left((host) => memalloc_nofs_save(host))).toEqual(['memalloc-scope-imbalance op']);
    expect(left((host) => memalloc_nofs_restore(host, memalloc_nofs_save(host)))).toEqual([]);
  });

  it('a scope takes flags away until it is left', () => {
    expect(
      reports(function* (host) {
        yield* enterContext(host, [{ kind: 'reclaim' }]);
        const flags = memalloc_nofs_save(host);
        memalloc_nofs_restore(host, flags);
      }),
    ).toEqual([]);
  });

  it.each<readonly [string, (host: LockingHost) => void]>([
    [
      'left in the wrong order',
      (host) => {
        const outer = memalloc_nofs_save(host);
        memalloc_noio_save(host);
        memalloc_nofs_restore(host, outer);
      },
    ],
    ['left without being entered', (host) => memalloc_noio_restore(host, 0)],
    [
      'left with other flags',
      (host) => {
        memalloc_nofs_save(host);
        memalloc_nofs_restore(host, 0x4_0000);
      },
    ],
  ])('%s', (_name, body) => {
    expect(
      reports(
        plainly((host) => {
          body(host);
        }),
      ).map((line) => line.split(' ')[0]),
    ).toEqual(['memalloc-scope-imbalance']);
  });

  it('sections left more often than entered', () => {
    expect(
      reports(
        plainly((host) => {
          sections.preempt_enable(host);
          sections.local_bh_enable(host);
        }),
      ),
    ).toEqual(['irq-state-imbalance preempt_enable()', 'irq-state-imbalance local_bh_enable()']);
  });

  it('irqsave nests, plain irq does not', () => {
    expect(
      reports(function* (host) {
        const how = { name: 'spin_lock', kind: 'spin', mode: 'exclusive' } as const;
        const outer = yield* spinLock(host, LOCK, { ...how, irq: 'irqsave' });
        const inner = yield* spinLock(host, 9000, { ...how, irq: 'irqsave' });
        spinUnlock(host, 9000, { ...how, irq: 'irqsave' }, inner);
        expect(sections.irqs_disabled(host)).toBe(true);
        yield* spinLock(host, 9000, { ...how, irq: 'irq' });
        spinUnlock(host, 9000, { ...how, irq: 'irq' });
        expect(sections.irqs_disabled(host)).toBe(false);
        spinUnlock(host, LOCK, { ...how, irq: 'irqsave' }, outer);
      }),
    ).toEqual(['irq-state-imbalance spin_lock(&x->lock)']);
  });

  it('freeing memory with a held lock, and using a lock of the wrong mode', () => {
    expect(
      reports(function* (host) {
        yield* downLock(host, LOCK, { name: 'down_read', write: false });
        upLock(host, LOCK, { name: 'up_write', write: true });
        yield* mutexLock(host, 9000, { name: 'mutex_lock' });
        debug_check_no_locks_freed(host, 8990, 100);
      }),
    ).toEqual(['lock-assertion up_write', 'held-lock-freed']);
  });
});
