// SPDX-License-Identifier: MIT
/*
 * Plover: imports buffers that may move. A move only marks the mapping as
 * stale; the next submission maps anew, under the reservation.
 */
#include <linux/dma-buf.h>
#include <linux/dma-resv.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

struct plover_import {
	struct device *dev;
	struct dma_buf *dmabuf;
	struct dma_buf_attachment *attach;
	struct sg_table *sgt;
	spinlock_t lock;
	bool stale;
	unsigned long moves;
};

struct plover_move {
	struct list_head node;
	unsigned long number;
};

static void plover_move_notify(struct dma_buf_attachment *attach)
{
	struct plover_import *import = attach->importer_priv;
	struct plover_move *move;

	dma_resv_assert_held(attach->dmabuf->resv);

	move = kmalloc(sizeof(*move), GFP_NOWAIT);
	if (!move)
		return;
	move->number = import->moves;

	spin_lock(&import->lock);
	import->stale = true;
	import->moves = move->number + 1;
	spin_unlock(&import->lock);
	kfree(move);
}

static const struct dma_buf_attach_ops plover_attach_ops = {
	.allow_peer2peer = true,
	.move_notify = plover_move_notify,
};

struct plover_import *plover_import_fd(struct device *dev, int fd)
{
	struct plover_import *import;
	int ret;

	import = kzalloc(sizeof(*import), GFP_KERNEL);
	if (!import)
		return ERR_PTR(-ENOMEM);
	spin_lock_init(&import->lock);
	import->dev = dev;

	import->dmabuf = dma_buf_get(fd);
	if (IS_ERR(import->dmabuf)) {
		ret = PTR_ERR(import->dmabuf);
		goto err_import;
	}

	import->attach = dma_buf_dynamic_attach(import->dmabuf, dev,
						&plover_attach_ops, import);
	if (IS_ERR(import->attach)) {
		ret = PTR_ERR(import->attach);
		goto err_dmabuf;
	}

	dma_resv_lock(import->dmabuf->resv, NULL);
	import->sgt = dma_buf_map_attachment(import->attach, DMA_BIDIRECTIONAL);
	if (IS_ERR(import->sgt)) {
		ret = PTR_ERR(import->sgt);
		goto err_resv;
	}
	dma_resv_unlock(import->dmabuf->resv);

	return import;

err_resv:
	dma_resv_unlock(import->dmabuf->resv);
	dma_buf_detach(import->dmabuf, import->attach);
err_dmabuf:
	dma_buf_put(import->dmabuf);
err_import:
	kfree(import);
	return ERR_PTR(ret);
}

void plover_import_close(struct plover_import *import)
{
	dma_resv_lock(import->dmabuf->resv, NULL);
	dma_buf_unmap_attachment(import->attach, import->sgt, DMA_BIDIRECTIONAL);
	dma_resv_unlock(import->dmabuf->resv);

	dma_buf_detach(import->dmabuf, import->attach);
	dma_buf_put(import->dmabuf);
	kfree(import);
}

int plover_self_test(struct device *dev, int fd)
{
	struct plover_import *import;

	import = plover_import_fd(dev, fd);
	if (IS_ERR(import))
		return PTR_ERR(import);

	plover_import_close(import);
	return 0;
}

/* What the core calls when it tests a board. */
struct plover_test_ops {
	int (*run)(struct device *dev, int fd);
};

const struct plover_test_ops plover_tests = {
	.run = plover_self_test,
};
