/** Walks, and what is read of them: entries taken for others, cursors behind the end, tests that come late, set up that comes late. */
import { beforeAll, describe, expect, it } from 'vitest';
import { engineForTests } from '../../test/engine.ts';
import type { Engine } from '../analysis/engine.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await engineForTests();
});

const LIST = `#include <linux/list.h>
struct knot { struct list_head states; int n; };
struct knot_state { struct list_head head; int id; };
`;
const find = (behind: string, before = ''): string =>
  `${LIST}int knot_find(struct knot *k, int req) { struct knot_state *s; bool found = false; int i = 0; ${before} list_for_each_entry(s, &k->states, head) { if (s->id == req) { found = true; break; } i++; } ${behind} return i; }`;

const SG = `#include <linux/scatterlist.h>
#include <linux/dma-mapping.h>
struct knot { struct device *dev; struct scatterlist *sg; int n; };
void knot_tell(struct knot *k, dma_addr_t at, unsigned int length);
void knot_copy(void *from, unsigned int length);
`;
const each = (body: string): string =>
  `${SG}void knot_walk(struct knot *k, struct scatterlist *sgl, int n) { struct scatterlist *sg; int i; for_each_sg(sgl, sg, n, i) { ${body} } }`;

const NULLS = `struct knot { int id; struct knot *up; };
struct knot *knot_above(struct knot *k); struct knot *to_knot(int id);
`;

const QUEUE = `#include <linux/list.h>
#include <linux/kref.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
struct wren { struct list_head link; struct kref ref; int id; };
static LIST_HEAD(wrens);
static DEFINE_SPINLOCK(wrens_lock);
`;
const publish = (first: string, then: string): string =>
  `${QUEUE}struct wren *wren_make(int id) { struct wren *w = kzalloc(sizeof(*w), GFP_KERNEL); if (!w) return NULL; ${first} ${then} return w; }`;
const INIT = 'kref_init(&w->ref); w->id = id;';
const ADD = 'spin_lock(&wrens_lock); list_add_tail(&w->link, &wrens); spin_unlock(&wrens_lock);';

const HANDLE = (failed: string): string => `#include <drm/drm_gem.h>
int wren_create(struct drm_file *file, struct drm_gem_object *obj, u32 *handle) { int ret = drm_gem_handle_create(file, obj, handle); if (ret) { ${failed} return ret; } drm_gem_object_put(obj); return 0; }`;

const NODES = `#include <linux/slab.h>
struct knot { struct device_node *np, *kept; int n; };
struct device_node *of_parse_phandle(const struct device_node *np, const char *name, int index);
bool of_device_is_available(const struct device_node *np);
void of_node_put(struct device_node *np);
`;
const nodes = (found: string, walk = 'for_each_child_of_node(k->np, child)'): string =>
  `${NODES}int knot_count(struct knot *k) { struct device_node *child; int n = 0; ${walk} { if (!of_device_is_available(child)) { ${found} } n++; } return n; }`;
const phandle = (fails: string): string =>
  `${NODES}int knot_look(struct knot *k) { struct device_node *np = of_parse_phandle(k->np, "knot", 0); if (!np) return -ENODEV; if (!of_device_is_available(np)) { ${fails} return -EINVAL; } of_node_put(np); return 0; }`;

const MAPPED = (test: string): string => `#include <linux/iommu.h>
#include <linux/scatterlist.h>
struct knot { struct iommu_domain *domain; struct sg_table *sgt; ssize_t size; };
int knot_map(struct knot *k) { k->size = iommu_map_sgtable(k->domain, 0, k->sgt, IOMMU_READ); ${test} return 0; }`;

const FENCES = (lock: string, unlock: string): string => `#include <linux/dma-fence.h>
#include <linux/workqueue.h>
struct knot { struct work_struct work; spinlock_t lock; struct dma_fence *fence; };
static void knot_signal_work(struct work_struct *work) { struct knot *k = container_of(work, struct knot, work); unsigned long flags; ${lock} dma_fence_signal_locked(k->fence); ${unlock} }
void knot_start(struct knot *k) { INIT_WORK(&k->work, knot_signal_work); }`;

const ERRORS = (exit: string): string => `int knot_map(void *k); int knot_more(void *k); int knot_unmap(void *k);
int knot_open(void *k) { int err = knot_map(k); if (err) return err; err = knot_more(k); if (err) goto err_unmap; return 0;
err_unmap: ${exit} return err; }`;

