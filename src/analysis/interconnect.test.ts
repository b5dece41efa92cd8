/** Both sides of an interconnect, and ops that are shown without their table: what is driven, and what is found in it. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { createEngine } from './createEngine.ts';

const EXPORTER = `#include <linux/dma-buf.h>
#include <linux/dma-buf-interconnect.h>
#include <linux/dma-buf-mapping.h>
#include <linux/vfio.h>
#include <linux/pci.h>
#include <linux/range.h>
#include <linux/slab.h>
static int gannet_attach(struct dma_buf *dmabuf, struct dma_buf_attachment *attach)
{
	struct vfio_pci_dma_buf *priv = dmabuf->priv;
	const struct dma_buf_interconnect_match offered[] = { CREATE_IOV_INTERCONNECT(priv->vdev->pdev, 2) };

	if (!attach->allow_ic)
		return attach->peer2peer ? 0 : -EOPNOTSUPP;
	return attach->importer_ops->supports_interconnects(attach, offered, ARRAY_SIZE(offered)) ? 0 : -EOPNOTSUPP;
}
static bool gannet_match(const struct dma_buf_interconnect *exp, const struct dma_buf_interconnect *imp)
{
	const struct dma_buf_iov_interconnect *mine = container_of(exp, struct dma_buf_iov_interconnect, base);
	const struct dma_buf_iov_interconnect *theirs = container_of(imp, struct dma_buf_iov_interconnect, base);

	return theirs->pdev == pci_physfn(mine->pdev) && theirs->bar == mine->bar;
}
static int gannet_ranges(struct dma_buf_attachment *attach, struct dma_buf_ranges *ranges)
{
	struct vfio_pci_dma_buf *priv = attach->dmabuf->priv;
	struct range *range = kcalloc(1, sizeof(*range), GFP_KERNEL);
	void *old;

	if (!range)
		return -ENOMEM;
	range->start = priv->phys_vec[0].paddr;
	range->end = range->start + priv->phys_vec[0].len - 1;
	old = xa_store(&ranges->ranges, 0, range, GFP_KERNEL);
	if (xa_is_err(old)) {
		kfree(range);
		return xa_err(old);
	}
	ranges->nranges = 1;
	return 0;
}
static void gannet_drop(struct dma_buf_attachment *attach, struct dma_buf_ranges *ranges)
{
	kfree(xa_load(&ranges->ranges, 0));
}
static struct sg_table *gannet_map(struct dma_buf_attachment *attach, enum dma_data_direction dir)
{
	struct vfio_pci_dma_buf *priv = attach->dmabuf->priv;

	return dma_buf_phys_vec_to_sgt(attach, priv->provider, priv->phys_vec, priv->nr_ranges, priv->size, dir);
}
static void gannet_unmap(struct dma_buf_attachment *attach, struct sg_table *sgt, enum dma_data_direction dir)
{
	dma_buf_free_sgt(attach, sgt, dir);
}
static void gannet_release(struct dma_buf *dmabuf)
{
}
static const struct dma_buf_interconnect_ops gannet_interconnect = {
	.match_interconnect = gannet_match, .map_interconnect = gannet_ranges, .unmap_interconnect = gannet_drop,
};
const struct dma_buf_ops gannet_ops = {
	.attach = gannet_attach, .map_dma_buf = gannet_map, .unmap_dma_buf = gannet_unmap, .release = gannet_release,
	.interconnect_ops = &gannet_interconnect,
};
`;

const PAIR = `${EXPORTER}
static void gannet_notify(struct dma_buf_attachment *attach)
{
}
static bool gannet_supports(struct dma_buf_attachment *attach, const struct dma_buf_interconnect_match *exp, unsigned int count)
{
	const struct dma_buf_interconnect_match wanted[] = { CREATE_IOV_INTERCONNECT(to_pci_dev(attach->dev), 2) };

	return dma_buf_match_interconnects(attach, exp, count, wanted, ARRAY_SIZE(wanted));
}
const struct dma_buf_attach_ops gannet_importer = {
	.allow_peer2peer = true, .move_notify = gannet_notify, .supports_interconnects = gannet_supports,
};
`;

const SKETCH = `#include <drm/drm_pagemap.h>
#include <linux/ual.h>
#include <linux/dma-mapping.h>
#include <linux/slab.h>
struct smew_cookie { struct dma_iova_state state; struct ual_iova_state ual; };
static void *smew_device_iova_alloc(struct drm_pagemap *dpagemap, struct device *dev, size_t length, enum dma_data_direction dir)
{
	struct device *owner = dpagemap->drm->dev;
	struct smew_cookie *cookie = kzalloc(sizeof(*cookie), GFP_KERNEL);
	int err;

	if (!cookie)
		return ERR_PTR(-ENOMEM);
	if (ual_distance(owner, dev) < 0) {
		if (dma_iova_try_alloc(dev, &cookie->state, 0, length))
			return cookie;
	} else {
		err = ual_iova_try_alloc(owner, &cookie->ual, 0, length);
		if (err) {
			kfree(cookie);
			return ERR_PTR(err);
		}
		if (ual_use_iova(&cookie->ual))
			return cookie;
	}
	kfree(cookie);
	return NULL;
}
`;

const engine = (async () => {
  const require = createRequire(import.meta.url);
  return createEngine({
    parser: readFileSync(require.resolve('web-tree-sitter/web-tree-sitter.wasm')),
    grammar: readFileSync(require.resolve('tree-sitter-c/tree-sitter-c.wasm')),
  });
})();

/** Functions of the driver that one run of a scenario calls, in order. */
async function called(text: string, table: string, scenario: string, prefix: string): Promise<string> {
  const report = (await engine).simulate({ path: 'driver.c', text }, { table, scenario });
  expect(report.problems).toEqual([]);
  return report.lines
    .flatMap(({ event }) =>
      event.kind === 'call' && event.function.startsWith(prefix) ? [event.function.slice(prefix.length)] : [],
    )
    .join(' ');
}

