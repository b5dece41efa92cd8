/** What somebody else set up, owns or lets go of: locks in a caller's drm_exec, members that an object comes with, arrays that others free. */
import { beforeAll, describe, expect, it } from 'vitest';
import { engineForTests } from '../../test/engine.ts';
import type { Engine } from './engine.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await engineForTests();
});

const EXEC = `#include <drm/drm_exec.h>
#include <linux/dma-resv.h>
struct knot_step { int op; struct drm_gem_object *old; struct drm_gem_object *new; };
struct knot_step_ops { int (*step)(struct knot_step *step, void *priv); };
`;
const STEP_OPS = 'static const struct knot_step_ops knot_lock_ops = { .step = knot_step_lock };';

const IMPORT = `#include <linux/dma-buf.h>
struct knot_buf { struct dma_buf_attachment *attach; struct dma_buf *dmabuf; struct sg_table *sgt; };
`;
const importing = (release: string): string =>
  `${IMPORT}static void knot_release(struct knot_buf *buf) { ${release} if (!IS_ERR_OR_NULL(buf->dmabuf)) dma_buf_put(buf->dmabuf); }
int knot_import(struct knot_buf *buf, struct device *dev, int fd) { int ret; buf->dmabuf = dma_buf_get(fd); if (IS_ERR(buf->dmabuf)) { ret = PTR_ERR(buf->dmabuf); buf->dmabuf = NULL; return ret; }
buf->attach = dma_buf_attach(buf->dmabuf, dev); if (IS_ERR(buf->attach)) { ret = PTR_ERR(buf->attach); buf->attach = NULL; goto err; }
buf->sgt = dma_buf_map_attachment_unlocked(buf->attach, DMA_TO_DEVICE); if (IS_ERR(buf->sgt)) { ret = PTR_ERR(buf->sgt); buf->sgt = NULL; goto err; } return 0;
err: knot_release(buf); return ret; }`;

const SLOTS = `#include <linux/slab.h>
struct knot_node { unsigned int index; };
int knot_tell(struct knot *k, unsigned int index);
void knot_end(struct knot *k) { kfree(k->slots); k->slots = NULL; }
`;

const MMAP = (mmap: string): string => `#include <linux/dma-buf.h>
#include <linux/mm.h>
static int wren_mmap(struct dma_buf *dmabuf, struct vm_area_struct *vma) { ${mmap} return 0; }
static const struct dma_buf_ops wren_ops = { .mmap = wren_mmap };`;

const PAGE =
  '#include <linux/dma-mapping.h>\n#include <linux/mm.h>\n#include <linux/slab.h>\nstruct knot { struct device *dev; };\nint knot_colour(void *p, int n);\n';

const SET =
  'struct knot_set { int id; };\nstruct knot_in { struct knot_set set; int id; };\nint knot_set_register(struct knot_set *set);\n';

const TREE = '#include <linux/maple_tree.h>\nstruct knot { struct maple_tree tree; };\n';

const ATTACH = (copy: string, map: string): string => `#include <linux/dma-buf.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
struct wren_buffer { struct sg_table table; };
static int wren_attach(struct dma_buf *dmabuf, struct dma_buf_attachment *attach) { struct wren_buffer *b = dmabuf->priv; struct sg_table *t = kzalloc(sizeof(*t), GFP_KERNEL); struct scatterlist *from, *to; int i;
if (!t) return -ENOMEM; if (sg_alloc_table(t, b->table.orig_nents, GFP_KERNEL)) { kfree(t); return -ENOMEM; }
to = t->sgl; for_each_sgtable_sg(&b->table, from, i) { sg_set_page(to, sg_page(from), from->length, from->offset); ${copy} to = sg_next(to); } attach->priv = t; return 0; }
static void wren_detach(struct dma_buf *dmabuf, struct dma_buf_attachment *attach) { struct sg_table *t = attach->priv; sg_free_table(t); kfree(t); }
static struct sg_table *wren_map(struct dma_buf_attachment *attach, enum dma_data_direction dir) { ${map} }
static void wren_unmap(struct dma_buf_attachment *attach, struct sg_table *t, enum dma_data_direction dir) { }
static void wren_release(struct dma_buf *dmabuf) { }
static const struct dma_buf_ops wren_ops = { .attach = wren_attach, .detach = wren_detach, .map_dma_buf = wren_map, .unmap_dma_buf = wren_unmap, .release = wren_release };`;

