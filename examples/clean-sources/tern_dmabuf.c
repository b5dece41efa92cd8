// SPDX-License-Identifier: MIT
/*
 * Tern: exports buffers of system pages. What each attachment maps is kept in a
 * list; idle buffers are trimmed by a work item.
 */
#include <linux/dma-buf.h>
#include <linux/dma-mapping.h>
#include <linux/iosys-map.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>

#define TERN_PAGES	16

struct tern_host {
	struct device *dev;
	struct mutex index_lock;
	struct mutex usage_lock;
	unsigned long live;
	unsigned long bytes;
};

struct tern_buffer {
	struct tern_host *host;
	struct page *pages[TERN_PAGES];
	unsigned int pinned;
	unsigned int mappings;
	struct mutex view_lock;
	void *view;
	unsigned int views;
	struct work_struct trim;
};

static void tern_trim(struct work_struct *work)
{
	struct tern_buffer *buf = container_of(work, struct tern_buffer, trim);

	mutex_lock(&buf->view_lock);
	if (!buf->views && buf->view) {
		vunmap(buf->view);
		buf->view = NULL;
	}
	mutex_unlock(&buf->view_lock);
}

static int tern_pin(struct dma_buf_attachment *attach)
{
	struct tern_buffer *buf = attach->dmabuf->priv;

	dma_resv_assert_held(attach->dmabuf->resv);
	buf->pinned++;
	return 0;
}

static void tern_unpin(struct dma_buf_attachment *attach)
{
	struct tern_buffer *buf = attach->dmabuf->priv;

	dma_resv_assert_held(attach->dmabuf->resv);
	buf->pinned--;
}

static struct sg_table *tern_map(struct dma_buf_attachment *attach,
				 enum dma_data_direction dir)
{
	struct tern_buffer *buf = attach->dmabuf->priv;
	struct sg_table *sgt;
	int ret;

	dma_resv_assert_held(attach->dmabuf->resv);

	sgt = kzalloc(sizeof(*sgt), GFP_KERNEL);
	if (!sgt)
		return ERR_PTR(-ENOMEM);

	ret = sg_alloc_table_from_pages(sgt, buf->pages, TERN_PAGES, 0,
					TERN_PAGES * PAGE_SIZE, GFP_KERNEL);
	if (ret)
		goto err_sgt;

	ret = dma_map_sgtable(attach->dev, sgt, dir, 0);
	if (ret)
		goto err_table;

	buf->mappings++;
	return sgt;

err_table:
	sg_free_table(sgt);
err_sgt:
	kfree(sgt);
	return ERR_PTR(ret);
}

static void tern_unmap(struct dma_buf_attachment *attach, struct sg_table *sgt,
		       enum dma_data_direction dir)
{
	struct tern_buffer *buf = attach->dmabuf->priv;

	dma_unmap_sgtable(attach->dev, sgt, dir, 0);
	sg_free_table(sgt);
	kfree(sgt);
	buf->mappings--;
}

static int tern_begin_cpu_access(struct dma_buf *dmabuf,
				 enum dma_data_direction dir)
{
	struct tern_buffer *buf = dmabuf->priv;
	struct tern_host *host = buf->host;
	int ret = 0;

	mutex_lock(&host->index_lock);
	mutex_lock(&host->usage_lock);
	if (!host->live)
		ret = -ENODEV;
	mutex_unlock(&host->usage_lock);
	mutex_unlock(&host->index_lock);

	return ret;
}

static int tern_vmap(struct dma_buf *dmabuf, struct iosys_map *map)
{
	struct tern_buffer *buf = dmabuf->priv;
	int ret = 0;

	mutex_lock(&buf->view_lock);
	if (!buf->view) {
		buf->view = vmap(buf->pages, TERN_PAGES, VM_MAP, PAGE_KERNEL);
		if (!buf->view) {
			ret = -ENOMEM;
			goto out;
		}
	}
	buf->views++;
	iosys_map_set_vaddr(map, buf->view);
out:
	mutex_unlock(&buf->view_lock);
	return ret;
}

static void tern_vunmap(struct dma_buf *dmabuf, struct iosys_map *map)
{
	struct tern_buffer *buf = dmabuf->priv;

	mutex_lock(&buf->view_lock);
	buf->views--;
	mutex_unlock(&buf->view_lock);
	iosys_map_clear(map);
	schedule_work(&buf->trim);
}

static void tern_release(struct dma_buf *dmabuf)
{
	struct tern_buffer *buf = dmabuf->priv;
	struct tern_host *host = buf->host;
	unsigned int i;

	cancel_work_sync(&buf->trim);
	if (buf->view)
		vunmap(buf->view);

	mutex_lock(&host->index_lock);
	mutex_lock(&host->usage_lock);
	host->live--;
	mutex_unlock(&host->usage_lock);
	mutex_unlock(&host->index_lock);

	for (i = 0; i < TERN_PAGES; i++)
		__free_page(buf->pages[i]);
	kfree(buf);
}

static const struct dma_buf_ops tern_dmabuf_ops = {
	.pin = tern_pin,
	.unpin = tern_unpin,
	.map_dma_buf = tern_map,
	.unmap_dma_buf = tern_unmap,
	.begin_cpu_access = tern_begin_cpu_access,
	.vmap = tern_vmap,
	.vunmap = tern_vunmap,
	.release = tern_release,
};

struct dma_buf *tern_export(struct tern_host *host)
{
	DEFINE_DMA_BUF_EXPORT_INFO(info);
	struct tern_buffer *buf;
	struct dma_buf *dmabuf;
	unsigned int i;
	int ret;

	buf = kzalloc(sizeof(*buf), GFP_KERNEL);
	if (!buf)
		return ERR_PTR(-ENOMEM);

	buf->host = host;
	mutex_init(&buf->view_lock);
	INIT_WORK(&buf->trim, tern_trim);

	for (i = 0; i < TERN_PAGES; i++) {
		buf->pages[i] = alloc_page(GFP_KERNEL);
		if (!buf->pages[i]) {
			ret = -ENOMEM;
			goto err_pages;
		}
	}

	info.ops = &tern_dmabuf_ops;
	info.size = TERN_PAGES * PAGE_SIZE;
	info.flags = O_RDWR;
	info.priv = buf;
	dmabuf = dma_buf_export(&info);
	if (IS_ERR(dmabuf)) {
		ret = PTR_ERR(dmabuf);
		goto err_pages;
	}

	mutex_lock(&host->index_lock);
	mutex_lock(&host->usage_lock);
	host->live++;
	mutex_unlock(&host->usage_lock);
	mutex_unlock(&host->index_lock);
	return dmabuf;

err_pages:
	while (i > 0)
		__free_page(buf->pages[--i]);
	kfree(buf);
	return ERR_PTR(ret);
}

/* What the core calls to try an export. */
struct tern_test_ops {
	int (*run)(struct tern_host *host);
};

static int tern_self_test(struct tern_host *host)
{
	struct dma_buf *dmabuf = tern_export(host);

	if (IS_ERR(dmabuf))
		return PTR_ERR(dmabuf);

	dma_buf_put(dmabuf);
	return 0;
}

const struct tern_test_ops tern_tests = {
	.run = tern_self_test,
};
