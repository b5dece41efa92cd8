/** Threads that work off a queue, as drivers use them: C text in, findings out. */
import { describe } from 'vitest';
import { type Case, runCases } from '../../../test/kernelCases.ts';

const INCLUDES = `#include <linux/kthread.h>
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/err.h>
#include <linux/jiffies.h>
static DEFINE_MUTEX(m); static DEFINE_SPINLOCK(sl); static int ran;
static void job(struct kthread_work *work) { ran++; }
static struct kthread_worker *w; static struct kthread_work one, two; static struct kthread_delayed_work late;
`;

/** A worker around a body that uses one. */
function worker(body: string): string {
  return `int test(void) { w = kthread_create_worker(0, "w%d", 1); if (IS_ERR(w)) return PTR_ERR(w); kthread_init_work(&one, job); kthread_init_work(&two, job); kthread_init_delayed_work(&late, job); ${body} }`;
}

const CASES: readonly Case[] = [
  {
    name: 'queued once while it waits, runs in the thread, is flushed',
    text: worker(
      'bool a = kthread_queue_work(w, &one), b = kthread_queue_work(w, &one); kthread_flush_work(&one); kthread_destroy_worker(w); return a * 100 + b * 10 + ran;',
    ),
    value: '101',
  },
  {
    name: 'destroying runs what is queued',
    text: worker('kthread_queue_work(w, &one); kthread_queue_work(w, &two); kthread_destroy_worker(w); return ran;'),
    value: '2',
  },
  {
    name: 'flushing the worker waits for all items',
    text: worker(
      'kthread_queue_work(w, &one); kthread_queue_work(w, &two); kthread_flush_worker(w); int r = ran; kthread_destroy_worker(w); return r;',
    ),
    value: '2',
  },
  {
    name: 'cancelling takes it off the queue',
    text: worker(
      'kthread_queue_work(w, &one); bool c = kthread_cancel_work_sync(&one); kthread_destroy_worker(w); return c * 10 + ran;',
    ),
    value: '10',
  },
  {
    name: 'delayed: by a timer, and cancelled',
    text: worker(
      'bool q = kthread_queue_delayed_work(w, &late, 10); bool again = kthread_mod_delayed_work(w, &late, 20); bool c = kthread_cancel_delayed_work_sync(&late); kthread_destroy_worker(w); return q * 1000 + again * 100 + c * 10 + ran;',
    ),
    value: '1110',
  },
  {
    name: 'delayed without delay runs at once',
    text: worker(
      'kthread_queue_delayed_work(w, &late, 0); kthread_flush_work(&late.work); kthread_destroy_worker(w); return ran;',
    ),
    value: '1',
  },
  {
    name: 'creation may fail',
    text: worker('kthread_destroy_worker(w); return 0;'),
    run: { choose: ['kzalloc'] },
    value: '-12',
  },
  {
    name: 'the thread may fail to start: nothing is left',
    text: worker('kthread_destroy_worker(w); return 0;'),
    run: { choose: ['kthread_create()'] },
    value: '-12',
  },
  {
    name: 'queueing is for any context, flushing is not',
    text: worker(
      'spin_lock(&sl); kthread_queue_work(w, &one); kthread_flush_work(&one); spin_unlock(&sl); kthread_destroy_worker(w); return 0;',
    ),
    findings: [/^report sleeping-in-atomic: `kthread_flush_work/],
  },
  {
    name: 'a work item may free itself',
    text: `struct o { struct kthread_work work; }; static void last(struct kthread_work *work) { kfree(container_of(work, struct o, work)); }
int test(void) { struct o *o; w = kthread_create_worker(0, "w"); if (IS_ERR(w)) return 0; o = kzalloc(sizeof(*o), GFP_KERNEL); if (o) { kthread_init_work(&o->work, last); kthread_queue_work(w, &o->work); } kthread_destroy_worker(w); return 0; }`,
    value: '0',
  },
  {
    name: 'freed while it is queued',
    text: `struct o { struct kthread_work work; };
int test(void) { struct o *o; w = kthread_create_worker(0, "w"); if (IS_ERR(w)) return 0; o = kzalloc(sizeof(*o), GFP_KERNEL); if (o) { kthread_init_work(&o->work, job); kthread_queue_work(w, &o->work); kfree(o); } kthread_destroy_worker(w); return 0; }`,
    findings: [/^fault use-after-free/],
  },
  {
    name: 'flushed by itself',
    text: `static void self(struct kthread_work *work) { kthread_flush_work(work); } int test(void) { w = kthread_create_worker(0, "w"); if (IS_ERR(w)) return 0; kthread_init_work(&one, self); kthread_queue_work(w, &one); kthread_destroy_worker(w); return 0; }`,
    findings: [/^report wait-for-itself/],
  },
  {
    name: 'flushed under a lock that it takes: the wait has no end',
    text: `static void takes(struct kthread_work *work) { mutex_lock(&m); mutex_unlock(&m); } int test(void) { w = kthread_create_worker(0, "w"); if (IS_ERR(w)) return 0; kthread_init_work(&one, takes); kthread_queue_work(w, &one); mutex_lock(&m); kthread_flush_work(&one); mutex_unlock(&m); kthread_destroy_worker(w); return 0; }`,
    findings: [/^report deadlock/],
  },
  {
    name: 'an item on two workers',
    text: worker(
      'struct kthread_worker *v = kthread_create_worker(0, "v"); if (IS_ERR(v)) { kthread_destroy_worker(w); return 0; } kthread_queue_work(w, &one); kthread_flush_work(&one); kthread_queue_work(v, &one); kthread_flush_work(&one); kthread_destroy_worker(v); kthread_destroy_worker(w); return 0;',
    ),
    findings: [/^report warn-on/],
  },
  {
    name: 'never destroyed',
    text: `int test(void) { struct kthread_worker *mine = kthread_create_worker(0, "w"); return IS_ERR(mine) ? 0 : 1; }`,
    value: '1',
  },
  {
    name: 'a worker that the caller holds and that somebody else has started',
    text: 'int test(struct kthread_worker *given) { kthread_init_work(&one, job); kthread_queue_work(given, &one); kthread_flush_work(&one); return ran; }',
    value: '1',
  },
  {
    name: 'a static worker whose thread other code has started',
    text: `static DEFINE_KTHREAD_WORKER(own); static DEFINE_KTHREAD_WORK(still, job); int test(void) { kthread_queue_work(&own, &still); kthread_flush_worker(&own); return ran; }`,
    value: '1',
  },
  {
    name: 'a static worker with a thread of the driver',
    text: `static DEFINE_KTHREAD_WORKER(own); static DEFINE_KTHREAD_WORK(still, job); int test(void) { struct task_struct *t = kthread_run(kthread_worker_fn, &own, "own"); if (IS_ERR(t)) return 0; kthread_queue_work(&own, &still); kthread_flush_worker(&own); kthread_stop(t); return ran; }`,
    value: '1',
  },
];

describe('kthread workers', () => {
  runCases(INCLUDES, CASES);
});
