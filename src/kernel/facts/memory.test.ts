/** Memory and containers, sentence by sentence: how each fails, what it does to its context, what is left behind. C text in, findings out. */
import { describe } from 'vitest';
import { type Case, runCases } from '../../../test/kernelCases.ts';

const INCLUDES = `#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <linux/mm.h>
#include <linux/mempool.h>
#include <linux/percpu.h>
#include <linux/percpu-refcount.h>
#include <linux/device.h>
#include <linux/kref.h>
#include <linux/refcount.h>
#include <linux/xarray.h>
#include <linux/idr.h>
#include <linux/list.h>
#include <linux/llist.h>
#include <linux/rbtree.h>
#include <linux/interval_tree.h>
#include <linux/spinlock.h>
#include <linux/err.h>
static DEFINE_SPINLOCK(sl); struct thing { int a; int b; };
`;

/** Allocators: what they give when there is no memory, as `1`. */
const FAILING: readonly (readonly [name: string, body: string, question?: string])[] = [
  ['kmalloc', 'void *p = kmalloc(8, GFP_KERNEL); int r = !p; kfree(p); return r;'],
  ['kzalloc', 'void *p = kzalloc(8, GFP_KERNEL); int r = !p; kfree(p); return r;'],
  ['kcalloc', 'void *p = kcalloc(2, 8, GFP_KERNEL); int r = !p; kfree(p); return r;'],
  ['kmalloc_array', 'void *p = kmalloc_array(2, 8, GFP_KERNEL); int r = !p; kfree(p); return r;'],
  ['krealloc', 'void *p = krealloc(NULL, 8, GFP_KERNEL); int r = !p; kfree(p); return r;'],
  ['kmemdup', 'void *p = kmemdup("x", 2, GFP_KERNEL); int r = !p; kfree(p); return r;'],
  ['kstrdup', 'char *p = kstrdup("x", GFP_KERNEL); int r = !p; kfree(p); return r;'],
  ['kasprintf', 'char *p = kasprintf(GFP_KERNEL, "%d", 3); int r = !p; kfree(p); return r;'],
  ['kmalloc_obj', 'struct thing *p = kmalloc_obj(*p); int r = !p; kfree(p); return r;', 'kmalloc'],
  ['kzalloc_obj', 'struct thing *p = kzalloc_obj(*p, GFP_NOWAIT); int r = !p; kfree(p); return r;', 'kzalloc'],
  ['kzalloc_objs', 'struct thing *p = kzalloc_objs(*p, 3); int r = !p; kfree(p); return r;', 'alloc'],
  ['kvmalloc_objs', 'struct thing *p = kvmalloc_objs(*p, 3); int r = !p; kvfree(p); return r;', 'alloc'],
  ['kvzalloc_objs', 'struct thing *p = kvzalloc_objs(*p, 3); int r = !p; kvfree(p); return r;', 'alloc'],
  ['kvmalloc', 'void *p = kvmalloc(1 << 20, GFP_KERNEL); int r = !p; kvfree(p); return r;'],
  ['kvcalloc', 'void *p = kvcalloc(2, 8, GFP_KERNEL); int r = !p; kvfree(p); return r;'],
  ['vmalloc', 'void *p = vmalloc(1 << 20); int r = !p; vfree(p); return r;'],
  ['vzalloc', 'void *p = vzalloc(1 << 20); int r = !p; vfree(p); return r;'],
  ['alloc_page', 'struct page *p = alloc_page(GFP_KERNEL); int r = !p; if (p) __free_page(p); return r;', 'alloc_page'],
  [
    '__get_free_pages',
    'unsigned long p = __get_free_pages(GFP_KERNEL, 1); int r = !p; free_pages(p, 1); return r;',
    'get_free_page',
  ],
  [
    'folio_alloc',
    'struct folio *p = folio_alloc(GFP_KERNEL, 2); int r = !p; if (p) folio_put(p); return r;',
    'folio_alloc',
  ],
  ['devm_kzalloc', 'void *p = devm_kzalloc(dev, 8, GFP_KERNEL); return !p;', 'devm_kzalloc'],
  [
    'mempool_create_kmalloc_pool',
    'mempool_t *p = mempool_create_kmalloc_pool(2, 8); int r = !p; mempool_destroy(p); return r;',
    'mempool',
  ],
  [
    'xa_store',
    'static DEFINE_XARRAY(xa); int r = xa_err(xa_store(&xa, 3, &sl, GFP_KERNEL)) == -ENOMEM; xa_destroy(&xa); return r;',
    'xa_store',
  ],
  [
    'xa_insert',
    'static DEFINE_XARRAY(xa); int r = xa_insert(&xa, 3, &sl, GFP_KERNEL) == -ENOMEM; xa_destroy(&xa); return r;',
    'xa_insert',
  ],
  [
    'idr_alloc',
    'static DEFINE_IDR(idr); int r = idr_alloc(&idr, &sl, 0, 0, GFP_KERNEL) == -ENOMEM; idr_destroy(&idr); return r;',
    'idr_alloc',
  ],
];

