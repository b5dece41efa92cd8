/* A CPU address that is either ordinary memory or I/O memory, and the accesses that respect the difference. */
#ifndef __IOSYS_MAP_H__
#define __IOSYS_MAP_H__
#include <linux/types.h>
#include <linux/string.h>

struct iosys_map {
	union {
		void *vaddr_iomem;
		void *vaddr;
	};
	bool is_iomem;
};

#define IOSYS_MAP_INIT_VADDR(address) { .vaddr = (address), .is_iomem = false, }
#define IOSYS_MAP_INIT_VADDR_IOMEM(address) { .vaddr_iomem = (address), .is_iomem = true, }
#define IOSYS_MAP_INIT_OFFSET(map, offset) ({			\
	struct iosys_map __shifted = *(map);			\
	iosys_map_incr(&__shifted, (offset));			\
	__shifted;						\
})

static inline void iosys_map_set_vaddr(struct iosys_map *map, void *vaddr)
{
	map->vaddr = vaddr;
	map->is_iomem = false;
}

static inline void iosys_map_set_vaddr_iomem(struct iosys_map *map, void *vaddr_iomem)
{
	map->vaddr_iomem = vaddr_iomem;
	map->is_iomem = true;
}

static inline bool iosys_map_is_equal(const struct iosys_map *lhs, const struct iosys_map *rhs)
{
	if (lhs->is_iomem != rhs->is_iomem)
		return false;
	return lhs->vaddr == rhs->vaddr;
}

static inline bool iosys_map_is_null(const struct iosys_map *map)
{
	return !map->vaddr;
}

static inline bool iosys_map_is_set(const struct iosys_map *map)
{
	return !iosys_map_is_null(map);
}

static inline void iosys_map_clear(struct iosys_map *map)
{
	map->vaddr = NULL;
	map->is_iomem = false;
}

static inline void iosys_map_incr(struct iosys_map *map, size_t incr)
{
	map->vaddr += incr;
}

static inline void iosys_map_memcpy_to(struct iosys_map *dst, size_t dst_offset, const void *src, size_t len)
{
	memcpy(dst->vaddr + dst_offset, src, len);
}

static inline void iosys_map_memcpy_from(void *dst, const struct iosys_map *src, size_t src_offset, size_t len)
{
	memcpy(dst, src->vaddr + src_offset, len);
}

static inline void iosys_map_memset(struct iosys_map *dst, size_t offset, int value, size_t len)
{
	memset(dst->vaddr + offset, value, len);
}

#define iosys_map_rd(map, offset, type) (*(volatile type *)((map)->vaddr + (offset)))
#define iosys_map_wr(map, offset, type, val) \
	((void)(*(volatile type *)((map)->vaddr + (offset)) = (val)))
#define iosys_map_rd_field(map, offset, struct_type, field) \
	iosys_map_rd(map, (offset) + offsetof(struct_type, field), typeof(((struct_type *)0)->field))
#define iosys_map_wr_field(map, offset, struct_type, field, val) \
	iosys_map_wr(map, (offset) + offsetof(struct_type, field), typeof(((struct_type *)0)->field), val)

#endif
