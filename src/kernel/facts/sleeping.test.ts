/** Where sleeping and allocating is allowed, sentence by sentence (might_sleep, might_alloc, fs_reclaim_acquire): C text in, findings out. */
import { describe } from 'vitest';
import { type Case, runCases } from '../../../test/kernelCases.ts';

const INCLUDES = `#include <linux/dma-resv.h>
#include <linux/dma-fence.h>
#include <linux/mmu_notifier.h>
#include <linux/sched/mm.h>
#include <linux/mm.h>
#include <linux/highmem.h>
#include <linux/uaccess.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <linux/xarray.h>
#include <linux/idr.h>
#include <linux/mempool.h>
#include <linux/rcupdate.h>
#include <linux/srcu.h>
#include <linux/seqlock.h>
#include <linux/bit_spinlock.h>
#include <linux/rwsem.h>
#include <linux/workqueue.h>
#include <linux/wait.h>
#include <linux/delay.h>
static DEFINE_MUTEX(m); static DEFINE_SPINLOCK(sl); static DEFINE_RAW_SPINLOCK(raw); static DEFINE_RWLOCK(rw); static DEFINE_SEQLOCK(sq);
static DECLARE_RWSEM(notifier_lock); static unsigned long bits; static DEFINE_XARRAY(xa); static DEFINE_IDR(idr); DEFINE_STATIC_SRCU(srcu);
extern struct lockdep_map __mmu_notifier_invalidate_range_start_map;
`;

const SLEEP = /^report sleeping-in-atomic/;
const CIRCLE = /^report (circular|recursive)-locking/;
const RCU = /^report (sleeping-in-atomic|suspicious-rcu)/;

/** What may surround a call of something that sleeps. */
const SECTIONS: readonly (readonly [name: string, enter: string, leave: string, finding: RegExp | null])[] = [
  ['nothing', '', '', null],
  ['a mutex', 'mutex_lock(&m);', 'mutex_unlock(&m);', null],
  ['an rwsem', 'down_read(&notifier_lock);', 'up_read(&notifier_lock);', null],
  ['an SRCU reader', 'int i = srcu_read_lock(&srcu);', 'srcu_read_unlock(&srcu, i);', null],
  ['spin_lock', 'spin_lock(&sl);', 'spin_unlock(&sl);', SLEEP],
  ['spin_lock_irqsave', 'unsigned long f; spin_lock_irqsave(&sl, f);', 'spin_unlock_irqrestore(&sl, f);', SLEEP],
  ['spin_lock_bh', 'spin_lock_bh(&sl);', 'spin_unlock_bh(&sl);', SLEEP],
  ['raw_spin_lock', 'raw_spin_lock(&raw);', 'raw_spin_unlock(&raw);', SLEEP],
  ['read_lock', 'read_lock(&rw);', 'read_unlock(&rw);', SLEEP],
  ['write_lock', 'write_lock(&rw);', 'write_unlock(&rw);', SLEEP],
  ['a bit spinlock', 'bit_spin_lock(0, &bits);', 'bit_spin_unlock(0, &bits);', SLEEP],
  ['local_bh_disable', 'local_bh_disable();', 'local_bh_enable();', SLEEP],
  ['local_irq_disable', 'local_irq_disable();', 'local_irq_enable();', SLEEP],
  ['preempt_disable', 'preempt_disable();', 'preempt_enable();', SLEEP],
  ['get_cpu', '(void)get_cpu();', 'put_cpu();', SLEEP],
  ['rcu_read_lock', 'rcu_read_lock();', 'rcu_read_unlock();', RCU],
  ['rcu_read_lock_bh', 'rcu_read_lock_bh();', 'rcu_read_unlock_bh();', RCU],
  ['rcu_read_lock_sched', 'rcu_read_lock_sched();', 'rcu_read_unlock_sched();', RCU],
  ['kmap_atomic', 'void *k = kmap_atomic(page);', 'kunmap_atomic(k);', SLEEP],
  ['kmap_local_page', 'void *k = kmap_local_page(page);', 'kunmap_local(k);', null],
  ['pagefault_disable', 'pagefault_disable();', 'pagefault_enable();', null],
  ['xa_lock', 'xa_lock(&xa);', 'xa_unlock(&xa);', SLEEP],
  ['fence->lock', 'spin_lock_irq(fence->lock);', 'spin_unlock_irq(fence->lock);', SLEEP],
  ['write_seqlock', 'write_seqlock(&sq);', 'write_sequnlock(&sq);', SLEEP],
  ['non_block_start', 'non_block_start();', 'non_block_end();', SLEEP],
  [
    'a task state that is not running',
    'set_current_state(TASK_INTERRUPTIBLE);',
    '__set_current_state(TASK_RUNNING);',
    /^report blocking-when-not-running/,
  ],
];

