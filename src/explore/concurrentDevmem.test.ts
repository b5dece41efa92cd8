/**
 * Who meets a driver's pagemap ops: an eviction, a CPU fault, an munmap, a migration, a last put. Each defect is shown by that actor's
 * interleaving and by none of its runs in which the tasks come one after the other; the same driver with a lock of its own is whole.
 */
import { describe, expect, it } from 'vitest';
import { testProgram } from '../../test/kernelRuns.ts';
import { findOpsTables } from '../contracts/opsTables.ts';
import { models } from '../kernel/registry.ts';
import { concurrentScenarios } from './concurrentActors.ts';
import { searchInterleavings } from './interleavings.ts';
import { Runner } from './runner.ts';

/** A driver that keeps one window for all of its allocations. `COPY`, `RELEASE` and `POPULATE` are replaced, `ENTER` and `LEAVE` in them. */
const DEVMEM = `#include <drm/drm_pagemap.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
struct whimbrel_bo { struct drm_pagemap_devmem devmem; struct kref ref; unsigned long first; };
static DEFINE_SPINLOCK(whimbrel_lock);
static char *whimbrel_window;
static void whimbrel_bo_free(struct kref *ref)
{
	kfree(container_of(ref, struct whimbrel_bo, ref));
}
static struct whimbrel_bo *to_bo(struct drm_pagemap_devmem *devmem)
{
	return container_of(devmem, struct whimbrel_bo, devmem);
}
static void whimbrel_release(struct drm_pagemap_devmem *devmem)
{
	unsigned long flags;

	RELEASE
	(void)flags;
	kref_put(&to_bo(devmem)->ref, whimbrel_bo_free);
}
static int whimbrel_populate(struct drm_pagemap_devmem *devmem, unsigned long npages, unsigned long *pfn)
{
	unsigned long flags, i;

	POPULATE
	(void)flags;
	for (i = 0; i < npages; i++)
		pfn[i] = to_bo(devmem)->first + i;
	return 0;
}
static int whimbrel_to_devmem(struct page **pages, struct drm_pagemap_addr *addr, unsigned long npages, struct dma_fence *fence)
{
	if (fence)
		dma_fence_wait(fence, false);
	return 0;
}
static int whimbrel_to_ram(struct page **pages, struct drm_pagemap_addr *addr, unsigned long npages, struct dma_fence *fence)
{
	unsigned long flags;

	if (fence)
		dma_fence_wait(fence, false);
	COPY
	(void)flags;
	return 0;
}
static const struct drm_pagemap_devmem_ops whimbrel_devmem_ops = {
	.devmem_release = whimbrel_release, .populate_devmem_pfn = whimbrel_populate,
	.copy_to_devmem = whimbrel_to_devmem, .copy_to_ram = whimbrel_to_ram,
};
`;

/** Makes the window for the copy and takes it away again. */
const OWN_WINDOW = `ENTER
	if (!whimbrel_window)
		whimbrel_window = kzalloc(64, GFP_NOWAIT);
	if (whimbrel_window)
		whimbrel_window[0] = 1;
	kfree(whimbrel_window);
	whimbrel_window = NULL;
	LEAVE`;
/** Makes the window and leaves it for the next. */
const SHARED_WINDOW = `ENTER
	if (!whimbrel_window)
		whimbrel_window = kzalloc(64, GFP_NOWAIT);
	if (whimbrel_window)
		whimbrel_window[0] = 1;
	LEAVE`;
const DROP_WINDOW = `ENTER
	kfree(whimbrel_window);
	whimbrel_window = NULL;
	LEAVE`;

function devmem(copy: string, release: string, populate: string, locked: boolean): string {
  return DEVMEM.replace('COPY', copy)
    .replace('RELEASE', release)
    .replace('POPULATE', populate)
    .replaceAll('LEAVE', locked ? 'spin_unlock_irqrestore(&whimbrel_lock, flags);' : '')
    .replaceAll('ENTER', locked ? 'spin_lock_irqsave(&whimbrel_lock, flags);' : '');
}

