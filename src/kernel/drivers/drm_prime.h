/* Passing GEM objects between devices as dma-bufs. */
#ifndef __DRM_PRIME_H__
#define __DRM_PRIME_H__
#include <linux/types.h>
#include <linux/dma-buf.h>
#include <drm/drm_gem.h>

struct drm_device;
struct drm_file;

struct dma_buf *drm_gem_dmabuf_export(struct drm_device *dev, struct dma_buf_export_info *exp_info);
void drm_gem_dmabuf_release(struct dma_buf *dma_buf);
int drm_gem_map_attach(struct dma_buf *dma_buf, struct dma_buf_attachment *attach);
void drm_gem_map_detach(struct dma_buf *dma_buf, struct dma_buf_attachment *attach);
struct sg_table *drm_gem_map_dma_buf(struct dma_buf_attachment *attach, enum dma_data_direction dir);
void drm_gem_unmap_dma_buf(struct dma_buf_attachment *attach, struct sg_table *sgt, enum dma_data_direction dir);
int drm_gem_dmabuf_vmap(struct dma_buf *dma_buf, struct iosys_map *map);
void drm_gem_dmabuf_vunmap(struct dma_buf *dma_buf, struct iosys_map *map);
int drm_gem_prime_mmap(struct drm_gem_object *obj, struct vm_area_struct *vma);
int drm_gem_dmabuf_mmap(struct dma_buf *dma_buf, struct vm_area_struct *vma);
int drm_gem_prime_fd_to_handle(struct drm_device *dev, struct drm_file *file, int prime_fd, u32 *handle);
int drm_gem_prime_handle_to_fd(struct drm_device *dev, struct drm_file *file, u32 handle, u32 flags, int *prime_fd);
struct dma_buf *drm_gem_prime_export(struct drm_gem_object *obj, int flags);
struct drm_gem_object *drm_gem_prime_import(struct drm_device *dev, struct dma_buf *dma_buf);
struct drm_gem_object *drm_gem_prime_import_dev(struct drm_device *dev, struct dma_buf *dma_buf,
						struct device *attach_dev);
bool drm_gem_is_prime_exported_dma_buf(struct drm_device *dev, struct dma_buf *dma_buf);
void drm_prime_gem_destroy(struct drm_gem_object *obj, struct sg_table *sgt);
struct sg_table *drm_prime_pages_to_sg(struct drm_device *dev, struct page **pages, unsigned int nr_pages);
int drm_prime_sg_to_page_array(struct sg_table *sgt, struct page **pages, int max_entries);
int drm_prime_sg_to_dma_addr_array(struct sg_table *sgt, dma_addr_t *addrs, int max_entries);
unsigned long drm_prime_get_contiguous_size(struct sg_table *sgt);

#endif