const AROUND: readonly Case[] = SECTIONS.map(([name, enter, leave, finding]) => ({
  name: `might_sleep inside ${name}`,
  text: `int test(struct page *page, struct dma_fence *fence) { ${enter} might_sleep(); ${leave} return 0; }`,
  ...(finding === null ? { value: '0' } : { findings: [finding] }),
}));

/** Allocators, by whether `GFP_KERNEL` for them may sleep. */
const ALLOCATORS: readonly (readonly [name: string, body: (gfp: string) => string])[] = [
  ['kmalloc', (gfp) => `kfree(kmalloc(8, ${gfp}));`],
  ['kzalloc', (gfp) => `kfree(kzalloc(8, ${gfp}));`],
  ['kcalloc', (gfp) => `kfree(kcalloc(2, 8, ${gfp}));`],
  ['krealloc', (gfp) => `kfree(krealloc(NULL, 8, ${gfp}));`],
  ['kmemdup', (gfp) => `kfree(kmemdup("x", 2, ${gfp}));`],
  ['kasprintf', (gfp) => `kfree(kasprintf(${gfp}, "%d", 1));`],
  ['kstrdup', (gfp) => `kfree(kstrdup("x", ${gfp}));`],
  ['alloc_page', (gfp) => `{ struct page *p = alloc_page(${gfp}); if (p) __free_page(p); }`],
  ['__get_free_pages', (gfp) => `free_pages(__get_free_pages(${gfp}, 1), 1);`],
  ['folio_alloc', (gfp) => `{ struct folio *p = folio_alloc(${gfp}, 0); if (p) folio_put(p); }`],
  ['xa_store', (gfp) => `xa_store(&xa, 3, &bits, ${gfp}); xa_erase(&xa, 3);`],
  ['idr_alloc', (gfp) => `{ int id = idr_alloc(&idr, &bits, 0, 0, ${gfp}); if (id >= 0) idr_remove(&idr, id); }`],
  ['might_alloc', (gfp) => `might_alloc(${gfp});`],
];

const GFP: readonly (readonly [flags: string, reclaims: boolean])[] = [
  ['GFP_KERNEL', true],
  ['GFP_KERNEL | __GFP_RETRY_MAYFAIL', true],
  ['GFP_KERNEL_ACCOUNT', true],
  ['GFP_USER', true],
  ['GFP_NOFS', true],
  ['GFP_NOIO', true],
  ['GFP_NOWAIT', false],
  ['GFP_ATOMIC', false],
];

const ALLOCATING: readonly Case[] = ALLOCATORS.flatMap(([name, body]) =>
  GFP.filter(([flags]) => name === 'kmalloc' || name === 'might_alloc' || /^GFP_(KERNEL|NOWAIT|NOIO)$/.test(flags)).map(
    ([flags, reclaims]): Case => ({
      name: `${name} with ${flags} under a spinlock ${reclaims ? 'may sleep' : 'is fine'}`,
      text: `int test(void) { spin_lock(&sl); ${body(flags)} spin_unlock(&sl); return 0; }`,
      ...(reclaims ? { findings: [SLEEP] } : { value: '0' }),
    }),
  ),
);

/** Situations of reclaim: a lock or map that stands above what reclaim may need. */
const SITUATIONS: readonly (readonly [name: string, enter: string, leave: string])[] = [
  [
    'the MMU notifier map',
    'lock_map_acquire(&__mmu_notifier_invalidate_range_start_map);',
    'lock_map_release(&__mmu_notifier_invalidate_range_start_map);',
  ],
  ['a lock taken in invalidate', 'down_read(&notifier_lock);', 'up_read(&notifier_lock);'],
];
/** Taught as drm_gpusvm_init() does it, and as its first invalidation does. */
const PRIME =
  'fs_reclaim_acquire(GFP_KERNEL); might_lock(&notifier_lock); fs_reclaim_release(GFP_KERNEL); lock_map_acquire(&__mmu_notifier_invalidate_range_start_map); might_lock(&notifier_lock); lock_map_release(&__mmu_notifier_invalidate_range_start_map);';
