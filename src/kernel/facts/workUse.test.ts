/** Fences, work items, allocation helpers, completions, waits: used right and used wrong. C text in, findings out. */
import { describe } from 'vitest';
import { runUses, type Use } from '../../../test/kernelUses.ts';

const ROWS: readonly Use[] = [
  [
    'timer after it ran, sync under its lock',
    'static struct timer_list t; static void tick(struct timer_list *x) { spin_lock(&sl); spin_unlock(&sl); } int test(void) { timer_setup(&t, tick, 0); mod_timer(&t, jiffies + 1); msleep(20); spin_lock_bh(&sl); timer_delete_sync(&t); spin_unlock_bh(&sl); return 0; }',
    /circular/,
    ['which task runs next'],
  ],
  [
    'fence chain ok',
    'int test(void) { struct dma_fence_chain *c = dma_fence_chain_alloc(); struct dma_fence *f = mk(1, 1); if (!c) { dma_fence_put(f); return -ENOMEM; } dma_fence_chain_init(c, NULL, f, 1); dma_fence_signal(f); dma_fence_put(&c->base); return 0; }',
    null,
  ],
  [
    'fence chain in spin',
    'int test(void) { spin_lock(&sl); struct dma_fence_chain *c = dma_fence_chain_alloc(); spin_unlock(&sl); dma_fence_chain_free(c); return 0; }',
    /sleeping/,
  ],
  ['fence chain lost', 'int test(void) { struct dma_fence_chain *c = dma_fence_chain_alloc(); return !c; }', 'leak'],
  [
    'fence chain in signalling',
    'int test(void) { bool k = dma_fence_begin_signalling(); struct dma_fence_chain *c = dma_fence_chain_alloc(); dma_fence_chain_free(c); dma_fence_end_signalling(k); return 0; }',
    /circular/,
  ],
  [
    'fence chain find',
    'int test(void) { struct dma_fence_chain *c = dma_fence_chain_alloc(); struct dma_fence *f = mk(1, 1), *g; int r; if (!c) { dma_fence_put(f); return 0; } dma_fence_chain_init(c, NULL, f, 5); g = &c->base; r = dma_fence_chain_find_seqno(&g, 9); dma_fence_signal(f); dma_fence_put(&c->base); return r != -EINVAL; }',
    null,
  ],
  [
    'fence array ok',
    'int test(void) { struct dma_fence **v = kmalloc_array(2, sizeof(*v), GFP_KERNEL); struct dma_fence_array *a; if (!v) return -ENOMEM; v[0] = mk(1, 1); v[1] = mk(2, 1); struct dma_fence *x = v[0], *y = v[1]; dma_fence_get(x); dma_fence_get(y); a = dma_fence_array_create(2, v, 3, 1, false); if (!a) { dma_fence_put(x); dma_fence_put(y); dma_fence_put(x); dma_fence_put(y); kfree(v); return -ENOMEM; } dma_fence_signal(x); dma_fence_signal(y); dma_fence_put(x); dma_fence_put(y); dma_fence_put(&a->base); return 0; }',
    null,
  ],
  [
    'fence array signalled after all',
    'int test(void) { struct dma_fence **v = kmalloc_array(2, sizeof(*v), GFP_KERNEL | __GFP_NOFAIL); struct dma_fence_array *a; int r; v[0] = mk(1, 1); v[1] = mk(2, 1); struct dma_fence *x = v[0], *y = v[1]; dma_fence_get(x); dma_fence_get(y); a = dma_fence_array_create(2, v, 3, 1, false); if (!a) return 0; dma_fence_enable_sw_signaling(&a->base); dma_fence_signal(x); r = dma_fence_is_signaled(&a->base); dma_fence_signal(y); r = r * 2; dma_fence_put(x); dma_fence_put(y); dma_fence_put(&a->base); return r; }',
    null,
  ],
  [
    'fence double put',
    'int test(void) { struct dma_fence *f = mk(1, 1); dma_fence_signal(f); dma_fence_put(f); dma_fence_put(f); return 0; }',
    /refcount|use-after/,
  ],
  ['fence never put', 'int test(void) { struct dma_fence *f = mk(1, 1); dma_fence_signal(f); return 0; }', 'leak'],
  [
    'work ok',
    'static void job(struct work_struct *w) { mutex_lock(&m); mutex_unlock(&m); } static DECLARE_WORK(w, job); int test(void) { schedule_work(&w); flush_work(&w); return 0; }',
    null,
  ],
  [
    'work flush under lock',
    'static void job(struct work_struct *w) { mutex_lock(&m); mutex_unlock(&m); } static DECLARE_WORK(w, job); int test(void) { schedule_work(&w); mutex_lock(&m); flush_work(&w); mutex_unlock(&m); return 0; }',
    /report (circular|dead)/,
  ],
  [
    'flush workqueue under lock',
    'static void job(struct work_struct *w) { mutex_lock(&m); mutex_unlock(&m); } static DECLARE_WORK(w, job); int test(struct workqueue_struct *wq) { queue_work(wq, &w); mutex_lock(&m); flush_workqueue(wq); mutex_unlock(&m); return 0; }',
    /circular|dead/,
  ],
  [
    'destroy workqueue under lock',
    'static void job(struct work_struct *w) { mutex_lock(&m); mutex_unlock(&m); } static DECLARE_WORK(w, job); int test(void) { struct workqueue_struct *wq = alloc_workqueue("w", 0, 0); if (!wq) return 0; queue_work(wq, &w); mutex_lock(&m); destroy_workqueue(wq); mutex_unlock(&m); return 0; }',
    /circular|dead/,
  ],
  [
    'flush self',
    'static void job(struct work_struct *w) { flush_work(w); } static DECLARE_WORK(w, job); int test(void) { schedule_work(&w); flush_work(&w); return 0; }',
    /self|dead|recurs/,
  ],
  [
    'flush in atomic',
    'static void job(struct work_struct *w) { } static DECLARE_WORK(w, job); int test(void) { spin_lock(&sl); flush_work(&w); spin_unlock(&sl); return 0; }',
    /sleeping/,
  ],
  [
    'flush a normal queue from a reclaim one',
    'static void inner(struct work_struct *w) { } static DECLARE_WORK(iw, inner); static void job(struct work_struct *w) { flush_work(&iw); } static DECLARE_WORK(w, job); int test(void) { struct workqueue_struct *r = alloc_workqueue("r", WQ_MEM_RECLAIM, 0); if (!r) return 0; schedule_work(&iw); queue_work(r, &w); flush_work(&w); destroy_workqueue(r); return 0; }',
    /flush-from-reclaim/,
  ],
  [
    'flush a reclaim queue from a reclaim one',
    'static void inner(struct work_struct *w) { } static DECLARE_WORK(iw, inner); static void job(struct work_struct *w) { flush_work(&iw); } static DECLARE_WORK(w, job); int test(void) { struct workqueue_struct *r = alloc_workqueue("r", WQ_MEM_RECLAIM, 0), *s; if (!r) return 0; s = alloc_workqueue("s", WQ_MEM_RECLAIM, 0); if (!s) { destroy_workqueue(r); return 0; } queue_work(s, &iw); queue_work(r, &w); flush_work(&w); destroy_workqueue(r); destroy_workqueue(s); return 0; }',
    null,
  ],
  [
    'work leaves lock',
    'static void job(struct work_struct *w) { mutex_lock(&m); } static DECLARE_WORK(w, job); int test(void) { schedule_work(&w); flush_work(&w); return 0; }',
    /lock-held-at-exit: .*`job`/,
  ],
  [
    'work leaves atomic',
    'static void job(struct work_struct *w) { preempt_disable(); } static DECLARE_WORK(w, job); int test(void) { schedule_work(&w); flush_work(&w); return 0; }',
    /irq-state-imbalance: `job`/,
  ],
  [
    'delayed work ok',
    'static void job(struct work_struct *w) { } static DECLARE_DELAYED_WORK(dw, job); int test(void) { schedule_delayed_work(&dw, 10); cancel_delayed_work_sync(&dw); return 0; }',
    null,
  ],
  [
    'might_alloc',
    'int test(void) { might_alloc(GFP_KERNEL); spin_lock(&sl); might_alloc(GFP_ATOMIC); spin_unlock(&sl); return 0; }',
    null,
  ],
  [
    'might_alloc in spin',
    'int test(void) { spin_lock(&sl); might_alloc(GFP_NOIO); spin_unlock(&sl); return 0; }',
    /sleeping/,
  ],
  [
    'might_alloc nofs under a lock of reclaim',
    'int test(void) { fs_reclaim_acquire(GFP_KERNEL); mutex_lock(&m); mutex_unlock(&m); fs_reclaim_release(GFP_KERNEL); mutex_lock(&m); might_alloc(GFP_NOFS); mutex_unlock(&m); return 0; }',
    null,
  ],
  [
    'objs',
    'int test(void) { struct thing *a = kmalloc_obj(*a), *b = kzalloc_obj(*b, GFP_ATOMIC), *c = kzalloc_objs(*c, 3), *d = kvmalloc_objs(*d, 3), *e = kvzalloc_objs(*e, 4, GFP_KERNEL), *f = kzalloc_obj(struct thing), *g = kvzalloc_obj(*g); kfree(a); kfree(b); kfree(c); kvfree(d); kvfree(e); kfree(f); kvfree(g); return 0; }',
    null,
  ],
  [
    'objs spin default',
    'int test(void) { spin_lock(&sl); struct thing *a = kmalloc_obj(*a); spin_unlock(&sl); kfree(a); return 0; }',
    /report sleeping/,
  ],
  ['objs kfree of kv', 'int test(void) { struct thing *d = kvmalloc_objs(*d, 3); kfree(d); return 0; }', /mismatched/],
  [
    'objs uninit',
    'int test(void) { struct thing *d = kmalloc_obj(*d); int r; if (!d) return 0; r = d->a; kfree(d); return r > 2; }',
    /uninit/,
  ],
  [
    'flex',
    'struct fam { int n; int v[]; }; int test(void) { struct fam *f = kzalloc_flex(*f, v, 4); if (!f) return 0; f->v[3] = 2; kfree(f); return 0; }',
    null,
  ],
  [
    'effects sleeping',
    'int regulator_enable(void *r); int test(void *r) { spin_lock(&sl); regulator_enable(r); spin_unlock(&sl); return 0; }',
    /sleeping/,
  ],
  [
    'completion ok',
    'static DECLARE_COMPLETION(c); static void job(struct work_struct *w) { complete(&c); } static DECLARE_WORK(w, job); int test(void) { schedule_work(&w); wait_for_completion(&c); flush_work(&w); return 0; }',
    null,
  ],
  [
    'completion wait in lock that completer needs',
    'static DECLARE_COMPLETION(c); static void job(struct work_struct *w) { mutex_lock(&m); complete(&c); mutex_unlock(&m); } static DECLARE_WORK(w, job); int test(void) { schedule_work(&w); mutex_lock(&m); wait_for_completion(&c); mutex_unlock(&m); flush_work(&w); return 0; }',
    /dead|circular/,
  ],
  [
    'completion in spin',
    'static DECLARE_COMPLETION(c); int test(void) { complete(&c); spin_lock(&sl); wait_for_completion(&c); spin_unlock(&sl); return 0; }',
    /sleeping/,
  ],
  [
    'wait queue ok',
    'static DECLARE_WAIT_QUEUE_HEAD(wq); static int rdy; static void job(struct work_struct *w) { rdy = 1; wake_up(&wq); } static DECLARE_WORK(w, job); int test(void) { schedule_work(&w); wait_event(wq, rdy); flush_work(&w); return 0; }',
    null,
  ],
  [
    'wait in spin',
    'static DECLARE_WAIT_QUEUE_HEAD(wq); static int rdy; int test(void) { spin_lock(&sl); wait_event(wq, rdy); spin_unlock(&sl); return 0; }',
    /sleeping/,
  ],
  [
    'work cancel sync under lock, job ran before',
    'static void job(struct work_struct *w) { mutex_lock(&m); mutex_unlock(&m); } static DECLARE_WORK(w, job); int test(void) { schedule_work(&w); flush_work(&w); mutex_lock(&m); cancel_work_sync(&w); mutex_unlock(&m); return 0; }',
    /circular|dead/,
  ],
];

describe('work and fences, used right and wrong', () => {
  runUses(ROWS);
});
