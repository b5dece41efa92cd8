/** Fences, reservation objects, work, timers, completions, wait queues, threads: C text in, findings out. */
import { describe } from 'vitest';
import { type Case, runCases } from '../../../test/kernelCases.ts';

const INCLUDES = `#include <linux/dma-fence.h>
#include <linux/dma-resv.h>
#include <linux/dma-fence-chain.h>
#include <linux/dma-fence-unwrap.h>
#include <linux/workqueue.h>
#include <linux/completion.h>
#include <linux/kthread.h>
#include <linux/interrupt.h>
#include <linux/delay.h>
#include <linux/mutex.h>
static const char *name(struct dma_fence *f) { return "test"; }
static const struct dma_fence_ops ops = { .get_driver_name = name, .get_timeline_name = name };
static DEFINE_SPINLOCK(fence_lock);
static u64 seqno;
static struct dma_fence *make(void) { struct dma_fence *f = kzalloc(sizeof(*f), GFP_KERNEL | __GFP_NOFAIL); dma_fence_init(f, &ops, &fence_lock, dma_fence_context_alloc(1), ++seqno); return f; }
`;

const CASES: readonly Case[] = [
  {
    name: 'fence: signal, callbacks in order, error codes',
    text: `struct cb { struct dma_fence_cb base; int n; }; static int order;
static void done(struct dma_fence *f, struct dma_fence_cb *cb) { order = order * 10 + container_of(cb, struct cb, base)->n; }
int test(void) { struct dma_fence *f = make(); struct cb a = { .n = 1 }, b = { .n = 2 }, c = { .n = 3 }; int r;
if (dma_fence_add_callback(f, &a.base, done) || dma_fence_add_callback(f, &b.base, done)) return -1;
if (dma_fence_is_signaled(f) || dma_fence_signal(f) || dma_fence_signal(f) != -EINVAL || dma_fence_add_callback(f, &c.base, done) != -ENOENT) return -2;
r = dma_fence_is_signaled(f) ? order : -3; dma_fence_put(f); return r; }`,
    value: '12',
  },
  {
    name: 'fence: a callback that sleeps',
    text: `static void done(struct dma_fence *f, struct dma_fence_cb *cb) { msleep(1); }
int test(void) { struct dma_fence *f = make(); struct dma_fence_cb cb; dma_fence_add_callback(f, &cb, done); dma_fence_signal(f); dma_fence_put(f); return 0; }`,
    findings: [/^report sleeping-in-atomic: `msleep\(\)`/],
  },
  {
    name: 'fence: a callback that takes the lock of its fence',
    text: `static void done(struct dma_fence *f, struct dma_fence_cb *cb) { if (dma_fence_signal(f)) return; }
int test(void) { struct dma_fence *f = make(); struct dma_fence_cb cb; dma_fence_add_callback(f, &cb, done); dma_fence_signal(f); return 0; }`,
    findings: [/^report recursive-locking/],
  },
  {
    name: 'fence: the hardware signals what nobody else does',
    text: `static void done(struct dma_fence *f, struct dma_fence_cb *cb) { pr_info("done %d\\n", !!in_hardirq()); }
int test(void) { struct dma_fence *f = make(); struct dma_fence_cb cb; long r; dma_fence_add_callback(f, &cb, done); r = dma_fence_wait(f, false); dma_fence_put(f); return r; }`,
    findings: ['print: done 1'],
    value: '0',
  },
  {
    name: 'fence: a wait that a signal interrupts',
    text: 'int test(void) { struct dma_fence *f = make(); long r = dma_fence_wait(f, true); dma_fence_put(f); return r; }',
    run: { choose: ['dma_fence_wait_timeout => interrupted'] },
    value: '-512',
  },
  {
    name: 'fence: a wait that times out gives 0',
    text: 'int test(void) { struct dma_fence *f = make(); long r = dma_fence_wait_timeout(f, false, 10); dma_fence_put(f); return r; }',
    run: { choose: ['dma_fence_wait_timeout => timeout'] },
    value: '0',
  },
  {
    name: 'fence: waiting under a spinlock',
    text: 'static DEFINE_SPINLOCK(lock); int test(void) { struct dma_fence *f = make(); spin_lock(&lock); dma_fence_wait(f, false); spin_unlock(&lock); dma_fence_put(f); return 0; }',
    findings: [/^report sleeping-in-atomic/],
  },
  {
    name: 'fence: waiting inside a signalling section',
    text: 'int test(void) { struct dma_fence *f = make(); bool cookie = dma_fence_begin_signalling(); dma_fence_wait(f, false); dma_fence_end_signalling(cookie); dma_fence_put(f); return 0; }',
    findings: [/^report fence-wait-in-signalling/],
  },
  {
    name: 'fence: GFP_KERNEL inside a signalling section',
    text: 'int test(void) { bool cookie = dma_fence_begin_signalling(); kfree(kmalloc(8, GFP_KERNEL)); dma_fence_end_signalling(cookie); return 0; }',
    findings: [/^report circular-locking/],
  },
  {
    name: 'fence: last reference with a callback waiting',
    text: `static void done(struct dma_fence *f, struct dma_fence_cb *cb) { }
int test(void) { struct dma_fence *f = make(); static struct dma_fence_cb cb; dma_fence_add_callback(f, &cb, done); dma_fence_put(f); return 0; }`,
    findings: [/^report fence-released-unsignalled/],
  },
  {
    name: 'fence: forgotten references leak',
    text: 'int test(void) { struct dma_fence *f = make(); dma_fence_get(f); dma_fence_put(f); return 0; }',
    leaks: [/^kzalloc/],
  },
  {
    name: 'fence from outside: put and get conclude nothing',
    text: 'int test(struct dma_fence *f) { dma_fence_get(f); dma_fence_put(f); return dma_fence_wait(f, false); }',
    value: '0',
  },
  {
    name: 'fence from outside: once signalled it stays so',
    text: 'int test(struct dma_fence *f) { if (!dma_fence_is_signaled(f)) return 1; return dma_fence_is_signaled(f) ? 2 : 3; }',
    run: { choose: ['fence is signalled'] },
    value: '2',
  },
  {
    name: 'fence array and chain',
    text: `int test(void) { struct dma_fence **fences = kcalloc(2, sizeof(*fences), GFP_KERNEL | __GFP_NOFAIL), *it, *one = make(), *two = make(); struct dma_fence_array *a; struct dma_fence_chain *c; struct dma_fence_unwrap cursor; int n = 0;
fences[0] = dma_fence_get(one); fences[1] = dma_fence_get(two); a = dma_fence_array_create(2, fences, dma_fence_context_alloc(1), 1, false); if (!a) return -1; c = dma_fence_chain_alloc(); if (!c) return -2;
dma_fence_chain_init(c, NULL, &a->base, 1); dma_fence_unwrap_for_each(it, &cursor, &c->base) n++; dma_fence_enable_sw_signaling(&c->base); dma_fence_signal(one); dma_fence_signal(two); dma_fence_wait(&c->base, false);
n = n * 10 + dma_fence_is_signaled(&c->base); dma_fence_put(&c->base); dma_fence_put(one); dma_fence_put(two); return n; }`,
    value: '21',
  },
  {
    name: 'fence stub',
    text: 'int test(void) { struct dma_fence *f = dma_fence_get_stub(); int r = dma_fence_is_signaled(f); dma_fence_put(f); return r; }',
    value: '1',
  },
  {
    name: 'resv: reserve, add, wait',
    text: `int test(void) { struct dma_resv r; struct dma_fence *f = make(); long left; int err; dma_resv_init(&r); dma_resv_lock(&r, NULL); err = dma_resv_reserve_fences(&r, 1); if (!err) dma_resv_add_fence(&r, f, DMA_RESV_USAGE_WRITE); dma_resv_unlock(&r);
left = dma_resv_wait_timeout(&r, DMA_RESV_USAGE_KERNEL, false, 100); if (left != 100) return -1; left = dma_resv_wait_timeout(&r, DMA_RESV_USAGE_READ, false, 100); dma_fence_put(f); dma_resv_fini(&r); return err ? err : left > 0 && left <= 100; }`,
    value: '1',
  },
  {
    name: 'resv: no slot',
    text: 'int test(void) { struct dma_resv r; struct dma_fence *f = make(); dma_resv_init(&r); dma_resv_lock(&r, NULL); dma_resv_add_fence(&r, f, DMA_RESV_USAGE_WRITE); dma_resv_unlock(&r); dma_fence_put(f); dma_resv_fini(&r); return 0; }',
    findings: [/^report resv-slot-missing/],
  },
  {
    name: 'resv: slots are gone after unlock',
    text: 'int test(void) { struct dma_resv r; struct dma_fence *f = make(); dma_resv_init(&r); dma_resv_lock(&r, NULL); dma_resv_reserve_fences(&r, 1); dma_resv_unlock(&r); dma_resv_lock(&r, NULL); dma_resv_add_fence(&r, f, DMA_RESV_USAGE_WRITE); dma_resv_unlock(&r); dma_fence_put(f); dma_resv_fini(&r); return 0; }',
    findings: [/^report resv-slot-missing/],
  },
  {
    name: 'resv: a container is not a fence',
    text: `int test(void) { struct dma_resv r; struct dma_fence_chain *c = dma_fence_chain_alloc(); dma_resv_init(&r); if (!c) return 0; dma_fence_chain_init(c, NULL, make(), 1); dma_resv_lock(&r, NULL); if (!dma_resv_reserve_fences(&r, 1)) dma_resv_add_fence(&r, &c->base, DMA_RESV_USAGE_READ); dma_resv_unlock(&r); return 0; }`,
    findings: [/^report resv-fence-container/],
  },
  {
    name: 'resv: reserving without the lock, and zero slots',
    text: 'int test(void) { struct dma_resv r; int err; dma_resv_init(&r); err = dma_resv_reserve_fences(&r, 0); dma_resv_fini(&r); return err; }',
    findings: [/^report lock-assertion/, /^report warn-on: `WARN_ON\(!num_fences\)`/],
    value: '-22',
  },
  {
    name: 'resv: get_fences and get_singleton hand out references',
    text: `int test(void) { struct dma_resv r; struct dma_fence *f = make(), *g = make(), **all, *one; unsigned int n; int err; dma_resv_init(&r); dma_resv_lock(&r, NULL); if (dma_resv_reserve_fences(&r, 2)) return -1; dma_resv_add_fence(&r, f, DMA_RESV_USAGE_READ); dma_resv_add_fence(&r, g, DMA_RESV_USAGE_WRITE); dma_resv_unlock(&r);
err = dma_resv_get_fences(&r, DMA_RESV_USAGE_READ, &n, &all); if (err) return err; err = n; while (n) dma_fence_put(all[--n]); kfree(all); if (dma_resv_get_singleton(&r, DMA_RESV_USAGE_WRITE, &one)) return -2; err = err * 10 + (one == g); dma_fence_put(one); dma_fence_signal(f); dma_fence_signal(g); dma_fence_put(f); dma_fence_put(g); dma_resv_fini(&r); return err; }`,
    value: '21',
  },
  {
    name: 'resv from outside: a wait may be interrupted or time out',
    text: 'int test(struct dma_resv *r) { return dma_resv_wait_timeout(r, DMA_RESV_USAGE_READ, true, 100); }',
    run: { choose: ['dma_resv_wait_timeout => timeout'] },
    value: '0',
  },
  {
    name: 'work runs, and flushing waits for it',
    text: `struct s { struct work_struct work; int ran; }; static void run(struct work_struct *w) { container_of(w, struct s, work)->ran++; }
int test(void) { static struct s s; INIT_WORK(&s.work, run); if (!schedule_work(&s.work) || schedule_work(&s.work)) return -1; flush_work(&s.work); schedule_work(&s.work); if (!cancel_work_sync(&s.work)) return -2; return s.ran; }`,
    value: '1',
  },
  {
    name: 'work: flushing under a lock that the item takes',
    text: `static DEFINE_MUTEX(lock); static struct work_struct work; static void run(struct work_struct *w) { mutex_lock(&lock); mutex_unlock(&lock); }
int test(void) { INIT_WORK(&work, run); schedule_work(&work); flush_work(&work); mutex_lock(&lock); flush_work(&work); mutex_unlock(&lock); return 0; }`,
    findings: [/^report circular-locking/],
  },
  {
    name: 'work: the item that really waits for the lock of its flusher is a deadlock',
    text: `static DEFINE_MUTEX(lock); static struct work_struct work; static void run(struct work_struct *w) { mutex_lock(&lock); mutex_unlock(&lock); }
int test(void) { INIT_WORK(&work, run); schedule_work(&work); mutex_lock(&lock); flush_work(&work); mutex_unlock(&lock); return 0; }`,
    findings: [/^report circular-locking/],
    value: 'deadlock',
  },
  {
    name: 'work: cancelled from inside itself',
    text: 'static struct work_struct work; static void run(struct work_struct *w) { cancel_work_sync(w); } int test(void) { INIT_WORK(&work, run); schedule_work(&work); flush_work(&work); return 0; }',
    findings: [/recursive-locking/, /^report wait-for-itself/],
  },
  {
    name: 'work: freed while it is queued',
    text: `struct s { int a; struct work_struct work; }; static void run(struct work_struct *w) { } int test(void) { struct s *s = kzalloc(sizeof(*s), GFP_KERNEL | __GFP_NOFAIL); INIT_WORK(&s->work, run); schedule_work(&s->work); kfree(s); return 0; }`,
    findings: [/^report active-object-freed: .*work item/],
  },
  {
    name: 'work: an item may free itself',
    text: `struct s { int a; struct work_struct work; }; static void run(struct work_struct *w) { kfree(container_of(w, struct s, work)); } int test(void) { struct s *s = kzalloc(sizeof(*s), GFP_KERNEL | __GFP_NOFAIL); INIT_WORK(&s->work, run); schedule_work(&s->work); msleep(1); return 0; }`,
    value: '0',
  },
  {
    name: 'work: an item that ran and was forgotten is leaked',
    text: `struct s { int a; struct work_struct work; }; static void run(struct work_struct *w) { } int test(void) { struct s *s = kzalloc(sizeof(*s), GFP_KERNEL | __GFP_NOFAIL); INIT_WORK(&s->work, run); disable_work(&s->work); enable_work(&s->work); schedule_work(&s->work); return 0; }`,
    leaks: [/^kzalloc/],
  },
  {
    name: 'work: never initialised',
    text: 'static struct work_struct work; int test(void) { schedule_work(&work); return 0; }',
    findings: [/^report work-not-initialised/],
  },
  {
    name: 'delayed work and a queue of its own',
    text: `static int ran; static void run(struct work_struct *w) { struct delayed_work *d = to_delayed_work(w); ran += d ? 1 : 0; }
int test(void) { static struct delayed_work d; struct workqueue_struct *wq = alloc_ordered_workqueue("q%d", WQ_MEM_RECLAIM, 1); if (!wq) return -ENOMEM; INIT_DELAYED_WORK(&d, run); queue_delayed_work(wq, &d, HZ); flush_delayed_work(&d); mod_delayed_work(wq, &d, 5); cancel_delayed_work_sync(&d); destroy_workqueue(wq); return ran; }`,
    value: '1',
  },
  {
    name: 'a timer runs in softirq: it must not sleep',
    text: `static void tick(struct timer_list *t) { kfree(kmalloc(8, GFP_KERNEL)); } int test(void) { static struct timer_list t; timer_setup(&t, tick, 0); mod_timer(&t, jiffies + HZ); msleep(10); timer_delete_sync(&t); return 0; }`,
    run: { choose: ['which task runs next'] },
    findings: [/^report sleeping-in-atomic/],
  },
  {
    name: 'a timer stopped under a lock that it takes',
    text: `static DEFINE_SPINLOCK(lock); static void tick(struct timer_list *t) { spin_lock(&lock); spin_unlock(&lock); } int test(void) { static struct timer_list t; timer_setup(&t, tick, 0); mod_timer(&t, jiffies + HZ); msleep(10); spin_lock_bh(&lock); timer_delete_sync(&t); spin_unlock_bh(&lock); return 0; }`,
    run: { choose: ['which task runs next'] },
    findings: [/^report circular-locking/],
  },
  {
    name: 'a tasklet runs in softirq',
    text: `static void run(struct tasklet_struct *t) { pr_info("softirq %d\\n", !!in_serving_softirq()); } int test(void) { static struct tasklet_struct t; tasklet_setup(&t, run); tasklet_schedule(&t); msleep(1); tasklet_kill(&t); return 0; }`,
    run: { choose: ['which task runs next'] },
    findings: ['print: softirq 1'],
  },
  {
    name: 'completion: done by a work item',
    text: `static DECLARE_COMPLETION(done); static void run(struct work_struct *w) { complete(&done); } int test(void) { static DECLARE_WORK(work, run); schedule_work(&work); wait_for_completion(&done); return completion_done(&done); }`,
    value: '0',
  },
  {
    name: 'completion: complete_all stays done',
    text: 'int test(void) { DECLARE_COMPLETION_ONSTACK(c); complete_all(&c); wait_for_completion(&c); return completion_done(&c) + try_wait_for_completion(&c); }',
    value: '2',
  },
  {
    name: 'completion: a local that nobody else knows of is never done',
    text: 'int test(void) { DECLARE_COMPLETION_ONSTACK(c); struct completion *p = &c; wait_for_completion(p); return 0; }',
    findings: [/^report deadlock: the task waits for a completion that nobody else knows of/],
  },
  {
    name: 'completion: with an end in sight it comes to that end',
    text: 'int test(void) { DECLARE_COMPLETION_ONSTACK(c); long t = wait_for_completion_timeout(&c, 10); int r = wait_for_completion_interruptible(&c); return t * 1000 + r; }',
    value: '-512',
  },
  {
    name: 'completion: a local that a request points to is for somebody else to complete',
    text: 'struct req { struct completion *done; }; int test(void) { struct req *r = kzalloc(sizeof(*r), GFP_KERNEL | __GFP_NOFAIL); DECLARE_COMPLETION_ONSTACK(c); r->done = &c; wait_for_completion(&c); kfree(r); return 0; }',
    findings: [/^assumption wait_for_completion/],
  },
  {
    name: 'completion: a local that an interrupt handler was given',
    text: 'static irqreturn_t tick(int irq, void *c) { complete(c); return IRQ_HANDLED; } int test(void) { DECLARE_COMPLETION_ONSTACK(c); int r = request_irq(7, tick, 0, "t", &c); if (r) return r; wait_for_completion(&c); free_irq(7, &c); return 0; }',
    findings: [/^assumption wait_for_completion/],
  },
  {
    name: 'completion: a local in a work item that forgets to complete it',
    text: 'struct job { struct work_struct w; struct completion done; }; static void run(struct work_struct *w) { } int test(void) { struct job j; INIT_WORK_ONSTACK(&j.w, run); init_completion(&j.done); schedule_work(&j.w); wait_for_completion(&j.done); return 0; }',
    findings: [/^(assumption wait_for_completion|report deadlock)/],
  },
  {
    name: 'completion: interrupted, timed out, completed from outside',
    text: 'static struct completion c; int test(void) { init_completion(&c); int r = wait_for_completion_interruptible(&c); long t = wait_for_completion_timeout(&c, 10); wait_for_completion(&c); return r * 10 + t; }',
    run: { choose: ['wait_for_completion_interruptible() => interrupted', 'wait_for_completion_timeout() => timeout'] },
    findings: [/^assumption wait_for_completion/],
    value: '-5120',
  },
  {
    name: 'wait_event: woken by a work item',
    text: `static DECLARE_WAIT_QUEUE_HEAD(wq); static int ready; static void run(struct work_struct *w) { ready = 1; wake_up(&wq); } int test(void) { static DECLARE_WORK(work, run); schedule_work(&work); wait_event(wq, ready); return ready; }`,
    value: '1',
  },
  {
    name: 'wait_event: the condition must not sleep',
    text: `static DECLARE_WAIT_QUEUE_HEAD(wq); static DEFINE_MUTEX(lock); static int ready; static int look(void) { int r; mutex_lock(&lock); r = ready; mutex_unlock(&lock); return r; } static void run(struct work_struct *w) { ready = 1; wake_up(&wq); } int test(void) { static DECLARE_WORK(work, run); schedule_work(&work); wait_event(wq, look()); return 0; }`,
    findings: [/^report blocking-when-not-running/],
  },
  {
    name: 'wait_event_interruptible_timeout',
    text: 'static DECLARE_WAIT_QUEUE_HEAD(wq); static int ready; int test(void) { return wait_event_interruptible_timeout(wq, ready, HZ); }',
    run: { choose: ['wait_event() => interrupted', '`wait_event()` ends => interrupted'] },
    value: '-512',
  },
  {
    name: 'call_rcu: what waits for its callback is not lost',
    text: `struct s { int a; struct rcu_head rcu; }; static void gone(struct rcu_head *head) { kfree(container_of(head, struct s, rcu)); } int test(void) { struct s *s = kzalloc(sizeof(*s), GFP_KERNEL); if (!s) return 0; call_rcu(&s->rcu, gone); return 0; }`,
    value: '0',
  },
  {
    name: 'free_irq under a spinlock, and a shrinker',
    text: `#include <linux/shrinker.h>
static int handler(int irq, void *dev) { return IRQ_HANDLED; } static DEFINE_SPINLOCK(lock);
int test(void) { struct shrinker *s = shrinker_alloc(0, "s"); int err; if (!s) return -ENOMEM; shrinker_register(s); shrinker_free(s); err = request_irq(5, handler, 0, "x", &lock); if (err) return err; spin_lock(&lock); free_irq(5, &lock); spin_unlock(&lock); return 0; }`,
    findings: [/^report sleeping-in-atomic: `free_irq/],
  },
  {
    name: 'threads: stopped and joined',
    text: `static int loops; static int main_loop(void *data) { while (!kthread_should_stop()) { loops++; schedule_timeout_interruptible(1); } return 7; } int test(void) { struct task_struct *t = kthread_run(main_loop, NULL, "t%d", 1); if (IS_ERR(t)) return PTR_ERR(t); return kthread_stop(t); }`,
    value: '7',
  },
  {
    name: 'sleeping under a spinlock: schedule_timeout, usleep_range, cond_resched',
    text: 'static DEFINE_SPINLOCK(lock); int test(void) { spin_lock(&lock); usleep_range(1, 2); schedule_timeout(1); spin_unlock(&lock); return 0; }',
    findings: [/^report sleeping-in-atomic: `usleep_range/, /^report sleeping-in-atomic: `schedule_timeout/],
  },
];

describe('synchronisation', () => {
  runCases(INCLUDES, CASES);
});
