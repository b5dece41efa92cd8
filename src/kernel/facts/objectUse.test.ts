/** Pools, managed memory, containers, counts, timers, threads: used right and used wrong. C text in, findings out. */
import { describe } from 'vitest';
import { runUses, type Use } from '../../../test/kernelUses.ts';

const ROWS: readonly Use[] = [
  [
    'mempool ok',
    'int test(void) { mempool_t *p = mempool_create_kmalloc_pool(2, 16); void *x; if (!p) return -ENOMEM; x = mempool_alloc(p, GFP_KERNEL); mempool_free(x, p); mempool_destroy(p); return 0; }',
    null,
  ],
  [
    'mempool alloc with GFP_KERNEL never fails',
    'int test(void) { mempool_t *p = mempool_create_kmalloc_pool(2, 16); void *x; if (!p) return -ENOMEM; x = mempool_alloc(p, GFP_KERNEL); if (!x) return 5; mempool_free(x, p); mempool_destroy(p); return 0; }',
    '0',
    ['mempool_alloc'],
  ],
  [
    'mempool alloc atomic fails',
    'int test(void) { mempool_t *p = mempool_create_kmalloc_pool(2, 16); void *x; if (!p) return -ENOMEM; x = mempool_alloc(p, GFP_ATOMIC); if (!x) { mempool_destroy(p); return 5; } mempool_free(x, p); mempool_destroy(p); return 0; }',
    '5',
    ['mempool_alloc'],
  ],
  [
    'mempool element lost',
    'int test(void) { mempool_t *p = mempool_create_kmalloc_pool(2, 16); void *x; if (!p) return -ENOMEM; x = mempool_alloc(p, GFP_KERNEL); mempool_destroy(p); return 0; }',
    'leak',
  ],
  ['mempool lost', 'int test(void) { mempool_t *p = mempool_create_kmalloc_pool(2, 16); return !p; }', 'leak'],
  [
    'mempool double free',
    'int test(mempool_t *p) { void *x = mempool_alloc(p, GFP_KERNEL); mempool_free(x, p); mempool_free(x, p); return 0; }',
    /fault|report/,
  ],
  [
    'mempool in reclaim of lock',
    'int test(mempool_t *p) { fs_reclaim_acquire(GFP_KERNEL); mutex_lock(&m); mutex_unlock(&m); fs_reclaim_release(GFP_KERNEL); mutex_lock(&m); mempool_free(mempool_alloc(p, GFP_KERNEL), p); mutex_unlock(&m); return 0; }',
    /circular/,
  ],
  [
    'devm ok',
    'int test(struct device *dev) { void *p = devm_kzalloc(dev, 8, GFP_KERNEL); if (!p) return -ENOMEM; devm_kfree(dev, p); return 0; }',
    null,
  ],
  [
    'devm kfree',
    'int test(struct device *dev) { void *p = devm_kzalloc(dev, 8, GFP_KERNEL); if (!p) return -ENOMEM; kfree(p); return 0; }',
    /mismatched/,
  ],
  [
    'devm_kfree of kmalloc',
    'int test(struct device *dev) { void *p = kzalloc(8, GFP_KERNEL); devm_kfree(dev, p); return 0; }',
    /devres-not-found/,
  ],
  [
    'devm_kfree twice',
    'int test(struct device *dev) { void *p = devm_kzalloc(dev, 8, GFP_KERNEL); devm_kfree(dev, p); devm_kfree(dev, p); return 0; }',
    /fault|report/,
  ],
  [
    'devm in spin',
    'int test(struct device *dev) { spin_lock(&sl); void *p = devm_kzalloc(dev, 8, GFP_KERNEL); spin_unlock(&sl); return !p; }',
    /sleeping/,
  ],
  [
    'devm action fails',
    'static void act(void *p) { kfree(p); } int test(struct device *dev) { void *p = kmalloc(8, GFP_KERNEL); if (!p) return -ENOMEM; return devm_add_action_or_reset(dev, act, p); }',
    null,
  ],
  [
    'devm action double free',
    'static void act(void *p) { kfree(p); } int test(struct device *dev) { int r; void *p = kmalloc(8, GFP_KERNEL); if (!p) return -ENOMEM; r = devm_add_action_or_reset(dev, act, p); if (r) kfree(p); return r; }',
    /report|fault/,
    ['devm_add_action'],
  ],
  [
    'devm others',
    'int test(struct device *dev) { char *s = devm_kasprintf(dev, GFP_KERNEL, "%d", 3); int *a = devm_kcalloc(dev, 3, 4, GFP_KERNEL); void *d = devm_kmemdup(dev, "ab", 3, GFP_KERNEL); if (!s || !a || !d) return -ENOMEM; return a[2]; }',
    null,
  ],
  [
    'idr gfp atomic ok',
    'int test(void) { static DEFINE_IDR(idr); int id; spin_lock(&sl); id = idr_alloc(&idr, &val, 1, 10, GFP_ATOMIC); spin_unlock(&sl); if (id < 0) return id; idr_remove(&idr, id); idr_destroy(&idr); return 0; }',
    null,
  ],
  [
    'idr gfp kernel in spin',
    'int test(void) { static DEFINE_IDR(idr); int id; spin_lock(&sl); id = idr_alloc(&idr, &val, 1, 10, GFP_KERNEL); spin_unlock(&sl); return id; }',
    /sleeping/,
  ],
  [
    'idr full',
    'int test(void) { static DEFINE_IDR(idr); int id, i; for (i = 0; i < 2; i++) id = idr_alloc(&idr, &val, 1, 2, GFP_KERNEL); return id; }',
    '-28',
  ],
  ['idr remove absent', 'int test(void) { static DEFINE_IDR(idr); return idr_remove(&idr, 4) != NULL; }', null],
  [
    'idr replace',
    'int test(void) { static DEFINE_IDR(idr); int id = idr_alloc(&idr, &val, 0, 0, GFP_KERNEL); if (id < 0) return id; if (idr_replace(&idr, &sl, id) != &val) return -1; return idr_find(&idr, id) != &sl; }',
    null,
  ],
  [
    'idr cyclic',
    'int test(void) { static DEFINE_IDR(idr); int a = idr_alloc_cyclic(&idr, &val, 1, 0, GFP_KERNEL); if (a < 0) return 0; idr_remove(&idr, a); int b = idr_alloc_cyclic(&idr, &val, 1, 0, GFP_KERNEL); return b < 0 ? 0 : b - a - 1; }',
    null,
  ],
  [
    'ida ok',
    'int test(void) { static DEFINE_IDA(ida); int a = ida_alloc(&ida, GFP_KERNEL); if (a < 0) return a; ida_free(&ida, a); return 0; }',
    null,
  ],
  [
    'llist',
    'int test(void) { LLIST_HEAD(h); struct thing *t, *x; t = kzalloc(sizeof(*t), GFP_KERNEL); if (!t) return -ENOMEM; llist_add(&t->ln, &h); struct llist_node *all = llist_del_all(&h); llist_for_each_entry_safe(t, x, all, ln) kfree(t); return !llist_empty(&h); }',
    null,
  ],
  [
    'llist unsafe walk frees',
    'int test(void) { LLIST_HEAD(h); struct thing *t; t = kzalloc(sizeof(*t), GFP_KERNEL); if (!t) return -ENOMEM; llist_add(&t->ln, &h); struct llist_node *all = llist_del_all(&h); llist_for_each_entry(t, all, ln) kfree(t); return 0; }',
    /use-after-free/,
  ],
  [
    'llist first',
    'int test(void) { LLIST_HEAD(h); static struct llist_node a, b; llist_add(&a, &h); llist_add(&b, &h); return llist_del_first(&h) != &b; }',
    null,
  ],
  [
    'hlist',
    'int test(void) { HLIST_HEAD(h); struct thing *t; struct hlist_node *x; int s = 0; for (int i = 0; i < 3; i++) { t = kzalloc(sizeof(*t), GFP_KERNEL | __GFP_NOFAIL); t->a = i; hlist_add_head(&t->h, &h); } hlist_for_each_entry(t, &h, h) s = s * 10 + t->a; hlist_for_each_entry_safe(t, x, &h, h) { hlist_del(&t->h); kfree(t); } return s - 210; }',
    null,
  ],
  [
    'hlist deleted twice',
    'int test(void) { HLIST_HEAD(h); struct hlist_node n; hlist_add_head(&n, &h); hlist_del(&n); hlist_del(&n); return 0; }',
    /report|fault/,
  ],
  [
    'hlist del_init twice',
    'int test(void) { HLIST_HEAD(h); struct hlist_node n; INIT_HLIST_NODE(&n); hlist_add_head(&n, &h); hlist_del_init(&n); hlist_del_init(&n); return !hlist_unhashed(&n); }',
    null,
  ],
  [
    'hlist unsafe walk',
    'int test(void) { HLIST_HEAD(h); struct thing *t = kzalloc(sizeof(*t), GFP_KERNEL | __GFP_NOFAIL); hlist_add_head(&t->h, &h); hlist_for_each_entry(t, &h, h) { hlist_del(&t->h); kfree(t); } return 0; }',
    /use-after-free/,
  ],
  [
    'hlist freed while listed',
    'int test(void) { HLIST_HEAD(h); struct thing *t = kzalloc(sizeof(*t), GFP_KERNEL | __GFP_NOFAIL); hlist_add_head(&t->h, &h); kfree(t); struct thing *u; hlist_for_each_entry(u, &h, h) return u->a; return 0; }',
    /use-after-free/,
  ],
  [
    'list rcu inside',
    'static LIST_HEAD(lh); int test(void) { struct thing *t; rcu_read_lock(); list_for_each_entry_rcu(t, &lh, l) val += t->a; rcu_read_unlock(); return 0; }',
    null,
  ],
  [
    'list move ok',
    'int test(void) { LIST_HEAD(a); LIST_HEAD(b); struct thing t; list_add(&t.l, &a); list_move_tail(&t.l, &b); list_splice_init(&b, &a); int r = list_empty(&a) || !list_empty(&b); list_del(&t.l); return r; }',
    null,
  ],
  [
    'list unsafe walk',
    'int test(void) { LIST_HEAD(a); struct thing *t = kzalloc(sizeof(*t), GFP_KERNEL | __GFP_NOFAIL); list_add(&t->l, &a); list_for_each_entry(t, &a, l) { list_del(&t->l); kfree(t); } return 0; }',
    /use-after-free/,
  ],
  [
    'kref saturation',
    'static void rel(struct kref *k) { } int test(void) { struct kref k; kref_init(&k); refcount_set(&k.refcount, INT_MAX); kref_get(&k); return 0; }',
    /refcount/,
  ],
  [
    'kref under',
    'static void rel(struct kref *k) { } int test(void) { struct kref k; kref_init(&k); kref_put(&k, rel); kref_put(&k, rel); return 0; }',
    /refcount-under/,
  ],
  [
    'kref put mutex',
    'static void rel(struct kref *k) { kfree(container_of(k, struct thing, ref)); mutex_unlock(&m); } int test(void) { struct thing *t = kzalloc(sizeof(*t), GFP_KERNEL | __GFP_NOFAIL); kref_init(&t->ref); kref_put_mutex(&t->ref, rel, &m); return 0; }',
    null,
  ],
  [
    'kref put lock',
    'static void rel(struct kref *k) { spin_unlock(&sl); kfree(container_of(k, struct thing, ref)); } int test(void) { struct thing *t = kzalloc(sizeof(*t), GFP_KERNEL | __GFP_NOFAIL); kref_init(&t->ref); kref_put_lock(&t->ref, rel, &sl); return 0; }',
    null,
  ],
  ['refcount sub', 'int test(void) { refcount_t r = REFCOUNT_INIT(3); return !refcount_sub_and_test(3, &r); }', null],
  [
    'refcount dec_and_lock',
    'int test(void) { refcount_t r = REFCOUNT_INIT(1); if (refcount_dec_and_lock(&r, &sl)) spin_unlock(&sl); return 0; }',
    null,
  ],
  [
    'timer ok',
    'static struct timer_list t; static void tick(struct timer_list *x) { val++; } int test(void) { timer_setup(&t, tick, 0); mod_timer(&t, jiffies + 10); timer_delete_sync(&t); return 0; }',
    null,
  ],
  [
    'timer freed while pending',
    'struct o { struct timer_list t; }; static void tick(struct timer_list *x) { struct o *o = from_timer(o, x, t); val = (long)o; } int test(void) { struct o *o = kzalloc(sizeof(*o), GFP_KERNEL); if (!o) return 0; timer_setup(&o->t, tick, 0); mod_timer(&o->t, jiffies + 10); kfree(o); return 0; }',
    /use-after-free|report/,
  ],
  [
    'timer sleeps in its callback',
    'static struct timer_list t; static void tick(struct timer_list *x) { msleep(1); } int test(void) { timer_setup(&t, tick, 0); mod_timer(&t, jiffies + 1); msleep(20); timer_delete_sync(&t); return 0; }',
    /sleeping/,
    ['which task'],
  ],
  [
    'timer not set up',
    'static struct timer_list t; int test(void) { mod_timer(&t, jiffies + 1); return 0; }',
    /work-not-initialised/,
  ],
  [
    'hrtimer ok',
    'static struct hrtimer t; static enum hrtimer_restart tick(struct hrtimer *x) { return HRTIMER_NORESTART; } int test(void) { hrtimer_setup(&t, tick, CLOCK_MONOTONIC, HRTIMER_MODE_REL); hrtimer_start(&t, ms_to_ktime(1), HRTIMER_MODE_REL); hrtimer_cancel(&t); return 0; }',
    null,
  ],
  [
    'kthread ok',
    'static int body(void *p) { while (!kthread_should_stop()) msleep(1); return 4; } int test(void) { struct task_struct *k = kthread_run(body, NULL, "k"); if (IS_ERR(k)) return PTR_ERR(k); return kthread_stop(k) - 4; }',
    null,
  ],
  [
    'kthread fails',
    'static int body(void *p) { return 4; } int test(void) { struct task_struct *k = kthread_run(body, NULL, "k"); if (IS_ERR(k)) return PTR_ERR(k); return kthread_stop(k) - 4; }',
    '-12',
    ['kthread'],
  ],
  [
    'kthread stop in its lock: deadlock',
    'static int body(void *p) { mutex_lock(&m); mutex_unlock(&m); return 4; } int test(void) { struct task_struct *k = kthread_run(body, NULL, "k"); if (IS_ERR(k)) return 0; mutex_lock(&m); kthread_stop(k); mutex_unlock(&m); return 0; }',
    /deadlock|circular/,
  ],
  [
    'kthread stop in spin',
    'static int body(void *p) { return 4; } int test(void) { struct task_struct *k = kthread_run(body, NULL, "k"); if (IS_ERR(k)) return 0; spin_lock(&sl); kthread_stop(k); spin_unlock(&sl); return 0; }',
    /sleeping/,
  ],
  [
    'kthread exits with lock',
    'static int body(void *p) { mutex_lock(&m); return 4; } int test(void) { struct task_struct *k = kthread_run(body, NULL, "k"); if (IS_ERR(k)) return 0; return kthread_stop(k) - 4; }',
    /lock-held-at-exit/,
  ],
];

describe('objects, used right and wrong', () => {
  runUses(ROWS);
});
