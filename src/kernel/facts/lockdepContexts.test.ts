/** Interrupt usage of locks and wait types, sentence by sentence (kernel/locking/lockdep.c): C text in, findings out. */
import { describe } from 'vitest';
import { type Case, runCases } from '../../../test/kernelCases.ts';

const INCLUDES = `#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/rwsem.h>
#include <linux/percpu-rwsem.h>
#include <linux/rtmutex.h>
#include <linux/seqlock.h>
#include <linux/local_lock.h>
#include <linux/bit_spinlock.h>
#include <linux/rcupdate.h>
#include <linux/srcu.h>
#include <linux/slab.h>
#include <linux/lockdep.h>
#include <linux/timer.h>
#include <linux/irq_work.h>
#include <linux/delay.h>
#include <linux/ww_mutex.h>
static DEFINE_MUTEX(m); static DEFINE_MUTEX(n); static DEFINE_MUTEX(o); static DEFINE_SPINLOCK(a); static DEFINE_SPINLOCK(b); static DEFINE_RAW_SPINLOCK(raw);
static DEFINE_RWLOCK(rw); static DECLARE_RWSEM(sem); static DEFINE_SEQLOCK(sq);
DEFINE_STATIC_SRCU(srcu); DEFINE_STATIC_PERCPU_RWSEM(percpu); static DEFINE_RT_MUTEX(rt);
static struct mutex two[2]; static struct lock_class_key key;
static struct timer_list t; static struct irq_work iw;
static void once(void) { mod_timer(&t, jiffies + 1); msleep(10); timer_delete_sync(&t); }
static void hard(void) { irq_work_queue(&iw); msleep(10); irq_work_sync(&iw); }
`;

const STATE = /^report inconsistent-lock-state/;
const WAIT = /^report invalid-wait-context/;
const RUNS = { choose: ['which task runs next'] } as const;

type Row = readonly [sentence: string, body: string, finding: RegExp | null, before?: string];

/** Rows whose body is that of `test()`. */
function cases(rows: readonly Row[]): readonly Case[] {
  return rows.map(([name, body, finding, before]) => ({
    name,
    text: `${before ?? ''} int test(void) { ${body} return 0; }`,
    ...(before?.includes('struct timer_list *') || before?.includes('struct irq_work *') ? { run: RUNS } : {}),
    ...(finding === null ? { value: '0' } : { findings: [finding] }),
  }));
}

const SOFT = 'static void tick(struct timer_list *x)';
const HARD = 'static void tick(struct irq_work *x)';
const USAGE: readonly Row[] = [
  [
    'used in a softirq, and with softirqs on',
    'spin_lock(&a); spin_unlock(&a); timer_setup(&t, tick, 0); once();',
    STATE,
    `${SOFT} { spin_lock(&a); spin_unlock(&a); }`,
  ],
  [
    'with bottom halves off it is fine',
    'spin_lock_bh(&a); spin_unlock_bh(&a); timer_setup(&t, tick, 0); once();',
    null,
    `${SOFT} { spin_lock(&a); spin_unlock(&a); }`,
  ],
  [
    'a trylock in a softirq is no use in it',
    'spin_lock(&a); spin_unlock(&a); timer_setup(&t, tick, 0); once();',
    null,
    `${SOFT} { if (spin_trylock(&a)) spin_unlock(&a); }`,
  ],
  [
    'a trylock with softirqs on counts as enabled',
    'if (spin_trylock(&a)) spin_unlock(&a); timer_setup(&t, tick, 0); once();',
    STATE,
    `${SOFT} { spin_lock(&a); spin_unlock(&a); }`,
  ],
  [
    'used in a hardirq, and with hardirqs on',
    'spin_lock(&a); spin_unlock(&a); iw = IRQ_WORK_INIT_HARD(tick); hard();',
    STATE,
    `${HARD} { spin_lock(&a); spin_unlock(&a); }`,
  ],
  [
    'with hardirqs off it is fine',
    'unsigned long f; spin_lock_irqsave(&a, f); spin_unlock_irqrestore(&a, f); iw = IRQ_WORK_INIT_HARD(tick); hard();',
    null,
    `${HARD} { raw_spin_lock(&raw); raw_spin_unlock(&raw); }`,
  ],
  [
    'readers against readers are fine',
    'read_lock(&rw); read_unlock(&rw); timer_setup(&t, tick, 0); once();',
    null,
    `${SOFT} { read_lock(&rw); read_unlock(&rw); }`,
  ],
  [
    'a reader in a softirq against a writer with softirqs on',
    'write_lock(&rw); write_unlock(&rw); timer_setup(&t, tick, 0); once();',
    STATE,
    `${SOFT} { read_lock(&rw); read_unlock(&rw); }`,
  ],
  [
    'when interrupts come on, what is held is marked',
    'spin_lock_irq(&a); spin_lock(&b); spin_unlock_irq(&b); spin_unlock(&a); timer_setup(&t, tick, 0); once();',
    STATE,
    `${SOFT} { spin_lock(&a); spin_unlock(&a); }`,
  ],
  [
    'when bottom halves come on, too',
    'local_bh_disable(); spin_lock(&a); local_bh_enable(); spin_unlock(&a); timer_setup(&t, tick, 0); once();',
    STATE,
    `${SOFT} { spin_lock(&a); spin_unlock(&a); }`,
  ],
  [
    'inversion: what a softirq takes leads to what is taken with softirqs on',
    'timer_setup(&t, tick, 0); once(); spin_lock_bh(&a); spin_lock(&b); spin_unlock(&b); spin_unlock_bh(&a); spin_lock(&b); spin_unlock(&b);',
    /^report irq-inversion/,
    `${SOFT} { spin_lock(&a); spin_unlock(&a); }`,
  ],
  [
    'safe before unsafe: the order itself',
    'timer_setup(&t, tick, 0); once(); spin_lock(&b); spin_unlock(&b); spin_lock_bh(&a); spin_lock(&b); spin_unlock(&b); spin_unlock_bh(&a);',
    /^report irq-lock-order/,
    `${SOFT} { spin_lock(&a); spin_unlock(&a); }`,
  ],
];