const HEAP = (release: string): string => `#include <linux/dma-buf.h>
#include <linux/dma-mapping.h>
#include <linux/slab.h>
struct wren_buffer { struct device *dev; void *address; dma_addr_t dma; size_t size; };
static struct sg_table *wren_map(struct dma_buf_attachment *attach, enum dma_data_direction dir) { return ERR_PTR(-EOPNOTSUPP); }
static void wren_unmap(struct dma_buf_attachment *attach, struct sg_table *t, enum dma_data_direction dir) { }
static void wren_release(struct dma_buf *dmabuf) { struct wren_buffer *b = dmabuf->priv; ${release} }
static const struct dma_buf_ops wren_ops = { .map_dma_buf = wren_map, .unmap_dma_buf = wren_unmap, .release = wren_release };
struct dma_buf *wren_export(struct device *dev, size_t size) { DEFINE_DMA_BUF_EXPORT_INFO(info); struct dma_buf *dmabuf; struct wren_buffer *b = kzalloc(sizeof(*b), GFP_KERNEL); if (!b) return ERR_PTR(-ENOMEM);
b->dev = dev; b->size = PAGE_SIZE; b->address = dma_alloc_coherent(dev, b->size, &b->dma, GFP_KERNEL); if (!b->address) { kfree(b); return ERR_PTR(-ENOMEM); }
info.ops = &wren_ops; info.size = b->size; info.priv = b; dmabuf = dma_buf_export(&info); if (IS_ERR(dmabuf)) { dma_free_coherent(dev, b->size, b->address, b->dma); kfree(b); } return dmabuf; }`;

/** Locks a buffer once more when a transaction backed off, and lets go of it where it was wanted for eviction only. */
const backOff = (context: string): string =>
  `#include <linux/dma-resv.h>
#include <linux/list.h>
struct knot_bo { struct dma_resv *resv; struct list_head link; };
struct knot_ww { struct ww_acquire_ctx ctx; struct list_head list; struct knot_bo *contended; bool evict; };
int knot_ww_again(struct knot_ww *ww) { struct knot_bo *bo = ww->contended; int ret = dma_resv_lock_interruptible(bo->resv, ${context}); if (ret) return ret;
if (ww->evict) dma_resv_unlock(bo->resv); else list_add_tail(&bo->link, &ww->list); ww->contended = NULL; return 0; }`;