const FAILURES: readonly Case[] = FAILING.map(([name, body, question]) => ({
  name: `${name} that finds no memory`,
  text: `int test(struct device *dev) { ${body} }`,
  run: { choose: [question ?? name] },
  value: '1',
}));

type Row = readonly [sentence: string, body: string, expected: string | RegExp];
const ROWS: readonly Row[] = [
  ['kfree(NULL), kvfree(NULL), vfree(NULL)', 'kfree(NULL); kvfree(NULL); vfree(NULL); return 0;', '0'],
  [
    'kvmalloc_array is not zeroed',
    'int *p = kvmalloc_array(4, 4, GFP_KERNEL | __GFP_NOFAIL); int r = p[1]; kvfree(p); return r > 0;',
    /^fault uninitialised/,
  ],
  ['kcalloc saturates its product', 'void *p = kcalloc(SIZE_MAX, 8, GFP_KERNEL); int r = !p; kfree(p); return r;', '1'],
  [
    'struct_size of a count that the compiler does not know saturates',
    'struct fam { int n; int v[]; } *p = NULL; size_t many = SIZE_MAX; return struct_size(p, v, many) == SIZE_MAX;',
    '1',
  ],
  [
    'used after it was freed, with both stacks',
    'int *p = kzalloc(4, GFP_KERNEL | __GFP_NOFAIL); kfree(p); return *p;',
    /^fault use-after-free/,
  ],
  [
    'freed twice',
    'int *p = kzalloc(4, GFP_KERNEL | __GFP_NOFAIL); kfree(p); kfree(p); return 0;',
    /^fault double-free/,
  ],
  [
    'out of bounds',
    'int *p = kzalloc(8, GFP_KERNEL | __GFP_NOFAIL); int r = p[2]; kfree(p); return r;',
    /^fault out-of-bounds/,
  ],
  [
    'in the middle',
    'char *p = kzalloc(8, GFP_KERNEL | __GFP_NOFAIL); kfree(p + 4); return 0;',
    /^report free-of-embedded-object/,
  ],
  ['by the wrong function', 'void *p = vmalloc(4096); kfree(p); return 0;', /^report mismatched-free/],
  [
    'pages with another order',
    'struct page *p = alloc_pages(GFP_KERNEL | __GFP_NOFAIL, 2); __free_pages(p, 1); return 0;',
    /^report page-order/,
  ],
  [
    'a page put too often',
    'struct page *p = alloc_page(GFP_KERNEL | __GFP_NOFAIL); put_page(p); put_page(p); return 0;',
    /^(report page-refcount|fault use-after-free)/,
  ],
  [
    'a folio lives as long as it is referenced',
    'struct folio *f = folio_alloc(GFP_KERNEL | __GFP_NOFAIL, 1); folio_get(f); folio_put(f); int r = folio_order(f) * 10 + folio_nr_pages(f); folio_put(f); return r;',
    '12',
  ],
  [
    'kref: the last put releases',
    'struct kref k; kref_init(&k); kref_get(&k); int r = kref_put(&k, rel) * 10 + kref_put(&k, rel); return r + released;',
    '2',
  ],
  ['kref_get_unless_zero', 'struct kref k; kref_init(&k); kref_put(&k, rel); return kref_get_unless_zero(&k);', '0'],
  [
    'refcount: from zero',
    'refcount_t c = REFCOUNT_INIT(0); refcount_inc(&c); return 0;',
    /^report refcount-increment-on-zero/,
  ],
  [
    'refcount: it saturates',
    'refcount_t c = REFCOUNT_INIT(INT_MAX); refcount_inc(&c); return 0;',
    /^report refcount-overflow/,
  ],
  [
    'refcount: below zero',
    'refcount_t c = REFCOUNT_INIT(1); if (refcount_dec_and_test(&c)) refcount_dec(&c); return 0;',
    /^report refcount-(underflow|leak)/,
  ],
  [
    'a list entry deleted twice',
    'struct list_head h, e; INIT_LIST_HEAD(&h); list_add(&e, &h); list_del(&e); list_del(&e); return 0;',
    /^(report|fault)/,
  ],
  [
    'llist: the newest first',
    'static LLIST_HEAD(h); static struct llist_node a, b; llist_add(&a, &h); llist_add(&b, &h); struct llist_node *all = llist_del_all(&h); return (all == &b) + 2 * (all->next == &a) + 4 * llist_empty(&h);',
    '7',
  ],
  [
    'an interval tree',
    'static struct rb_root_cached root = RB_ROOT_CACHED; static struct interval_tree_node x, y; x.start = 1; x.last = 4; y.start = 6; y.last = 9; interval_tree_insert(&x, &root); interval_tree_insert(&y, &root); return (interval_tree_iter_first(&root, 4, 5) == &x) + 2 * (interval_tree_iter_first(&root, 5, 5) == NULL) + 4 * (interval_tree_iter_first(&root, 7, 20) == &y);',
    '7',
  ],
  [
    'an xarray takes pointers with low bits clear, and values',
    'static DEFINE_XARRAY(xa); xa_store(&xa, 1, xa_mk_value(7), GFP_KERNEL | __GFP_NOFAIL); int r = xa_to_value(xa_load(&xa, 1)); xa_destroy(&xa); return r;',
    '7',
  ],
  [
    'not pointers with them set',
    'static DEFINE_XARRAY(xa); xa_store(&xa, 1, (void *)0x1002, GFP_KERNEL); xa_destroy(&xa); return 0;',
    /^report xarray-invalid-entry/,
  ],
  [
    'xa_destroy does not free entries',
    'static DEFINE_XARRAY(xa); void *p = kmalloc(8, GFP_KERNEL | __GFP_NOFAIL); xa_store(&xa, 1, p, GFP_KERNEL | __GFP_NOFAIL); xa_destroy(&xa); kfree(p); return 0;',
    '0',
  ],
  [
    'xa_alloc: the lowest free id',
    'static DEFINE_XARRAY_ALLOC1(xa); u32 i = 0, j = 0; if (xa_alloc(&xa, &i, &sl, xa_limit_32b, GFP_KERNEL | __GFP_NOFAIL) || xa_alloc(&xa, &j, &sl, xa_limit_32b, GFP_KERNEL | __GFP_NOFAIL)) return -1; xa_destroy(&xa); return i * 10 + j;',
    '12',
  ],
  [
    'idr_preload is an atomic section',
    'idr_preload(GFP_KERNEL); might_sleep(); idr_preload_end(); return 0;',
    /^report sleeping-in-atomic/,
  ],
  [
    'vfree may not be called where one must not sleep',
    'void *p = vmalloc(4096); spin_lock(&sl); vfree(p); spin_unlock(&sl); return 0;',
    /^report sleeping-in-atomic/,
  ],
  ['kfree may', 'void *p = kmalloc(8, GFP_KERNEL); spin_lock(&sl); kfree(p); spin_unlock(&sl); return 0;', '0'],
];

