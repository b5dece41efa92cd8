/** A dma-buf core that the document brings itself: what it owes every exporter, and the importer callbacks that a hunk shows without a table. */
import { describe, expect, it } from 'vitest';
import { engineForTests } from '../../test/engine.ts';

const CORE = `#include <linux/dma-buf.h>
#include <linux/dma-resv.h>
#include <linux/slab.h>
struct dma_buf_attachment *dma_buf_dynamic_attach(struct dma_buf *dmabuf, struct device *dev,
						  const struct dma_buf_attach_ops *importer_ops, void *importer_priv)
{
	struct dma_buf_attachment *attach = kzalloc(sizeof(*attach), GFP_KERNEL);
	int ret;

	if (!attach)
		return ERR_PTR(-ENOMEM);
	attach->dev = dev;
	attach->dmabuf = dmabuf;
	attach->importer_ops = importer_ops;
	attach->importer_priv = importer_priv;
	if (dmabuf->ops->attach) {
		ret = dmabuf->ops->attach(dmabuf, attach);
		if (ret) {
			kfree(attach);
			return ERR_PTR(ret);
		}
	}
	dma_resv_lock(dmabuf->resv, NULL);
	list_add(&attach->node, &dmabuf->attachments);
	dma_resv_unlock(dmabuf->resv);
	return attach;
}
void dma_buf_detach(struct dma_buf *dmabuf, struct dma_buf_attachment *attach)
{
	dma_resv_lock(dmabuf->resv, NULL);
	list_del(&attach->node);
	dma_resv_unlock(dmabuf->resv);
	if (dmabuf->ops->detach)
		dmabuf->ops->detach(dmabuf, attach);
	kfree(attach);
}
int dma_buf_pin(struct dma_buf_attachment *attach)
{
	dma_resv_assert_held(attach->dmabuf->resv);
	return attach->dmabuf->ops->pin ? attach->dmabuf->ops->pin(attach) : 0;
}
void dma_buf_unpin(struct dma_buf_attachment *attach)
{
	dma_resv_assert_held(attach->dmabuf->resv);
	if (attach->dmabuf->ops->unpin)
		attach->dmabuf->ops->unpin(attach);
}
struct sg_table *dma_buf_map_attachment(struct dma_buf_attachment *attach, enum dma_data_direction dir)
{
	struct sg_table *sgt;
	long left;

	dma_resv_assert_held(attach->dmabuf->resv);
	sgt = attach->dmabuf->ops->map_dma_buf(attach, dir);
	if (IS_ERR(sgt))
		return sgt;
	left = dma_resv_wait_timeout(attach->dmabuf->resv, DMA_RESV_USAGE_KERNEL, true, MAX_SCHEDULE_TIMEOUT);
	if (left < 0) {
		attach->dmabuf->ops->unmap_dma_buf(attach, sgt, dir);
		return ERR_PTR(left);
	}
	return sgt;
}
void dma_buf_unmap_attachment(struct dma_buf_attachment *attach, struct sg_table *sgt, enum dma_data_direction dir)
{
	dma_resv_assert_held(attach->dmabuf->resv);
	attach->dmabuf->ops->unmap_dma_buf(attach, sgt, dir);
}
`;

/** The core with one change; the change must change something. */
function changed(from: string, to: string): string {
  expect(CORE).toContain(from);
  return CORE.replace(from, to);
}

const engine = await engineForTests();

function found(text: string): string[] {
  const report = engine.analyse({ path: 'drivers/dma-buf/dma-buf.c', text });
  return report.findings.map(({ code, verdict, message }) => `${verdict} ${code} ${message}`);
}