/** A driver of a pagemap whose window goes with any of its pagemaps. */
function pagemap(locked: boolean): string {
  return `#include <drm/drm_pagemap.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
static DEFINE_SPINLOCK(whimbrel_lock);
static char *whimbrel_window;
static struct drm_pagemap_addr whimbrel_map(struct drm_pagemap *dpagemap, struct device *dev, struct page *page, unsigned int order, enum dma_data_direction dir)
{
	unsigned long flags;

	ENTER
	if (!whimbrel_window)
		whimbrel_window = kzalloc(64, GFP_NOWAIT);
	if (whimbrel_window)
		whimbrel_window[0] = 1;
	LEAVE
	(void)flags;
	return drm_pagemap_addr_encode(dma_map_resource(dev, xe_page_to_pcie(page), PAGE_SIZE << order, dir, 0), 2, order, dir);
}
static void whimbrel_unmap(struct drm_pagemap *dpagemap, struct device *dev, const struct drm_pagemap_addr *addr)
{
	dma_unmap_resource(dev, addr->addr, PAGE_SIZE << addr->order, addr->dir, 0);
}
static void whimbrel_destroy(struct drm_pagemap *dpagemap, bool is_atomic_or_reclaim)
{
	unsigned long flags;

	ENTER
	kfree(whimbrel_window);
	whimbrel_window = NULL;
	LEAVE
	(void)flags;
}
static const struct drm_pagemap_ops whimbrel_ops = {
	.device_map = whimbrel_map, .device_unmap = whimbrel_unmap, .destroy = whimbrel_destroy,
};
`
    .replaceAll('LEAVE', locked ? 'spin_unlock_irqrestore(&whimbrel_lock, flags);' : '')
    .replaceAll('ENTER', locked ? 'spin_lock_irqsave(&whimbrel_lock, flags);' : '');
}

/** [actor, its scenario, the driver, locked or not] */
const ACTORS: readonly (readonly [string, string, (locked: boolean) => string])[] = [
  ['an eviction', 'concurrent.devmem-eviction', (locked) => devmem(OWN_WINDOW, '', '', locked)],
  ['a CPU fault', 'concurrent.devmem-fault', (locked) => devmem(OWN_WINDOW, '', '', locked)],
  ['an munmap', 'concurrent.devmem-munmap', (locked) => devmem(SHARED_WINDOW, DROP_WINDOW, '', locked)],
  ['a migration', 'concurrent.devmem-migration', (locked) => devmem(SHARED_WINDOW, '', DROP_WINDOW, locked)],
  ['a last put', 'concurrent.put', pagemap],
];

/** What goes wrong in runs of one scenario: with tasks that interrupt one another, and one after the other. */
async function broken(text: string, name: string, maxRuns: number): Promise<{ met: boolean; serial: boolean }> {
  const program = await testProgram(text);
  const runner = new Runner(program, models());
  const [scenario] = findOpsTables(program)
    .flatMap((table) => concurrentScenarios(table, [], undefined, program))
    .filter((each) => each.name === name);
  if (scenario === undefined) throw new Error(`no scenario ${name}`);
  const found = { met: false, serial: false };
  const steps = searchInterleavings({ maxRuns, maxSwitches: 2, maxOthers: 0 }, (decisions, preempted) => {
    const run = runner.run(scenario, decisions, true);
    const wrong = run.trace.some((event) => event.kind === 'fault' || event.kind === 'report');
    if (wrong) found[preempted ? 'met' : 'serial'] = true;
    return { records: run.decisions, accesses: run.accesses, doings: run.doings };
  });
  while (steps.next().done !== true && !found.met);
  return found;
}

describe('a driver that keeps one thing for all', () => {
  it.each(ACTORS)('meets %s', async (_, name, driver) => {
    expect(await broken(driver(false), name, 60)).toEqual({ met: true, serial: false });
  });

  it.each(ACTORS)('is whole under a lock when it meets %s', async (_, name, driver) => {
    expect(await broken(driver(true), name, 12)).toEqual({ met: false, serial: false });
  });
});
