/* GEM objects of anonymous memory: made and freed, pages and their table, pins and mappings, each under the object's reservation. */
#include <drm/drm_device.h>
#include <drm/drm_drv.h>
#include <drm/drm_gem.h>
#include <drm/drm_gem_shmem_helper.h>
#include <drm/drm_prime.h>
#include <linux/dma-buf.h>
#include <linux/dma-mapping.h>
#include <linux/iosys-map.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <interlock/driver-answers.h>

static const struct drm_gem_object_funcs __drm_gem_shmem_funcs = {
	.free = drm_gem_shmem_object_free,
	.pin = drm_gem_shmem_object_pin,
	.unpin = drm_gem_shmem_object_unpin,
	.get_sg_table = drm_gem_shmem_object_get_sg_table,
	.vmap = drm_gem_shmem_object_vmap,
	.vunmap = drm_gem_shmem_object_vunmap,
	.mmap = drm_gem_shmem_object_mmap,
};

static int __drm_gem_shmem_init(struct drm_device *dev, struct drm_gem_shmem_object *shmem, size_t size, bool imported)
{
	struct drm_gem_object *obj = &shmem->base;
	int ret;

	if (__known(obj->funcs) && !obj->funcs)
		obj->funcs = &__drm_gem_shmem_funcs;
	if (imported) {
		drm_gem_private_object_init(dev, obj, size);
		shmem->map_wc = false;
	} else {
		ret = drm_gem_object_init(dev, obj, size);
		if (ret) {
			drm_gem_private_object_fini(obj);
			return ret;
		}
	}
	ret = drm_gem_create_mmap_offset(obj);
	if (ret) {
		drm_gem_object_release(obj);
		return ret;
	}
	INIT_LIST_HEAD(&shmem->madv_list);
	return 0;
}

int drm_gem_shmem_init(struct drm_device *dev, struct drm_gem_shmem_object *shmem, size_t size)
{
	return __drm_gem_shmem_init(dev, shmem, PAGE_ALIGN(size), false);
}

/* Room for what a driver that nobody shows puts around the object: it is made by that driver's own function. */
#define UNSEEN_DRIVER_OBJECT 4096

/* What no driver fills in of an object that it makes: nothing has used it yet. Which functions it has, and what is around it, is the driver's. */
static void __drm_gem_shmem_unused(struct drm_gem_shmem_object *shmem)
{
	shmem->base.resv = NULL;
	shmem->base.dma_buf = NULL;
	shmem->base.import_attach = NULL;
	shmem->base.lru = NULL;
	shmem->pages = NULL;
	shmem->pages_use_count = 0;
	shmem->madv = 0;
	shmem->sgt = NULL;
	shmem->vaddr = NULL;
	shmem->vmap_use_count = 0;
}

static struct drm_gem_shmem_object *__drm_gem_shmem_create(struct drm_device *dev, size_t size, bool imported)
{
	struct drm_gem_shmem_object *shmem;
	struct drm_gem_object *obj;
	int ret;

	if (!__known(dev->driver) || !__known(dev->driver->gem_create_object)) {
		shmem = __made_by_driver(UNSEEN_DRIVER_OBJECT);
		if (!shmem)
			return ERR_PTR(-ENOMEM);
		__drm_gem_shmem_unused(shmem);
	} else if (dev->driver->gem_create_object) {
		obj = dev->driver->gem_create_object(dev, PAGE_ALIGN(size));
		if (IS_ERR(obj))
			return ERR_CAST(obj);
		shmem = to_drm_gem_shmem_obj(obj);
	} else {
		shmem = kzalloc(sizeof(*shmem), GFP_KERNEL);
		if (!shmem)
			return ERR_PTR(-ENOMEM);
	}
	ret = __drm_gem_shmem_init(dev, shmem, PAGE_ALIGN(size), imported);
	if (ret) {
		kfree(shmem);
		return ERR_PTR(ret);
	}
	return shmem;
}

struct drm_gem_shmem_object *drm_gem_shmem_create(struct drm_device *dev, size_t size)
{
	return __drm_gem_shmem_create(dev, size, false);
}

