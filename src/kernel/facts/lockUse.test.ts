/** Each kind of lock used right and used wrong. C text in, findings out. */
import { describe } from 'vitest';
import { runUses, type Use } from '../../../test/kernelUses.ts';

const ROWS: readonly Use[] = [
  ['local_lock ok', 'int test(void) { local_lock(&ll); val++; local_unlock(&ll); return 0; }', null],
  [
    'local_lock sleeps',
    'int test(void) { local_lock(&ll); val++; msleep(1); local_unlock(&ll); return 0; }',
    /report sleeping/,
  ],
  [
    'local_lock twice',
    'int test(void) { local_lock(&ll); local_lock(&ll); local_unlock(&ll); local_unlock(&ll); return 0; }',
    /report recursive/,
  ],
  ['local_lock unbalanced', 'int test(void) { local_unlock(&ll); return 0; }', /report bad-unlock/],
  [
    'local_lock_irqsave ok',
    'int test(void) { unsigned long f; local_lock_irqsave(&ll, f); val++; local_unlock_irqrestore(&ll, f); msleep(1); return 0; }',
    null,
  ],
  [
    'local_lock_irq sleeps',
    'int test(void) { local_lock_irq(&ll); msleep(1); local_unlock_irq(&ll); return 0; }',
    /sleeping/,
  ],
  [
    'local_lock under raw',
    'int test(void) { raw_spin_lock(&raw); local_lock(&ll); local_unlock(&ll); raw_spin_unlock(&raw); return 0; }',
    /invalid-wait/,
  ],
  [
    'percpu rwsem ok',
    'int test(void) { percpu_down_read(&prw); percpu_up_read(&prw); percpu_down_write(&prw); msleep(1); percpu_up_write(&prw); return 0; }',
    null,
  ],
  [
    'percpu rwsem under spin',
    'int test(void) { spin_lock(&sl); percpu_down_read(&prw); percpu_up_read(&prw); spin_unlock(&sl); return 0; }',
    /report sleeping/,
  ],
  [
    'percpu rwsem read then write',
    'int test(void) { percpu_down_read(&prw); percpu_down_write(&prw); percpu_up_write(&prw); percpu_up_read(&prw); return 0; }',
    /report recursive/,
  ],
  [
    'percpu rwsem order',
    'int test(void) { percpu_down_read(&prw); mutex_lock(&m); mutex_unlock(&m); percpu_up_read(&prw); mutex_lock(&m); percpu_down_write(&prw); percpu_up_write(&prw); mutex_unlock(&m); return 0; }',
    /circular/,
  ],
  ['percpu rwsem unbalanced', 'int test(void) { percpu_up_write(&prw); return 0; }', /bad-unlock/],
  [
    'percpu rwsem wrong mode',
    'int test(void) { percpu_down_read(&prw); percpu_up_write(&prw); return 0; }',
    /lock-assertion/,
  ],
  [
    'percpu alloc ok',
    'int test(void) { struct percpu_rw_semaphore s; if (percpu_init_rwsem(&s)) return -1; percpu_down_read(&s); percpu_up_read(&s); percpu_free_rwsem(&s); return 0; }',
    null,
  ],
  ['percpu trylock ok', 'int test(void) { if (percpu_down_read_trylock(&prw)) percpu_up_read(&prw); return 0; }', null],
  [
    'bit spinlock ok',
    'int test(void) { bit_spin_lock(3, &bits); val++; bit_spin_unlock(3, &bits); msleep(1); return 0; }',
    null,
  ],
  [
    'bit spinlock sleeps',
    'int test(void) { bit_spin_lock(3, &bits); mutex_lock(&m); mutex_unlock(&m); bit_spin_unlock(3, &bits); return 0; }',
    /report sleeping/,
  ],
  [
    'bit spinlock unlock of clear bit',
    'int test(void) { bit_spin_unlock(3, &bits); return 0; }',
    /irq-state-imbalance/,
  ],
  [
    'bit spinlock twice: stuck',
    'int test(void) { bit_spin_lock(3, &bits); bit_spin_lock(3, &bits); return 0; }',
    /report deadlock/,
  ],
  [
    'bit spinlock try ok',
    'int test(void) { if (bit_spin_trylock(3, &bits)) bit_spin_unlock(3, &bits); return 0; }',
    null,
  ],
  [
    'seqlock ok',
    'int test(void) { unsigned s; int v; write_seqlock(&sq); val = 1; write_sequnlock(&sq); do { s = read_seqbegin(&sq); v = val; } while (read_seqretry(&sq, s)); return v; }',
    null,
  ],
  [
    'seqlock write sleeps',
    'int test(void) { write_seqlock(&sq); kfree(kmalloc(8, GFP_KERNEL)); write_sequnlock(&sq); return 0; }',
    /report sleeping/,
  ],
  [
    'seqlock write inside write',
    'int test(void) { write_seqlock(&sq); write_seqlock(&sq); write_sequnlock(&sq); write_sequnlock(&sq); return 0; }',
    /recursive-locking/,
  ],
  ['seqlock unbalanced', 'int test(void) { write_sequnlock(&sq); return 0; }', /bad-unlock/],
  [
    'seqlock read inside write: never ends',
    'int test(void) { unsigned s; write_seqlock(&sq); do { s = read_seqbegin(&sq); } while (read_seqretry(&sq, s)); write_sequnlock(&sq); return 0; }',
    /recursive-locking/,
  ],
  [
    'seqlock read_seqlock_excl ok',
    'int test(void) { read_seqlock_excl(&sq); val++; read_sequnlock_excl(&sq); return 0; }',
    null,
  ],
  [
    'seqcount with mutex ok',
    'static seqcount_mutex_t sc = SEQCNT_MUTEX_ZERO(sc, &m); int test(void) { mutex_lock(&m); write_seqcount_begin(&sc); val++; write_seqcount_end(&sc); mutex_unlock(&m); return 0; }',
    null,
  ],
  [
    'seqcount with mutex not held',
    'static seqcount_mutex_t sc = SEQCNT_MUTEX_ZERO(sc, &m); int test(void) { write_seqcount_begin(&sc); val++; write_seqcount_end(&sc); return 0; }',
    /assert/,
  ],
  [
    'seqcount write with preemption on',
    'static seqcount_t sc = SEQCNT_ZERO(sc); int test(void) { write_seqcount_begin(&sc); msleep(1); write_seqcount_end(&sc); return 0; }',
    /assert/,
  ],
  ['rt_mutex ok', 'int test(void) { rt_mutex_lock(&rt); msleep(1); rt_mutex_unlock(&rt); return 0; }', null],
  [
    'rt_mutex spin',
    'int test(void) { spin_lock(&sl); rt_mutex_lock(&rt); rt_mutex_unlock(&rt); spin_unlock(&sl); return 0; }',
    /report sleeping/,
  ],
  ['rt_mutex unlock', 'int test(void) { rt_mutex_unlock(&rt); return 0; }', /report bad-unlock/],
  [
    'rt_mutex abba',
    'int test(void) { rt_mutex_lock(&rt); mutex_lock(&m); mutex_unlock(&m); rt_mutex_unlock(&rt); mutex_lock(&m); rt_mutex_lock(&rt); rt_mutex_unlock(&rt); mutex_unlock(&m); return 0; }',
    /circular/,
  ],
  [
    'rt_mutex interruptible fails',
    'int test(void) { int r = rt_mutex_lock_interruptible(&rt); if (r) return r; rt_mutex_unlock(&rt); return 0; }',
    null,
  ],
  [
    'rt_mutex interruptible fails 2',
    'int test(void) { int r = rt_mutex_lock_interruptible(&rt); if (r) return r; rt_mutex_unlock(&rt); return 0; }',
    '-4',
    ['interrupted'],
  ],
  [
    'srcu ok',
    'int test(void) { int i = srcu_read_lock(&srcu); msleep(1); srcu_read_unlock(&srcu, i); synchronize_srcu(&srcu); return 0; }',
    null,
  ],
  [
    'srcu sync under reader',
    'int test(void) { int i = srcu_read_lock(&srcu); synchronize_srcu(&srcu); srcu_read_unlock(&srcu, i); return 0; }',
    /report/,
  ],
  [
    'srcu sync in lock that reader takes',
    'int test(void) { int i = srcu_read_lock(&srcu); mutex_lock(&m); mutex_unlock(&m); srcu_read_unlock(&srcu, i); mutex_lock(&m); synchronize_srcu(&srcu); mutex_unlock(&m); return 0; }',
    /circular/,
  ],
  [
    'srcu wrong index',
    'int test(void) { int i = srcu_read_lock(&srcu); srcu_read_unlock(&srcu, i + 5); return 0; }',
    /suspicious-rcu: .*index 5/,
  ],
  ['srcu unbalanced', 'int test(void) { srcu_read_unlock(&srcu, 0); return 0; }', /bad-unlock/],
  [
    'srcu deref outside',
    'static int __rcu *p; int test(void) { return srcu_dereference(p, &srcu) != NULL; }',
    /suspicious/,
  ],
  [
    'srcu deref inside',
    'static int __rcu *p; int test(void) { int i = srcu_read_lock(&srcu); int *q = srcu_dereference(p, &srcu); int r = q != NULL; srcu_read_unlock(&srcu, i); return r; }',
    null,
  ],
  [
    'srcu init cleanup ok',
    'int test(void) { struct srcu_struct s; if (init_srcu_struct(&s)) return 0; int i = srcu_read_lock(&s); srcu_read_unlock(&s, i); cleanup_srcu_struct(&s); return 0; }',
    null,
  ],
  [
    'srcu cleanup with a reader',
    'int test(void) { struct srcu_struct s; if (init_srcu_struct(&s)) return 0; int i = srcu_read_lock(&s); cleanup_srcu_struct(&s); return i; }',
    /suspicious-rcu: .*cleaned up/,
  ],
  [
    'srcu never cleaned',
    'int test(void) { struct srcu_struct s; if (init_srcu_struct(&s)) return 0; return 0; }',
    'leak',
  ],
  ['downgrade ok', 'int test(void) { down_write(&sem); downgrade_write(&sem); up_read(&sem); return 0; }', null],
  [
    'downgrade of reader',
    'int test(void) { down_read(&sem); downgrade_write(&sem); up_read(&sem); return 0; }',
    /lock-assertion/,
  ],
  [
    'downgrade then up_write',
    'int test(void) { down_write(&sem); downgrade_write(&sem); up_write(&sem); return 0; }',
    /lock-assertion/,
  ],
  ['up_read of writer', 'int test(void) { down_write(&sem); up_read(&sem); return 0; }', /lock-assertion/],
  ['up_write of reader', 'int test(void) { down_read(&sem); up_write(&sem); return 0; }', /lock-assertion/],
  ['downgrade of nothing', 'int test(void) { downgrade_write(&sem); return 0; }', /bad-unlock/],
  [
    'semaphore ok',
    'static DEFINE_SEMAPHORE(se, 1); int test(void) { down(&se); up(&se); if (down_interruptible(&se)) return -EINTR; up(&se); return down_trylock(&se) ? 0 : (up(&se), 0); }',
    null,
  ],
  [
    'semaphore under spin',
    'static DEFINE_SEMAPHORE(se, 1); int test(void) { spin_lock(&sl); down(&se); up(&se); spin_unlock(&sl); return 0; }',
    /sleeping/,
  ],
  [
    'seq spinlock ok',
    'struct o { spinlock_t l; seqcount_spinlock_t s; }; int test(void) { static struct o o; unsigned q; int v; spin_lock_init(&o.l); seqcount_spinlock_init(&o.s, &o.l); spin_lock(&o.l); write_seqcount_begin(&o.s); val++; write_seqcount_end(&o.s); spin_unlock(&o.l); do { q = read_seqcount_begin(&o.s); v = val; } while (read_seqcount_retry(&o.s, q)); return v - 1; }',
    null,
  ],
  [
    'seq spinlock not held',
    'struct o { spinlock_t l; seqcount_spinlock_t s; }; int test(void) { static struct o o; spin_lock_init(&o.l); seqcount_spinlock_init(&o.s, &o.l); write_seqcount_begin(&o.s); val++; write_seqcount_end(&o.s); return 0; }',
    /assert/,
  ],
  [
    'seq from outside',
    'struct o { struct mutex l; seqcount_mutex_t s; }; int test(struct o *o) { unsigned q; int v; do { q = read_seqcount_begin(&o->s); v = val; } while (read_seqcount_retry(&o->s, q)); return v; }',
    null,
  ],
  [
    'seq mutex sleeps',
    'struct o { struct mutex l; seqcount_mutex_t s; }; int test(struct o *o) { seqcount_mutex_init(&o->s, &o->l); mutex_lock(&o->l); write_seqcount_begin(&o->s); msleep(1); write_seqcount_end(&o->s); mutex_unlock(&o->l); return 0; }',
    /sleeping/,
  ],
  [
    'seq plain const',
    'int test(const seqcount_t *s) { unsigned q; do { q = read_seqcount_begin(s); } while (read_seqcount_retry(s, q)); return 0; }',
    null,
  ],
  [
    'seq plain under spin',
    'int test(seqcount_t *s) { spin_lock(&sl); write_seqcount_begin(s); val++; write_seqcount_end(s); spin_unlock(&sl); msleep(1); return 0; }',
    null,
  ],
];

describe('locks, used right and wrong', () => {
  runUses(ROWS);
});
