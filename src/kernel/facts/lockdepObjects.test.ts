/** Lock classes, acquires and releases, sentence by sentence (kernel/locking/lockdep.c): C text in, findings out. */
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
`;

const RECURSIVE = /^report recursive-locking/;
const CIRCLE = /^report circular-locking/;

type Row = readonly [sentence: string, body: string, finding: RegExp | null, before?: string];

/** Rows whose body is that of `test()`. */
function cases(rows: readonly Row[]): readonly Case[] {
  return rows.map(([name, body, finding, before]) => ({
    name,
    text: `${before ?? ''} int test(void) { ${body} return 0; }`,
    ...(finding === null ? { value: '0' } : { findings: [finding] }),
  }));
}

const OBJECTS: readonly Row[] = [
  [
    'locks initialised by one line share a class',
    'for (int i = 0; i < 2; i++) mutex_init(&two[i]); mutex_lock(&two[0]); mutex_lock(&two[1]); mutex_unlock(&two[1]); mutex_unlock(&two[0]);',
    RECURSIVE,
  ],
  [
    'initialised by two lines they are of two classes',
    'mutex_init(&two[0]); mutex_init(&two[1]); mutex_lock(&two[0]); mutex_lock(&two[1]); mutex_unlock(&two[1]); mutex_unlock(&two[0]);',
    null,
  ],
  ['a static lock is a class of its own', 'mutex_lock(&m); mutex_lock(&n); mutex_unlock(&n); mutex_unlock(&m);', null],
  [
    'lockdep_set_class overrides',
    'for (int i = 0; i < 2; i++) mutex_init(&two[i]); lockdep_set_class(&two[1], &key); mutex_lock(&two[0]); mutex_lock(&two[1]); mutex_unlock(&two[1]); mutex_unlock(&two[0]);',
    null,
  ],
  [
    'subclasses 0 to 7 are classes',
    'for (int i = 0; i < 2; i++) mutex_init(&two[i]); mutex_lock(&two[0]); mutex_lock_nested(&two[1], 7); mutex_unlock(&two[1]); mutex_unlock(&two[0]);',
    null,
  ],
  [
    'a key in memory that nobody registered',
    'struct lock_class_key *k = kzalloc(sizeof(*k), GFP_KERNEL | __GFP_NOFAIL); mutex_init(&two[0]); lockdep_set_class(&two[0], k); mutex_lock(&two[0]); mutex_unlock(&two[0]); kfree(k);',
    /^report static-key-missing/,
  ],
  [
    'registered it is one',
    'struct lock_class_key *k = kzalloc(sizeof(*k), GFP_KERNEL | __GFP_NOFAIL); lockdep_register_key(k); mutex_init(&two[0]); lockdep_set_class(&two[0], k); mutex_lock(&two[0]); mutex_unlock(&two[0]); lockdep_unregister_key(k); kfree(k);',
    null,
  ],
  ['down_read is not recursive', 'down_read(&sem); down_read(&sem); up_read(&sem); up_read(&sem);', RECURSIVE],
  [
    'nor is percpu_down_read',
    'percpu_down_read(&percpu); percpu_down_read(&percpu); percpu_up_read(&percpu); percpu_up_read(&percpu);',
    RECURSIVE,
  ],
  [
    'read_lock is queued in a task: not recursive',
    'read_lock(&rw); read_lock(&rw); read_unlock(&rw); read_unlock(&rw);',
    RECURSIVE,
  ],
  [
    'with bottom halves off it is',
    'local_bh_disable(); read_lock(&rw); read_lock(&rw); read_unlock(&rw); read_unlock(&rw); local_bh_enable();',
    null,
  ],
  ['rcu_read_lock is', 'rcu_read_lock(); rcu_read_lock(); rcu_read_unlock(); rcu_read_unlock();', null],
  [
    'srcu_read_lock is',
    'int i = srcu_read_lock(&srcu), j = srcu_read_lock(&srcu); srcu_read_unlock(&srcu, j); srcu_read_unlock(&srcu, i);',
    null,
  ],
  [
    'down_write, write_lock, mutexes and spinlocks are exclusive',
    'write_lock(&rw); read_lock(&rw); read_unlock(&rw); write_unlock(&rw);',
    RECURSIVE,
  ],
  ['rt_mutex', 'rt_mutex_lock(&rt); rt_mutex_lock(&rt); rt_mutex_unlock(&rt);', RECURSIVE],
  [
    'lock_map_acquire is exclusive',
    'static struct lockdep_map map; lockdep_init_map(&map, "map", &key, 0); lock_map_acquire(&map); lock_map_acquire(&map); lock_map_release(&map); lock_map_release(&map);',
    RECURSIVE,
  ],
  [
    'lock_map_acquire_read is recursive',
    'static struct lockdep_map map; lockdep_init_map(&map, "map", &key, 0); lock_map_acquire_read(&map); lock_map_acquire_read(&map); lock_map_release(&map); lock_map_release(&map);',
    null,
  ],
  [
    'lock_map_acquire_try makes no order',
    'static struct lockdep_map map; lockdep_init_map(&map, "map", &key, 0); mutex_lock(&m); lock_map_acquire_try(&map); lock_map_release(&map); mutex_unlock(&m); lock_map_acquire(&map); mutex_lock(&m); mutex_unlock(&m); lock_map_release(&map);',
    null,
  ],
  [
    'after the first report the tool goes on',
    'mutex_lock(&m); mutex_lock(&n); mutex_unlock(&n); mutex_unlock(&m); mutex_lock(&n); mutex_lock(&m); mutex_unlock(&m); mutex_unlock(&n); mutex_unlock(&o);',
    /^report bad-unlock-balance/,
  ],
];

const ACQUIRE: readonly Row[] = [
  [
    'a class without validation orders nothing',
    'lockdep_set_novalidate_class(&m); mutex_lock(&m); mutex_lock(&n); mutex_unlock(&n); mutex_unlock(&m); mutex_lock(&n); mutex_lock(&m); mutex_unlock(&m); mutex_unlock(&n);',
    null,
  ],
  ['but is held', 'lockdep_set_novalidate_class(&m); lockdep_assert_held(&m);', /^report lock-assertion/],
  [
    'a class without tracking is as if it were not there',
    'lockdep_set_notrack_class(&m); mutex_lock(&m); mutex_lock(&n); mutex_unlock(&n); mutex_unlock(&m); mutex_lock(&n); mutex_lock(&m); mutex_unlock(&m); mutex_unlock(&n);',
    null,
  ],
  [
    'under a nest lock those of one class merge',
    'for (int i = 0; i < 2; i++) mutex_init(&two[i]); mutex_lock(&m); mutex_lock_nest_lock(&two[0], &m); mutex_lock_nest_lock(&two[1], &m); mutex_unlock(&two[0]); mutex_unlock(&two[1]); mutex_unlock(&m);',
    null,
  ],
  [
    'done while references are left',
    'for (int i = 0; i < 2; i++) mutex_init(&two[i]); mutex_lock(&m); mutex_lock_nest_lock(&two[0], &m); mutex_lock_nest_lock(&two[1], &m); mutex_unlock(&two[0]); lockdep_assert_held(&two[1]); mutex_unlock(&two[1]); mutex_unlock(&m);',
    null,
  ],
  [
    'the nest lock must be held',
    'mutex_init(&two[0]); mutex_lock_nest_lock(&two[0], &m); mutex_unlock(&two[0]);',
    /^report nest-lock-not-held/,
  ],
  [
    'and stay held: what is above it is taken again',
    'mutex_init(&two[0]); mutex_lock(&m); mutex_lock_nest_lock(&two[0], &m); mutex_unlock(&m); mutex_unlock(&two[0]);',
    /^report nest-lock-not-held/,
  ],
  [
    'a recursive reader under any reader is fine',
    'local_bh_disable(); read_lock(&rw); read_lock(&rw); read_unlock(&rw); read_unlock(&rw); local_bh_enable();',
    null,
  ],
  [
    'a comparison function orders instances',
    'for (int i = 0; i < 2; i++) { mutex_init(&two[i]); lock_set_cmp_fn(&two[i], by_address, NULL); } mutex_lock(&two[0]); mutex_lock(&two[1]); mutex_unlock(&two[1]); mutex_unlock(&two[0]);',
    null,
    'static int by_address(const struct lockdep_map *x, const struct lockdep_map *y) { return x < y ? -1 : 1; }',
  ],
  [
    'against it is recursion',
    'for (int i = 0; i < 2; i++) { mutex_init(&two[i]); lock_set_cmp_fn(&two[i], by_address, NULL); } mutex_lock(&two[1]); mutex_lock(&two[0]); mutex_unlock(&two[0]); mutex_unlock(&two[1]);',
    RECURSIVE,
    'static int by_address(const struct lockdep_map *x, const struct lockdep_map *y) { return x < y ? -1 : 1; }',
  ],
  [
    'a nest lock below allows it and orders nothing',
    'for (int i = 0; i < 2; i++) mutex_init(&two[i]); mutex_lock(&m); mutex_lock(&two[0]); mutex_lock(&n); mutex_lock_nest_lock(&two[1], &m); mutex_unlock(&two[1]); mutex_unlock(&n); mutex_unlock(&two[0]); mutex_unlock(&m);',
    null,
  ],
  [
    'a trylock is ordered to nothing',
    'mutex_lock(&m); if (mutex_trylock(&n)) mutex_unlock(&n); mutex_unlock(&m); mutex_lock(&n); mutex_lock(&m); mutex_unlock(&m); mutex_unlock(&n);',
    null,
  ],
  [
    'what is taken under a trylock is',
    'if (mutex_trylock(&n)) { mutex_lock(&m); mutex_unlock(&m); mutex_unlock(&n); } mutex_lock(&m); mutex_lock(&n); mutex_unlock(&n); mutex_unlock(&m);',
    CIRCLE,
  ],
  [
    'and to what is below the trylock as well',
    'mutex_lock(&o); if (mutex_trylock(&n)) { mutex_lock(&m); mutex_unlock(&m); mutex_unlock(&n); } mutex_unlock(&o); mutex_lock(&m); mutex_lock(&o); mutex_unlock(&o); mutex_unlock(&m);',
    CIRCLE,
  ],
  [
    'the first that was waited for connects the rest',
    'mutex_lock(&o); mutex_lock(&n); mutex_lock(&m); mutex_unlock(&m); mutex_unlock(&n); mutex_unlock(&o); mutex_lock(&m); mutex_lock(&o); mutex_unlock(&o); mutex_unlock(&m);',
    CIRCLE,
  ],
];

const RELEASE: readonly Row[] = [
  ['what is not held', 'mutex_unlock(&m);', /^report bad-unlock-balance/],
  ['out of order is legal', 'mutex_lock(&m); mutex_lock(&n); mutex_unlock(&m); mutex_unlock(&n);', null],
  [
    'and may make an order',
    'mutex_lock(&o); mutex_lock(&n); mutex_lock(&m); mutex_unlock(&n); mutex_unlock(&m); mutex_unlock(&o); mutex_lock(&m); mutex_lock(&o); mutex_unlock(&o); mutex_unlock(&m);',
    CIRCLE,
  ],
  [
    'a pinned lock',
    'struct pin_cookie c; spin_lock(&a); c = lockdep_pin_lock(&a); spin_unlock(&a); (void)c;',
    /^report pinned-lock-released/,
  ],
  [
    'unpinned before',
    'struct pin_cookie c; spin_lock(&a); c = lockdep_pin_lock(&a); lockdep_unpin_lock(&a, c); spin_unlock(&a);',
    null,
  ],
  [
    'unpinning what is not pinned',
    'struct pin_cookie c = {}; spin_lock(&a); lockdep_unpin_lock(&a, c); spin_unlock(&a);',
    /^report pinned-lock-released/,
  ],
  [
    'freeing over a held lock',
    'struct mutex *x = kzalloc(sizeof(*x), GFP_KERNEL | __GFP_NOFAIL); mutex_init(x); mutex_lock(x); kfree(x);',
    /^report held-lock-freed/,
  ],
  [
    'initialising it again',
    'mutex_init(&two[0]); mutex_lock(&two[0]); mutex_init(&two[0]);',
    /^report held-lock-freed/,
  ],
  [
    'destroying a locked mutex is a warning of its own',
    'mutex_init(&two[0]); mutex_lock(&two[0]); mutex_destroy(&two[0]); mutex_unlock(&two[0]);',
    /^report mutex-misuse/,
  ],
  [
    'might_lock orders without locking',
    'mutex_lock(&m); might_lock(&n); mutex_unlock(&m); mutex_lock(&n); mutex_lock(&m); mutex_unlock(&m); mutex_unlock(&n);',
    CIRCLE,
  ],
  ['might_lock is exclusive', 'down_read(&sem); might_lock(&sem); up_read(&sem);', RECURSIVE],
  ['might_lock_nested is of the subclass', 'mutex_lock(&m); might_lock_nested(&m, 1); mutex_unlock(&m);', null],
  ['lockdep_assert_held', 'lockdep_assert_held(&m);', /^report lock-assertion/],
  [
    'lockdep_assert_held_write wants a writer',
    'down_read(&sem); lockdep_assert_held_write(&sem); up_read(&sem);',
    /^report lock-assertion/,
  ],
  [
    'lockdep_assert_held_read a reader',
    'down_write(&sem); lockdep_assert_held_read(&sem); up_write(&sem);',
    /^report lock-assertion/,
  ],
  [
    'lockdep_assert_not_held',
    'mutex_lock(&m); lockdep_assert_not_held(&m); mutex_unlock(&m);',
    /^report lock-assertion/,
  ],
  [
    'lockdep_assert_none_held_once',
    'mutex_lock(&m); lockdep_assert_none_held_once(); mutex_unlock(&m);',
    /^report lock-assertion/,
  ],
  ['lockdep_assert_irqs_disabled', 'lockdep_assert_irqs_disabled();', /^report lock-assertion/],
  [
    'lockdep_assert_irqs_enabled',
    'local_irq_disable(); lockdep_assert_irqs_enabled(); local_irq_enable();',
    /^report lock-assertion/,
  ],
  ['lockdep_assert_in_rcu_read_lock', 'lockdep_assert_in_rcu_read_lock();', /^report (lock-assertion|suspicious-rcu)/],
];

describe('classes and kinds of acquire', () => {
  runCases(INCLUDES, cases(OBJECTS));
});
describe('acquiring', () => {
  runCases(INCLUDES, cases(ACQUIRE));
});
describe('releasing and asserting', () => {
  runCases(INCLUDES, cases(RELEASE));
});
