/** What reclaim, notifiers, fences and locks forbid, row by row: C text in, findings out. */
import { describe } from 'vitest';
import { type Case, runCases } from '../../test/kernelCases.ts';

const INCLUDES = `#include <linux/dma-resv.h>
#include <linux/dma-fence.h>
#include <linux/mmu_notifier.h>
#include <linux/sched/mm.h>
#include <linux/mm.h>
#include <linux/uaccess.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>
#include <linux/rcupdate.h>
#include <linux/mutex.h>
static DEFINE_MUTEX(m); static DEFINE_SPINLOCK(sl); static DEFINE_RAW_SPINLOCK(raw);
extern struct lockdep_map __mmu_notifier_invalidate_range_start_map;
`;

/** Enters one of the situations, does something, leaves it. */
const WRAPS: Readonly<Record<string, readonly [string, string]>> = {
  resv: ['dma_resv_lock(r, NULL);', 'dma_resv_unlock(r);'],
  reclaim: ['fs_reclaim_acquire(GFP_KERNEL);', 'fs_reclaim_release(GFP_KERNEL);'],
  signalling: ['bool c = dma_fence_begin_signalling();', 'dma_fence_end_signalling(c);'],
  spinlock: ['spin_lock(&sl);', 'spin_unlock(&sl);'],
  rcu: ['rcu_read_lock();', 'rcu_read_unlock();'],
  nofs: ['unsigned int f = memalloc_nofs_save();', 'memalloc_nofs_restore(f);'],
  noreclaim: ['unsigned int f = memalloc_noreclaim_save();', 'memalloc_noreclaim_restore(f);'],
  process: ['', ''],
};

const DEEDS: Readonly<Record<string, string>> = {
  'GFP_KERNEL allocation': 'kfree(kmalloc(8, GFP_KERNEL));',
  'GFP_NOFS allocation': 'kfree(kmalloc(8, GFP_NOFS));',
  'GFP_NOIO allocation': 'kfree(kmalloc(8, GFP_NOIO));',
  'GFP_ATOMIC allocation': 'kfree(kmalloc(8, GFP_ATOMIC));',
  'GFP_NOWAIT allocation': 'kfree(kmalloc(8, GFP_NOWAIT));',
  'GFP_KERNEL | __GFP_NOLOCKDEP allocation': 'kfree(kmalloc(8, GFP_KERNEL | __GFP_NOLOCKDEP));',
  'blocking resv': 'if (!dma_resv_lock(s, NULL)) dma_resv_unlock(s);',
  'resv trylock': 'if (dma_resv_trylock(s)) dma_resv_unlock(s);',
  'fence wait': 'dma_fence_wait(fence, false);',
  mmap_lock: 'mmap_read_lock(mm); mmap_read_unlock(mm);',
  copy_from_user: '{ int v; if (copy_from_user(&v, u, 4)) v = 0; }',
  'unmapping of a file': 'unmap_mapping_range(mapping, 0, 0, 1);',
};

const CIRCLE = /^report (circular|recursive)-locking/;
const SLEEP = /^report sleeping-in-atomic/;

