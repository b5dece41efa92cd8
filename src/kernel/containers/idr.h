/* Identifier allocation: idr maps ids to pointers, ida hands out ids. Both stand on xarray's storage; locking is the caller's for idr. */
#ifndef __IDR_H__
#define __IDR_H__
#include <linux/xarray.h>

struct idr {
	struct xarray idr_rt;
	unsigned int idr_base;
	unsigned int idr_next;
};

struct ida {
	struct xarray xa;
};

#define IDR_INIT_BASE(name, base) { .idr_rt = XARRAY_INIT(name, XA_FLAGS_ALLOC), .idr_base = (base), .idr_next = 0 }
#define IDR_INIT(name) IDR_INIT_BASE(name, 0)
#define DEFINE_IDR(name) struct idr name = IDR_INIT(name)
#define IDA_INIT(name) { .xa = XARRAY_INIT(name, XA_FLAGS_LOCK_IRQ | XA_FLAGS_ALLOC) }
#define DEFINE_IDA(name) struct ida name = IDA_INIT(name)

#define idr_init_base(idr_p, base) do { struct idr *__idr_i = (idr_p); xa_init_flags(&__idr_i->idr_rt, XA_FLAGS_ALLOC); __idr_i->idr_base = (base); __idr_i->idr_next = 0; } while (0)
#define idr_init(idr_p) idr_init_base(idr_p, 0)
#define ida_init(ida_p) xa_init_flags(&(ida_p)->xa, XA_FLAGS_LOCK_IRQ | XA_FLAGS_ALLOC)

void idr_preload(gfp_t gfp);
void idr_preload_end(void);
int idr_alloc(struct idr *idr, void *ptr, int start, int end, gfp_t gfp);
int idr_alloc_cyclic(struct idr *idr, void *ptr, int start, int end, gfp_t gfp);
int idr_alloc_u32(struct idr *idr, void *ptr, u32 *id, unsigned long max, gfp_t gfp);
void *idr_remove(struct idr *idr, unsigned long id);
void *idr_find(const struct idr *idr, unsigned long id);
void *idr_replace(struct idr *idr, void *ptr, unsigned long id);
void *idr_get_next(struct idr *idr, int *nextid);
void idr_destroy(struct idr *idr);

void *idr_get_next_ul(struct idr *idr, unsigned long *nextid);
static inline unsigned int idr_get_cursor(const struct idr *idr) { return idr->idr_next; }
static inline void idr_set_cursor(struct idr *idr, unsigned int val) { idr->idr_next = val; }
static inline bool idr_is_empty(const struct idr *idr) { return xa_empty(&idr->idr_rt); }
#define idr_for_each_entry(idr_p, entry, id) for (id = 0; ((entry) = idr_get_next(idr_p, &(id))) != NULL; id += 1)
#define idr_for_each_entry_ul(idr_p, entry, tmp, id) for (tmp = 0, id = 0; tmp <= id && ((entry) = idr_get_next_ul(idr_p, &(id))) != NULL; tmp = id, ++id)
#define idr_for_each_entry_continue(idr_p, entry, id) for ((entry) = idr_get_next((idr_p), &(id)); entry; ++id, (entry) = idr_get_next((idr_p), &(id)))

static inline int idr_for_each(const struct idr *idr, int (*fn)(int id, void *p, void *data), void *data)
{
	void *entry;
	int id, ret;

	idr_for_each_entry((struct idr *)idr, entry, id) {
		ret = fn(id, entry, data);
		if (ret)
			return ret;
	}
	return 0;
}

int ida_alloc_range(struct ida *ida, unsigned int min, unsigned int max, gfp_t gfp);
void ida_free(struct ida *ida, unsigned int id);
void ida_destroy(struct ida *ida);
#define ida_alloc(ida_p, gfp) ida_alloc_range(ida_p, 0, ~0, gfp)
#define ida_alloc_min(ida_p, min, gfp) ida_alloc_range(ida_p, min, ~0, gfp)
#define ida_alloc_max(ida_p, max, gfp) ida_alloc_range(ida_p, 0, max, gfp)
#define ida_is_empty(ida_p) xa_empty(&(ida_p)->xa)
#define ida_simple_get(ida_p, start, end, gfp) ida_alloc_range(ida_p, start, (end) - 1, gfp)
#define ida_simple_remove(ida_p, id) ida_free(ida_p, id)

#endif
