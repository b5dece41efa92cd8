/** Functions that no ops table names: judged in the context their registration gives them, or for what no caller can have caused. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { createEngine } from './createEngine.ts';

const HEAD = `#include <linux/slab.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include <linux/interrupt.h>
#include <linux/timer.h>
#include <linux/shrinker.h>
#include <linux/dma-fence.h>
#include <drm/drm_gem.h>
#include <drm/drm_exec.h>
#include <linux/vmalloc.h>
#include <linux/delay.h>
struct knot { spinlock_t lock; struct mutex m; int flag; void *data; struct shrinker *shrinker; struct work_struct work; struct timer_list timer; struct dma_fence_cb cb; struct drm_gem_object base; };
int knot_setup(struct knot *k);
`;

/** [what, C after the head, `CODE function` of each finding] */
const CASES: readonly (readonly [string, string, readonly string[]])[] = [
  [
    'a wrapper that locks for its caller',
    'void knot_hold(struct knot *k) { mutex_lock(&k->m); } void knot_drop(struct knot *k) { mutex_unlock(&k->m); }',
    [],
  ],
  [
    'a lock kept on success only',
    'int knot_claim(struct knot *k) { mutex_lock(&k->m); if (k->flag) { mutex_unlock(&k->m); return -EBUSY; } return 0; }',
    [],
  ],
  [
    'a lock kept on one of two failing paths',
    'int knot_fill(struct knot *k) { mutex_lock(&k->m); if (k->flag == 1) return -EBUSY; if (k->flag == 2) { mutex_unlock(&k->m); return -EINVAL; } mutex_unlock(&k->m); return 0; }',
    ['IL0101 knot_fill'],
  ],
  [
    'a lock that a function before it takes for it, kept on one of two failing paths',
    'static void knot_grip(struct knot *k)\n{\n\tmutex_lock(&k->m);\n}\nint knot_fill(struct knot *k)\n{\n\tknot_grip(k);\n\tif (k->flag == 1)\n\t\treturn -EBUSY;\n\tmutex_unlock(&k->m);\n\treturn k->flag == 2 ? -EINVAL : 0;\n}\n',
    ['IL0101 knot_fill'],
  ],
  [
    'a lock that a function by its name takes for its caller, and lets go of when it fails; its caller keeps it on one failing path',
    'static int knot_lock_ready(struct knot *k)\n{\n\tmutex_lock(&k->m);\n\tif (!k->flag) {\n\t\tmutex_unlock(&k->m);\n\t\treturn -EBUSY;\n\t}\n\treturn 0;\n}\nint knot_fill(struct knot *k)\n{\n\tint ret = knot_lock_ready(k);\n\n\tif (ret)\n\t\treturn ret;\n\tif (k->data)\n\t\treturn -EINVAL;\n\tmutex_unlock(&k->m);\n\treturn 0;\n}\n',
    ['IL0101 knot_fill'],
  ],
  [
    'a program that ends before it reads what it could not set',
    'int knot_open(int *fd); void exit(int code); int knot_run(void) { int fd; int r = knot_open(NULL); if (r) exit(1); else fd = 3; return fd; }',
    [],
  ],
  [
    'a lock released twice',
    'void knot_twice(struct knot *k) { mutex_lock(&k->m); mutex_unlock(&k->m); mutex_unlock(&k->m); }',
    ['IL0104 knot_twice'],
  ],
  ['a lock of the caller released', 'void knot_done(struct knot *k) { mutex_unlock(&k->m); }', []],
  [
    'sleeping under a spinlock of its own',
    'void knot_nap(struct knot *k) { spin_lock(&k->lock); msleep(1); spin_unlock(&k->lock); }',
    ['IL0203 knot_nap'],
  ],
  [
    'a lock order against itself',
    'void knot_cross(struct knot *k) { struct mutex *a = &k->m; mutex_lock(a); mutex_lock(&k->m); mutex_unlock(&k->m); mutex_unlock(a); }',
    ['IL0103 knot_cross'],
  ],
  [
    'variables that a macro nobody shows sets',
    'int knot_read(struct knot *k) { u32 low, high; read_knot_register(3, low, high); if (low & 1) return high; return 0; }',
    [],
  ],
  [
    'a variable that every case of a switch sets',
    'int knot_turn(struct knot *k) { int x; switch (k->flag) { case 0: x = 1; break; case 90: x = 2; break; case 180: return -EINVAL; } return x; }',
    [],
  ],
  [
    'a variable that a case of a switch forgets',
    'int knot_turn(struct knot *k) { int x; switch (k->flag) { case 0: x = 1; break; case 90: k->data = NULL; break; case 180: x = 3; break; } return x; }',
    ['IL0903 knot_turn'],
  ],
  [
    'a variable that nothing sets',
    'int knot_sum(struct knot *k) { u32 low; if (k->flag) low = 1; return low + 1; }',
    ['IL0903 knot_sum'],
  ],
  [
    'an allocation in a function documented for any context',
    '/**\n * knot_poke() - Pokes it.\n * @k: The knot.\n *\n * Context: Any context.\n */\nvoid knot_poke(struct knot *k) { k->data = kmalloc(8, GFP_KERNEL); }',
    ['IL0203 knot_poke'],
  ],
  [
    'one that may sleep if its caller allows it',
    '/**\n * knot_poke() - Pokes it.\n * @k: The knot.\n *\n * Context: Any context. May sleep if @gfp allows it.\n */\nvoid knot_poke(struct knot *k) { k->data = kmalloc(8, GFP_KERNEL); }',
    [],
  ],
  [
    'a mutex in a function documented for interrupts',
    '/**\n * knot_poke() - Pokes it.\n * @k: The knot.\n *\n * Context: Hardirq context.\n */\nvoid knot_poke(struct knot *k) { mutex_lock(&k->m); k->flag = 1; mutex_unlock(&k->m); }',
    ['IL0203 knot_poke'],
  ],
  [
    'an allocation in a function documented as reclaim safe',
    '/**\n * knot_poke() - Pokes it.\n * @k: The knot.\n *\n * Context: Reclaim safe.\n */\nvoid knot_poke(struct knot *k) { k->data = kmalloc(8, GFP_NOFS); k->flag = 0; }',
    ['IL0201 knot_poke'],
  ],
  [
    'what does as it says',
    '/**\n * knot_poke() - Pokes it.\n * @k: The knot.\n *\n * Context: Any context. Takes and releases k->lock.\n */\nvoid knot_poke(struct knot *k) { unsigned long flags; spin_lock_irqsave(&k->lock, flags); k->data = kmalloc(8, GFP_ATOMIC); spin_unlock_irqrestore(&k->lock, flags); }',
    [],
  ],
  [
    'memory that a function loses for two callers when it fails',
    'static int knot_grow(struct knot *k, int n) { void *p = kmalloc(8, GFP_KERNEL); if (!p) return -ENOMEM; if (n > 3) return -EINVAL; kfree(k->data); k->data = p; return 0; } int knot_one(struct knot *k, int n) { return knot_grow(k, n); } int knot_two(struct knot *k, int n) { int err = knot_grow(k, n); if (err) return err; return 0; }',
    ['IL0301 knot_grow'],
  ],
  [
    'memory that two callers forget',
    'static void *knot_new(void) { return kmalloc(8, GFP_KERNEL); } int knot_one(struct knot *k) { void *p = knot_new(); if (!p) return -ENOMEM; if (k->flag) return -EBUSY; kfree(p); return 0; } int knot_two(struct knot *k) { void *p = knot_new(); if (!p) return -ENOMEM; if (k->flag == 7) return -EBUSY; kfree(p); return 0; }',
    ['IL0301 knot_one', 'IL0301 knot_two'],
  ],
  [
    'memory kept at an index that nobody knows',
    'static void *knots[16]; int knot_keep(unsigned int i) { void *p = kmalloc(8, GFP_KERNEL); if (!p) return -ENOMEM; knots[i] = p; return 0; }',
    [],
  ],
  [
    'memory freed as what an unseen function finds',
    'struct gizmo { int a; struct drm_gem_object base; }; int knot_new(struct drm_device *dev) { struct gizmo *g = kzalloc(sizeof(*g), GFP_KERNEL); if (!g) return -ENOMEM; drm_gem_private_object_init(dev, &g->base, 4096); if (knot_setup(NULL)) { kfree(to_gizmo(&g->base)); return -EINVAL; } dev->dev_private = g; return 0; }',
    [],
  ],
  [
    'a release that lets go of the lock it was called with',
    'struct tangle { struct kref ref; spinlock_t *lock; }; static void tangle_free(struct kref *ref) { struct tangle *t = container_of(ref, struct tangle, ref); spin_unlock(t->lock); msleep(1); spin_lock(t->lock); } void tangle_put(struct tangle *t) { kref_put(&t->ref, tangle_free); }',
    [],
  ],
  [
    'reservations locked for the caller’s drm_exec',
    'int knot_lock_two(struct drm_exec *exec, struct drm_gem_object *a, struct drm_gem_object *b) { int r = drm_exec_lock_obj(exec, a); if (r) return r; return drm_exec_prepare_obj(exec, b, 1); }',
    [],
  ],
  [
    'a device that may be woken anywhere, as its driver says',
    'void knot_init(struct device *dev) { pm_runtime_irq_safe(dev); } void knot_wake(struct knot *k, struct device *dev) { spin_lock(&k->lock); if (!pm_runtime_get_sync(dev)) pm_runtime_put_sync(dev); else pm_runtime_put_noidle(dev); spin_unlock(&k->lock); }',
    [],
  ],
  [
    'who comes back with the lock says so by 0, and by no bit of a fault',
    'vm_fault_t knot_ready(struct knot *k) { if (!mutex_trylock(&k->m)) return VM_FAULT_RETRY; if (k->flag) { mutex_unlock(&k->m); return VM_FAULT_SIGBUS; } return 0; }',
    [],
  ],
  [
    'a device looked up for what its driver keeps with it, and never put',
    '#include <linux/of_platform.h>\nint knot_xlate(struct knot *k, struct device_node *np) { struct platform_device *pdev = of_find_device_by_node(np); if (!pdev) return -ENODEV; k->data = platform_get_drvdata(pdev); return 0; }',
    ['IL0313 knot_xlate'],
  ],
  [
    'pages that a driver gives its GEM object itself, which go with it',
    '#include <drm/drm_gem_shmem_helper.h>\nint knot_fill(struct drm_device *dev, size_t size) { struct drm_gem_shmem_object *shmem = drm_gem_shmem_create(dev, size); struct page **pages; if (IS_ERR(shmem)) return PTR_ERR(shmem); pages = kvmalloc_array(size >> PAGE_SHIFT, sizeof(*pages), GFP_KERNEL | __GFP_ZERO); if (pages) { shmem->pages = pages; shmem->pages_use_count = 1; } drm_gem_object_put(&shmem->base); return pages ? 0 : -ENOMEM; }',
    [],
  ],
  [
    'memory lost on the failing path',
    'int knot_make(struct knot *k) { void *p = kmalloc(8, GFP_KERNEL); if (!p) return -ENOMEM; if (k->flag) return -EINVAL; k->data = p; return 0; }',
    ['IL0301 knot_make'],
  ],
  [
    'memory kept by a loop that may be empty',
    'int knot_keep(struct knot *k) { int i; char *p = kmalloc(8, GFP_KERNEL); if (!p) return -ENOMEM; for (i = 0; i < k->flag; i++) k->data = p; return 0; }',
    [],
  ],
  [
    'memory that a description names, handed to whom nobody sees',
    'struct knot_info { void *priv; }; void *knot_add(struct knot_info *i); int knot_give(struct knot *k) { struct knot_info info = {}; struct knot *n = kzalloc(sizeof(*n), GFP_KERNEL); if (!n) return -ENOMEM; info.priv = n; k->data = knot_add(&info); return 0; }',
    [],
  ],
  [
    'an array of fixed size and a count that nobody shows',
    'struct row { int n; int cells[1]; }; static void row_release(struct dma_buf *b) { struct row *r = b->priv; int i; for (i = 0; i < r->n; i++) r->cells[i] = 0; } static const struct dma_buf_ops row_ops = { .release = row_release };',
    [],
  ],
  [
    'an offset that nobody shows to lie outside of what it is for',
    'struct row { u64 off; u64 first; }; static void row_release(struct dma_buf *b) { struct row *r = b->priv; u64 *all = &r->first, i, off = r->off; for (i = 0; i < 1; i++) { if (off < 4096) break; off -= 4096; } all[i] = off; } static const struct dma_buf_ops row_ops = { .release = row_release };',
    [],
  ],
  [
    'an array of fixed size and one step too many',
    'struct row { int n; int cells[4]; }; static void row_release(struct dma_buf *b) { struct row *r = b->priv; int i; for (i = 0; i <= 4; i++) r->cells[i] = r->n; } static const struct dma_buf_ops row_ops = { .release = row_release };',
    ['IL0904 row_release'],
  ],
  [
    'NULL that a failed allocation leaves',
    'int knot_null(struct knot *k) { char *p = kmalloc(8, GFP_KERNEL); p[0] = 1; k->data = p; return 0; }',
    ['IL0901 knot_null'],
  ],
  [
    'NULL that the function itself asks for',
    'int knot_arg(struct knot *k) { if (!k->data) msleep(1); return *(char *)k->data; }',
    ['IL0901 knot_arg'],
  ],
  [
    'NULL that only an argument may be',
    'int knot_data(struct knot *k) { return *(char *)k->data; } int knot_warned(struct knot *k) { WARN_ON(!k->data); return *(char *)k->data; }',
    [],
  ],
  [
    'an interrupt handler that sleeps',
    'static irqreturn_t knot_irq(int irq, void *arg) { struct knot *k = arg; mutex_lock(&k->m); mutex_unlock(&k->m); return IRQ_HANDLED; } int knot_setup(struct knot *k) { return request_irq(7, knot_irq, 0, "knot", k); }',
    ['IL0203 knot_irq'],
  ],
  [
    'an interrupt handler that locks as it must',
    'static irqreturn_t knot_irq(int irq, void *arg) { struct knot *k = arg; unsigned long flags; spin_lock_irqsave(&k->lock, flags); k->flag++; spin_unlock_irqrestore(&k->lock, flags); return IRQ_HANDLED; } int knot_setup(struct knot *k) { return request_irq(7, knot_irq, 0, "knot", k); }',
    [],
  ],
  [
    'a test that asserts what it uses',
    '#include <kunit/test.h>\nstatic void knot_test(struct kunit *test) { struct knot *k = kunit_kzalloc(test, sizeof(*k), GFP_KERNEL); KUNIT_ASSERT_NOT_NULL(test, k); spin_lock_init(&k->lock); mutex_init(&k->m); KUNIT_EXPECT_EQ(test, k->flag, 0); }',
    [],
  ],
  [
    'a test that uses what it did not assert',
    '#include <kunit/test.h>\nstatic void knot_test(struct kunit *test) { struct knot *k = kunit_kzalloc(test, sizeof(*k), GFP_KERNEL); KUNIT_EXPECT_EQ(test, k->flag, 0); }',
    ['IL0901 knot_test'],
  ],
  [
    'ops of an exporter that nobody shows',
    'struct dma_buf *knot_export(struct knot *k, const struct dma_buf_ops *ops) { DEFINE_DMA_BUF_EXPORT_INFO(info); info.ops = ops; info.size = PAGE_SIZE; info.priv = k; return dma_buf_export(&info); }',
    [],
  ],
  [
    'a shrinker stored in members',
    'static unsigned long knot_scan(struct shrinker *s, struct shrink_control *sc) { struct knot *k = s->private_data; dma_resv_lock(k->base.resv, NULL); dma_resv_unlock(k->base.resv); return 0; } int knot_setup(struct knot *k) { k->shrinker->scan_objects = knot_scan; return 0; }',
    ['IL0202 knot_scan'],
  ],
  [
    'a timer',
    'static void knot_tick(struct timer_list *t) { struct knot *k = container_of(t, struct knot, timer); k->data = kmalloc(8, GFP_KERNEL); } int knot_setup(struct knot *k) { timer_setup(&k->timer, knot_tick, 0); return 0; }',
    ['IL0106 knot_tick', 'IL0203 knot_tick'],
  ],
  [
    'work may sleep',
    'static void knot_work(struct work_struct *w) { struct knot *k = container_of(w, struct knot, work); mutex_lock(&k->m); mutex_unlock(&k->m); } int knot_setup(struct knot *k) { INIT_WORK(&k->work, knot_work); return 0; }',
    [],
  ],
  [
    'a callback of a fence',
    'static void knot_cb(struct dma_fence *f, struct dma_fence_cb *cb) { struct knot *k = container_of(cb, struct knot, cb); mutex_lock(&k->m); mutex_unlock(&k->m); } int knot_setup(struct knot *k) { return dma_fence_add_callback(k->data, &k->cb, knot_cb); }',
    ['IL0203 knot_cb'],
  ],
  [
    'a GEM op with the reservation held',
    'static int knot_pin(struct drm_gem_object *obj) { dma_resv_lock(obj->resv, NULL); dma_resv_unlock(obj->resv); return 0; } static const struct drm_gem_object_funcs knot_funcs = { .pin = knot_pin };',
    ['IL0103 knot_pin'],
  ],
  [
    'members of a member that nobody declares do not run into its neighbours',
    'static int knot_turn(struct loom *l) { return l->ring[l->put % l->attrs.size]; } int knot_rings(struct loom *l, int a, int b) { if (a) { l->left = vzalloc(a * sizeof(struct rope)); if (!l->left) return -ENOMEM; } if (b) { l->ring = vzalloc(b * sizeof(struct rope)); if (!l->ring) { vfree(l->left); return -ENOMEM; } } l->attrs.count = a; l->attrs.size = b; return 0; }',
    [],
  ],
  [
    'a member that nobody declares may be an array',
    'int knot_flows(struct loom *l) { struct flow *f = kmalloc(4 * sizeof(*f), GFP_KERNEL); int i; if (!f) return -ENOMEM; for (i = 0; i < 4; i++) { f[i].loom = l; f[i].sets[0].mapped = 0; } l->flows = f; return 0; }',
    [],
  ],
  [
    'a struct without a size is cleared inside another',
    'int knot_info(struct loom *l) { struct request *q = kzalloc(sizeof(*q), GFP_KERNEL); struct info *i; if (!q) return -ENOMEM; i = &q->info.in.u.create.info; memset(i, 0, sizeof(*i)); i->valid = 1; l->request = q; return 0; }',
    [],
  ],
  [
    'a drm_exec that an unseen function set up and locked',
    'void knot_put_all(struct drm_gem_object *obj) { struct drm_exec exec; knot_lock_all(&exec, obj); knot_drop_pages(obj); drm_exec_fini(&exec); }',
    [],
  ],
  [
    'a table inside a table of structs that nobody shows',
    'static int knot_cut(struct knot *k) { kfree(k); return k->flag; } static int knot_tie(struct knot *k) { return k->flag; } static const struct loom_funcs loom_funcs = { .base = { .cut = knot_cut, .limits = { 1, 2 } }, .base.tie = knot_tie, };',
    ['IL0902 knot_cut'],
  ],
  [
    'a drm_exec that nobody set up',
    'void knot_put_none(struct drm_gem_object *obj) { struct drm_exec exec; drm_exec_fini(&exec); }',
    ['IL0903 knot_put_none'],
  ],
  [
    'what a macro that nobody shows makes of a word is not a name',
    'int knot_say(struct knot *k) { int ret = knot_setup(k); if (ret) LOOM_PRINTK(err, k, "%d\n", ret); return ret; }',
    [],
  ],
  [
    'what a function is given is a name',
    'int knot_tell(struct knot *k) { int ret = knot_setup(k); if (ret) knot_report(err, k); return ret; }',
    ['IL0908 knot_tell'],
  ],
  [
    'a name that several functions use and none declares stands in a header',
    'int knot_one(struct knot *k, int lanes) { return lanes + k->flag; } int knot_two(struct knot *k) { return k->flag * lanes; } int knot_three(struct knot *k) { return k->flag / lanes; }',
    [],
  ],
  [
    'what an unseen function reserves may be asserted and given back',
    'int knot_flush(struct knot *k) { int r = loom_reserve(k, true); if (r) return r; lockdep_assert_held(&k->base.resv->lock.base); dma_resv_unlock(k->base.resv); return 0; }',
    [],
  ],
  [
    'a lock that nobody takes is asserted after an unseen call',
    'void knot_count(struct knot *k) { mutex_lock(&k->m); mutex_unlock(&k->m); loom_trace(7); lockdep_assert_held(&k->m); }',
    ['IL0105 knot_count'],
  ],
  [
    'an acquire context of the job that is submitted is let go of when the job is',
    'struct job { struct drm_exec exec; struct drm_gem_object *a; };\nstruct job_ops { int (*submit)(struct job *j); }; \nstatic int knot_submit(struct job *j)\n{\n struct drm_exec *exec = &j->exec; int ret = 0; drm_exec_init(exec, 0, 0); drm_exec_until_all_locked(exec) { ret = drm_exec_lock_obj(exec, j->a); drm_exec_retry_on_contention(exec); if (ret) return ret; } return 0;\n}\nstatic const struct job_ops knot_job_ops = { .submit = knot_submit };',
    [],
  ],
  [
    'nothing holds itself, however it is used',
    'void knot_self(struct knot *k, atomic_t a) { a.mode = 1; a.flag = a; atomic_inc(&a.flag); k->flag = a.mode; }',
    [],
  ],
];