const WAITS: readonly Row[] = [
  [
    'a mutex in a spinlock',
    'spin_lock(&a); mutex_lock(&m); mutex_unlock(&m); spin_unlock(&a);',
    /^report sleeping-in-atomic/,
  ],
  ['a spinlock in a mutex', 'mutex_lock(&m); spin_lock(&a); spin_unlock(&a); mutex_unlock(&m);', null],
  ['a spinlock in a raw one', 'raw_spin_lock(&raw); spin_lock(&a); spin_unlock(&a); raw_spin_unlock(&raw);', WAIT],
  ['a raw one in a spinlock', 'spin_lock(&a); raw_spin_lock(&raw); raw_spin_unlock(&raw); spin_unlock(&a);', null],
  ['an rwlock in a raw one', 'raw_spin_lock(&raw); read_lock(&rw); read_unlock(&rw); raw_spin_unlock(&raw);', WAIT],
  [
    'a trylock is not checked',
    'raw_spin_lock(&raw); if (spin_trylock(&a)) spin_unlock(&a); raw_spin_unlock(&raw);',
    null,
  ],
  [
    'an RCU reader in a raw one: anything may be around it',
    'raw_spin_lock(&raw); rcu_read_lock(); rcu_read_unlock(); raw_spin_unlock(&raw);',
    null,
  ],
  ['a spinlock in an RCU reader', 'rcu_read_lock(); spin_lock(&a); spin_unlock(&a); rcu_read_unlock();', null],
  [
    'a mutex in an RCU reader',
    'rcu_read_lock(); mutex_lock(&m); mutex_unlock(&m); rcu_read_unlock();',
    /^report (sleeping-in-atomic|suspicious-rcu)/,
  ],
  [
    'a spinlock in an RCU-sched reader',
    'rcu_read_lock_sched(); spin_lock(&a); spin_unlock(&a); rcu_read_unlock_sched();',
    WAIT,
  ],
  [
    'a spinlock in a hard interrupt that is never a thread',
    'iw = IRQ_WORK_INIT_HARD(tick); hard();',
    WAIT,
    `${HARD} { spin_lock(&a); spin_unlock(&a); }`,
  ],
  ['in a softirq', 'timer_setup(&t, tick, 0); once();', null, `${SOFT} { spin_lock(&a); spin_unlock(&a); }`],
  [
    'a mutex in a softirq',
    'timer_setup(&t, tick, 0); once();',
    /^report sleeping-in-atomic/,
    `${SOFT} { mutex_lock(&m); mutex_unlock(&m); }`,
  ],
];

describe('interrupt usage', () => {
  runCases(INCLUDES, cases(USAGE));
});
describe('wait types', () => {
  runCases(INCLUDES, cases(WAITS));
});
