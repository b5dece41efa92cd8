/** Fences, reservation objects and wound/wait mutexes, sentence by sentence (drivers/dma-buf, kernel/locking/ww_mutex.h): C text in, findings out. */
import { describe } from 'vitest';
import { type Case, runCases } from '../../../test/kernelCases.ts';

const INCLUDES = `#include <linux/dma-resv.h>
#include <linux/dma-fence.h>
#include <linux/dma-fence-array.h>
#include <linux/dma-fence-chain.h>
#include <linux/ww_mutex.h>
#include <linux/slab.h>
#include <linux/delay.h>
static const char *name(struct dma_fence *f) { return "test"; }
static const struct dma_fence_ops ops = { .get_driver_name = name, .get_timeline_name = name };
static DEFINE_SPINLOCK(fence_lock); static u64 seqno; static DEFINE_SPINLOCK(sl); static DEFINE_MUTEX(m);
static struct dma_fence *make(u64 context) { struct dma_fence *f = kzalloc(sizeof(*f), GFP_KERNEL | __GFP_NOFAIL); dma_fence_init(f, &ops, &fence_lock, context, ++seqno); return f; }
static struct dma_resv r, s;
static void ready(void) { dma_resv_init(&r); dma_resv_init(&s); }
static DEFINE_WD_CLASS(one_class); static DEFINE_WD_CLASS(other_class);
static struct ww_mutex a, b, c; static struct ww_acquire_ctx t, u;
static void locks(void) { ww_mutex_init(&a, &one_class); ww_mutex_init(&b, &one_class); ww_mutex_init(&c, &other_class); }
`;

type Row = readonly [
  sentence: string,
  body: string,
  expected: string | RegExp,
  extra?: string,
  choose?: readonly string[],
];

function cases(rows: readonly Row[]): readonly Case[] {
  return rows.map(([name, body, expected, extra, choose]) => ({
    name,
    text: `${extra ?? ''} int test(void) { ${body} }`,
    ...(choose === undefined ? {} : { run: { choose } }),
    ...(typeof expected === 'string' ? { value: expected } : { findings: [expected] }),
  }));
}

const MISUSE = /^report ww-misuse/;

