/** An exporter and an importer as plain as they can be right, for tests: tests replace single functions by wrong ones. */

/** Functions of the sample by name; a test overrides some. */
const PARTS: Readonly<Record<string, string>> = {
  prelude: `
#include <linux/dma-buf.h>
#include <linux/slab.h>

struct lumen_buffer {
	struct dma_buf *dmabuf;
	int pinned;
};
`,
  lumen_map: `
static struct sg_table *lumen_map(struct dma_buf_attachment *attach, enum dma_data_direction dir)
{
	struct sg_table *sgt = kzalloc(sizeof(*sgt), GFP_KERNEL);
	int ret;

	if (!sgt)
		return ERR_PTR(-ENOMEM);
	ret = sg_alloc_table(sgt, 1, GFP_KERNEL);
	if (ret) {
		kfree(sgt);
		return ERR_PTR(ret);
	}
	sg_dma_address(sgt->sgl) = 0x100000;
	sg_dma_len(sgt->sgl) = attach->dmabuf->size;
	return sgt;
}
`,
  lumen_unmap: `
static void lumen_unmap(struct dma_buf_attachment *attach, struct sg_table *sgt, enum dma_data_direction dir)
{
	sg_free_table(sgt);
	kfree(sgt);
}
`,
  lumen_pin: `
static int lumen_pin(struct dma_buf_attachment *attach)
{
	struct lumen_buffer *buffer = attach->dmabuf->priv;

	dma_resv_assert_held(attach->dmabuf->resv);
	buffer->pinned++;
	return 0;
}
`,
  lumen_unpin: `
static void lumen_unpin(struct dma_buf_attachment *attach)
{
	struct lumen_buffer *buffer = attach->dmabuf->priv;

	buffer->pinned--;
}
`,
  lumen_release: `
static void lumen_release(struct dma_buf *dmabuf)
{
}
`,
  lumen_ops: `
const struct dma_buf_ops lumen_ops = {
	.map_dma_buf = lumen_map,
	.unmap_dma_buf = lumen_unmap,
	.pin = lumen_pin,
	.unpin = lumen_unpin,
	.release = lumen_release,
};
`,
  lumen_notify: `
static void lumen_notify(struct dma_buf_attachment *attach)
{
}
`,
  lumen_importer: `
const struct dma_buf_attach_ops lumen_importer = {
	.allow_peer2peer = true,
	.move_notify = lumen_notify,
};
`,
};

/** The driver's text, with some parts replaced. */
export function sampleDriver(replaced: Readonly<Record<string, string>> = {}, more = ''): string {
  return Object.keys(PARTS)
    .map((name) => replaced[name] ?? PARTS[name])
    .concat(more)
    .join('\n');
}

/** An exporter without pin and unpin. */
export const STATIC_EXPORTER: Readonly<Record<string, string>> = {
  lumen_pin: '',
  lumen_unpin: '',
  lumen_ops: `
const struct dma_buf_ops lumen_ops = {
	.map_dma_buf = lumen_map,
	.unmap_dma_buf = lumen_unmap,
	.release = lumen_release,
};
`,
};