const engine = (async () => {
  const require = createRequire(import.meta.url);
  return createEngine({
    parser: readFileSync(require.resolve('web-tree-sitter/web-tree-sitter.wasm')),
    grammar: readFileSync(require.resolve('tree-sitter-c/tree-sitter-c.wasm')),
  });
})();

describe('functions that no table names', () => {
  it.each(CASES)('%s', async (_what, text, findings) => {
    const report = (await engine).analyse({ path: 'knot.c', text: HEAD + text });
    expect(report.findings.map(({ code, function: name }) => `${code} ${name}`)).toEqual(findings);
  });
});

/** [what, lines of the hunk, `CODE function` of each finding] */
const CUT: readonly (readonly [string, string, readonly string[]])[] = [
  [
    'memory that lines behind the hunk may keep',
    ' \tint a;\n \n+\tif (k->flag)\n+\t\treturn;\n+\n \tdata = kmalloc(16, GFP_KERNEL);\n \tif (!data) {\n \t\tpr_err("no memory\\n");\n',
    [],
  ],
  [
    'memory that a return which is shown loses',
    ' \tvoid *data;\n \n+\tdata = kmalloc(16, GFP_KERNEL);\n+\tif (!data)\n+\t\treturn -ENOMEM;\n+\tif (k->flag)\n+\t\treturn -EBUSY;\n+\tk->data = data;\n \treturn 0;\n }\n',
    ['IL0301 knot_fill'],
  ],
];