/** [what, C text, findings as `verdict code function`] */
const CASES: readonly (readonly [string, string, readonly string[]])[] = [
  ["a lock of the caller's transaction stays", backOff('&ww->ctx'), []],
  ['a lock of no transaction does not', backOff('NULL'), ['violation IL0101 knot_ww_again']],
  [
    'a step that locks for the drm_exec of who walks the steps',
    `${EXEC}static int knot_step_lock(struct knot_step *step, void *priv) { struct drm_exec *exec = priv; if (step->op == 1) return drm_exec_lock_obj(exec, step->old); return 0; }\n${STEP_OPS}`,
    [],
  ],
  [
    'a step that locks for itself and forgets',
    `${EXEC}static int knot_step_lock(struct knot_step *step, void *priv) { dma_resv_lock(step->old->resv, NULL); if (step->op == 1) return -EINVAL; dma_resv_unlock(step->old->resv); return 0; }\n${STEP_OPS}`,
    ['violation IL0101 knot_step_lock'],
  ],
  [
    'a drm_exec of its own that a failure forgets',
    `${EXEC}static int knot_step_lock(struct knot_step *step, void *priv) {\n struct drm_exec exec; int ret = 0; drm_exec_init(&exec, 0, 0); drm_exec_until_all_locked(&exec) { ret = drm_exec_lock_obj(&exec, step->old); drm_exec_retry_on_contention(&exec); if (ret) break; } if (step->op == 1) return -EINVAL; drm_exec_fini(&exec); return ret;\n}\n${STEP_OPS}`,
    ['violation IL0101 knot_step_lock', 'violation IL0301 knot_step_lock'],
  ],
  [
    'objects that a member’s drm_exec keeps when one cannot be locked',
    `${EXEC}struct knot { struct drm_exec exec; struct drm_gem_object *a, *b; };\nint knot_lock_both(struct knot *k) { int ret = drm_exec_lock_obj(&k->exec, k->a); if (ret) return ret; return drm_exec_prepare_obj(&k->exec, k->b, 1); }`,
    [],
  ],
  [
    'what an object that is filled in came with is its caller’s',
    importing(
      'if (buf->sgt) dma_buf_unmap_attachment_unlocked(buf->attach, buf->sgt, DMA_TO_DEVICE); if (buf->attach) dma_buf_detach(buf->dmabuf, buf->attach);',
    ),
    [],
  ],
  [
    'nobody’s test keeps NULL away',
    importing(
      'if (buf->sgt) dma_buf_unmap_attachment_unlocked(buf->attach, buf->sgt, DMA_TO_DEVICE); dma_buf_detach(buf->dmabuf, buf->attach);',
    ),
    ['violation IL0707 knot_release'],
  ],
  [
    'an element of an array that nobody declares and others free',
    `${SLOTS}int knot_add(struct knot *k) { struct knot_node *n = kzalloc(sizeof(*n), GFP_KERNEL); if (!n) return -ENOMEM; n->index = k->base; k->slots[n->index] = n; if (k->count) return -EINVAL; return 1; }`,
    [],
  ],
  [
    'the element is lost before it is in the array',
    `${SLOTS}int knot_add(struct knot *k) { struct knot_node *n = kzalloc(sizeof(*n), GFP_KERNEL); if (!n) return -ENOMEM; n->index = k->base; if (k->count) return -EINVAL; k->slots[n->index] = n; return 1; }`,
    ['violation IL0301 knot_add'],
  ],
  [
    'the operations of an area that is just mapped are empty, not NULL',
    MMAP('if (vma->vm_ops->open) vma->vm_ops->open(vma);'),
    [],
  ],
  ['what is empty is not called', MMAP('vma->vm_ops->open(vma);'), ['violation IL0901 wren_mmap']],
  [
    'a tree whose own lock is held gives it up to allocate',
    `${TREE}int knot_store(struct knot *k, void *what) { int ret; MA_STATE(mas, &k->tree, 3, 3); mas_lock(&mas); ret = mas_store_gfp(&mas, what, GFP_KERNEL); mas_unlock(&mas); return ret; }`,
    [],
  ],
  [
    'another spinlock it does not give up',
    `${TREE.replace('tree; ', 'tree; spinlock_t lock; ')}int knot_store(struct knot *k, void *what) { int ret; MA_STATE(mas, &k->tree, 3, 3); spin_lock(&k->lock); mas_lock(&mas); ret = mas_store_gfp(&mas, what, GFP_KERNEL); mas_unlock(&mas); spin_unlock(&k->lock); return ret; }`,
    ['violation IL0203 knot_store'],
  ],
  [
    'addresses that the allocator kept in the buffer’s table are copied',
    ATTACH('to->dma_address = from->dma_address; to->dma_length = from->dma_length;', 'return attach->priv;'),
    [],
  ],
  [
    'a copy of the pages alone, handed out unmapped',
    ATTACH('', 'return attach->priv;'),
    ['violation IL0519 wren_attach', 'violation IL0519 wren_map'],
  ],
  [
    'the buffer’s own table, handed out unmapped',
    ATTACH('', 'struct wren_buffer *b = attach->dmabuf->priv; return &b->table;'),
    ['violation IL0519 wren_attach', 'violation IL0519 wren_map'],
  ],
  [
    'a label that nobody shows is the comparison with it',
    '#include <linux/slab.h>\nint knot_drop(enum knot_kind kind, void *p) { void *q = kmemdup(p, 8, GFP_KERNEL); if (!q) return -ENOMEM; switch (kind) { case KNOT_PLAIN: kfree(q); break; } if (kind != KNOT_PLAIN) kfree(q); return 0; }',
    [],
  ],
  [
    'two labels are two comparisons',
    '#include <linux/slab.h>\nint knot_drop(enum knot_kind kind, void *p) { void *q = kmemdup(p, 8, GFP_KERNEL); if (!q) return -ENOMEM; switch (kind) { case KNOT_PLAIN: kfree(q); break; } if (kind != KNOT_DOUBLE) kfree(q); return 0; }',
    ['violation IL0303 knot_drop'],
  ],
  [
    'a buffer for which there is no descriptor is released',
    HEAP('dma_free_coherent(b->dev, b->size, b->address, b->dma); kfree(b);'),
    [],
  ],
  [
    'a buffer whose release forgets its memory',
    HEAP('kfree(b);'),
    ['violation IL0301 wren_release', 'violation IL0306 wren_export'],
  ],
  [
    'attachments that a loop gives up one after the other are not one',
    `${IMPORT}void knot_drop(struct knot_buf *bufs, struct dma_buf_attachment **all, int n) { int i; for (i = 0; i < n; i++) { struct dma_buf *buf = all[i]->dmabuf; dma_buf_unmap_attachment_unlocked(all[i], bufs[i].sgt, DMA_TO_DEVICE); dma_buf_detach(buf, all[i]); dma_buf_put(buf); } }`,
    [],
  ],
  [
    'one that a loop gives up before it is unmapped',
    `${IMPORT}void knot_drop(struct knot_buf *bufs, struct dma_buf_attachment **all, int n) { int i; for (i = 0; i < n; i++) { struct dma_buf *buf = all[i]->dmabuf; dma_buf_detach(buf, all[i]); dma_buf_unmap_attachment_unlocked(all[i], bufs[i].sgt, DMA_TO_DEVICE); dma_buf_put(buf); } }`,
    ['violation IL0701 knot_drop'],
  ],
  [
    'a page whose variable was handed out to be written, and is freed',
    `${PAGE}int knot_page(struct knot *k) { struct page *page = alloc_page(GFP_KERNEL); dma_addr_t addr; if (!page) return -ENOMEM; knot_colour(&page, 1); addr = dma_map_page(k->dev, page, 0, PAGE_SIZE, DMA_TO_DEVICE); if (dma_mapping_error(k->dev, addr)) { put_page(page); return -ENOMEM; } dma_unmap_page(k->dev, addr, PAGE_SIZE, DMA_TO_DEVICE); put_page(page); return 0; }`,
    [],
  ],
  [
    'memory whose variable was handed out to be written, and is freed',
    `${PAGE}int knot_page(struct knot *k) { void *p = kmalloc(64, GFP_KERNEL); if (!p) return -ENOMEM; knot_colour(&p, 1); kfree(p); return -EINVAL; }`,
    [],
  ],
  [
    'what was made known to others before another failure',
    `${PAGE}${SET}int knot_make(int n) { struct knot_in *k = kzalloc(sizeof(*k), GFP_KERNEL); void *p; int ret; if (!k) return -ENOMEM; ret = knot_set_register(&k->set); if (ret) { kfree(k); return ret; } p = kzalloc(n, GFP_KERNEL); if (!p) return -ENOMEM; kfree(p); return 0; }`,
    [],
  ],
  [
    'what could not be made known',
    `${PAGE}${SET}int knot_make(int n) { struct knot_in *k = kzalloc(sizeof(*k), GFP_KERNEL); int ret; if (!k) return -ENOMEM; ret = knot_set_register(&k->set); if (ret) return ret; return 0; }`,
    ['suspected IL0301 knot_make'],
  ],
  [
    'memory whose variable was handed out, and is not freed',
    `${PAGE}int knot_page(struct knot *k) { void *p = kmalloc(64, GFP_KERNEL); if (!p) return -ENOMEM; knot_colour(&p, 1); return -EINVAL; }`,
    ['violation IL0301 knot_page'],
  ],
];

