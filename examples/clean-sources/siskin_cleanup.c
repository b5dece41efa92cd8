// SPDX-License-Identifier: MIT
/*
 * Siskin: exports buffers of its own pages, written with scope-based cleanup. A
 * buffer that nobody maps gives its table back when the worker comes around.
 */
#include <linux/cleanup.h>
#include <linux/dma-buf.h>
#include <linux/dma-mapping.h>
#include <linux/err.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#define SISKIN_PAGES	4

struct siskin_pool {
	struct mutex lock;
	spinlock_t count_lock;
	struct list_head buffers;
	unsigned long count;
};

struct siskin_buffer {
	struct siskin_pool *pool;
	struct list_head node;
	struct page *pages[SISKIN_PAGES];
	struct mutex table_lock;
	struct work_struct idle;
	unsigned int users;
};

static void siskin_idle(struct work_struct *work)
{
	struct siskin_buffer *buf = container_of(work, struct siskin_buffer, idle);

	guard(mutex)(&buf->table_lock);
	if (!buf->users)
		pr_debug("siskin: idle\n");
}

static struct sg_table *siskin_map(struct dma_buf_attachment *attach,
				   enum dma_data_direction dir)
{
	struct siskin_buffer *buf = attach->dmabuf->priv;
	struct sg_table *sgt __free(kfree) = kzalloc(sizeof(*sgt), GFP_KERNEL);
	int ret;

	if (!sgt)
		return ERR_PTR(-ENOMEM);

	ret = sg_alloc_table_from_pages(sgt, buf->pages, SISKIN_PAGES, 0,
					SISKIN_PAGES * PAGE_SIZE, GFP_KERNEL);
	if (ret)
		return ERR_PTR(ret);

	ret = dma_map_sgtable(attach->dev, sgt, dir, 0);
	if (ret) {
		sg_free_table(sgt);
		return ERR_PTR(ret);
	}

	mutex_lock(&buf->table_lock);
	buf->users++;
	mutex_unlock(&buf->table_lock);
	return no_free_ptr(sgt);
}

static void siskin_unmap(struct dma_buf_attachment *attach,
			 struct sg_table *sgt, enum dma_data_direction dir)
{
	struct siskin_buffer *buf = attach->dmabuf->priv;

	dma_unmap_sgtable(attach->dev, sgt, dir, 0);
	sg_free_table(sgt);
	kfree(sgt);

	scoped_guard(mutex, &buf->table_lock)
		buf->users--;
	schedule_work(&buf->idle);
}

static void siskin_free_pages(struct siskin_buffer *buf)
{
	unsigned int i;

	for (i = 0; i < SISKIN_PAGES; i++) {
		if (buf->pages[i])
			__free_page(buf->pages[i]);
	}
}

static void siskin_release(struct dma_buf *dmabuf)
{
	struct siskin_buffer *buf = dmabuf->priv;
	struct siskin_pool *pool = buf->pool;

	mutex_lock(&pool->lock);
	list_del(&buf->node);
	spin_lock(&pool->count_lock);
	pool->count--;
	spin_unlock(&pool->count_lock);
	mutex_unlock(&pool->lock);

	cancel_work_sync(&buf->idle);
	siskin_free_pages(buf);
	kfree(buf);
}

static const struct dma_buf_ops siskin_ops = {
	.map_dma_buf = siskin_map,
	.unmap_dma_buf = siskin_unmap,
	.release = siskin_release,
};

struct dma_buf *siskin_export(struct siskin_pool *pool)
{
	DEFINE_DMA_BUF_EXPORT_INFO(info);
	struct siskin_buffer *buf;
	struct dma_buf *dmabuf;
	unsigned int i;

	buf = kzalloc(sizeof(*buf), GFP_KERNEL);
	if (!buf)
		return ERR_PTR(-ENOMEM);

	buf->pool = pool;
	mutex_init(&buf->table_lock);
	INIT_WORK(&buf->idle, siskin_idle);

	for (i = 0; i < SISKIN_PAGES; i++) {
		buf->pages[i] = alloc_page(GFP_KERNEL);
		if (!buf->pages[i])
			goto err_pages;
	}

	mutex_lock(&pool->lock);
	list_add_tail(&buf->node, &pool->buffers);
	spin_lock(&pool->count_lock);
	pool->count++;
	spin_unlock(&pool->count_lock);
	mutex_unlock(&pool->lock);

	info.ops = &siskin_ops;
	info.size = SISKIN_PAGES * PAGE_SIZE;
	info.priv = buf;
	dmabuf = dma_buf_export(&info);
	if (IS_ERR(dmabuf))
		goto err_pool;
	return dmabuf;

err_pool:
	mutex_lock(&pool->lock);
	list_del(&buf->node);
	spin_lock(&pool->count_lock);
	pool->count--;
	spin_unlock(&pool->count_lock);
	mutex_unlock(&pool->lock);
err_pages:
	siskin_free_pages(buf);
	kfree(buf);
	return ERR_PTR(-ENOMEM);
}