const MORE: readonly Row[] = [
  [
    'a pool in a struct of its own',
    'static mempool_t pool; if (mempool_init_kmalloc_pool(&pool, 2, 16)) return 1; void *p = mempool_alloc(&pool, GFP_KERNEL); mempool_free(p, &pool); mempool_exit(&pool); return 0;',
    '0',
  ],
  [
    'data per processor',
    'int *p = alloc_percpu(int); if (!p) return 3; this_cpu_inc(*p); *per_cpu_ptr(p, 0) += 2; int r = this_cpu_read(*p); free_percpu(p); return r;',
    '3',
  ],
  [
    'data per processor: an array, and the type of an expression',
    'struct slot { int n; } *s; s = alloc_percpu(*s); if (!s) return 7; s->n = 2; (*this_cpu_ptr(&pairs))[1] = 3; struct slot *q = per_cpu_ptr(s, 0); per_cpu(pairs, 0)[0] = q->n; int r = per_cpu(pairs, 0)[0] * 10 + pairs[1]; free_percpu(s); return r;',
    '23',
  ],
  [
    'what is got of it keeps the task there',
    'int *p = get_cpu_ptr(&copies); might_sleep(); put_cpu_ptr(p); return 0;',
    /^report sleeping-in-atomic/,
  ],
  [
    'percpu_ref: released at the last put after the kill',
    'static struct percpu_ref r; if (percpu_ref_init(&r, last, 0, GFP_KERNEL)) return 9; percpu_ref_get(&r); percpu_ref_kill(&r); int a = lasts * 10 + percpu_ref_tryget_live(&r); percpu_ref_put(&r); percpu_ref_exit(&r); return a * 10 + lasts;',
    '1',
  ],
  [
    'its release must not sleep',
    'static struct percpu_ref r; if (percpu_ref_init(&r, sleeps, 0, GFP_KERNEL)) return 9; percpu_ref_kill(&r); percpu_ref_exit(&r); return 0;',
    /^report (sleeping-in-atomic|suspicious-rcu)/,
  ],
];

