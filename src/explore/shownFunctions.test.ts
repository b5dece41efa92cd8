/** Functions behind pointers: tables of a driver's own, tables put together at run time, callbacks handed on by the driver's own functions. */
import { describe, expect, it } from 'vitest';
import { engineForTests } from '../../test/engine.ts';

const HEAD = `#include <linux/dma-buf.h>
#include <linux/interrupt.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include <drm/drm_pagemap.h>
struct stint;
struct stint_if { int (*get)(struct stint *s, struct sg_table *t, struct device *d); void (*put)(struct stint *s, struct sg_table *t, struct device *d); };
struct stint { const struct stint_if *hw; struct page **pages; unsigned int n; spinlock_t lock; u32 seen; struct work_struct work; void *(*make)(struct stint *s); };
static int sys_get(struct stint *s, struct sg_table *t, struct device *d)
{
	int err = sg_alloc_table_from_pages(t, s->pages, s->n, 0, (u64)s->n << PAGE_SHIFT, GFP_KERNEL);

	if (err)
		return err;
	err = dma_map_sgtable(d, t, DMA_BIDIRECTIONAL, 0);
	if (err)
		sg_free_table(t);
	return err;
}
static void sys_put(struct stint *s, struct sg_table *t, struct device *d)
{
	dma_unmap_sgtable(d, t, DMA_BIDIRECTIONAL, 0);
	sg_free_table(t);
}
static struct sg_table *stint_map(struct dma_buf_attachment *at, enum dma_data_direction dir)
{
	struct stint *s = at->dmabuf->priv;
	struct sg_table *t = kzalloc(sizeof(*t), GFP_KERNEL);
	int err;

	if (!t)
		return ERR_PTR(-ENOMEM);
	err = s->hw->get(s, t, at->dev);
	if (err) {
		kfree(t);
		return ERR_PTR(err);
	}
	return t;
}
static void stint_unmap(struct dma_buf_attachment *at, struct sg_table *t, enum dma_data_direction dir)
{
	struct stint *s = at->dmabuf->priv;

	s->hw->put(s, t, at->dev);
	kfree(t);
}
static void stint_release(struct dma_buf *buf)
{
	kfree(buf->priv);
}
`;
const HARDWARE = 'static const struct stint_if sys_if = { sys_get, sys_put };\n';
const EXPORTER =
  'const struct dma_buf_ops stint_ops = { .map_dma_buf = stint_map, .unmap_dma_buf = stint_unmap, .release = stint_release };\n';
const FILLED = `static void stint_fill(struct dma_buf_ops *ops)
{
	ops->map_dma_buf = stint_map;
	ops->unmap_dma_buf = stint_unmap;
	ops->release = stint_release;
}
`;
const IRQ = `static irqreturn_t stint_irq(int irq, void *arg) { struct stint *s = arg; spin_lock(&s->lock); s->seen++; spin_unlock(&s->lock); return IRQ_HANDLED; }
u32 stint_seen(struct stint *s) { u32 n; spin_lock(&s->lock); n = s->seen; spin_unlock(&s->lock); return n; }
`;
const HOOK =
  'static int stint_hook(int irq, irq_handler_t fn, void *arg) { return request_irq(irq, fn, 0, "stint", arg); }\n';
const forgets = (text: string): string => text.replace('\tif (err)\n\t\tsg_free_table(t);\n', '');

/** [what, C, `CODE function` of each finding, a scenario that must have run] */
const CASES: readonly (readonly [string, string, readonly string[], string])[] = [
  ['a backend that is right', HEAD + HARDWARE + EXPORTER, [], 'buffer-life.dynamic'],
  [
    'a backend that keeps its table when mapping fails',
    forgets(HEAD) + HARDWARE + EXPORTER,
    ['IL0301 sys_get'],
    'buffer-life.dynamic',
  ],
  [
    'two backends, of which each undoes its own work',
    `${HEAD}${HARDWARE}static int no_get(struct stint *s, struct sg_table *t, struct device *d) { return -ENODEV; }
static void no_put(struct stint *s, struct sg_table *t, struct device *d) { WARN_ON(1); }
static const struct stint_if no_if = { .get = no_get, .put = no_put };
${EXPORTER}`,
    [],
    'buffer-life.static',
  ],
  [
    'a table put together at run time',
    `${forgets(HEAD)}${HARDWARE}${FILLED}`,
    ['IL0301 sys_get'],
    'buffer-life.dynamic',
  ],
  [
    'a static table that is completed at run time',
    `${forgets(HEAD)}${HARDWARE}static struct dma_buf_ops stint_ops = { .release = stint_release };
void stint_begin(void) { stint_ops.map_dma_buf = stint_map; stint_ops.unmap_dma_buf = stint_unmap; }
`,
    ['IL0301 sys_get'],
    'buffer-life.static',
  ],
  [
    'a copy of a table in which one op is another',
    `${HEAD}${HARDWARE}${EXPORTER}static void stint_lose(struct dma_buf_attachment *at, struct sg_table *t, enum dma_data_direction dir) { kfree(t); }
void stint_copy(struct dma_buf_ops *ops) { *ops = stint_ops; ops->unmap_dma_buf = stint_lose; }
`,
    ['IL0306 sys_get', 'IL0301 stint_lose'],
    'buffer-life.static',
  ],
  [
    'the only function of a member',
    `${HEAD}static void *stint_make(struct stint *s) { return kmalloc(8, GFP_KERNEL); }
void stint_init(struct stint *s) { s->make = stint_make; }
int stint_use(struct stint *s) { void *p; spin_lock(&s->lock); p = s->make(s); kfree(p); spin_unlock(&s->lock); return 0; }
`,
    ['IL0203 stint_make'],
    'alone',
  ],
  [
    'a handler handed to a function that registers it',
    `${HEAD}${IRQ}${HOOK}int stint_start(struct stint *s) { return stint_hook(7, stint_irq, s); }\n`,
    ['IL0106 stint_seen'],
    'as.request_irq.handler.hardirq',
  ],
  [
    'one of two handlers',
    `${HEAD}${IRQ}static irqreturn_t stint_msi(int irq, void *arg) { return IRQ_HANDLED; }
int stint_start(struct stint *s, bool msi) { return request_irq(7, msi ? stint_msi : stint_irq, 0, "stint", s); }
`,
    ['IL0106 stint_seen'],
    'as.request_irq.handler.hardirq',
  ],
];

describe('functions behind pointers', () => {
  it.each(CASES)('%s', async (_what, text, findings, scenario) => {
    const engine = await engineForTests();
    const report = engine.analyse({ path: 'stint.c', text }, { maxRuns: 15, maxInterleavings: 1 });
    const found = report.findings.filter(({ level }) => level !== 'info');
    expect([...new Set(found.map((each) => `${each.code} ${each.function}`))]).toEqual(findings);
    expect((report.scenarios ?? []).map(({ name }) => name)).toContain(scenario);
    expect(report.unsupported).toEqual([]);
  });
});