const ROWS: readonly (readonly [string, string, RegExp | null])[] = [
  ...Object.keys(DEEDS).map((deed) => ['process', deed, null] as const),
  ['resv', 'GFP_KERNEL allocation', null],
  ['resv', 'GFP_NOFS allocation', null],
  ['resv', 'blocking resv', /^report recursive-locking/],
  ['resv', 'resv trylock', null],
  ['resv', 'fence wait', null],
  ['resv', 'mmap_lock', CIRCLE],
  ['resv', 'copy_from_user', CIRCLE],
  ['reclaim', 'blocking resv', CIRCLE],
  ['reclaim', 'resv trylock', null],
  ['reclaim', 'fence wait', null],
  ['reclaim', 'mmap_lock', CIRCLE],
  ['reclaim', 'GFP_KERNEL allocation', /^report recursive-locking/],
  ['reclaim', 'GFP_ATOMIC allocation', null],
  ['reclaim', 'unmapping of a file', null],
  ['signalling', 'GFP_KERNEL allocation', CIRCLE],
  ['signalling', 'GFP_NOFS allocation', CIRCLE],
  ['signalling', 'GFP_NOIO allocation', CIRCLE],
  ['signalling', 'GFP_ATOMIC allocation', null],
  ['signalling', 'GFP_NOWAIT allocation', null],
  ['signalling', 'GFP_KERNEL | __GFP_NOLOCKDEP allocation', null],
  ['signalling', 'blocking resv', CIRCLE],
  ['signalling', 'resv trylock', null],
  ['signalling', 'fence wait', /^report fence-wait-in-signalling/],
  ['signalling', 'mmap_lock', CIRCLE],
  ['signalling', 'copy_from_user', CIRCLE],
  ['spinlock', 'GFP_KERNEL allocation', SLEEP],
  ['spinlock', 'GFP_NOIO allocation', SLEEP],
  ['spinlock', 'GFP_ATOMIC allocation', null],
  ['spinlock', 'blocking resv', SLEEP],
  ['spinlock', 'resv trylock', null],
  ['spinlock', 'fence wait', SLEEP],
  ['spinlock', 'mmap_lock', SLEEP],
  ['spinlock', 'copy_from_user', SLEEP],
  ['rcu', 'GFP_KERNEL allocation', SLEEP],
  ['rcu', 'fence wait', SLEEP],
  ['rcu', 'GFP_NOWAIT allocation', null],
  ['noreclaim', 'GFP_KERNEL allocation', null],
  ['nofs', 'GFP_KERNEL allocation', null],
];

const PARAMETERS =
  'struct dma_resv *r, struct dma_resv *s, struct dma_fence *fence, struct mm_struct *mm, void __user *u, struct address_space *mapping';

const TABLE: readonly Case[] = ROWS.map(([wrap, deed, finding]) => {
  const [enter = '', leave = ''] = WRAPS[wrap] ?? [];
  return {
    name: `${wrap}: ${deed} is ${finding === null ? 'fine' : 'told'}`,
    text: `int test(${PARAMETERS}) { ${enter} ${DEEDS[deed] ?? ''} ${leave} return 0; }`,
    ...(finding === null ? { value: '0' } : { findings: [finding] }),
  };
});

