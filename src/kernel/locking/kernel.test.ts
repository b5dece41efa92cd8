/** Locking as drivers meet it, with every subsystem in place. */
import { describe, expect, it } from 'vitest';
import { runC } from '../../../test/kernelRuns.ts';

const WORLD = `#include <linux/dma-resv.h>
#include <linux/slab.h>
#include <linux/xarray.h>
#include <drm/drm_gem.h>
#include <drm/drm_exec.h>
struct my { struct mutex lock; spinlock_t list_lock; struct dma_resv resv; struct xarray xa; int n; };
`;

describe('drivers and locks', () => {
  it.each<readonly [string, string, readonly string[]]>([
    [
      'an allocation under a reservation is fine',
      `int test(struct dma_resv *r) { void *p; dma_resv_lock(r, NULL); p = kzalloc(8, GFP_KERNEL); dma_resv_unlock(r); kfree(p); return 0; }`,
      [],
    ],
    [
      'two reservations without a context',
      `int test(struct dma_resv *a, struct dma_resv *b) { dma_resv_lock(a, NULL); dma_resv_lock(b, NULL); dma_resv_unlock(b); dma_resv_unlock(a); return 0; }`,
      ['report recursive-locking: `reservation_ww_class_mutex` is taken while a lock of its class is held'],
    ],
    [
      'two with one',
      `int test(struct dma_resv *a, struct dma_resv *b) { struct ww_acquire_ctx c; ww_acquire_init(&c, &reservation_ww_class); dma_resv_lock(a, &c); dma_resv_lock(b, &c); ww_acquire_done(&c); dma_resv_unlock(b); dma_resv_unlock(a); ww_acquire_fini(&c); return 0; }`,
      [],
    ],
    [
      'a reservation taken in reclaim',
      `int test(struct dma_resv *r) { fs_reclaim_acquire(GFP_KERNEL); dma_resv_lock(r, NULL); dma_resv_unlock(r); fs_reclaim_release(GFP_KERNEL); return 0; }`,
      ['report circular-locking: taking `reservation_ww_class_mutex` under `fs_reclaim` reverses a known order'],
    ],
    [
      'GFP_KERNEL under a spinlock',
      `int test(struct my *m) { spin_lock(&m->list_lock); kfree(kmalloc(8, GFP_KERNEL)); spin_unlock(&m->list_lock); return 0; }`,
      [
        'report sleeping-in-atomic: `kmalloc()` may sleep, but the task is in atomic context (`spin_lock(&my->list_lock)`)',
      ],
    ],
    [
      'an xarray store with GFP_KERNEL under a spinlock',
      `int test(struct my *m) { xa_init(&m->xa); spin_lock(&m->list_lock); xa_store(&m->xa, 1, m, GFP_KERNEL); spin_unlock(&m->list_lock); return 0; }`,
      ['sleeping-in-atomic'],
    ],
    [
      'a held lock freed',
      `int test(void) { struct my *m = kzalloc(sizeof(*m), GFP_KERNEL); if (!m) return -12; mutex_init(&m->lock); mutex_lock(&m->lock); kfree(m); return 0; }`,
      ['report held-lock-freed: memory is freed or initialised again while `&m->lock` in it is held'],
    ],
    [
      'a lock of a fresh object that nobody initialised',
      `int test(void) { struct my *m = kzalloc(sizeof(*m), GFP_KERNEL); if (!m) return -12; m->n = 1; spin_lock(&m->list_lock); spin_unlock(&m->list_lock); kfree(m); return 0; }`,
      ['report lock-not-initialised: `spin_lock` on `&my->list_lock`, which was never initialised'],
    ],
    [
      'one that some other function may have initialised',
      `void elsewhere(struct my *m); int test(void) { struct my *m = kzalloc(sizeof(*m), GFP_KERNEL); if (!m) return -12; elsewhere(m); spin_lock(&m->list_lock); spin_unlock(&m->list_lock); kfree(m); return 0; }`,
      [],
    ],
    [
      'a reservation of one’s own, on the stack',
      `int test(void) { struct dma_resv r; struct ww_acquire_ctx c; int ret; dma_resv_init(&r); ww_acquire_init(&c, &reservation_ww_class); ret = dma_resv_lock(&r, &c); if (!ret) dma_resv_unlock(&r); ww_acquire_fini(&c); dma_resv_fini(&r); return ret; }`,
      [],
    ],
    [
      'a user access under a reservation',
      `int test(struct dma_resv *r, void __user *u) { int x = 0; dma_resv_lock(r, NULL); if (copy_from_user(&x, u, sizeof(x))) x = 1; dma_resv_unlock(r); return 0; }`,
      ['circular-locking'],
    ],
    [
      'a fence waited for with interrupts off: the function that was called is named',
      `int test(spinlock_t *l, struct dma_fence *f) { unsigned long flags; spin_lock_irqsave(l, flags); dma_fence_wait(f, false); spin_unlock_irqrestore(l, flags); return 0; }`,
      ['report sleeping-in-atomic: `dma_fence_wait` may sleep'],
    ],
    [
      'interrupts turned on inside an outer section',
      `int test(struct my *m) { unsigned long flags; spin_lock_irqsave(&m->list_lock, flags); local_irq_enable(); spin_unlock_irqrestore(&m->list_lock, flags); return 0; }`,
      ['report irq-state-imbalance: `local_irq_enable` turns interrupts on inside `spin_lock(&my->list_lock)`'],
    ],
    [
      'a guard under a spinlock',
      `int test(struct my *m) { guard(spinlock)(&m->list_lock); guard(mutex)(&m->lock); return 0; }`,
      [
        'report sleeping-in-atomic: `mutex_lock` may sleep, but the task is in atomic context (`spin_lock(&my->list_lock)`)',
      ],
    ],
    [
      'a semaphore',
      `static DEFINE_SEMAPHORE(sem, 1); int test(void) { if (down_interruptible(&sem)) return -4; if (!down_trylock(&sem)) return 1; up(&sem); return 0; }`,
      [],
    ],
    [
      'a sequence counter of unknown content',
      `struct s { seqlock_t lock; int v; }; int test(struct s *s) { unsigned int seq; int v; do { seq = read_seqbegin(&s->lock); v = s->v; } while (read_seqretry(&s->lock, seq)); return v; }`,
      [],
    ],
    [
      'a member of a static object without a name for its struct',
      `static struct { struct mutex lock; } all = { .lock = __MUTEX_INITIALIZER(all.lock) }; int test(void) { mutex_unlock(&all.lock); return 0; }`,
      ['report bad-unlock-balance: `all.lock` is released but not held'],
    ],
    [
      'drm_exec over two objects',
      `int test(struct drm_gem_object *a, struct drm_gem_object *b) { struct drm_exec e; int ret = 0; drm_exec_init(&e, 0, 2); drm_exec_until_all_locked(&e) { ret = drm_exec_lock_obj(&e, a); drm_exec_retry_on_contention(&e); if (ret) break; ret = drm_exec_lock_obj(&e, b); drm_exec_retry_on_contention(&e); if (ret) break; } drm_exec_fini(&e); return ret; }`,
      [],
    ],
  ])('%s', async (_title, code, expected) => {
    const { result } = await runC(WORLD + code, {});
    const lines = result.trace.flatMap((event) =>
      event.kind === 'report'
        ? [`report ${event.rule}: ${event.message}`]
        : // The function is entered without arguments, which the machine mentions.
          event.kind === 'fault' && event.fault !== 'bad-call'
          ? [`fault ${event.fault}: ${event.message}`]
          : [],
    );
    expect(lines).toHaveLength(expected.length);
    for (const [i, wanted] of expected.entries()) expect(lines[i]).toContain(wanted);
  });
});
