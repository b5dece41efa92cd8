/** The checks of dma-debug for streaming and scatterlist mappings, wrong and right. */
import { describe, expect, it } from 'vitest';
import { DMA_ATTR_MMIO, DMA_BIDIRECTIONAL, DMA_FROM_DEVICE, DMA_NONE, DMA_TO_DEVICE } from './constants.ts';
import type { DmaRule } from './rules.ts';
import { mapSg, unmapSg } from './scatter.ts';
import { mapPhys, markErrorChecked, syncMapping, unmapPhys } from './streaming.ts';
import { PAGE, ram, TestWorld } from './test-world.ts';
import type { DmaDevice } from './world.ts';

const STREAMING: readonly (readonly [what: string, (t: TestWorld, d: DmaDevice) => void, readonly DmaRule[]])[] = [
  ['map, use, unmap', (t, d) => t.unmap(d, useOf(t, d, t.map(d, ram(0), PAGE)), PAGE), []],
  ['unmap of the error value', (t, d) => t.unmap(d, null, PAGE), ['dma-unmap-invalid']],
  ['unmap of what is not mapped', (t, d) => t.unmap(d, 2 ** 47, PAGE), ['dma-unmap-unknown']],
  [
    'unmap twice',
    (t, d) => {
      const address = t.map(d, ram(0), PAGE);
      t.unmap(d, address, PAGE);
      t.unmap(d, address, PAGE);
    },
    ['dma-unmap-unknown'],
  ],
  ['unmap from inside', (t, d) => t.unmap(d, (t.map(d, ram(0), 2 * PAGE) ?? 0) + PAGE, PAGE), ['dma-unmap-unknown']],
  ['another size', (t, d) => t.unmap(d, t.map(d, ram(0), 4 * PAGE), PAGE), ['dma-unmap-size']],
  [
    'another direction',
    (t, d) => t.unmap(d, t.map(d, ram(0), PAGE, DMA_FROM_DEVICE), PAGE, DMA_TO_DEVICE),
    ['dma-unmap-direction'],
  ],
  [
    'a BAR unmapped as memory',
    (t, d) => t.unmap(d, t.map(d, d.device.bars[1]?.start ?? 0, PAGE, DMA_BIDIRECTIONAL, DMA_ATTR_MMIO), PAGE),
    ['dma-unmap-function'],
  ],
  [
    'error not asked about',
    (t, d) => {
      const request = {
        api: 'dma_map_page',
        kind: 'phys',
        phys: ram(0),
        size: PAGE,
        direction: 0,
        attrs: 0,
        at: null,
      } as const;
      const address = mapPhys(t.world, d, request);
      unmapPhys(t.world, d, { ...request, address });
      const again = mapPhys(t.world, d, request);
      markErrorChecked(d, again ?? 0);
      unmapPhys(t.world, d, { ...request, address: again });
    },
    ['dma-error-unchecked'],
  ],
  ['no direction', (t, d) => expect(t.map(d, ram(0), PAGE, DMA_NONE)).toBeNull(), ['dma-direction-invalid']],
  ['sync of what is not mapped', (t, d) => sync(t, d, 2 ** 47, PAGE, DMA_BIDIRECTIONAL), ['dma-sync-unknown']],
  [
    'sync beyond the mapping',
    (t, d) => sync(t, d, t.map(d, ram(0), PAGE) ?? 0, 2 * PAGE, DMA_BIDIRECTIONAL),
    ['dma-sync-range'],
  ],
  [
    'sync in the other direction',
    (t, d) => sync(t, d, t.map(d, ram(0), PAGE, DMA_FROM_DEVICE) ?? 0, PAGE, DMA_TO_DEVICE),
    ['dma-sync-direction'],
  ],
  [
    'sync of a part',
    (t, d) => sync(t, d, (t.map(d, ram(0), PAGE, DMA_FROM_DEVICE) ?? 0) + 64, 64, DMA_FROM_DEVICE),
    [],
  ],
  [
    'write through a read-only mapping',
    (t, d) => t.access(d, { address: t.map(d, ram(0), PAGE, DMA_TO_DEVICE) ?? 0, write: true }),
    ['device-permission'],
  ],
  ["another device's mapping", (t, d) => t.unmap(t.device('gpu1'), t.map(d, ram(0), PAGE), PAGE), ['dma-wrong-device']],
  ['a list unmapped with fewer entries', (t, d) => list(t, d, 3, 2), ['dma-unmap-entries']],
  ['a list unmapped with its own entries', (t, d) => list(t, d, 3, 3), []],
];

function useOf(t: TestWorld, d: DmaDevice, address: number | null): number | null {
  t.access(d, { address: address ?? 0, write: true });
  return address;
}

function sync(t: TestWorld, d: DmaDevice, address: number, size: number, direction: number): void {
  syncMapping(t.world, d, { api: 'dma_sync_single_for_cpu', address, size, direction, forCpu: true });
}

function list(t: TestWorld, d: DmaDevice, mapped: number, unmapped: number): void {
  const entries = Array.from({ length: mapped }, (_, index) => ({ phys: ram(index * 3), length: PAGE }));
  const result = mapSg(t.world, d, {
    api: 'dma_map_sgtable',
    entries,
    direction: DMA_BIDIRECTIONAL,
    attrs: 0,
    at: null,
  });
  expect('segments' in result).toBe(true);
  if ('segments' in result)
    unmapSg(t.world, d, {
      api: 'dma_unmap_sgtable',
      segments: result.segments,
      entries: unmapped,
      direction: DMA_BIDIRECTIONAL,
      attrs: 0,
    });
}

describe('checks of dma-debug', () => {
  it.each(STREAMING)('%s', (_, run, rules) => {
    const test = new TestWorld('two-gpus-switch');
    run(test, test.device());
    expect(test.rules()).toEqual(rules);
  });

  it('overlapping cache lines matter on a non-coherent device only', () => {
    for (const coherent of [true, false]) {
      const test = new TestWorld('gpu-strict');
      const device = test.world.of({ ...test.device().device, coherent });
      test.map(device, ram(0), 256, DMA_FROM_DEVICE);
      test.map(device, ram(0) + 128, 256, DMA_FROM_DEVICE);
      expect(test.rules()).toEqual(coherent ? [] : ['dma-cacheline-overlap']);
    }
  });

  it('a mask that does not reach the memory fails without a bounce and succeeds with one', () => {
    const test = new TestWorld('gpu-no-iommu');
    const device = test.device();
    device.mask = 2 ** 32 - 1;
    const address = test.map(device, ram(5), PAGE, DMA_TO_DEVICE);
    expect(address).toBeLessThan(2 ** 32);
    expect(test.rules()).toEqual([]);
    expect(test.map(device, ram(5), 2 ** 20)).toBeNull();
    expect(test.rules()).toEqual(['dma-mask']);
  });
});
