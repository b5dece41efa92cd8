/** Exporters of memory without pages: they let only importers in that take it, and their ops are run with one. */
import { expect, it } from 'vitest';
import { engineForTests } from '../../test/engine.ts';

/** An exporter that maps its window, and unmaps with this length and direction. */
const exporter = (length: string, direction: string): string => `#include <linux/dma-buf.h>
#include <linux/dma-mapping.h>
#include <linux/slab.h>
struct weir { phys_addr_t window; size_t bytes; };

static int weir_attach(struct dma_buf *dmabuf, struct dma_buf_attachment *attach)
{
	return attach->peer2peer ? 0 : -EOPNOTSUPP;
}

static struct sg_table *weir_map(struct dma_buf_attachment *attach, enum dma_data_direction dir)
{
	struct weir *weir = attach->dmabuf->priv;
	struct sg_table *sgt = kzalloc(sizeof(*sgt), GFP_KERNEL);
	dma_addr_t addr;

	if (!sgt)
		return ERR_PTR(-ENOMEM);
	if (sg_alloc_table(sgt, 1, GFP_KERNEL))
		goto free;
	addr = dma_map_resource(attach->dev, weir->window, attach->dmabuf->size, dir, 0);
	if (dma_mapping_error(attach->dev, addr))
		goto table;
	sg_dma_address(sgt->sgl) = addr;
	sg_dma_len(sgt->sgl) = attach->dmabuf->size;
	return sgt;
table:
	sg_free_table(sgt);
free:
	kfree(sgt);
	return ERR_PTR(-ENOMEM);
}

static void weir_unmap(struct dma_buf_attachment *attach, struct sg_table *sgt, enum dma_data_direction dir)
{
	dma_unmap_resource(attach->dev, sg_dma_address(sgt->sgl), ${length}, ${direction}, 0);
	sg_free_table(sgt);
	kfree(sgt);
}

static void weir_release(struct dma_buf *dmabuf)
{
	kfree(dmabuf->priv);
}

const struct dma_buf_ops weir_ops = {
	.attach = weir_attach,
	.map_dma_buf = weir_map,
	.unmap_dma_buf = weir_unmap,
	.release = weir_release,
};
`;

it.each<readonly [string, string, readonly string[]]>([
  ['sg_dma_len(sgt->sgl)', 'dir', []],
  ['PAGE_SIZE', 'dir', ['violation IL0506']],
  ['sg_dma_len(sgt->sgl)', 'DMA_BIDIRECTIONAL', ['suspected IL0506']],
])('an exporter that unmaps %s, %s', async (length, direction, found) => {
  const engine = await engineForTests();
  const { findings } = engine.analyse({ path: 'drivers/misc/weir.c', text: exporter(length, direction) });
  expect(findings.map(({ verdict, code }) => `${verdict} ${code}`)).toEqual(found);
});

/** An exporter whose length stands in a struct that nobody shows; it maps this many bytes. */
const unseen = (length: string): string =>
  exporter('sg_dma_len(sgt->sgl)', 'dir')
    .replace('struct weir { phys_addr_t window; size_t bytes; };\n', '')
    .replaceAll('attach->dmabuf->size', length);

it.each<readonly [string, readonly string[]]>([
  ['weir->len', []],
  ['attach->dmabuf->size', []],
  ['attach->dmabuf->size / 2', ['violation IL0519']],
])('an exporter that maps %s of a struct nobody shows', async (length, found) => {
  const engine = await engineForTests();
  const { findings } = engine.analyse({ path: 'drivers/misc/weir.c', text: unseen(length) });
  expect(findings.map(({ verdict, code }) => `${verdict} ${code}`)).toEqual(found);
});
