/** Lists, trees, arrays by index, scatter-gather lists: C text in, findings out. */
import { describe } from 'vitest';
import { type Case, runCases } from '../../../test/kernelCases.ts';

const INCLUDES = `#include <linux/list.h>
#include <linux/interval_tree.h>
#include <linux/xarray.h>
#include <linux/idr.h>
#include <linux/scatterlist.h>
struct item { int v; struct list_head node; };
`;

const CASES: readonly Case[] = [
  {
    name: 'list: add, walk, delete, free',
    text: `int test(void) { LIST_HEAD(head); struct item *pos, *n; int sum = 0, i;
for (i = 1; i <= 3; i++) { pos = kzalloc(sizeof(*pos), GFP_KERNEL | __GFP_NOFAIL); pos->v = i; list_add_tail(&pos->node, &head); }
list_for_each_entry(pos, &head, node) sum = sum * 10 + pos->v;
list_for_each_entry_safe(pos, n, &head, node) { list_del(&pos->node); kfree(pos); }
return list_empty(&head) ? sum : -1; }`,
    value: '123',
  },
  {
    name: 'list: an entry added twice',
    text: 'int test(void) { LIST_HEAD(head); struct item a; list_add(&a.node, &head); list_add(&a.node, &head); return 0; }',
    findings: [/^report list-corruption: .*already there/],
  },
  {
    name: 'list: an entry deleted twice',
    text: 'int test(void) { LIST_HEAD(head); struct item a; list_add(&a.node, &head); list_del(&a.node); list_del(&a.node); return 0; }',
    findings: [/^report list-corruption: .*already deleted/],
  },
  {
    name: 'list: list_del_init may be repeated',
    text: 'int test(void) { LIST_HEAD(head); struct item a; list_add(&a.node, &head); list_del_init(&a.node); list_del_init(&a.node); return list_empty(&head); }',
    value: '1',
  },
  {
    name: 'list: a head that was never initialised',
    text: 'int test(void) { static struct list_head head; struct item a; list_add(&a.node, &head); return 0; }',
    findings: [/^report list-corruption: .*never initialised/],
  },
  {
    name: 'list: freed while still on the list',
    text: 'int test(void) { LIST_HEAD(head); struct item *a = kzalloc(sizeof(*a), GFP_KERNEL | __GFP_NOFAIL), *b; list_add(&a->node, &head); kfree(a); list_for_each_entry(b, &head, node) if (b->v) return 1; return 0; }',
    findings: [/^fault use-after-free/],
  },
  {
    name: 'list: nothing is concluded about a list from outside',
    text: 'struct owner { struct list_head items; }; int test(struct owner *o) { struct item *a = kzalloc(sizeof(*a), GFP_KERNEL); if (!a) return -ENOMEM; list_add_tail(&a->node, &o->items); list_del(&a->node); kfree(a); return 0; }',
    value: '0',
  },
  {
    name: 'list: walks that look one ahead end over a list that nobody made',
    text: `struct owner { struct list_head items, more; }; int test(struct owner *o, struct owner *q) { struct item *a, *n; struct list_head *p, *t; int seen = 0;
list_for_each_entry_safe(a, n, &o->items, node) { if (a->v) { list_del(&a->node); kfree(a); } }
list_for_each_entry_safe_reverse(a, n, &q->items, node) if (!a->v) seen = 1;
list_for_each_safe(p, t, &o->more) if (seen) break; list_for_each_prev_safe(p, t, &q->more) if (seen) break; return 0; }`,
    value: '0',
  },
  {
    name: 'interval tree finds overlaps in order',
    text: `int test(void) { struct rb_root_cached root = RB_ROOT_CACHED; struct interval_tree_node n[4], *it; int i, sum = 0;
unsigned long s[4] = { 40, 10, 30, 20 }; for (i = 0; i < 4; i++) { n[i].start = s[i]; n[i].last = s[i] + 5; interval_tree_insert(&n[i], &root); }
for (it = interval_tree_iter_first(&root, 15, 32); it; it = interval_tree_iter_next(it, 15, 32)) sum = sum * 100 + it->start;
interval_tree_remove(&n[3], &root); it = interval_tree_iter_first(&root, 0, ULONG_MAX); return sum * 100 + rb_entry(rb_next(&it->rb), struct interval_tree_node, rb)->start; }`,
    value: '10203030',
  },
  {
    name: 'xarray: store, load, walk, erase, values',
    text: `int test(void) { struct xarray xa; unsigned long index; void *entry; int a = 1, b = 2, sum = 0;
xa_init(&xa); xa_store(&xa, 7, &a, GFP_KERNEL); xa_store(&xa, 3, &b, GFP_KERNEL); xa_store(&xa, 1000, xa_mk_value(5), GFP_KERNEL);
xa_for_each(&xa, index, entry) sum = sum * 10 + (xa_is_value(entry) ? (int)xa_to_value(entry) : *(int *)entry);
if (xa_load(&xa, 7) != &a || xa_load(&xa, 8) || xa_erase(&xa, 7) != &a || xa_load(&xa, 7)) return -1; xa_destroy(&xa); return xa_empty(&xa) ? sum : -2; }`,
    value: '215',
  },
  {
    name: 'xarray: a failed store is an error entry',
    text: 'int test(void) { struct xarray xa; int a; xa_init(&xa); return xa_err(xa_store(&xa, 9, &a, GFP_KERNEL)); }',
    run: { choose: ['xa_store'] },
    value: '-12',
  },
  {
    name: 'xarray: xa_insert of a taken index, xa_reserve, xa_cmpxchg',
    text: `int test(void) { static DEFINE_XARRAY(xa); int a, b; int r = 0; if (xa_reserve(&xa, 5, GFP_KERNEL)) return -1; if (xa_load(&xa, 5)) return -2;
if (xa_insert(&xa, 5, &a, GFP_KERNEL) != -EBUSY) return -3; xa_release(&xa, 5); if (xa_insert(&xa, 5, &a, GFP_KERNEL)) return -4;
if (xa_cmpxchg(&xa, 5, &b, &b, GFP_KERNEL) != &a) return -5; if (xa_cmpxchg(&xa, 5, &a, &b, GFP_KERNEL) != &a) return -6; r = xa_load(&xa, 5) == &b; xa_destroy(&xa); return r; }`,
    value: '1',
  },
  {
    name: 'xarray: ids come from the limit',
    text: `int test(void) { static DEFINE_XARRAY_ALLOC1(xa); u32 id, next = 0; int a; int sum = 0; if (xa_alloc(&xa, &id, &a, xa_limit_32b, GFP_KERNEL)) return -1; sum = id;
if (xa_alloc(&xa, &id, &a, XA_LIMIT(10, 11), GFP_KERNEL)) return -2; sum = sum * 100 + id; if (xa_alloc_cyclic(&xa, &id, &a, XA_LIMIT(10, 11), &next, GFP_KERNEL) < 0) return -3; sum = sum * 100 + id;
if (xa_alloc(&xa, &id, &a, XA_LIMIT(10, 11), GFP_KERNEL) != -EBUSY) return -4; xa_destroy(&xa); return sum; }`,
    value: '11011',
  },
  {
    name: 'xarray: GFP_KERNEL under a spinlock',
    text: 'static DEFINE_SPINLOCK(lock); static DEFINE_XARRAY(xa); static int a; int test(void) { spin_lock(&lock); xa_store(&xa, 1, &a, GFP_KERNEL); spin_unlock(&lock); return 0; }',
    findings: [/^report sleeping-in-atomic/],
  },
  {
    name: 'xarray: __xa_store drops its own lock to allocate',
    text: 'static DEFINE_XARRAY(xa); static int a; int test(void) { xa_lock(&xa); __xa_store(&xa, 1, &a, GFP_KERNEL); xa_unlock(&xa); return 0; }',
    value: '0',
  },
  {
    name: 'xarray: an error pointer as entry',
    text: 'static DEFINE_XARRAY(xa); int test(void) { return xa_err(xa_store(&xa, 1, ERR_PTR(-ENOENT), GFP_KERNEL)); }',
    findings: [/^report xarray-invalid-entry: an error pointer/],
  },
  {
    name: 'xarray: what is stored is not leaked, what was only in a destroyed one is',
    text: 'static DEFINE_XARRAY(keep); int test(void) { struct xarray tmp; xa_init(&tmp); xa_store(&keep, 4, kmalloc(8, GFP_KERNEL), GFP_KERNEL); xa_store(&tmp, 4, kmalloc(16, GFP_KERNEL), GFP_KERNEL); xa_destroy(&tmp); return 0; }',
    leaks: ['kmalloc(16)'],
  },
  {
    name: 'xarray from outside: the same index gives the same entry',
    text: 'struct owner { struct xarray xa; }; int test(struct owner *o) { void *a = xa_load(&o->xa, 3), *b = xa_load(&o->xa, 3); return a == b; }',
    value: '1',
  },
  {
    name: 'idr and ida',
    text: `int test(void) { static DEFINE_IDR(idr); static DEFINE_IDA(ida); int a, b, id = idr_alloc(&idr, &a, 1, 0, GFP_KERNEL), id2 = idr_alloc(&idr, &b, 1, 0, GFP_KERNEL); int n = 0; int x, y; void *p;
idr_for_each_entry(&idr, p, x) n++; if (idr_find(&idr, id2) != &b || idr_remove(&idr, id) != &a || idr_find(&idr, id)) return -1; x = ida_alloc(&ida, GFP_KERNEL); y = ida_alloc(&ida, GFP_KERNEL); ida_free(&ida, x);
if (ida_alloc(&ida, GFP_KERNEL) != x) return -2; idr_destroy(&idr); ida_destroy(&ida); return id * 1000 + id2 * 100 + n * 10 + y; }`,
    value: '1221',
  },
  {
    name: 'ida_free of an id that is free',
    text: 'int test(void) { static DEFINE_IDA(ida); ida_free(&ida, 3); return 0; }',
    findings: [/^report xarray-index-missing/],
  },
  {
    name: 'scatterlist from pages merges neighbours',
    text: `int test(void) { struct sg_table t; struct scatterlist *sg; struct page *p = alloc_pages(GFP_KERNEL | __GFP_NOFAIL, 1), *q = alloc_pages(GFP_KERNEL | __GFP_NOFAIL, 1); struct page *pages[3] = { p, p + 1, q + 1 }; int i, sum = 0;
if (sg_alloc_table_from_pages(&t, pages, 3, 0, 3 * PAGE_SIZE, GFP_KERNEL)) return -1; for_each_sgtable_sg(&t, sg, i) sum = sum * 10 + sg->length / PAGE_SIZE; i = t.nents * 100 + sum; if (sg_page(t.sgl) != p) return -2; sg_free_table(&t); __free_pages(p, 1); __free_pages(q, 1); return i; }`,
    value: '221',
  },
  {
    name: 'scatterlist: the table fails as its allocation does',
    text: 'int test(void) { struct sg_table t; int r = sg_alloc_table(&t, 4, GFP_KERNEL); if (r) return r; sg_free_table(&t); return 0; }',
    run: { choose: ['kmalloc_array'] },
    value: '-12',
  },
  {
    name: 'refcounts saturate and are reported',
    text: 'struct o { struct kref ref; }; static void release(struct kref *k) { kfree(container_of(k, struct o, ref)); } int test(void) { struct o *o = kzalloc(sizeof(*o), GFP_KERNEL | __GFP_NOFAIL); kref_init(&o->ref); kref_get(&o->ref); kref_put(&o->ref, release); return kref_put(&o->ref, release); }',
    value: '1',
  },
  {
    name: 'a reference taken after the last was dropped',
    text: 'int test(void) { refcount_t r = REFCOUNT_INIT(1); if (!refcount_dec_and_test(&r)) return 1; refcount_inc(&r); return 0; }',
    findings: [/^report refcount-increment-on-zero/],
  },
  {
    name: 'a reference dropped too often',
    text: 'int test(void) { refcount_t r = REFCOUNT_INIT(1); if (!refcount_dec_and_test(&r)) return 1; return refcount_dec_and_test(&r); }',
    findings: [/^report refcount-underflow/],
  },
  {
    name: 'nothing is concluded about a count from outside',
    text: 'struct o { struct kref ref; }; int test(struct o *o) { kref_get(&o->ref); return 0; }',
    value: '0',
  },
  {
    name: 'a reference that this run took on a count from outside is not the last',
    text: 'struct o { struct kref ref; }; static void release(struct kref *k) { pr_info("released\\n"); } int test(struct o *o) { kref_get(&o->ref); return kref_put(&o->ref, release); }',
    run: { choose: ['last reference'] },
    value: '0',
  },
  {
    name: 'a reference from outside may be the last',
    text: 'struct o { struct kref ref; }; static void release(struct kref *k) { pr_info("released\\n"); } int test(struct o *o) { return kref_put(&o->ref, release); }',
    run: { choose: ['last reference'] },
    findings: ['print: released'],
    value: '1',
  },
  {
    name: 'warnings fire with their condition; WARN_ON_ONCE once per place',
    text: 'int test(void) { int i, n = 0; for (i = 0; i < 3; i++) if (WARN_ON_ONCE(i > 0)) n++; return n; }',
    findings: ['report warn-on: `WARN_ON(i > 0)` fires'],
    value: '2',
  },
  {
    name: 'BUG_ON ends the run',
    text: 'int test(void) { BUG_ON(1 == 1); return 0; }',
    findings: [/^fault bug: `BUG_ON\(1 == 1\)` is true/],
  },
  {
    name: 'printk formats',
    text: 'int test(void) { phys_addr_t a = 0x1000; pr_err("%s: %d %#x %5u|%-4d| %pe %pa %llu %c %%\\n", "x", -3, 255, 7, 8, ERR_PTR(-EBUSY), &a, ~0ULL, 65); return 0; }',
    findings: ['print: x: -3 0xff     7|8   | -EBUSY 0x1000 18446744073709551615 A %'],
  },
  {
    name: 'xarray: a cursor walks, stores and sees marks',
    text: `int test(void) { static DEFINE_XARRAY(xa); XA_STATE(xas, &xa, 5); int a, b, n = 0; void *e;
do { xas_lock(&xas); xas_store(&xas, &a); xas_unlock(&xas); } while (xas_nomem(&xas, GFP_KERNEL)); if (xas_error(&xas)) return -1; xa_store(&xa, 9, &b, GFP_KERNEL | __GFP_NOFAIL);
rcu_read_lock(); xas_set(&xas, 0); xas_for_each(&xas, e, 8) n += xas.xa_index; rcu_read_unlock(); if (n != 5) return -2;
xas_set(&xas, 9); xas_lock(&xas); e = xas_load(&xas); xas_set_mark(&xas, XA_MARK_0); xas_unlock(&xas); if (e != &b || !xa_get_mark(&xa, 9, XA_MARK_0)) return -3; xa_destroy(&xa); return n; }`,
    value: '5',
  },
  {
    name: 'xarray: a cursor that finds no memory',
    text: `int test(void) { static DEFINE_XARRAY(xa); XA_STATE(xas, &xa, 5); int a, rounds = 0; do { xas_lock(&xas); xas_store(&xas, &a); xas_unlock(&xas); rounds++; } while (xas_nomem(&xas, GFP_KERNEL)); xa_destroy(&xa); return xas_error(&xas) ? -1 : rounds; }`,
    run: { choose: ['xa_store'] },
    value: '2',
  },
  {
    name: 'xarray: a cursor without lock or reader',
    text: 'int test(void) { static DEFINE_XARRAY(xa); XA_STATE(xas, &xa, 5); return xas_load(&xas) != NULL; }',
    findings: [/^report suspicious-rcu: .*xas_load/],
  },
  {
    name: 'xarray: functions with two underscores want the lock',
    text: 'int test(void) { static DEFINE_XARRAY(xa); __xa_erase(&xa, 1); return 0; }',
    findings: [/^report lock-assertion: /],
  },
  {
    name: 'maple tree: a cursor finds ranges, goes back, erases',
    text: `#include <linux/maple_tree.h>
int test(void) { static DEFINE_MTREE(mt); int a, b, n = 0; void *e; MA_STATE(mas, &mt, 10, 19); mas_lock(&mas); if (mas_store_gfp(&mas, &a, GFP_KERNEL | __GFP_NOFAIL)) return -1; mas_set_range(&mas, 30, 39); if (mas_store_gfp(&mas, &b, GFP_KERNEL | __GFP_NOFAIL)) return -2;
mas_set(&mas, 0); mas_for_each(&mas, e, ULONG_MAX) n = n * 100 + mas.index; if (n != 1030) return -3; mas_set(&mas, 15); if (mas_walk(&mas) != &a || mas.last != 19) return -4; if (mas_next(&mas, 50) != &b || mas_prev(&mas, 0) != &a) return -5;
mas_set(&mas, 33); if (mas_erase(&mas) != &b || mtree_load(&mt, 35)) return -6; mas_unlock(&mas); mtree_destroy(&mt); return n; }`,
    value: '1030',
  },
  {
    name: 'maple tree: the normal interface takes its lock',
    text: '#include <linux/maple_tree.h>\nint test(void) { static DEFINE_MTREE(mt); int a; mtree_lock(&mt); mtree_store(&mt, 1, &a, GFP_NOWAIT | __GFP_NOFAIL); mtree_unlock(&mt); mtree_destroy(&mt); return 0; }',
    findings: [/^report recursive-locking/],
  },
  {
    name: 'maple tree: it gives the lock up where it waits for memory, and may not be called where that is wrong',
    text: '#include <linux/maple_tree.h>\nint test(void) { static DEFINE_MTREE(mt); static DEFINE_SPINLOCK(sl); int a; int r = mtree_store_range(&mt, 1, 4, &a, GFP_KERNEL | __GFP_NOFAIL); if (r) return r; spin_lock(&sl); mtree_store(&mt, 9, &a, GFP_KERNEL | __GFP_NOFAIL); spin_unlock(&sl); mtree_destroy(&mt); return 0; }',
    findings: [/^report sleeping-in-atomic/],
  },
  {
    name: 'maple tree: ma_lock taken in a timer, and outside with interrupts on',
    text: '#include <linux/maple_tree.h>\n#include <linux/timer.h>\n#include <linux/delay.h>\nstatic DEFINE_MTREE(mt); static int a; static void tick(struct timer_list *t) { mtree_erase(&mt, 1); } int test(void) { static struct timer_list t; int r = mtree_store(&mt, 1, &a, GFP_KERNEL | __GFP_NOFAIL); if (r) return r; timer_setup(&t, tick, 0); mod_timer(&t, jiffies + HZ); msleep(10); timer_delete_sync(&t); mtree_destroy(&mt); return 0; }',
    run: { choose: ['which task runs next'] },
    findings: [/^report inconsistent-lock-state: .*ma_lock/],
  },
  {
    name: 'maple tree: a cursor without lock or reader',
    text: '#include <linux/maple_tree.h>\nint test(void) { static DEFINE_MTREE(mt); MA_STATE(mas, &mt, 1, 1); return mas_walk(&mas) != NULL; }',
    findings: [/^report suspicious-rcu: .*mas_walk/],
  },
  {
    name: 'maple tree: free space from below and from above, and storing with memory got before',
    text: '#include <linux/maple_tree.h>\nint test(void) { static struct maple_tree mt = MTREE_INIT(mt, MT_FLAGS_ALLOC_RANGE); unsigned long at = 0, up = 0; int a, r; MA_STATE(mas, &mt, 0, 0); if (mtree_store_range(&mt, 4, 7, &a, GFP_KERNEL | __GFP_NOFAIL) || mtree_alloc_range(&mt, &at, &a, 3, 2, 99, GFP_KERNEL | __GFP_NOFAIL) || mtree_alloc_rrange(&mt, &up, &a, 10, 0, 99, GFP_KERNEL | __GFP_NOFAIL)) return -1; mas_lock(&mas); r = mas_empty_area(&mas, 0, 99, 4); mas_unlock(&mas); if (r) return r; r = at * 10000 + up * 100 + mas.index; if (mas_preallocate(&mas, &a, GFP_KERNEL | __GFP_NOFAIL)) return -2; mas_lock(&mas); mas_store_prealloc(&mas, &a); mas_unlock(&mas); if (mtree_load(&mt, 3) != &a) return -3; mtree_destroy(&mt); return r; }',
    value: '89000',
  },
  {
    name: 'maple tree: under a lock of its owner',
    text: '#include <linux/maple_tree.h>\nstatic DEFINE_MUTEX(own); int test(void) { static struct maple_tree mt = MTREE_INIT(mt, MT_FLAGS_LOCK_EXTERN); int a; MA_STATE(mas, &mt, 3, 3); mt_set_external_lock(&mt, &own); mutex_lock(&own); if (mas_store_gfp(&mas, &a, GFP_KERNEL | __GFP_NOFAIL)) return -1; mutex_unlock(&own); mas_set(&mas, 3); mas_walk(&mas); mutex_lock(&own); __mt_destroy(&mt); mutex_unlock(&own); return 0; }',
    findings: [/^report suspicious-rcu: .*mas_walk/],
  },
  {
    name: 'maple tree: storing without the lock',
    text: '#include <linux/maple_tree.h>\nint test(void) { static DEFINE_MTREE(mt); int a; MA_STATE(mas, &mt, 1, 1); mas_store_gfp(&mas, &a, GFP_NOWAIT | __GFP_NOFAIL); mtree_destroy(&mt); return 0; }',
    findings: [/^report lock-assertion: /],
  },
];

describe('containers and base', () => {
  runCases(INCLUDES, CASES);
});
