/** The deadlock pairs of pagemap and GPU SVM, one by one, with how each is told: C text in, findings out. */
import { describe } from 'vitest';
import { type Case, runCases } from '../../../test/kernelCases.ts';

const INCLUDES = `#include <drm/drm_gpusvm.h>
#include <drm/drm_pagemap.h>
#include <drm/drm_pagemap_util.h>
#include <linux/dma-resv.h>
#include <linux/dma-fence.h>
#include <linux/mmu_notifier.h>
#include <linux/hmm.h>
#include <linux/sched/mm.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>
#include <linux/sched.h>
static DEFINE_MUTEX(vm_lock); static DEFINE_SPINLOCK(sl);
extern struct lockdep_map __mmu_notifier_invalidate_range_start_map;
static void slow(struct drm_pagemap *p, bool atomic) { mutex_lock(&vm_lock); mutex_unlock(&vm_lock); kfree(p); }
static void quick(struct drm_pagemap *p, bool atomic) { kfree(p); }
static const struct drm_pagemap_ops sleepy = { .destroy = slow }, plain = { .destroy = quick };
struct drm_pagemap_shrinker { struct drm_device *drm; spinlock_t lock; struct list_head dpagemaps; };
static struct drm_pagemap_shrinker *shrinker;
static struct drm_pagemap *cached(struct drm_pagemap_cache **c) { struct drm_pagemap *p; shrinker = drm_pagemap_shrinker_create_devm(NULL); if (IS_ERR(shrinker)) return NULL; *c = drm_pagemap_cache_create_devm(shrinker); if (IS_ERR(*c)) return NULL; p = drm_pagemap_create(NULL, NULL, &plain); if (IS_ERR(p)) return NULL; if (drm_pagemap_cache_lock_lookup(*c)) return NULL; drm_pagemap_cache_set_pagemap(*c, p); drm_pagemap_cache_unlock_lookup(*c); return p; }
static void hold(struct drm_gpusvm *g) { drm_gpusvm_notifier_lock(g); }
static void drop(struct drm_gpusvm *g) { drm_gpusvm_notifier_unlock(g); }
`;

const CIRCLE = /^report (circular|recursive)-locking/;
const SLEEP = /^report sleeping-in-atomic/;
const PARAMETERS =
  'struct drm_gpusvm *g, struct mm_struct *mm, struct mmu_interval_notifier *mni, struct hmm_range *range, struct dma_resv *r, struct dma_resv *s, struct dma_fence *f, void __user *u';

