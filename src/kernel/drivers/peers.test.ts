import { describe, expect, it } from 'vitest';
import { complaints, playScript } from '../../../test/kernelMachine.ts';
import type { MachineServices } from '../../machine/model.ts';
import { presetTopology } from '../../topology/presets.ts';
import { setTopology } from '../dma/run-state.ts';
import { makeDevice } from '../dmabuf/world.ts';
import type { Routine } from '../modelling.ts';
import { rangeLife } from '../pagemap/rangeLife.ts';
import { makeDevicePrivatePage, makeGpusvm, makeMm, makePagemap } from '../pagemap/world.ts';

const INCLUDES = `
#include "xe_bo.h"
#include "xe_device.h"
#include "xe_svm.h"
#include "xe_validation.h"
#include <drm/drm_drv.h>
#include <drm/drm_prime.h>
#include <linux/ual.h>
#include <linux/slab.h>
`;

/** A driver that reaches peers over PCIe or over a private link, in the shape that was sketched for Xe. */
const PEERS = `${INCLUDES}
struct xe_svm_iova_cookie {
	struct dma_iova_state state;
	struct ual_iova_state ual_state;
};

static void *xe_peer_alloc(struct drm_pagemap *dpagemap, struct device *dev, size_t length, enum dma_data_direction dir)
{
	struct device *owner = dpagemap->drm->dev;
	struct xe_svm_iova_cookie *cookie;
	int err;

	if (owner == dev)
		return NULL;
	cookie = kzalloc(sizeof(*cookie), GFP_KERNEL);
	if (!cookie)
		return ERR_PTR(-ENOMEM);
	if (ual_distance(owner, dev) < 0) {
		if (dma_iova_try_alloc(dev, &cookie->state, 0, length))
			return cookie;
	} else {
		err = ual_iova_try_alloc(owner, &cookie->ual_state, 0, length);
		if (err) {
			kfree(cookie);
			return ERR_PTR(err);
		}
		if (ual_use_iova(&cookie->ual_state))
			return cookie;
	}
	kfree(cookie);
	return NULL;
}

static void xe_peer_free(struct drm_pagemap *dpagemap, struct device *dev, size_t length, void *data)
{
	struct xe_svm_iova_cookie *cookie = data;

	if (dma_use_iova(&cookie->state))
		dma_iova_free(dev, &cookie->state);
	else
		ual_iova_free(dpagemap->drm->dev, &cookie->ual_state);
	kfree(cookie);
}

static struct drm_pagemap_addr xe_peer_link(struct drm_pagemap *dpagemap, struct device *dev, struct page *page, size_t length,
					    size_t offset, void *data, enum dma_data_direction dir)
{
	struct xe_svm_iova_cookie *cookie = data;
	dma_addr_t addr;
	int err;

	if (dma_use_iova(&cookie->state)) {
		addr = cookie->state.addr + offset;
		err = dma_iova_link(dev, &cookie->state, xe_page_to_pcie(page), offset, length, dir,
				    DMA_ATTR_SKIP_CPU_SYNC | DMA_ATTR_MMIO);
	} else {
		addr = cookie->ual_state.addr + offset;
		err = ual_iova_link(dpagemap->drm->dev, &cookie->ual_state, xe_page_to_dpa(page), offset, length, dir);
	}
	if (err)
		addr = DMA_MAPPING_ERROR;
	return drm_pagemap_addr_encode(addr, XE_INTERCONNECT_P2P, get_order(length), dir);
}

static int xe_peer_sync(struct drm_pagemap *dpagemap, struct device *dev, size_t length, void *data)
{
	struct xe_svm_iova_cookie *cookie = data;

	if (dma_use_iova(&cookie->state))
		return dma_iova_sync(dev, &cookie->state, 0, length);
	return ual_iova_sync(dpagemap->drm->dev, &cookie->ual_state, 0, length);
}

static void xe_peer_unlink(struct drm_pagemap *dpagemap, struct device *dev, size_t length, void *data, enum dma_data_direction dir)
{
	struct xe_svm_iova_cookie *cookie = data;

	if (dma_use_iova(&cookie->state))
		dma_iova_unlink(dev, &cookie->state, 0, length, dir, DMA_ATTR_SKIP_CPU_SYNC | DMA_ATTR_MMIO);
	else
		ual_iova_unlink(dpagemap->drm->dev, &cookie->ual_state, 0, length, dir);
}

static struct drm_pagemap_addr xe_peer_map(struct drm_pagemap *dpagemap, struct device *dev, struct page *page, unsigned int order,
					   enum dma_data_direction dir)
{
	struct device *owner = dpagemap->drm->dev;

	if (owner == dev || ual_distance(owner, dev) >= 0)
		return drm_pagemap_addr_encode(xe_page_to_dpa(page), XE_INTERCONNECT_VRAM, order, dir);
	return drm_pagemap_addr_encode(dma_map_resource(dev, xe_page_to_pcie(page), PAGE_SIZE << order, dir, DMA_ATTR_SKIP_CPU_SYNC),
				       XE_INTERCONNECT_P2P, order, dir);
}

static void xe_peer_unmap(struct drm_pagemap *dpagemap, struct device *dev, const struct drm_pagemap_addr *addr)
{
	if (addr->proto == XE_INTERCONNECT_P2P)
		dma_unmap_resource(dev, addr->addr, PAGE_SIZE << addr->order, addr->dir, DMA_ATTR_SKIP_CPU_SYNC);
}

const struct drm_pagemap_ops xe_peer_ops = {
	.device_map = xe_peer_map,
	.device_unmap = xe_peer_unmap,
	.device_iova_alloc = xe_peer_alloc,
	.device_iova_free = xe_peer_free,
	.device_iova_link = xe_peer_link,
	.device_iova_sync = xe_peer_sync,
	.device_iova_unlink = xe_peer_unlink,
};
`;

describe('peers over PCIe and over a private link', () => {
  const cases: [string, string][] = [
    ['two-gpus-p2p-cpu', 'alloc link link sync unlink free'],
    ['ual-pair-virtual', 'alloc link link sync unlink free'],
    ['ual-pair-physical', 'alloc map map unmap unmap'],
  ];
  for (const [topology, ops] of cases)
    for (const end of ['notifier', 'teardown'] as const)
      it(`${topology}, undone in a ${end}`, async () => {
        const result = await playScript(PEERS, function* (machine: MachineServices): Routine {
          const chosen = presetTopology(topology);
          if (chosen === null) throw new Error(`no preset ${topology}`);
          setTopology(machine, chosen);
          const mapper = makeDevice(machine, 'gpu0');
          const device = makeDevice(machine, 'gpu1');
          const pagemap = makePagemap(machine, { ops: machine.addressOf('xe_peer_ops') ?? 0, device, driver: 'xe' });
          const svm = makeGpusvm(machine, {
            ops: 0,
            mm: makeMm(machine),
            drm: pagemap.drm,
            driver: 'xe',
            start: 0x7f00_0000_0000,
            end: 0x7f00_0000_2000,
          });
          const pages = [0, 0].map((order) => makeDevicePrivatePage(machine, pagemap, order));
          yield* rangeLife(machine, { pagemap, svm, pages, mapper: mapper.dev, end });
          return 0;
        });
        const called = result.trace.flatMap((event) =>
          event.kind === 'call' && event.function.startsWith('xe_peer_') ? [event.function.slice(8)] : [],
        );
        expect({ ops: called.join(' '), complaints: complaints(result) }).toEqual({ ops, complaints: [] });
      });
});