static void __drm_gem_shmem_drop_table(struct drm_gem_shmem_object *shmem)
{
	struct sg_table *sgt = shmem->sgt;

	/* Of an object that was there before, nobody saw how its table came to be. */
	if (!__known(sgt))
		return;
	dma_unmap_sgtable(shmem->base.dev->dev, sgt, DMA_BIDIRECTIONAL, 0);
	sg_free_table(sgt);
	kfree(sgt);
	shmem->sgt = NULL;
}

void drm_gem_shmem_release(struct drm_gem_shmem_object *shmem)
{
	struct drm_gem_object *obj = &shmem->base;

	if (drm_gem_is_imported(obj)) {
		drm_prime_gem_destroy(obj, shmem->sgt);
	} else {
		dma_resv_lock(obj->resv, NULL);
		if (shmem->sgt)
			__drm_gem_shmem_drop_table(shmem);
		if (shmem->pages)
			drm_gem_shmem_put_pages_locked(shmem);
		dma_resv_unlock(obj->resv);
	}
	drm_gem_object_release(obj);
}

void drm_gem_shmem_free(struct drm_gem_shmem_object *shmem)
{
	drm_gem_shmem_release(shmem);
	kfree(shmem);
}

int drm_gem_shmem_get_pages_locked(struct drm_gem_shmem_object *shmem)
{
	struct page **pages;

	dma_resv_assert_held(shmem->base.resv);
	if (shmem->pages_use_count++ > 0)
		return 0;
	pages = drm_gem_get_pages(&shmem->base);
	if (IS_ERR(pages)) {
		shmem->pages_use_count = 0;
		return PTR_ERR(pages);
	}
	shmem->pages = pages;
	return 0;
}

void drm_gem_shmem_put_pages_locked(struct drm_gem_shmem_object *shmem)
{
	dma_resv_assert_held(shmem->base.resv);
	if (!shmem->pages_use_count || --shmem->pages_use_count > 0)
		return;
	drm_gem_put_pages(&shmem->base, shmem->pages, shmem->pages_mark_dirty_on_put,
			  shmem->pages_mark_accessed_on_put);
	shmem->pages = NULL;
}

/* The name before 6.16. */
void drm_gem_shmem_put_pages(struct drm_gem_shmem_object *shmem)
{
	drm_gem_shmem_put_pages_locked(shmem);
}

int drm_gem_shmem_pin_locked(struct drm_gem_shmem_object *shmem)
{
	return drm_gem_shmem_get_pages_locked(shmem);
}

void drm_gem_shmem_unpin_locked(struct drm_gem_shmem_object *shmem)
{
	drm_gem_shmem_put_pages_locked(shmem);
}

int drm_gem_shmem_pin(struct drm_gem_shmem_object *shmem)
{
	int ret = dma_resv_lock_interruptible(shmem->base.resv, NULL);

	if (ret)
		return ret;
	ret = drm_gem_shmem_pin_locked(shmem);
	dma_resv_unlock(shmem->base.resv);
	return ret;
}

void drm_gem_shmem_unpin(struct drm_gem_shmem_object *shmem)
{
	dma_resv_lock(shmem->base.resv, NULL);
	drm_gem_shmem_unpin_locked(shmem);
	dma_resv_unlock(shmem->base.resv);
}

int drm_gem_shmem_vmap_locked(struct drm_gem_shmem_object *shmem, struct iosys_map *map)
{
	struct drm_gem_object *obj = &shmem->base;
	int ret;

	if (drm_gem_is_imported(obj))
		return dma_buf_vmap(obj->import_attach->dmabuf, map);
	dma_resv_assert_held(obj->resv);
	if (shmem->vmap_use_count++ > 0) {
		iosys_map_set_vaddr(map, shmem->vaddr);
		return 0;
	}
	ret = drm_gem_shmem_get_pages_locked(shmem);
	if (ret) {
		shmem->vmap_use_count = 0;
		return ret;
	}
	shmem->vaddr = vmap(shmem->pages, obj->size >> PAGE_SHIFT, 0, PAGE_KERNEL);
	if (!shmem->vaddr) {
		drm_gem_shmem_put_pages_locked(shmem);
		shmem->vmap_use_count = 0;
		return -ENOMEM;
	}
	iosys_map_set_vaddr(map, shmem->vaddr);
	return 0;
}