const DEEDS: readonly (readonly [name: string, body: string, finding: RegExp | null])[] = [
  ['GFP_KERNEL', 'kfree(kmalloc(8, GFP_KERNEL));', CIRCLE],
  ['GFP_NOFS', 'kfree(kmalloc(8, GFP_NOFS));', CIRCLE],
  ['GFP_NOIO', 'kfree(kmalloc(8, GFP_NOIO));', CIRCLE],
  [
    'GFP_KERNEL in a memalloc_nofs scope',
    'unsigned int s = memalloc_nofs_save(); kfree(kmalloc(8, GFP_KERNEL)); memalloc_nofs_restore(s);',
    CIRCLE,
  ],
  [
    'GFP_KERNEL in a memalloc_noio scope',
    'unsigned int s = memalloc_noio_save(); kfree(kmalloc(8, GFP_KERNEL)); memalloc_noio_restore(s);',
    CIRCLE,
  ],
  [
    'GFP_KERNEL in a memalloc_noreclaim scope',
    'unsigned int s = memalloc_noreclaim_save(); kfree(kmalloc(8, GFP_KERNEL)); memalloc_noreclaim_restore(s);',
    null,
  ],
  ['GFP_KERNEL | __GFP_NOLOCKDEP', 'kfree(kmalloc(8, GFP_KERNEL | __GFP_NOLOCKDEP));', null],
  ['GFP_NOWAIT', 'kfree(kmalloc(8, GFP_NOWAIT));', null],
  ['GFP_ATOMIC', 'kfree(kmalloc(8, GFP_ATOMIC));', null],
  ['kzalloc_obj without flags', 'struct { int a; } *p = kzalloc_obj(*p); kfree(p);', CIRCLE],
  ['kvmalloc_array', 'kvfree(kvmalloc_array(4, 8, GFP_KERNEL));', CIRCLE],
  ['xa_store', 'xa_store(&xa, 3, &bits, GFP_KERNEL); xa_erase(&xa, 3);', CIRCLE],
  ['idr_alloc', '{ int id = idr_alloc(&idr, &bits, 0, 0, GFP_KERNEL); if (id >= 0) idr_remove(&idr, id); }', CIRCLE],
  [
    'alloc_workqueue',
    '{ struct workqueue_struct *w = alloc_workqueue("w", 0, 0); if (w) destroy_workqueue(w); }',
    CIRCLE,
  ],
  ['dma_resv_lock', 'if (!dma_resv_lock(r, NULL)) dma_resv_unlock(r);', CIRCLE],
  ['dma_resv_trylock', 'if (dma_resv_trylock(r)) dma_resv_unlock(r);', null],
  ['a fence wait', 'dma_fence_wait(fence, false);', null],
  ['mmap_read_lock', 'mmap_read_lock(mm); mmap_read_unlock(mm);', CIRCLE],
  ['copy_to_user', '{ int v = 1; if (copy_to_user(u, &v, 4)) v = 0; }', CIRCLE],
];

const RECLAIM: readonly Case[] = SITUATIONS.flatMap(([name, enter, leave]) =>
  DEEDS.map(
    ([deed, body, finding]): Case => ({
      name: `under ${name}: ${deed} is ${finding === null ? 'fine' : 'told'}`,
      text: `int test(struct dma_resv *r, struct dma_fence *fence, struct mm_struct *mm, void __user *u) { ${PRIME} ${enter} ${body} ${leave} return 0; }`,
      ...(finding === null ? { value: '0' } : { findings: [finding] }),
    }),
  ),
);