describe('a core of the document’s own', () => {
  it('owes an exporter nothing when it calls as the real one does', () => {
    expect(found(CORE)).toEqual([]);
  });

  it('must not hold the reservation where an exporter may take it', () => {
    const locked = changed(
      '\t\tret = dmabuf->ops->attach(dmabuf, attach);\n',
      '\t\tdma_resv_lock(dmabuf->resv, NULL);\n\t\tret = dmabuf->ops->attach(dmabuf, attach);\n\t\tdma_resv_unlock(dmabuf->resv);\n',
    );
    expect(found(locked)).toEqual([expect.stringContaining('violation IL0103')]);
  });

  it('calls what has a locked variant without the lock, and the variant with it', () => {
    const plain = `{
\tdma_resv_lock(attach->dmabuf->resv, NULL);
\tdma_buf_unmap_attachment_locked(attach, sgt, dir);
\tdma_resv_unlock(attach->dmabuf->resv);
}
`;
    const name = 'void dma_buf_unmap_attachment(';
    const parameters = 'struct dma_buf_attachment *attach, struct sg_table *sgt, enum dma_data_direction dir)\n';
    const both = changed(name, 'void dma_buf_unmap_attachment_locked(');
    expect(found(`${both}${name}${parameters}${plain}`)).toEqual([]);
    const twice = changed(
      '\tdma_resv_assert_held(attach->dmabuf->resv);\n\tattach->dmabuf->ops->unmap',
      '\tdma_resv_lock(attach->dmabuf->resv, NULL);\n\tattach->dmabuf->ops->unmap',
    );
    expect(found(twice).join('\n')).toContain('violation IL0103');
  });

  it('must hold it for the others', () => {
    const bare = changed(
      '\tdma_resv_assert_held(attach->dmabuf->resv);\n\treturn attach->dmabuf->ops->pin ?',
      '\tdma_resv_unlock(attach->dmabuf->resv);\n\treturn attach->dmabuf->ops->pin ?',
    );
    expect(found(bare).join('\n')).toContain('violation IL0105');
  });

  it('takes back what was mapped before it fails', () => {
    const kept = changed(
      '\t\tattach->dmabuf->ops->unmap_dma_buf(attach, sgt, dir);\n\t\treturn ERR_PTR',
      '\t\treturn ERR_PTR',
    );
    expect(found(kept)).toEqual([
      'violation IL0301 `dma_buf_map_attachment` returns and nothing points to the mapping of an attachment any more',
    ]);
  });
});

it('a hunk of the core may call the core’s own helpers that it does not show', () => {
  const start = CORE.indexOf('void dma_buf_unmap_attachment(');
  const shown = `#include <linux/dma-buf.h>\n#include <linux/dma-resv.h>\n${CORE.slice(start)}`;
  const helped = shown.replace(
    'attach->dmabuf->ops->unmap_dma_buf(attach, sgt, dir);',
    '__unmap_dma_buf(attach, sgt, dir);',
  );
  expect(helped).not.toBe(shown);
  const report = engine.analyse({ path: 'drivers/dma-buf/dma-buf.c', text: helped });
  expect(report.findings).toEqual([]);
  expect(report.unsupported).toEqual([]);
  const without = helped.replace('\t__unmap_dma_buf(attach, sgt, dir);\n', '');
  const kept = engine.analyse({ path: 'drivers/dma-buf/dma-buf.c', text: without }).findings;
  expect(kept.map(({ verdict }) => verdict)).toContain('violation');
});

describe('an importer’s callback without its table', () => {
  const callback = (last: string): string => `#include <linux/dma-buf.h>
#include <rdma/ib_umem.h>
static void plover_invalidate_cb(struct dma_buf_attachment *attach)
{
	struct ib_umem_dmabuf *umem_dmabuf = attach->importer_priv;

	ib_umem_dmabuf_unmap_pages(umem_dmabuf);
	${last}
}
`;

  it('is called as the core calls it, and maps nothing there', () => {
    expect(found(callback('ib_umem_dmabuf_map_pages(umem_dmabuf);')).join('\n')).toContain('mapped again from inside');
    expect(found(callback('umem_dmabuf->revoked = 1;'))).toEqual([]);
  });
});