void drm_gem_shmem_vunmap_locked(struct drm_gem_shmem_object *shmem, struct iosys_map *map)
{
	struct drm_gem_object *obj = &shmem->base;

	if (drm_gem_is_imported(obj)) {
		dma_buf_vunmap(obj->import_attach->dmabuf, map);
		return;
	}
	dma_resv_assert_held(obj->resv);
	if (!__known(shmem->vmap_use_count) || !shmem->vmap_use_count || --shmem->vmap_use_count > 0)
		return;
	vunmap(shmem->vaddr);
	shmem->vaddr = NULL;
	drm_gem_shmem_put_pages_locked(shmem);
}

int drm_gem_shmem_mmap(struct drm_gem_shmem_object *shmem, struct vm_area_struct *vma)
{
	struct drm_gem_object *obj = &shmem->base;
	int ret;

	if (drm_gem_is_imported(obj)) {
		/* The object's place was taken by the buffer: its reference goes, the buffer's own stays. */
		vma->vm_private_data = NULL;
		ret = dma_buf_mmap(obj->dma_buf, vma, 0);
		if (!ret)
			drm_gem_object_put(obj);
		return ret;
	}
	dma_resv_lock(obj->resv, NULL);
	ret = drm_gem_shmem_get_pages_locked(shmem);
	dma_resv_unlock(obj->resv);
	return ret;
}

struct sg_table *drm_gem_shmem_get_sg_table(struct drm_gem_shmem_object *shmem)
{
	return drm_prime_pages_to_sg(shmem->base.dev, shmem->pages, shmem->base.size >> PAGE_SHIFT);
}

static struct sg_table *__drm_gem_shmem_make_table(struct drm_gem_shmem_object *shmem)
{
	struct sg_table *sgt;
	int ret;

	ret = drm_gem_shmem_get_pages_locked(shmem);
	if (ret)
		return ERR_PTR(ret);
	sgt = drm_gem_shmem_get_sg_table(shmem);
	if (IS_ERR(sgt)) {
		drm_gem_shmem_put_pages_locked(shmem);
		return sgt;
	}
	ret = dma_map_sgtable(shmem->base.dev->dev, sgt, DMA_BIDIRECTIONAL, 0);
	if (ret) {
		sg_free_table(sgt);
		kfree(sgt);
		drm_gem_shmem_put_pages_locked(shmem);
		return ERR_PTR(ret);
	}
	shmem->sgt = sgt;
	return sgt;
}

struct sg_table *drm_gem_shmem_get_pages_sgt(struct drm_gem_shmem_object *shmem)
{
	struct sg_table *sgt;
	int ret;

	ret = dma_resv_lock_interruptible(shmem->base.resv, NULL);
	if (ret)
		return ERR_PTR(ret);
	sgt = shmem->sgt ? shmem->sgt : __drm_gem_shmem_make_table(shmem);
	dma_resv_unlock(shmem->base.resv);
	return sgt;
}

int drm_gem_shmem_madvise_locked(struct drm_gem_shmem_object *shmem, int madv)
{
	dma_resv_assert_held(shmem->base.resv);
	if (shmem->madv >= 0)
		shmem->madv = madv;
	return shmem->madv >= 0;
}

void drm_gem_shmem_purge_locked(struct drm_gem_shmem_object *shmem)
{
	dma_resv_assert_held(shmem->base.resv);
	__drm_gem_shmem_drop_table(shmem);
	drm_gem_shmem_put_pages_locked(shmem);
	shmem->madv = -1;
	drm_gem_free_mmap_offset(&shmem->base);
}

struct drm_gem_object *drm_gem_shmem_prime_import_sg_table(struct drm_device *dev, struct dma_buf_attachment *attach,
							   struct sg_table *sgt)
{
	struct drm_gem_shmem_object *shmem = __drm_gem_shmem_create(dev, attach->dmabuf->size, true);

	if (IS_ERR(shmem))
		return ERR_CAST(shmem);
	shmem->sgt = sgt;
	return &shmem->base;
}
