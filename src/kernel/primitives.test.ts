/** Functions of many kinds, each by the one thing that matters about it: C text in, findings out. */
import { describe } from 'vitest';
import { type Case, runCases } from '../../test/kernelCases.ts';

const INCLUDES = `#include <linux/spinlock.h>
#include <linux/mutex.h>
#include <linux/wait.h>
#include <linux/completion.h>
#include <linux/workqueue.h>
#include <linux/delay.h>
#include <linux/idr.h>
#include <linux/scatterlist.h>
#include <linux/dma-mapping.h>
#include <linux/interrupt.h>
#include <linux/file.h>
#include <linux/rcupdate.h>
#include <linux/local_lock.h>
#include <linux/seqlock.h>
#include <linux/sched/mm.h>
`;

const CASES: readonly Case[] = [
  {
    name: 'waiting with a lock that is given up meanwhile is no sleep under it',
    text: 'int test(void) { static DEFINE_SPINLOCK(l); static DECLARE_WAIT_QUEUE_HEAD(q); static int done; spin_lock_irq(&l); wait_event_lock_irq(q, ({ done++ > 1; }), l); spin_unlock_irq(&l); return 0; }',
    findings: [/^assumption wait_event/],
    value: '0',
  },
  {
    name: 'waiting with another lock held is one',
    text: 'int test(void) { static DEFINE_SPINLOCK(l); static DEFINE_SPINLOCK(m); static DECLARE_WAIT_QUEUE_HEAD(q); static int done; spin_lock(&m); spin_lock_irq(&l); wait_event_lock_irq(q, ({ done++ > 1; }), l); spin_unlock_irq(&l); spin_unlock(&m); return 0; }',
    findings: [/^report sleeping-in-atomic: .*wait_event/],
  },
  {
    name: 'the condition of a plain wait is asked with sleeping forbidden',
    text: 'int test(void) { static DEFINE_MUTEX(m); static DECLARE_WAIT_QUEUE_HEAD(q); static int n; wait_event_idle(q, ({ mutex_lock(&m); mutex_unlock(&m); n++ > 0; })); return 0; }',
    findings: [/^report blocking-when-not-running/],
  },
  {
    name: 'a high-resolution wait that times out says so',
    text: 'int test(void) { static DECLARE_WAIT_QUEUE_HEAD(q); static int n; return wait_event_hrtimeout(q, n, 1000) == -ETIME; }',
    run: { choose: ['wait_event => timeout'] },
    value: '1',
  },
  {
    name: 'no sleep between idr_preload and its end',
    text: 'int test(void) { static DEFINE_IDR(idr); int id; idr_preload(GFP_KERNEL); id = idr_alloc(&idr, &idr, 0, 0, GFP_KERNEL); idr_preload_end(); return id; }',
    findings: [/^report sleeping-in-atomic: .*idr_alloc/],
  },
  {
    name: 'which is what GFP_NOWAIT is for',
    text: 'int test(void) { static DEFINE_IDR(idr); int id, v; idr_preload(GFP_KERNEL); id = idr_alloc(&idr, &v, 3, 0, GFP_NOWAIT); idr_preload_end(); msleep(1); return id; }',
    value: '3',
  },
  {
    name: 'a table that grows joins what is next to each other',
    text: `int test(void) { struct sg_append_table t = { }; struct page *p = alloc_pages(GFP_KERNEL | __GFP_NOFAIL, 2), *a[2] = { p, p + 1 }, *b[2] = { p + 2, p }; int n;
if (sg_alloc_append_table_from_pages(&t, a, 2, 0, 2 * PAGE_SIZE, UINT_MAX, 2, GFP_KERNEL | __GFP_NOFAIL)) return -1;
if (sg_alloc_append_table_from_pages(&t, b, 2, 0, 2 * PAGE_SIZE, UINT_MAX, 0, GFP_KERNEL | __GFP_NOFAIL)) return -2;
n = t.sgt.orig_nents * 100 + (t.sgt.sgl->length >> PAGE_SHIFT) * 10 + sg_nents(t.sgt.sgl); sg_free_append_table(&t); __free_pages(p, 2); return n; }`,
    value: '232',
  },
  {
    name: 'a chained list goes on in the next array',
    text: 'int test(void) { struct scatterlist a[3], b[2]; sg_init_table(a, 3); sg_init_table(b, 2); sg_chain(a, 3, b); return sg_nents(a); }',
    value: '4',
  },
  {
    name: 'a descriptor number that nobody takes goes back',
    text: 'int test(void) { CLASS(get_unused_fd, fd)(0); return fd < 0 ? fd : 1; }',
    value: '1',
  },
  {
    name: 'one that is taken stays',
    text: 'int test(void) { CLASS(get_unused_fd, fd)(0); int mine; if (fd < 0) return fd; mine = take_fd(fd); put_unused_fd(mine); return fd == -EBADF; }',
    value: '1',
  },
  {
    name: 'a local trylock is a lock',
    text: 'int test(void) { static local_lock_t l = INIT_LOCAL_LOCK(l); if (local_trylock(&l)) { msleep(1); local_unlock(&l); } return 0; }',
    findings: [/^report sleeping-in-atomic/],
  },
  {
    name: 'subclasses tell nested bottom-half locks apart',
    text: 'struct o { spinlock_t l; }; int test(struct o *a, struct o *b) { spin_lock_bh(&a->l); spin_lock_bh_nested(&b->l, 1); spin_unlock_bh(&b->l); spin_unlock_bh(&a->l); return 0; }',
    value: '0',
  },
  {
    name: 'a subclass set on a lock stands in for 0 only',
    text: `struct o { struct mutex m; }; int test(struct o *a, struct o *b) { lockdep_set_subclass(&b->m, 2); mutex_lock_nested(&a->m, 1); mutex_lock_nested(&b->m, 1); mutex_unlock(&b->m); mutex_unlock(&a->m); return 0; }`,
    findings: [/^report recursive-locking/],
  },
  {
    name: 'a list that is spliced under RCU waits for its readers',
    text: 'int test(void) { LIST_HEAD(a); LIST_HEAD(b); struct list_head n; list_add_rcu(&n, &a); rcu_read_lock(); list_splice_init_rcu(&a, &b, synchronize_rcu); rcu_read_unlock(); return list_empty(&a); }',
    findings: [/^report suspicious-rcu/],
  },
  {
    name: 'assertions about readers',
    text: 'int test(void) { rcu_read_lock(); lockdep_assert_in_rcu_read_lock(); rcu_read_unlock(); lockdep_assert_in_rcu_reader(); return 0; }',
    findings: [/^report lock-assertion: .*rcu_read_lock_any_held/],
  },
  {
    name: 'reading by sequence number falls back to the lock',
    text: 'int test(void) { static DEFINE_SEQLOCK(s); int seq = 1; read_seqbegin_or_lock(&s, &seq); msleep(1); if (need_seqretry(&s, seq)) return -1; done_seqretry(&s, seq); return 0; }',
    findings: [/^report sleeping-in-atomic/],
  },
  {
    name: 'parking a thread waits until it parks',
    text: `static int parked; static int worker(void *p) { while (!kthread_should_stop()) { if (kthread_should_park()) { parked++; kthread_parkme(); } cond_resched(); } return 3; }
int test(void) { struct task_struct *t = kthread_run(worker, NULL, "w"); if (IS_ERR(t)) return -1; kthread_park(t); if (!parked) return -2; kthread_unpark(t); return kthread_stop(t); }`,
    value: '3',
  },
  {
    name: 'mappings of a file are taken away above reclaim only',
    text: 'int test(struct address_space *m) { fs_reclaim_acquire(GFP_KERNEL); unmap_mapping_range(m, 0, 0, 1); fs_reclaim_release(GFP_KERNEL); return 0; }',
    value: '0',
  },
  {
    name: 'and not below what reclaim takes',
    text: 'void down_write(struct rw_semaphore *s); int test(struct address_space *m) { down_write(&m->i_mmap_rwsem); might_alloc(GFP_KERNEL); up_write(&m->i_mmap_rwsem); return 0; }',
    findings: [/^report circular-locking/],
  },
  {
    name: 'a wait-free lock of an NMI that others take as well',
    text: 'static DEFINE_RAW_SPINLOCK(l); int test(void) { raw_spin_lock(&l); raw_spin_unlock(&l); nmi_enter(); raw_spin_lock(&l); raw_spin_unlock(&l); nmi_exit(); return in_nmi(); }',
    findings: [/^report inconsistent-lock-state: /],
  },
  {
    name: 'a lock that only NMIs take, and a trylock of another',
    text: 'static DEFINE_RAW_SPINLOCK(l); static DEFINE_RAW_SPINLOCK(m); int test(void) { raw_spin_lock(&m); raw_spin_unlock(&m); nmi_enter(); raw_spin_lock(&l); if (raw_spin_trylock(&m)) raw_spin_unlock(&m); raw_spin_unlock(&l); nmi_exit(); return 0; }',
    value: '0',
  },
  {
    name: 'readers of an NMI against readers',
    text: 'static DEFINE_RWLOCK(l); int test(void) { read_lock(&l); read_unlock(&l); nmi_enter(); read_lock(&l); read_unlock(&l); nmi_exit(); return 0; }',
    value: '0',
  },
  {
    name: 'what an NMI holds is known there, and let go before its end',
    text: 'static DEFINE_RAW_SPINLOCK(l); int test(void) { nmi_enter(); rcu_read_lock(); raw_spin_lock(&l); lockdep_assert_held(&l); raw_spin_unlock(&l); rcu_read_unlock(); raw_spin_unlock(&l); nmi_exit(); return 0; }',
    findings: [/^report bad-unlock-balance/],
  },
  {
    name: 'no sleep in an NMI',
    text: 'int test(void) { nmi_enter(); if (!in_nmi() || !in_interrupt() || in_task()) return -1; msleep(1); nmi_exit(); return 0; }',
    findings: [/^report sleeping-in-atomic: .*non-maskable/],
  },
  {
    name: 'a comparison function in C orders the locks of its class',
    text: `struct o { int rank; struct mutex m; }; static int by_rank(const struct lockdep_map *a, const struct lockdep_map *b) { const struct o *x = container_of((struct mutex *)a, struct o, m), *y = container_of((struct mutex *)b, struct o, m); return x->rank - y->rank; }
static void make(struct o *o, int rank) { o->rank = rank; mutex_init(&o->m); lock_set_cmp_fn(&o->m, by_rank, NULL); }
int test(void) { static struct o a, b; make(&a, 1); make(&b, 2); mutex_lock(&a.m); mutex_lock(&b.m); mutex_unlock(&a.m); mutex_unlock(&b.m); return 0; }`,
    value: '0',
  },
  {
    name: 'and forbids the other way round',
    text: `struct o { int rank; struct mutex m; }; static int by_rank(const struct lockdep_map *a, const struct lockdep_map *b) { const struct o *x = container_of((struct mutex *)a, struct o, m), *y = container_of((struct mutex *)b, struct o, m); return x->rank - y->rank; }
static void make(struct o *o, int rank) { o->rank = rank; mutex_init(&o->m); lock_set_cmp_fn(&o->m, by_rank, NULL); }
int test(void) { static struct o a, b; make(&a, 1); make(&b, 2); mutex_lock(&b.m); mutex_lock(&a.m); mutex_unlock(&a.m); mutex_unlock(&b.m); return 0; }`,
    findings: [/^report recursive-locking/],
  },
  {
    name: 'a page that only its allocator knows is not locked by others',
    text: 'int test(void) { struct page *p = alloc_page(GFP_KERNEL); int got; if (!p) return -1; got = trylock_page(p); if (got) unlock_page(p); __free_page(p); return got; }',
    run: { choose: ['trylock'] },
    value: '1',
  },
  {
    name: 'managed by a DRM device: released at its last put, newest first',
    text: `#include <drm/drm_drv.h>
#include <drm/drm_managed.h>
static void bye(struct drm_device *d, void *p) { pr_info("bye %d\\n", *(int *)p); } static void rel(struct drm_device *d) { pr_info("release\\n"); }
int test(void) { static const struct drm_driver drv = { .release = rel }; static struct drm_device d = { .driver = &drv }; int *a, *b; kref_init(&d.ref);
a = drmm_kzalloc(&d, 4, GFP_KERNEL | __GFP_NOFAIL); b = drmm_kzalloc(&d, 4, GFP_KERNEL | __GFP_NOFAIL); *a = 1; *b = 2; if (drmm_add_action_or_reset(&d, bye, a)) return -1; if (drmm_add_action_or_reset(&d, bye, b)) return -1;
drm_dev_get(&d); drm_dev_put(&d); pr_info("last\\n"); drm_dev_put(&d); return 0; }`,
    findings: ['print: last', 'print: release', 'print: bye 2', 'print: bye 1'],
  },
];

describe('primitives', () => {
  runCases(INCLUDES, CASES);
});
