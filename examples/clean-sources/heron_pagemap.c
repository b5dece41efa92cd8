// SPDX-License-Identifier: MIT
/*
 * Heron: device memory behind a BAR, mapped for peers page by page or as one
 * IOVA range. Every range keeps a ledger of what is linked in it.
 */
#include <linux/dma-mapping.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include <drm/drm_device.h>
#include <drm/drm_pagemap.h>

#define HERON_LOCAL	DRM_INTERCONNECT_DRIVER
#define HERON_BAR	(DRM_INTERCONNECT_DRIVER + 1)

struct heron_board {
	struct drm_device drm;
	struct mutex banks_lock;
	struct mutex stats_lock;
	struct list_head banks;
	unsigned long destroyed;
};

struct heron_bank {
	struct drm_pagemap pagemap;
	struct heron_board *board;
	struct list_head node;
	u64 cpu_start;
	u64 bar_start;
	u64 local_start;
	struct work_struct retire;
};

/* One IOVA range, and the pieces linked in it. */
struct heron_span {
	struct dma_iova_state state;
	spinlock_t lock;
	struct list_head pieces;
	u64 *history;
	unsigned int events;
};

struct heron_piece {
	struct list_head node;
	size_t first;
	size_t bytes;
};

static struct heron_bank *heron_bank_of(struct drm_pagemap *dpagemap)
{
	return container_of(dpagemap, struct heron_bank, pagemap);
}

static u64 heron_to_bar(struct heron_bank *bank, struct page *page)
{
	return bank->bar_start + (((u64)page_to_pfn(page) << PAGE_SHIFT) - bank->cpu_start);
}

static u64 heron_to_local(struct heron_bank *bank, struct page *page)
{
	return bank->local_start + (((u64)page_to_pfn(page) << PAGE_SHIFT) - bank->cpu_start);
}

static struct drm_pagemap_addr
heron_map(struct drm_pagemap *dpagemap, struct device *dev, struct page *page,
	  unsigned int order, enum dma_data_direction dir)
{
	struct heron_bank *bank = heron_bank_of(dpagemap);
	dma_addr_t addr;

	if (dpagemap->drm->dev == dev) {
		addr = heron_to_local(bank, page);
		return drm_pagemap_addr_encode(addr, HERON_LOCAL, order, dir);
	}

	addr = dma_map_resource(dev, heron_to_bar(bank, page), PAGE_SIZE << order,
				dir, DMA_ATTR_SKIP_CPU_SYNC);

	return drm_pagemap_addr_encode(addr, HERON_BAR, order, dir);
}

static void heron_unmap(struct drm_pagemap *dpagemap, struct device *dev,
			const struct drm_pagemap_addr *addr)
{
	if (addr->proto == HERON_BAR)
		dma_unmap_resource(dev, addr->addr, PAGE_SIZE << addr->order, addr->dir,
				   DMA_ATTR_SKIP_CPU_SYNC);
}

static void *heron_iova_alloc(struct drm_pagemap *dpagemap, struct device *dev,
			      size_t length, enum dma_data_direction dir)
{
	struct heron_span *span;
	int ret = 0;

	if (dpagemap->drm->dev == dev)
		return NULL;

	span = kzalloc(sizeof(*span), GFP_KERNEL);
	if (!span)
		return ERR_PTR(-ENOMEM);

	span->history = kcalloc(16, sizeof(*span->history), GFP_KERNEL);
	if (!span->history) {
		ret = -ENOMEM;
		goto err_span;
	}

	spin_lock_init(&span->lock);
	INIT_LIST_HEAD(&span->pieces);

	if (!dma_iova_try_alloc(dev, &span->state, 0, length))
		goto err_history;

	return span;

err_history:
	kfree(span->history);
err_span:
	kfree(span);
	if (ret)
		return ERR_PTR(ret);
	return NULL;
}

static void heron_iova_free(struct drm_pagemap *dpagemap, struct device *dev,
			    size_t length, void *cookie)
{
	struct heron_span *span = cookie;

	dma_iova_free(dev, &span->state);
	kfree(span->history);
	kfree(span);
}