const ROWS: readonly (readonly [pair: string, body: string, finding: RegExp | null])[] = [
  ['L1: notifier_lock, then a GFP_KERNEL allocation', 'hold(g); kfree(kmalloc(8, GFP_KERNEL)); drop(g);', CIRCLE],
  ['L1: or GFP_NOFS', 'hold(g); kfree(kmalloc(8, GFP_NOFS)); drop(g);', CIRCLE],
  ['L1: or GFP_NOIO', 'hold(g); kfree(kmalloc(8, GFP_NOIO)); drop(g);', CIRCLE],
  ['L1: GFP_NOWAIT is fine', 'hold(g); kfree(kmalloc(8, GFP_NOWAIT)); drop(g);', null],
  ['L1: so is allocating before', 'kfree(kmalloc(8, GFP_KERNEL)); hold(g); drop(g);', null],
  ['L2: notifier_lock, then mmap_lock', 'hold(g); mmap_read_lock(mm); mmap_read_unlock(mm); drop(g);', CIRCLE],
  ['L2: the other way round', 'mmap_read_lock(mm); hold(g); drop(g); mmap_read_unlock(mm);', null],
  ['L3: notifier_lock, then mmu_interval_read_begin', 'hold(g); (void)mmu_interval_read_begin(mni); drop(g);', CIRCLE],
  ['L3: or hmm_range_fault', 'hold(g); (void)hmm_range_fault(range); drop(g);', CIRCLE],
  [
    'L4: or mmu_interval_notifier_insert',
    'hold(g); (void)mmu_interval_notifier_insert(mni, mm, 0, 4096, NULL); drop(g);',
    CIRCLE,
  ],
  [
    'L4: notifier_lock, then mmu_interval_notifier_remove',
    'hold(g); mmu_interval_notifier_remove(mni); drop(g);',
    CIRCLE,
  ],
  [
    'L5: notifier_lock, then a reservation lock',
    'hold(g); if (!dma_resv_lock(r, NULL)) dma_resv_unlock(r); drop(g);',
    CIRCLE,
  ],
  [
    'L5: or inside a notifier',
    'lock_map_acquire(&__mmu_notifier_invalidate_range_start_map); if (!dma_resv_lock(r, NULL)) dma_resv_unlock(r); lock_map_release(&__mmu_notifier_invalidate_range_start_map);',
    CIRCLE,
  ],
  ['L5: a trylock is fine', 'hold(g); if (dma_resv_trylock(r)) dma_resv_unlock(r); drop(g);', null],
  [
    'L6: a reservation lock, then mmap_lock',
    'dma_resv_lock(r, NULL); mmap_read_lock(mm); mmap_read_unlock(mm); dma_resv_unlock(r);',
    CIRCLE,
  ],
  [
    'L6: or user memory',
    'int v; dma_resv_lock(r, NULL); if (copy_from_user(&v, u, 4)) v = 0; dma_resv_unlock(r);',
    CIRCLE,
  ],
  [
    'L7: a second reservation lock without a context',
    'dma_resv_lock(r, NULL); if (!dma_resv_lock(s, NULL)) dma_resv_unlock(s); dma_resv_unlock(r);',
    CIRCLE,
  ],
  [
    'L8: a second context of the class',
    'struct ww_acquire_ctx a, b; ww_acquire_init(&a, &reservation_ww_class); ww_acquire_init(&b, &reservation_ww_class); ww_acquire_fini(&b); ww_acquire_fini(&a);',
    CIRCLE,
  ],
  [
    'L9: a spinlock, then a mutex',
    'spin_lock(&sl); mutex_lock(&vm_lock); mutex_unlock(&vm_lock); spin_unlock(&sl);',
    SLEEP,
  ],
  [
    'L9: or a reservation lock',
    'spin_lock(&sl); if (!dma_resv_lock(r, NULL)) dma_resv_unlock(r); spin_unlock(&sl);',
    SLEEP,
  ],
  ['L9: or a fence wait', 'spin_lock(&sl); dma_fence_wait(f, false); spin_unlock(&sl);', SLEEP],
  ['L9: or cond_resched', 'spin_lock(&sl); cond_resched(); spin_unlock(&sl);', SLEEP],
  [
    'L9: or vfree of what vmalloc gave',
    'void *p = vmalloc(1 << 20); spin_lock(&sl); vfree(p); spin_unlock(&sl);',
    SLEEP,
  ],
  [
    'L10: a signalling section, then an allocation',
    'bool c = dma_fence_begin_signalling(); kfree(kmalloc(8, GFP_KERNEL)); dma_fence_end_signalling(c);',
    CIRCLE,
  ],
  [
    'L10: or a reservation lock',
    'bool c = dma_fence_begin_signalling(); if (!dma_resv_lock(r, NULL)) dma_resv_unlock(r); dma_fence_end_signalling(c);',
    CIRCLE,
  ],
  [
    'L10: or mmap_lock',
    'bool c = dma_fence_begin_signalling(); mmap_read_lock(mm); mmap_read_unlock(mm); dma_fence_end_signalling(c);',
    CIRCLE,
  ],
  ['L11: notifier_lock twice, as a reader', 'hold(g); hold(g); drop(g); drop(g);', CIRCLE],
  [
    'L11: as a reader, then as a writer',
    'hold(g); down_write(&g->notifier_lock); up_write(&g->notifier_lock); drop(g);',
    CIRCLE,
  ],
  [
    'L12: mmap_lock twice',
    'mmap_read_lock(mm); mmap_write_lock(mm); mmap_write_unlock(mm); mmap_read_unlock(mm);',
    CIRCLE,
  ],
  [
    'L12: an mmput that may be the last',
    'if (!mmget_not_zero(mm)) return 0; mmap_read_lock(mm); mmput(mm); mmap_read_unlock(mm);',
    CIRCLE,
  ],
  [
    'L12: mmput_async is fine',
    'if (!mmget_not_zero(mm)) return 0; mmap_read_lock(mm); mmput_async(mm); mmap_read_unlock(mm);',
    null,
  ],
  [
    'L13: a spinlock, then a destroy that sleeps',
    'struct drm_pagemap *p = drm_pagemap_create(NULL, NULL, &sleepy); if (IS_ERR(p)) return 0; spin_lock(&sl); drm_pagemap_put(p); spin_unlock(&sl);',
    SLEEP,
  ],
  [
    'L13: dropped before it is fine',
    'struct drm_pagemap *p = drm_pagemap_create(NULL, NULL, &sleepy); if (IS_ERR(p)) return 0; spin_lock(&sl); spin_unlock(&sl); drm_pagemap_put(p);',
    null,
  ],
  [
    'L15: a put under the lock of the shrinker',
    'struct drm_pagemap_cache *c = NULL; struct drm_pagemap *p = cached(&c); if (!p) return 0; spin_lock(&shrinker->lock); drm_pagemap_put(p); spin_unlock(&shrinker->lock); kfree(c); kfree(shrinker);',
    CIRCLE,
  ],
  [
    'L15: in atomic context it is fine',
    'struct drm_pagemap_cache *c = NULL; struct drm_pagemap *p = cached(&c); if (!p) return 0; spin_lock(&sl); drm_pagemap_put(p); spin_unlock(&sl); kfree(c); kfree(shrinker);',
    null,
  ],
  ['C1: fence waits are allowed in reclaim', 'hold(g); dma_fence_wait(f, false); drop(g);', null],
  ['assertions: notifier_lock held', 'lockdep_assert_held(&g->notifier_lock);', /^report lock-assertion/],
  [
    'assertions: held for writing',
    'hold(g); lockdep_assert_held_write(&g->notifier_lock); drop(g);',
    /^report lock-assertion/,
  ],
  ['assertions: mmap_lock', 'mmap_assert_locked(mm);', /^report (lock-assertion|mmap-lock-missing)/],
  ['proving by hand: might_alloc under notifier_lock', 'hold(g); might_alloc(GFP_KERNEL); drop(g);', CIRCLE],
];

describe('deadlock pairs', () => {
  runCases(
    INCLUDES,
    ROWS.map(
      ([name, body, finding]): Case => ({
        name,
        text: `int test(${PARAMETERS}) { ${body} return 0; }`,
        ...(name.includes('may be the last') ? { run: { choose: ['drops a reference'] } } : {}),
        ...(finding === null ? { value: '0', leaks: [] } : { findings: [finding] }),
      }),
    ),
  );
});