const LEAKS: readonly Case[] = [
  {
    name: 'what nothing points to any more is leaked',
    text: 'int test(void) { return !kmalloc(8, GFP_KERNEL); }',
    leaks: [/kmalloc/],
  },
  {
    name: 'what a static variable keeps is not',
    text: 'static void *kept; int test(void) { kept = kmalloc(8, GFP_KERNEL); return !kept; }',
    leaks: [],
  },
  {
    name: 'what a device owns is not',
    text: 'int test(struct device *dev) { return !devm_kzalloc(dev, 8, GFP_KERNEL); }',
    leaks: [],
  },
  {
    name: 'what waits for a grace period is not',
    text: 'struct o { int a; struct rcu_head rcu; }; int test(void) { struct o *o = kzalloc(sizeof(*o), GFP_KERNEL); if (o) kfree_rcu(o, rcu); return 0; }',
    leaks: [],
  },
];

describe('no memory', () => {
  runCases(INCLUDES, FAILURES);
});
describe('memory and containers', () => {
  runCases(
    `${INCLUDES}static int released; static void rel(struct kref *k) { released++; }
static DEFINE_PER_CPU(int, copies); static DEFINE_PER_CPU_SHARED_ALIGNED(int [2], pairs); static int lasts; static void last(struct percpu_ref *r) { lasts++; } static void sleeps(struct percpu_ref *r) { might_sleep(); }\n`,
    [...ROWS, ...MORE].map(
      ([name, body, expected]): Case => ({
        name,
        text: `int test(void) { ${body} }`,
        ...(typeof expected === 'string' ? { value: expected } : { findings: [expected] }),
      }),
    ),
  );
});
describe('what is left behind', () => {
  runCases(INCLUDES, LEAKS);
});