const RESV: readonly Row[] = [
  [
    'KERNEL < WRITE < READ < BOOKKEEP',
    'return DMA_RESV_USAGE_KERNEL < DMA_RESV_USAGE_WRITE && DMA_RESV_USAGE_WRITE < DMA_RESV_USAGE_READ && DMA_RESV_USAGE_READ < DMA_RESV_USAGE_BOOKKEEP;',
    '1',
  ],
  [
    'a writer waits for readers',
    'return dma_resv_usage_rw(true) == DMA_RESV_USAGE_READ && dma_resv_usage_rw(false) == DMA_RESV_USAGE_WRITE;',
    '1',
  ],
  [
    'asking for a usage gives all up to it',
    'struct dma_fence *f = make(1); ready(); dma_resv_lock(&r, NULL); if (dma_resv_reserve_fences(&r, 1)) { dma_resv_unlock(&r); dma_fence_put(f); dma_resv_fini(&r); return 6; } dma_resv_add_fence(&r, f, DMA_RESV_USAGE_READ); dma_resv_unlock(&r); int x = dma_resv_test_signaled(&r, DMA_RESV_USAGE_WRITE) * 4 + !dma_resv_test_signaled(&r, DMA_RESV_USAGE_READ) * 2; dma_fence_signal(f); dma_fence_put(f); dma_resv_fini(&r); return x;',
    '6',
  ],
  [
    'without a context it is a normal mutex',
    'ready(); dma_resv_lock(&r, NULL); dma_resv_lock(&s, NULL); dma_resv_unlock(&s); dma_resv_unlock(&r); return 0;',
    /^report recursive-locking/,
  ],
  [
    'the same context twice',
    'ready(); ww_acquire_init(&t, &reservation_ww_class); dma_resv_lock(&r, &t); int x = dma_resv_lock(&r, &t); dma_resv_unlock(&r); ww_acquire_fini(&t); return x;',
    '-114',
  ],
  [
    'a trylock makes no order',
    'ready(); dma_resv_lock(&r, NULL); if (dma_resv_trylock(&s)) dma_resv_unlock(&s); dma_resv_unlock(&r); return 0;',
    '0',
  ],
  [
    'an interrupted lock',
    'ready(); int x = dma_resv_lock_interruptible(&r, NULL); if (!x) dma_resv_unlock(&r); return x;',
    '-4',
    '',
    ['interrupted'],
  ],
  [
    'unlocking drops reserved slots',
    'struct dma_fence *f = make(1); ready(); dma_resv_lock(&r, NULL); if (dma_resv_reserve_fences(&r, 1)) return 0; dma_resv_unlock(&r); dma_resv_lock(&r, NULL); dma_resv_add_fence(&r, f, DMA_RESV_USAGE_READ); dma_resv_unlock(&r); return 0;',
    /^report resv-slot-missing/,
  ],
  ['reserving wants the lock', 'ready(); return dma_resv_reserve_fences(&r, 1);', /^report lock-assertion/],
  [
    'reserving none',
    'ready(); dma_resv_lock(&r, NULL); int x = dma_resv_reserve_fences(&r, 0); dma_resv_unlock(&r); return x;',
    /^report warn-on/,
  ],
  [
    'reserving allocates as GFP_KERNEL: legal under the lock, not in a signalling section',
    'ready(); dma_resv_lock(&r, NULL); bool k = dma_fence_begin_signalling(); int x = dma_resv_reserve_fences(&r, 1); dma_fence_end_signalling(k); dma_resv_unlock(&r); dma_resv_fini(&r); return x;',
    /^report circular-locking/,
  ],
  [
    'a fence never reserved for',
    'struct dma_fence *f = make(1); ready(); dma_resv_lock(&r, NULL); dma_resv_add_fence(&r, f, DMA_RESV_USAGE_READ); dma_resv_unlock(&r); return 0;',
    /^(report resv-slot-missing|fault)/,
  ],
  [
    'a later one of the same context takes the slot',
    'u64 k = dma_fence_context_alloc(1); struct dma_fence *f = make(k), *g = make(k); ready(); dma_resv_lock(&r, NULL); if (!dma_resv_reserve_fences(&r, 1)) { dma_resv_add_fence(&r, f, DMA_RESV_USAGE_READ); dma_resv_add_fence(&r, g, DMA_RESV_USAGE_READ); } dma_resv_unlock(&r); dma_fence_put(f); dma_fence_put(g); dma_resv_fini(&r); return 0;',
    '0',
  ],
  [
    'waiting: 0 timed out',
    'struct dma_fence *f = make(1); ready(); dma_resv_lock(&r, NULL); if (!dma_resv_reserve_fences(&r, 1)) dma_resv_add_fence(&r, f, DMA_RESV_USAGE_READ); dma_resv_unlock(&r); dma_fence_put(f); long x = dma_resv_wait_timeout(&r, DMA_RESV_USAGE_READ, false, 10); dma_resv_fini(&r); return x;',
    '0',
    '',
    ['timeout'],
  ],
  ['waiting with no time only tests', 'ready(); return dma_resv_wait_timeout(&r, DMA_RESV_USAGE_READ, false, 0);', '1'],
  [
    'waiting: interrupted',
    'struct dma_fence *f = make(1); ready(); dma_resv_lock(&r, NULL); if (!dma_resv_reserve_fences(&r, 1)) dma_resv_add_fence(&r, f, DMA_RESV_USAGE_READ); dma_resv_unlock(&r); dma_fence_put(f); long x = dma_resv_wait_timeout(&r, DMA_RESV_USAGE_READ, true, 10); dma_resv_fini(&r); return x;',
    '-512',
    '',
    ['ends => interrupted'],
  ],
  [
    'an iteration without the lock is in a reader: no sleep',
    'struct dma_resv_iter k; struct dma_fence *f; ready(); dma_resv_iter_begin(&k, &r, DMA_RESV_USAGE_READ); dma_resv_for_each_fence_unlocked(&k, f) { } dma_resv_iter_end(&k); return 0;',
    '0',
  ],
  [
    'an array or chain is not added as one',
    'struct dma_fence *f = make(1); struct dma_fence **all = kmalloc_array(1, sizeof(*all), GFP_KERNEL | __GFP_NOFAIL); struct dma_fence_array *x; all[0] = f; x = dma_fence_array_create(1, all, 2, 1, false); if (!x) return 0; ready(); dma_resv_lock(&r, NULL); if (!dma_resv_reserve_fences(&r, 1)) dma_resv_add_fence(&r, &x->base, DMA_RESV_USAGE_READ); dma_resv_unlock(&r); return 0;',
    /^report (resv-fence-container|warn-on)/,
  ],
];