const SENTENCES: readonly Case[] = [
  {
    name: 'GFP_NOFS under a lock that fence signalling takes is an order through the notifier map',
    text: `int test(void) { bool c; mutex_lock(&m); kfree(kmalloc(8, GFP_NOFS)); mutex_unlock(&m); c = dma_fence_begin_signalling(); mutex_lock(&m); mutex_unlock(&m); dma_fence_end_signalling(c); return 0; }`,
    findings: [CIRCLE],
  },
  {
    name: 'memalloc_nofs_save does not make it safe against notifiers',
    text: `int test(void) { bool c; unsigned int f; mutex_lock(&m); f = memalloc_nofs_save(); kfree(kmalloc(8, GFP_KERNEL)); memalloc_nofs_restore(f); mutex_unlock(&m); c = dma_fence_begin_signalling(); mutex_lock(&m); mutex_unlock(&m); dma_fence_end_signalling(c); return 0; }`,
    findings: [CIRCLE],
  },
  {
    name: 'but against fs_reclaim it does',
    text: `int test(void) { unsigned int f; mutex_lock(&m); f = memalloc_nofs_save(); kfree(kmalloc(8, GFP_KERNEL)); memalloc_nofs_restore(f); mutex_unlock(&m); fs_reclaim_acquire(GFP_KERNEL); mutex_lock(&m); mutex_unlock(&m); fs_reclaim_release(GFP_KERNEL); return 0; }`,
    value: '0',
  },
  {
    name: 'a lock held over an allocation and taken in reclaim',
    text: `int test(void) { mutex_lock(&m); kfree(kmalloc(8, GFP_KERNEL)); mutex_unlock(&m); fs_reclaim_acquire(GFP_KERNEL); mutex_lock(&m); mutex_unlock(&m); fs_reclaim_release(GFP_KERNEL); return 0; }`,
    findings: [CIRCLE],
  },
  {
    name: 'with PF_MEMALLOC set there is none',
    text: `int test(void) { unsigned int f; mutex_lock(&m); f = memalloc_noreclaim_save(); kfree(kmalloc(8, GFP_KERNEL)); memalloc_noreclaim_restore(f); mutex_unlock(&m); fs_reclaim_acquire(GFP_KERNEL); mutex_lock(&m); mutex_unlock(&m); fs_reclaim_release(GFP_KERNEL); return 0; }`,
    value: '0',
  },
  {
    name: 'scopes must nest',
    text: 'int test(void) { unsigned int a = memalloc_nofs_save(), b = memalloc_noio_save(); memalloc_nofs_restore(a); memalloc_noio_restore(b); return 0; }',
    findings: [/^report memalloc-scope-imbalance/],
  },
  {
    name: 'flushing a work inside a lock that the work takes',
    text: `static void job(struct work_struct *w) { mutex_lock(&m); mutex_unlock(&m); } static DECLARE_WORK(w, job); int test(void) { schedule_work(&w); mutex_lock(&m); flush_work(&w); mutex_unlock(&m); return 0; }`,
    findings: [/^report (circular-locking|deadlock)/],
  },
  {
    name: 'queueing it there is fine',
    text: `static void job(struct work_struct *w) { mutex_lock(&m); mutex_unlock(&m); } static DECLARE_WORK(w, job); int test(void) { mutex_lock(&m); schedule_work(&w); mutex_unlock(&m); flush_work(&w); return 0; }`,
    value: '0',
  },
  {
    name: 'a spinlock_t under a raw one',
    text: 'int test(void) { raw_spin_lock(&raw); spin_lock(&sl); spin_unlock(&sl); raw_spin_unlock(&raw); return 0; }',
    findings: [/^report invalid-wait-context/],
  },
  {
    name: 'two live acquire contexts of one class',
    text: 'int test(void) { struct ww_acquire_ctx a, b; ww_acquire_init(&a, &reservation_ww_class); ww_acquire_init(&b, &reservation_ww_class); ww_acquire_fini(&b); ww_acquire_fini(&a); return 0; }',
    findings: [/^report recursive-locking: .*reservation_ww_class_acquire/],
  },
  {
    name: 'a lock in freed memory',
    text: 'struct o { struct mutex m; }; int test(void) { struct o *o = kzalloc(sizeof(*o), GFP_KERNEL); if (!o) return 0; mutex_init(&o->m); mutex_lock(&o->m); kfree(o); return 0; }',
    findings: [/^report held-lock-freed/],
  },
  {
    name: 'unlocking what was never locked: told, and the run goes on',
    text: 'int test(void) { mutex_unlock(&m); mutex_lock(&m); mutex_unlock(&m); return 7; }',
    findings: [/^report bad-unlock-balance/],
    value: '7',
  },
  {
    name: 'using a lock in freed memory: told, and the run goes on',
    text: 'struct o { struct mutex m; }; int test(void) { struct o *o = kzalloc(sizeof(*o), GFP_KERNEL); if (!o) return 7; mutex_init(&o->m); kfree(o); mutex_lock(&o->m); return 7; }',
    findings: [/^fault use-after-free/],
  },
  {
    name: 'more rcu_read_unlock than rcu_read_lock',
    text: 'int test(void) { rcu_read_unlock(); return 7; }',
    findings: [/^report suspicious-rcu/],
    value: '7',
  },
  {
    name: 'downgrading makes a reader',
    text: 'static DECLARE_RWSEM(rw); int test(void) { down_write(&rw); downgrade_write(&rw); lockdep_assert_held_read(&rw); up_read(&rw); return 0; }',
    value: '0',
  },
  {
    name: 'a reader of SRCU that waits for its own domain',
    text: 'DEFINE_STATIC_SRCU(s); int test(void) { int i = srcu_read_lock(&s); synchronize_srcu(&s); srcu_read_unlock(&s, i); return 0; }',
    findings: [/^report suspicious-rcu/],
  },
  {
    name: 'sleeping in a section that must not block',
    text: 'int test(void) { non_block_start(); mutex_lock(&m); mutex_unlock(&m); non_block_end(); return 0; }',
    findings: [SLEEP],
  },
  {
    name: 'kvmalloc that may not sleep',
    text: 'int test(void) { void *p; spin_lock(&sl); p = kvmalloc(1 << 20, GFP_KERNEL); spin_unlock(&sl); kvfree(p); return 0; }',
    findings: [SLEEP],
  },
];

describe('what a situation allows', () => {
  runCases(INCLUDES, TABLE);
});

describe('sentences', () => {
  runCases(INCLUDES, SENTENCES);
});
