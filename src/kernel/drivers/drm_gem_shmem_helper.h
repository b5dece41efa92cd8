/* GEM objects whose pages are anonymous memory that the kernel may swap while nobody has them pinned. */
#ifndef __DRM_GEM_SHMEM_HELPER_H__
#define __DRM_GEM_SHMEM_HELPER_H__
#include <linux/types.h>
#include <linux/list.h>
#include <drm/drm_gem.h>

struct dma_buf_attachment;
struct drm_device;
struct drm_file;
struct iosys_map;
struct page;
struct sg_table;
struct vm_area_struct;

/* The counts are a refcount_t since 6.16; there as here they are the helper's own. */
struct drm_gem_shmem_object {
	struct drm_gem_object base;
	struct page **pages;
	unsigned int pages_use_count;
	int madv;
	struct list_head madv_list;
	struct sg_table *sgt;
	void *vaddr;
	unsigned int vmap_use_count;
	bool pages_mark_dirty_on_put;
	bool pages_mark_accessed_on_put;
	bool map_wc;
};

#define to_drm_gem_shmem_obj(obj) container_of(obj, struct drm_gem_shmem_object, base)

int drm_gem_shmem_init(struct drm_device *dev, struct drm_gem_shmem_object *shmem, size_t size);
struct drm_gem_shmem_object *drm_gem_shmem_create(struct drm_device *dev, size_t size);
void drm_gem_shmem_release(struct drm_gem_shmem_object *shmem);
void drm_gem_shmem_free(struct drm_gem_shmem_object *shmem);
int drm_gem_shmem_get_pages_locked(struct drm_gem_shmem_object *shmem);
void drm_gem_shmem_put_pages_locked(struct drm_gem_shmem_object *shmem);
void drm_gem_shmem_put_pages(struct drm_gem_shmem_object *shmem);
int drm_gem_shmem_pin(struct drm_gem_shmem_object *shmem);
int drm_gem_shmem_pin_locked(struct drm_gem_shmem_object *shmem);
void drm_gem_shmem_unpin(struct drm_gem_shmem_object *shmem);
void drm_gem_shmem_unpin_locked(struct drm_gem_shmem_object *shmem);
int drm_gem_shmem_vmap_locked(struct drm_gem_shmem_object *shmem, struct iosys_map *map);
void drm_gem_shmem_vunmap_locked(struct drm_gem_shmem_object *shmem, struct iosys_map *map);
#define drm_gem_shmem_vmap drm_gem_shmem_vmap_locked
#define drm_gem_shmem_vunmap drm_gem_shmem_vunmap_locked
int drm_gem_shmem_mmap(struct drm_gem_shmem_object *shmem, struct vm_area_struct *vma);
struct sg_table *drm_gem_shmem_get_sg_table(struct drm_gem_shmem_object *shmem);
struct sg_table *drm_gem_shmem_get_pages_sgt(struct drm_gem_shmem_object *shmem);
int drm_gem_shmem_madvise_locked(struct drm_gem_shmem_object *shmem, int madv);
#define drm_gem_shmem_madvise drm_gem_shmem_madvise_locked
void drm_gem_shmem_purge_locked(struct drm_gem_shmem_object *shmem);
#define drm_gem_shmem_purge drm_gem_shmem_purge_locked
struct drm_gem_object *drm_gem_shmem_prime_import_sg_table(struct drm_device *dev, struct dma_buf_attachment *attach,
							   struct sg_table *sgt);

static inline bool drm_gem_shmem_is_purgeable(struct drm_gem_shmem_object *shmem)
{
	return shmem->madv > 0 && !shmem->vmap_use_count && shmem->sgt && !shmem->base.dma_buf &&
	       !shmem->base.import_attach;
}

/* What a driver puts into its drm_gem_object_funcs. */
static inline void drm_gem_shmem_object_free(struct drm_gem_object *obj)
{
	drm_gem_shmem_free(to_drm_gem_shmem_obj(obj));
}

static inline int drm_gem_shmem_object_pin(struct drm_gem_object *obj)
{
	return drm_gem_shmem_pin_locked(to_drm_gem_shmem_obj(obj));
}

static inline void drm_gem_shmem_object_unpin(struct drm_gem_object *obj)
{
	drm_gem_shmem_unpin_locked(to_drm_gem_shmem_obj(obj));
}

static inline struct sg_table *drm_gem_shmem_object_get_sg_table(struct drm_gem_object *obj)
{
	return drm_gem_shmem_get_sg_table(to_drm_gem_shmem_obj(obj));
}

static inline int drm_gem_shmem_object_vmap(struct drm_gem_object *obj, struct iosys_map *map)
{
	return drm_gem_shmem_vmap_locked(to_drm_gem_shmem_obj(obj), map);
}

static inline void drm_gem_shmem_object_vunmap(struct drm_gem_object *obj, struct iosys_map *map)
{
	drm_gem_shmem_vunmap_locked(to_drm_gem_shmem_obj(obj), map);
}

static inline int drm_gem_shmem_object_mmap(struct drm_gem_object *obj, struct vm_area_struct *vma)
{
	return drm_gem_shmem_mmap(to_drm_gem_shmem_obj(obj), vma);
}

#endif