static int heron_note_piece(struct heron_span *span, size_t first, size_t bytes)
{
	struct heron_piece *piece;

	piece = kzalloc(sizeof(*piece), GFP_NOWAIT);
	if (!piece)
		return -ENOMEM;

	piece->first = first;
	piece->bytes = bytes;

	spin_lock(&span->lock);
	list_add_tail(&piece->node, &span->pieces);
	span->history[span->events % 16] = first;
	span->events++;
	spin_unlock(&span->lock);

	return 0;
}

static void heron_forget_pieces(struct heron_span *span)
{
	struct heron_piece *piece, *next;

	spin_lock(&span->lock);
	list_for_each_entry_safe(piece, next, &span->pieces, node) {
		list_del(&piece->node);
		kfree(piece);
	}
	spin_unlock(&span->lock);
}

static struct drm_pagemap_addr
heron_iova_link(struct drm_pagemap *dpagemap, struct device *dev,
		struct page *page, size_t length, size_t offset, void *cookie,
		enum dma_data_direction dir)
{
	struct heron_bank *bank = heron_bank_of(dpagemap);
	struct heron_span *span = cookie;
	dma_addr_t addr = DMA_MAPPING_ERROR;
	int err;

	err = heron_note_piece(span, offset, length);
	if (err)
		goto out;

	err = dma_iova_link(dev, &span->state, heron_to_bar(bank, page), offset,
			    length, dir, DMA_ATTR_SKIP_CPU_SYNC | DMA_ATTR_MMIO);
	if (!err)
		addr = span->state.addr + offset;
	else if (!offset)
		heron_forget_pieces(span);
out:
	return drm_pagemap_addr_encode(addr, HERON_BAR, get_order(length), dir);
}

static int heron_iova_sync(struct drm_pagemap *dpagemap, struct device *dev,
			   size_t length, void *cookie)
{
	struct heron_span *span = cookie;
	int err;

	err = dma_iova_sync(dev, &span->state, 0, length);
	if (err)
		return err;

	return 0;
}

static void heron_iova_unlink(struct drm_pagemap *dpagemap, struct device *dev,
			      size_t length, void *cookie,
			      enum dma_data_direction dir)
{
	struct heron_span *span = cookie;

	dma_iova_unlink(dev, &span->state, 0, length, dir,
			DMA_ATTR_SKIP_CPU_SYNC | DMA_ATTR_MMIO);
	heron_forget_pieces(span);
}

static void heron_count_banks(struct heron_board *board)
{
	struct heron_bank *bank;
	unsigned long count = 0;

	mutex_lock(&board->banks_lock);
	mutex_lock(&board->stats_lock);
	list_for_each_entry(bank, &board->banks, node)
		count++;
	board->destroyed -= count;
	mutex_unlock(&board->stats_lock);
	mutex_unlock(&board->banks_lock);
}

static void heron_retire(struct work_struct *work)
{
	struct heron_bank *bank = container_of(work, struct heron_bank, retire);
	struct heron_board *board = bank->board;

	mutex_lock(&board->banks_lock);
	mutex_lock(&board->stats_lock);
	list_del(&bank->node);
	board->destroyed++;
	mutex_unlock(&board->stats_lock);
	mutex_unlock(&board->banks_lock);
	kfree(bank);
}

static void heron_destroy(struct drm_pagemap *dpagemap, bool is_atomic_or_reclaim)
{
	struct heron_bank *bank = heron_bank_of(dpagemap);

	INIT_WORK(&bank->retire, heron_retire);
	if (is_atomic_or_reclaim)
		schedule_work(&bank->retire);
	else
		heron_retire(&bank->retire);
}

void heron_report(struct heron_board *board)
{
	heron_count_banks(board);
}

const struct drm_pagemap_ops heron_pagemap_ops = {
	.device_map = heron_map,
	.device_unmap = heron_unmap,
	.device_iova_alloc = heron_iova_alloc,
	.device_iova_free = heron_iova_free,
	.device_iova_link = heron_iova_link,
	.device_iova_sync = heron_iova_sync,
	.device_iova_unlink = heron_iova_unlink,
	.destroy = heron_destroy,
};

/* What debugfs asks for. */
struct heron_report_ops {
	void (*report)(struct heron_board *board);
};

const struct heron_report_ops heron_reports = {
	.report = heron_report,
};