const FENCE: readonly Row[] = [
  [
    'signalling twice',
    'struct dma_fence *f = make(1); dma_fence_signal(f); int x = dma_fence_signal(f); dma_fence_put(f); return x;',
    '-22',
  ],
  [
    'a callback on a signalled one',
    'struct dma_fence *f = make(1); struct dma_fence_cb k; dma_fence_signal(f); int x = dma_fence_add_callback(f, &k, done); dma_fence_put(f); return x;',
    '-2',
    'static void done(struct dma_fence *f, struct dma_fence_cb *cb) { }',
  ],
  [
    'a callback runs under the lock of the fence',
    'struct dma_fence *f = make(1); struct dma_fence_cb k; dma_fence_add_callback(f, &k, done); dma_fence_signal(f); dma_fence_put(f); return 0;',
    /^report recursive-locking/,
    'static void done(struct dma_fence *f, struct dma_fence_cb *cb) { dma_fence_signal(f); }',
  ],
  [
    'and must not sleep',
    'struct dma_fence *f = make(1); struct dma_fence_cb k; dma_fence_add_callback(f, &k, done); dma_fence_signal(f); dma_fence_put(f); return 0;',
    /^report sleeping-in-atomic/,
    'static void done(struct dma_fence *f, struct dma_fence_cb *cb) { mutex_lock(&m); mutex_unlock(&m); }',
  ],
  [
    'enable_signaling is under the lock',
    'struct dma_fence *f = kzalloc(sizeof(*f), GFP_KERNEL | __GFP_NOFAIL); dma_fence_init(f, &on, &fence_lock, 1, 1); dma_fence_enable_sw_signaling(f); dma_fence_signal(f); dma_fence_put(f); return 0;',
    /^report sleeping-in-atomic/,
    'static bool enable(struct dma_fence *f) { msleep(1); return true; } static const struct dma_fence_ops on = { .get_driver_name = name, .get_timeline_name = name, .enable_signaling = enable };',
  ],
  [
    'release may be called where one must not sleep',
    'struct dma_fence *f = kzalloc(sizeof(*f), GFP_KERNEL | __GFP_NOFAIL); dma_fence_init(f, &on, &fence_lock, 1, 1); dma_fence_signal(f); spin_lock(&sl); dma_fence_put(f); spin_unlock(&sl); return 0;',
    /^report sleeping-in-atomic/,
    'static void gone(struct dma_fence *f) { msleep(1); kfree(f); } static const struct dma_fence_ops on = { .get_driver_name = name, .get_timeline_name = name, .release = gone };',
  ],
  ['put of NULL and get of NULL', 'dma_fence_put(NULL); return dma_fence_get(NULL) == NULL;', '1'],
  ['a cookie pairs', 'bool k = dma_fence_begin_signalling(); dma_fence_end_signalling(k); return 0;', '0'],
  [
    'a section that is not ended',
    'bool k = dma_fence_begin_signalling(); bool l = dma_fence_begin_signalling(); dma_fence_end_signalling(l); dma_fence_end_signalling(k); return 0;',
    '0',
  ],
  [
    'in atomic context it takes nothing',
    'spin_lock(&sl); bool k = dma_fence_begin_signalling(); dma_fence_end_signalling(k); spin_unlock(&sl); return k;',
    '1',
  ],
  [
    'the path to a signal must not take a reservation lock',
    'ready(); bool k = dma_fence_begin_signalling(); dma_resv_lock(&r, NULL); dma_resv_unlock(&r); dma_fence_end_signalling(k); return 0;',
    /^report circular-locking/,
  ],
  [
    'nor allocate with reclaim',
    'bool k = dma_fence_begin_signalling(); kfree(kmalloc(8, GFP_NOIO)); dma_fence_end_signalling(k); return 0;',
    /^report circular-locking/,
  ],
  [
    'but as GFP_NOWAIT',
    'bool k = dma_fence_begin_signalling(); kfree(kmalloc(8, GFP_NOWAIT)); dma_fence_end_signalling(k); return 0;',
    '0',
  ],
];

