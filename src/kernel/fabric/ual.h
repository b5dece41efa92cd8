/*
 * Private links between accelerators, after the sketch "UAL API that mirrors dma-map" posted to dri-devel in January 2026 (no such API
 * exists). A body for any of these functions in a patch or kernel tree replaces the model.
 */
#ifndef _LINUX_UAL_H
#define _LINUX_UAL_H
#include <linux/types.h>
#include <linux/device.h>
#include <linux/dma-direction.h>

/* An address range at the target; all zero when the link carries physical addresses and nothing is needed. */
struct ual_iova_state {
	u64 addr;
	u64 __size;
};

static inline bool ual_use_iova(struct ual_iova_state *state) { return state->__size != 0; }
static inline size_t ual_iova_size(struct ual_iova_state *state) { return state->__size; }

/* Hops between two devices over their private link; negative without one. */
int ual_distance(struct device *provider, struct device *client);
/* May allocate with reclaim and take the target's dma-resv. */
int ual_iova_try_alloc(struct device *target, struct ual_iova_state *state, u64 phys, size_t size);
void ual_iova_free(struct device *target, struct ual_iova_state *state);
/* Reclaim safe. */
int ual_iova_link(struct device *target, struct ual_iova_state *state, u64 dpa, size_t offset, size_t size, enum dma_data_direction dir);
int ual_iova_sync(struct device *target, struct ual_iova_state *state, size_t offset, size_t size);
void ual_iova_unlink(struct device *target, struct ual_iova_state *state, size_t offset, size_t size, enum dma_data_direction dir);

#endif
