/* SPDX-License-Identifier: MIT */
/*
 * The exporter that a document's own core is driven with: it looks at what the core owes every exporter. Ops that are called without the
 * reservation take it themselves, as they may; what is mapped and pinned through an attachment is entered in the books, for no bundled core
 * does it.
 */
#include <linux/dma-buf.h>
#include <linux/dma-resv.h>
#include <linux/err.h>
#include <linux/lockdep.h>
#include <interlock/dma-buf-ledger.h>
#include <interlock/dma-buf-exporter.h>
#include <interlock/driver-answers.h>

static void interlock_witness_unlocked(struct dma_buf *dmabuf)
{
	/* Only said, not done: a core that holds it goes on as it would. */
	might_lock(&dmabuf->resv->lock.base);
}

int interlock_witness_attach(struct dma_buf *dmabuf, struct dma_buf_attachment *attach)
{
	int ret;

	interlock_witness_unlocked(dmabuf);
	ret = __may_fail("`attach` of the exporter", -EBUSY);
	if (!ret)
		__dma_buf_attached(attach);
	return ret;
}

void interlock_witness_detach(struct dma_buf *dmabuf, struct dma_buf_attachment *attach)
{
	__dma_buf_pins_left(attach);
	interlock_witness_unlocked(dmabuf);
}

int interlock_witness_pin(struct dma_buf_attachment *attach)
{
	int ret = interlock_exporter_pin(attach);

	if (!ret)
		__dma_buf_pinned(attach);
	return ret;
}

void interlock_witness_unpin(struct dma_buf_attachment *attach)
{
	__dma_buf_unpinning(attach);
	interlock_exporter_unpin(attach);
}

struct sg_table *interlock_witness_map(struct dma_buf_attachment *attach, enum dma_data_direction dir)
{
	struct sg_table *table = interlock_exporter_map(attach, dir);

	if (!IS_ERR(table))
		__dma_buf_mapped(attach, table, dir);
	return table;
}

void interlock_witness_unmap(struct dma_buf_attachment *attach, struct sg_table *table, enum dma_data_direction dir)
{
	__dma_buf_unmapping(attach, table, dir);
	interlock_exporter_unmap(attach, table, dir);
}

int interlock_witness_begin_cpu_access(struct dma_buf *dmabuf, enum dma_data_direction dir)
{
	interlock_witness_unlocked(dmabuf);
	return interlock_exporter_begin_cpu_access(dmabuf, dir);
}

int interlock_witness_end_cpu_access(struct dma_buf *dmabuf, enum dma_data_direction dir)
{
	interlock_witness_unlocked(dmabuf);
	return interlock_exporter_end_cpu_access(dmabuf, dir);
}

int interlock_witness_mmap(struct dma_buf *dmabuf, struct vm_area_struct *vma)
{
	interlock_witness_unlocked(dmabuf);
	return interlock_exporter_mmap(dmabuf, vma);
}
