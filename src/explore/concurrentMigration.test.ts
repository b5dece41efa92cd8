/** A driver that keeps one window for all: a process maps, and another device copies pages of a second one, which no notifier lock keeps apart. */
import { expect, it } from 'vitest';
import { testProgram } from '../../test/kernelRuns.ts';
import { findOpsTables } from '../contracts/opsTables.ts';
import { models } from '../kernel/registry.ts';
import { concurrentMigrations } from './concurrentMigration.ts';
import { searchInterleavings } from './interleavings.ts';
import { Runner } from './runner.ts';

const DRIVER = `#include <drm/drm_pagemap.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
static DEFINE_SPINLOCK(veery_lock);
static char *veery_window;
static unsigned int veery_users;
static struct drm_pagemap_addr veery_map(struct drm_pagemap *dpagemap, struct device *dev, struct page *page, unsigned int order, enum dma_data_direction dir)
{
	ENTER;
	if (!veery_users)
		veery_window = kzalloc(64, GFP_NOWAIT);
	veery_users++;
	if (veery_window)
		veery_window[0] = 1;
	LEAVE;
	return drm_pagemap_addr_encode(dma_map_resource(dev, xe_page_to_pcie(page), PAGE_SIZE << order, dir, 0), 2, order, dir);
}
static void veery_unmap(struct drm_pagemap *dpagemap, struct device *dev, const struct drm_pagemap_addr *addr)
{
	dma_unmap_resource(dev, addr->addr, PAGE_SIZE << addr->order, addr->dir, 0);
	ENTER;
	if (!--veery_users) {
		kfree(veery_window);
		veery_window = NULL;
	}
	LEAVE;
}
static const struct drm_pagemap_ops veery_ops = { .device_map = veery_map, .device_unmap = veery_unmap };
`;

async function broken(lock: string, unlock: string, maxRuns: number): Promise<readonly string[]> {
  const program = await testProgram(DRIVER.replaceAll('LEAVE', unlock).replaceAll('ENTER', lock));
  const [table] = findOpsTables(program);
  const runner = new Runner(program, models());
  return (table === undefined ? [] : concurrentMigrations(table)).flatMap((scenario) => {
    if (!/peer/.test(scenario.name)) return [];
    let faults = 0;
    const steps = searchInterleavings({ maxRuns, maxSwitches: 2, maxOthers: 0 }, (decisions) => {
      const run = runner.run(scenario, decisions, true);
      faults += run.trace.filter((event) => event.kind === 'fault').length;
      return { records: run.decisions, accesses: run.accesses, doings: run.doings };
    });
    while (steps.next().done !== true && faults === 0);
    return faults > 0 ? [scenario.name] : [];
  });
}

it('is broken where nothing keeps the tasks apart', async () => {
  expect(await broken('(void)0', '(void)0', 60)).toEqual(['concurrent.peer-migration']);
});

it('is whole under a lock of its own', async () => {
  expect(await broken('spin_lock(&veery_lock)', 'spin_unlock(&veery_lock)', 15)).toEqual([]);
});