/** A function of which a hunk shows the end, and another that calls it. */
const CALLED = `From: a <a@b.c>
Subject: [PATCH] knot

---
 knot.c | 10 ++++++++++

diff --git a/knot.c b/knot.c
--- a/knot.c
+++ b/knot.c
@@ -18,4 +18,14 @@ void knot_map_set(struct loom_map *map, void *address)
 \tmap->is_iomem = false;
 }
 
+int knot_vmap(struct knot *k, struct loom_map *map)
+{
+\tvoid *address = kmalloc(64, GFP_KERNEL);
+
+\tif (!address)
+\t\treturn -ENOMEM;
+\tknot_map_set(map, address);
+\treturn 0;
+}
+
 static int knot_last(void)
-- 
2.43.0
`;

describe('functions of which a hunk shows a part', () => {
  it.each(CUT)('%s', async (_what, lines, findings) => {
    const old = lines.split('\n').filter((line) => line.startsWith(' ')).length;
    const now = lines.split('\n').filter((line) => line !== '').length;
    const type = lines.includes('return;') ? 'void' : 'int';
    const head = `From: a <a@b.c>\nSubject: [PATCH] knot\n\n---\n knot.c | 2 +-\n\ndiff --git a/knot.c b/knot.c\n--- a/knot.c\n+++ b/knot.c\n`;
    const patch = `${head}@@ -10,${old} +10,${now} @@ static ${type} knot_fill(struct knot *k)\n${lines}-- \n2.43.0\n`;
    const report = (await engine).analyse({ path: 'knot.patch', text: patch });
    expect(report.findings.map(({ code, function: name }) => `${code} ${name}`)).toEqual(findings);
  });

  it('may keep what they are handed', async () => {
    const report = (await engine).analyse({ path: 'knot.patch', text: CALLED });
    expect(report.functions.map((each) => each.function)).toContain('knot_vmap');
    expect(report.findings).toEqual([]);
  });
});