/** The order that is taught at boot: each pair reversed is a report at its first use. */
const ORDER: readonly (readonly [name: string, enter: string, leave: string])[] = [
  ['mmap_lock', 'mmap_read_lock(mm);', 'mmap_read_unlock(mm);'],
  [
    'a reservation context',
    'struct ww_acquire_ctx c; ww_acquire_init(&c, &reservation_ww_class);',
    'ww_acquire_fini(&c);',
  ],
  ['a reservation lock', 'dma_resv_lock(r, NULL);', 'dma_resv_unlock(r);'],
  ['fs_reclaim', 'fs_reclaim_acquire(GFP_KERNEL);', 'fs_reclaim_release(GFP_KERNEL);'],
  [
    'the MMU notifier map',
    'lock_map_acquire(&__mmu_notifier_invalidate_range_start_map);',
    'lock_map_release(&__mmu_notifier_invalidate_range_start_map);',
  ],
];

const TAUGHT: readonly Case[] = ORDER.flatMap(([outer, enter, leave], i) =>
  ORDER.flatMap(([inner, take, drop], j): Case[] =>
    i === j
      ? []
      : [
          {
            name: `${outer}, then ${inner}: ${i < j ? 'the taught order' : 'against it'}`,
            text: `int test(struct mm_struct *mm, struct dma_resv *r) { ${enter} { ${take} ${drop} } ${leave} return 0; }`,
            ...(i < j ? { value: '0' } : { findings: [CIRCLE] }),
          },
        ],
  ),
);

const MORE: readonly Case[] = [
  {
    name: 'i_mmap_rwsem is below fs_reclaim',
    text: 'int test(struct address_space *a) { i_mmap_lock_write(a); kfree(kmalloc(8, GFP_KERNEL)); i_mmap_unlock_write(a); return 0; }',
    findings: [CIRCLE],
  },
  {
    name: 'waiting for a fence in a section that signals one',
    text: 'int test(struct dma_fence *f) { bool c = dma_fence_begin_signalling(); dma_fence_wait(f, false); dma_fence_end_signalling(c); return 0; }',
    findings: [/^report fence-wait-in-signalling/],
  },
  {
    name: 'a lock held over a wait and taken in a signalling section',
    text: 'int test(struct dma_fence *f) { bool c; mutex_lock(&m); dma_fence_wait(f, false); mutex_unlock(&m); c = dma_fence_begin_signalling(); mutex_lock(&m); mutex_unlock(&m); dma_fence_end_signalling(c); return 0; }',
    findings: [CIRCLE],
  },
  {
    name: 'memalloc_pin_save is left where it was entered',
    text: 'int test(void) { unsigned int a = memalloc_pin_save(); memalloc_pin_restore(a); return 0; }',
    value: '0',
  },
  {
    name: 'vmalloc with flags that must not wait',
    text: 'int test(void) { vfree(__vmalloc(1 << 20, GFP_ATOMIC)); return 0; }',
    findings: [/^report (vmalloc-without-reclaim|invalid-gfp)/],
  },
  {
    name: 'a mempool asks as its flags say',
    text: 'int test(mempool_t *pool) { spin_lock(&sl); mempool_free(mempool_alloc(pool, GFP_KERNEL), pool); spin_unlock(&sl); return 0; }',
    findings: [SLEEP],
  },
  {
    name: 'synchronize_rcu in a reader',
    text: 'int test(void) { rcu_read_lock(); synchronize_rcu(); rcu_read_unlock(); return 0; }',
    findings: [RCU],
  },
  {
    name: 'rcu_dereference outside a reader',
    text: 'static int __rcu *p; int test(void) { return rcu_dereference(p) != NULL; }',
    findings: [/^report suspicious-rcu/],
  },
  {
    name: 'a condition of wait_event that sleeps',
    text: 'static DECLARE_WAIT_QUEUE_HEAD(wq); static int ready; static int look(void) { msleep(1); return ready; } static void run(struct work_struct *w) { ready = 1; wake_up(&wq); } int test(void) { static DECLARE_WORK(work, run); schedule_work(&work); wait_event(wq, look()); return 0; }',
    findings: [/^report blocking-when-not-running/],
  },
];

describe('where one may sleep', () => {
  runCases(INCLUDES, AROUND);
});
describe('what an allocation asks', () => {
  runCases(INCLUDES, ALLOCATING);
});
describe('in reclaim', () => {
  runCases(INCLUDES, RECLAIM);
});
describe('the order taught at boot', () => {
  runCases(INCLUDES, TAUGHT);
});
describe('more sentences', () => {
  runCases(INCLUDES, MORE);
});