/** [what, patch of two files, findings] */
const patch = (path: string, heading: string, lines: string): string => {
  const text = lines.trim().split('\n');
  const count = (sign: string): number => text.filter((line) => !line.startsWith(sign)).length;
  return `diff --git a/${path} b/${path}\n--- a/${path}\n+++ b/${path}\n@@ -60,${count('+')} +60,${count('-')} @@ ${heading}\n${lines.replace(/^\n|\n$/g, '')}\n`;
};
const mail = (...parts: readonly string[]): string =>
  `From: A Wren <wren@example.com>\nSubject: [PATCH] drm/wren: change\n\n---\n${parts.join('')}-- \n2.47.1\n`;

const PATCHES: readonly (readonly [string, string, readonly string[]])[] = [
  [
    'a parameter of one file is a variable of another',
    mail(
      patch(
        'drivers/xen/wren-dmabuf.c',
        'int wren_last(void)',
        '\n+int wren_export(struct wren *w, int use_map)\n+{\n+\treturn use_map ? -EINVAL : w->last;\n+}\n',
      ),
      patch(
        'drivers/xen/wren.c',
        'int wren_first(void)',
        '\n+int wren_count(struct wren *w)\n+{\n+\tif (use_map)\n+\t\treturn 0;\n+\treturn w->count;\n+}\n',
      ),
    ),
    [],
  ],
  [
    'what every author declares in the function is missing wherever it is not',
    mail(
      patch(
        'drivers/xen/wren.c',
        'int wren_first(void)',
        '\n+int wren_export(struct wren *w, int use_map)\n+{\n+\treturn use_map ? -EINVAL : w->last;\n+}\n+int wren_count(struct wren *w)\n+{\n+\tif (ret)\n+\t\treturn 0;\n+\treturn w->count;\n+}\n',
      ),
    ),
    ['suspected IL0908 wren_count'],
  ],
  [
    'what the core asks of an attachment is no op of an exporter',
    mail(
      patch(
        'drivers/dma-buf/dma-buf.c',
        'static bool',
        '\n dma_buf_pin_on_map(struct dma_buf_attachment *attach)\n {\n \treturn attach->dmabuf->ops->pin &&\n-\t\t!attach->peer2peer;\n+\t       !dma_buf_attachment_is_dynamic(attach);\n }\n',
      ),
    ),
    [],
  ],
  [
    'a device that is given back before the failure is told',
    mail(
      patch(
        'drivers/gpu/drm/wren/wren_gem.c',
        'struct drm_gem_object *wren_import(struct drm_device *dev, struct dma_buf *buf)',
        '\n \tstruct dma_buf_attachment *attach;\n \n \tget_device(dev->dev);\n-\tattach = dma_buf_attach(buf, NULL);\n+\tattach = dma_buf_attach(buf, dev->dev);\n \tif (IS_ERR(attach)) {\n \t\tput_device(dev->dev);\n \t\treturn ERR_CAST(attach);\n',
      ),
    ),
    [],
  ],
  [
    'a device that is not',
    mail(
      patch(
        'drivers/gpu/drm/wren/wren_gem.c',
        'struct drm_gem_object *wren_import(struct drm_device *dev, struct dma_buf *buf)',
        '\n \tstruct dma_buf_attachment *attach;\n \n \tget_device(dev->dev);\n-\tattach = dma_buf_attach(buf, NULL);\n+\tattach = dma_buf_attach(buf, dev->dev);\n \tif (IS_ERR(attach)) {\n \t\treturn ERR_CAST(attach);\n',
      ),
    ),
    ['suspected IL0311 wren_import'],
  ],
];

describe('what others own', () => {
  it.each(CASES)('%s', (_what, text, findings) => {
    const report = engine.analyse({ path: 'knot.c', text });
    expect([...new Set(report.findings.map((each) => `${each.verdict} ${each.code} ${each.function}`))]).toEqual(
      findings,
    );
  });

  it.each(PATCHES)('%s', (_what, text, findings) => {
    const report = engine.analyse({ path: 'knot.patch', text });
    expect(report.findings.map((each) => `${each.verdict} ${each.code} ${each.function}`)).toEqual(findings);
  });
});