const CASES: readonly (readonly [string, string, readonly string[]])[] = [
  ['a cursor behind the end of its walk', find('if (s->id != req) return -EINVAL;'), ['suspected IL0310']],
  ['a walk that says whether it found one', find('if (!found) return -EINVAL; k->n = s->id;'), []],
  [
    'a walk whose end is asked for',
    find('if (list_entry_is_head(s, &k->states, head)) return -EINVAL; k->n = s->id;'),
    [],
  ],
  [
    'a cursor that has another value',
    find('s = list_first_entry(&k->states, struct knot_state, head); k->n = s->id;'),
    [],
  ],
  ['the first entry in each round', each('knot_tell(k, sg_dma_address(sg), sg_dma_len(sgl));'), ['suspected IL0501']],
  ['the entry of the round', each('knot_tell(k, sg_dma_address(sg), sg_dma_len(sg));'), []],
  [
    'a walk that asks whether it stands at the first',
    each('knot_tell(k, sg_dma_address(sg), sg == sgl ? sgl->length : sg_dma_len(sg));'),
    [],
  ],
  [
    'the length of the mapping at the address of the page',
    each('knot_copy(sg_virt(sg), sg_dma_len(sg));'),
    ['suspected IL0501'],
  ],
  ['the length of the entry', each('knot_copy(sg_virt(sg), sg->length);'), []],
  [
    'a mapping that is asked for before it is made',
    `${SG}int knot_map(struct knot *k) { unsigned int length = sg_dma_len(k->sg); int n = dma_map_sg(k->dev, k->sg, 1, DMA_TO_DEVICE); if (!n) return -ENOMEM; knot_tell(k, sg_dma_address(k->sg), length); dma_unmap_sg(k->dev, k->sg, 1, DMA_TO_DEVICE); return 0; }`,
    ['suspected IL0501'],
  ],
  [
    'a mapping that is asked for when it is made',
    `${SG}int knot_map(struct knot *k) { int n = dma_map_sg(k->dev, k->sg, 1, DMA_TO_DEVICE); if (!n) return -ENOMEM; knot_tell(k, sg_dma_address(k->sg), sg_dma_len(k->sg)); dma_unmap_sg(k->dev, k->sg, 1, DMA_TO_DEVICE); return 0; }`,
    [],
  ],
  [
    'a pointer that is tested after its use',
    `${NULLS}int knot_id(struct knot *k) { struct knot *up = knot_above(k); int id = up->id; if (!up) return -1; return id; }`,
    ['suspected IL0901'],
  ],
  [
    'a pointer that is tested before its use',
    `${NULLS}int knot_id(struct knot *k) { struct knot *up = knot_above(k); int id; if (!up) return -1; id = up->id; return id; }`,
    [],
  ],
  [
    'a pointer that is tested twice, the first time before its use',
    `${NULLS}int knot_id(struct knot *k) { struct knot *up = knot_above(k); int id; if (!up) return -1; id = up->id; if (!up) return -2; return id; }`,
    [],
  ],
  [
    'a careful test of what a member is in',
    `${NULLS}int knot_id(int n) { struct knot *up = to_knot(n); int id = up->id; if (!up) return -1; return id; }`,
    [],
  ],
  ['a count that is set up when others can take it', publish(ADD, INIT), ['suspected IL0107']],
  ['a count that is set up before', publish(INIT, ADD), []],
  [
    'a count that is set up under the lock of the list',
    publish('spin_lock(&wrens_lock); list_add_tail(&w->link, &wrens);', `${INIT} spin_unlock(&wrens_lock);`),
    [],
  ],
  ['a walk that is left with the node it stands at', nodes('return -EINVAL;'), ['suspected IL0313']],
  ['one that gives the node back', nodes('of_node_put(child); return -EINVAL;'), []],
  ['one that keeps the node', nodes('k->kept = child; return 0;'), []],
  ['one that goes on', nodes('continue;'), []],
  [
    'a walk over devices that is left',
    `#include <linux/pci.h>\nint knot_pci(int id) { struct pci_dev *pdev = NULL; while ((pdev = pci_get_device(1, 2, pdev)) != NULL) { if (pdev->devfn == id) return 1; } return 0; }`,
    ['suspected IL0313'],
  ],
  ['a node that a failure keeps', phandle(''), ['violation IL0313']],
  ['a node that it gives back', phandle('of_node_put(np);'), []],
  ['a mapped size that is tested for 0', MAPPED('if (!k->size) return -ENOMEM;'), ['suspected IL0405']],
  ['one that is tested for an errno', MAPPED('if (k->size < 0) return (int)k->size;'), []],
  [
    'fences signalled by work under a lock that lets interrupts in',
    FENCES('spin_lock(&k->lock);', 'spin_unlock(&k->lock);'),
    ['suspected IL0106'],
  ],
  [
    'with interrupts off',
    FENCES('spin_lock_irqsave(&k->lock, flags);', 'spin_unlock_irqrestore(&k->lock, flags);'),
    [],
  ],
  ['a failure that its exit replaces', ERRORS('err = knot_unmap(k);'), ['suspected IL0405']],
  ['a failure that its exit keeps', ERRORS('if (knot_unmap(k)) pr_err("stuck");'), []],
  [
    'an op that has the name of a function of the kernel',
    `struct knot_dev { int id; }; struct knot { struct knot_dev *(*get_device)(struct knot *k); int (*enable)(struct knot *k); };\nint knot_on(struct knot *k) { struct knot_dev *dev = k->get_device(k); int ret = 0; if (dev) { ret = k->enable(k); if (ret) return ret; } return 0; }`,
    [],
  ],
  ['an object without a handle that is only released', HANDLE('drm_gem_object_release(obj);'), ['suspected IL0301']],
  ['one that is put', HANDLE('drm_gem_object_put(obj);'), []],
  ['one whose memory is freed', HANDLE('drm_gem_object_release(obj); kfree(obj);'), []],
];

describe('what the text of a walk tells', () => {
  it.each(CASES)('%s', (_what, text, findings) => {
    const report = engine.analyse({ path: 'knot.c', text });
    expect([...new Set(report.findings.map((found) => `${found.verdict} ${found.code}`))]).toEqual(findings);
  });
});