describe('an interconnect', () => {
  const cases: [string, string, string][] = [
    [PAIR, 'pair.match', 'attach supports match ranges drop release'],
    [PAIR, 'pair.mismatch', 'attach supports match release'],
    [EXPORTER, 'match', 'attach match ranges drop release'],
    [EXPORTER, 'two-types', 'attach match ranges drop release'],
    [EXPORTER, 'mismatch', 'attach match release'],
    [EXPORTER, 'none', 'attach map unmap release'],
  ];
  it.each(cases)('of %#: %s', async (text, scenario, ops) => {
    expect(await called(text, 'gannet_ops', `interconnect-life.${scenario}`, 'gannet_')).toBe(ops);
  });

  it('is clean when both sides are', async () => {
    const report = (await engine).analyse({ path: 'driver.c', text: PAIR });
    expect(report.findings.map(({ code, message }) => `${code} ${message}`)).toEqual([]);
  });

  it('shows what unmapping forgets', async () => {
    const text = PAIR.replace('kfree(xa_load(&ranges->ranges, 0));', '');
    const report = (await engine).analyse({ path: 'driver.c', text });
    expect(report.findings.map(({ code, function: name }) => `${code} ${name}`)).toContain('IL0301 gannet_drop');
  });
});

describe('ops without their table', () => {
  it('run on both distances and both modes of a fabric', async () => {
    const report = (await engine).analyse({ path: 'sketch.c', text: SKETCH });
    expect(report.findings.map(({ code, message }) => `${code} ${message}`)).toEqual([]);
    expect(report.statements).toMatchObject({ missed: [] });
  });

  it('are judged there', async () => {
    const text = SKETCH.replace('{\n\t\t\tkfree(cookie);\n\t\t\treturn ERR_PTR(err);', '{\n\t\t\treturn ERR_PTR(err);');
    const report = (await engine).analyse({ path: 'sketch.c', text });
    expect(report.findings.map(({ code, function: name, verdict }) => `${code} ${name} ${verdict}`)).toEqual([
      'IL0301 smew_device_iova_alloc violation',
    ]);
  });
});