const CONTEXT = 'locks(); ww_acquire_init(&t, &one_class);';
const WW: readonly Row[] = [
  [
    'two live contexts of one class',
    `${CONTEXT} ww_acquire_init(&u, &one_class); return 0;`,
    /^report recursive-locking/,
  ],
  [
    'of two classes',
    `${CONTEXT} ww_acquire_init(&u, &other_class); ww_acquire_fini(&u); ww_acquire_fini(&t); return 0;`,
    '0',
  ],
  [
    'a lock after done',
    `${CONTEXT} ww_acquire_done(&t); ww_mutex_lock(&a, &t); ww_mutex_unlock(&a); ww_acquire_fini(&t); return 0;`,
    MISUSE,
  ],
  ['done twice', `${CONTEXT} ww_acquire_done(&t); ww_acquire_done(&t); ww_acquire_fini(&t); return 0;`, MISUSE],
  [
    'fini with locks',
    `${CONTEXT} ww_mutex_lock(&a, &t); ww_acquire_fini(&t); ww_mutex_unlock(&a); return 0;`,
    /^report (ww-misuse|nest-lock-not-held)/,
  ],
  [
    'the slow path without -EDEADLK',
    `${CONTEXT} ww_mutex_lock_slow(&a, &t); ww_mutex_unlock(&a); ww_acquire_fini(&t); return 0;`,
    MISUSE,
  ],
  [
    'after -EDEADLK the contended one first',
    `${CONTEXT} int x; if (ww_mutex_lock(&a, &t)) return 1; x = ww_mutex_lock(&b, &t); if (x == -EDEADLK) { ww_mutex_unlock(&a); ww_mutex_lock_slow(&b, &t); x = 0; } else ww_mutex_unlock(&a); ww_mutex_unlock(&b); ww_acquire_fini(&t); return x;`,
    '0',
    '',
    ['back off'],
  ],
  [
    'not another',
    `${CONTEXT} int x; if (ww_mutex_lock(&a, &t)) return 1; x = ww_mutex_lock(&b, &t); if (x == -EDEADLK) { ww_mutex_unlock(&a); ww_mutex_lock_slow(&a, &t); } ww_mutex_unlock(&a); ww_acquire_fini(&t); return 0;`,
    MISUSE,
    '',
    ['back off'],
  ],
  [
    'and with nothing held',
    `${CONTEXT} int x; if (ww_mutex_lock(&a, &t)) return 1; x = ww_mutex_lock(&b, &t); if (x == -EDEADLK) ww_mutex_lock_slow(&b, &t); ww_mutex_unlock(&b); ww_mutex_unlock(&a); ww_acquire_fini(&t); return 0;`,
    MISUSE,
    '',
    ['back off'],
  ],
  [
    'a lock of another class than its context',
    `${CONTEXT} ww_mutex_lock(&c, &t); ww_mutex_unlock(&c); ww_acquire_fini(&t); return 0;`,
    MISUSE,
  ],
  [
    'a lock that still carries a context',
    `${CONTEXT} ww_mutex_lock(&a, &t); mutex_unlock(&a.base); ww_acquire_fini(&t); ww_acquire_init(&u, &one_class); ww_mutex_lock(&a, &u); ww_mutex_unlock(&a); ww_acquire_fini(&u); return 0;`,
    MISUSE,
  ],
  [
    'locked with a context: merged in the stack',
    `${CONTEXT} ww_mutex_lock(&a, &t); ww_mutex_lock(&b, &t); ww_mutex_unlock(&a); ww_mutex_unlock(&b); ww_acquire_fini(&t); return 0;`,
    '0',
  ],
];

/** First and second lock of one class: by context, blocking without one, by trylock. */
const HOW = {
  context: 'ww_mutex_lock(&L, &t)',
  block: 'ww_mutex_lock(&L, NULL)',
  try: '!ww_mutex_trylock(&L, NULL)',
} as const;
const FAILS: ReadonlySet<string> = new Set([
  'context block',
  'try block',
  'try context',
  'block block',
  'block context',
]);
const PAIRS: readonly Row[] = (['context', 'block', 'try'] as const).flatMap((first) =>
  (['context', 'block', 'try'] as const).map((second): Row => {
    const take = (how: keyof typeof HOW, lock: string) => `if (${HOW[how].replace('L', lock)}) return 1;`;
    // A context that begins after the first lock does not cover it.
    const init = 'ww_acquire_init(&t, &one_class);';
    const [before, after] = first === 'context' || second !== 'context' ? [init, ''] : ['', init];
    const body = `locks(); ${before} ${take(first, 'a')} ${after} ${take(second, 'b')} ww_mutex_unlock(&b); ww_mutex_unlock(&a); ww_acquire_fini(&t); return 0;`;
    const name = `${first} x ${second}`;
    return [name, body, FAILS.has(`${first} ${second}`) ? /^report recursive-locking/ : '0'];
  }),
);

describe('reservation objects', () => {
  runCases(INCLUDES, cases(RESV));
});
describe('fences', () => {
  runCases(INCLUDES, cases(FENCE));
});
describe('wound/wait mutexes', () => {
  runCases(INCLUDES, cases(WW));
});
describe('two locks of one ww class', () => {
  runCases(INCLUDES, cases(PAIRS));
});
