import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IOVA_WINDOW } from '../../topology/address-map.ts';
import type { Iommu } from '../../topology/topology.ts';
import { ChunkedList } from './chunked-list.ts';
import { counterNames, modelledNanoseconds, WEIGHTS, zeroCosts } from './costs.ts';
import { Domain } from './domain.ts';
import { IovaAllocator } from './iova.ts';
import { PageTable, PROT_READ, PROT_WRITE } from './page-table.ts';
import { RangeMap } from './ranges.ts';

const PAGE = 4096;
const RW = PROT_READ + PROT_WRITE;
const BASE = IOVA_WINDOW.start;

function domain(mode: Iommu['mode'], more: Partial<Iommu> = {}): Domain {
  const iommu: Iommu = {
    name: 'i',
    mode,
    cachingMode: false,
    pageSizes: [2 ** 12, 2 ** 21, 2 ** 30],
    flushQueueSize: 256,
    ...more,
  };
  return new Domain('d', iommu, BASE, BASE + 2 ** 40, zeroCosts());
}

describe('page tables', () => {
  it('use the largest leaf that address, memory and size allow', () => {
    const costs = zeroCosts();
    const table = new PageTable([2 ** 12, 2 ** 21, 2 ** 30], costs);
    expect(table.map(2 ** 30 - 2 * PAGE, 2 ** 30 - 2 * PAGE, 2 ** 31, RW)).toBe(2 ** 31);
    const sizes = [...table.leaves()].map((leaf) => leaf.size);
    expect(sizes.filter((size) => size === 2 ** 30)).toHaveLength(1);
    expect(sizes.filter((size) => size === 2 ** 21)).toHaveLength(511);
    expect(sizes.filter((size) => size === 2 ** 12)).toHaveLength(2 + 510);
    expect(costs.entryWrites).toBe(sizes.length);
  });

  it('stop at an entry in the way, and let a large leaf take the place of emptied tables', () => {
    const table = new PageTable([2 ** 12, 2 ** 21], zeroCosts());
    expect(table.map(3 * PAGE, 7 * PAGE, PAGE, RW)).toBe(PAGE);
    expect(table.map(0, 0, 2 ** 21, RW)).toBe(0);
    expect(table.map(PAGE, 0, 4 * PAGE, RW)).toBe(2 * PAGE);
    expect(table.unmap(PAGE, 4 * PAGE)).toBe(3 * PAGE);
    expect(table.isEmpty).toBe(true);
    expect(table.map(0, 0, 2 ** 21, RW)).toBe(2 ** 21);
    expect([...table.leaves()]).toHaveLength(1);
  });

  it('clear a large leaf as a whole', () => {
    const table = new PageTable([2 ** 12, 2 ** 21], zeroCosts());
    table.map(0, 2 ** 21, 2 ** 21, RW);
    expect(table.unmap(4 * PAGE, PAGE)).toBe(2 ** 21 - 4 * PAGE);
    expect(table.lookup(0)).toBeNull();
  });

  it('agree with a map from page to page', () => {
    const operation = fc.record({
      map: fc.boolean(),
      at: fc.integer({ min: 0, max: 2200 }),
      to: fc.integer({ min: 0, max: 3000 }),
      pages: fc.integer({ min: 1, max: 1100 }),
    });
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 40 }), (operations) => {
        const table = new PageTable([2 ** 12], zeroCosts());
        const oracle = new Map<number, number>();
        for (const { map, at, to, pages } of operations) {
          let expected = 0;
          if (map) while (expected < pages && !oracle.has(at + expected)) oracle.set(at + expected, to + expected++);
          else while (expected < pages && oracle.delete(at + expected)) expected++;
          const done = map ? table.map(at * PAGE, to * PAGE, pages * PAGE, RW) : table.unmap(at * PAGE, pages * PAGE);
          expect(done).toBe(expected * PAGE);
        }
        for (let page = 0; page < 3400; page += 7) {
          const to = oracle.get(page);
          expect(table.lookup(page * PAGE + 5)?.phys).toBe(to === undefined ? undefined : to * PAGE + 5);
        }
        expect([...table.leaves()].length).toBe(oracle.size);
      }),
    );
  });
});

describe('IOVA allocation', () => {
  it('goes down from the top, aligned to the size rounded up', () => {
    const allocator = new IovaAllocator(0x1000, 0x10000, zeroCosts());
    expect(allocator.allocate(1)).toBe(0xffff);
    expect(allocator.allocate(512)).toBe(0xfe00 - 0x200 + 0x0);
    expect(allocator.allocate(3)).toBe(0xfbfc);
    expect((allocator.allocate(600) ?? 1) % 1024).toBe(0);
  });

  it('serves small ranges from the cache, last freed first, and large ones from the tree', () => {
    const costs = zeroCosts();
    const allocator = new IovaAllocator(0x1000, 0x10000, costs);
    const small = [allocator.allocate(1), allocator.allocate(1)];
    for (const pfn of small) allocator.free(pfn ?? 0, 1);
    expect(allocator.allocate(1)).toBe(small[1]);
    expect(costs.iovaCacheHits).toBe(1);
    const large = allocator.allocate(33);
    allocator.free(large ?? 0, 33);
    allocator.allocate(33);
    expect(costs.iovaCacheHits).toBe(1);
    expect(costs.iovaTreeAllocations).toBe(4);
  });

  it('empties its caches before it gives up, and then gives up', () => {
    const allocator = new IovaAllocator(64, 128, zeroCosts());
    const pages = Array.from({ length: 64 }, () => allocator.allocate(1));
    expect(new Set(pages).size).toBe(64);
    expect(allocator.allocate(1)).toBeNull();
    for (const pfn of pages) allocator.free(pfn ?? 0, 1);
    expect(allocator.allocate(64)).toBe(64);
    expect(allocator.allocate(1)).toBeNull();
  });

  it('never hands out a range twice, whatever the order of frees', () => {
    const operation = fc.record({ pages: fc.integer({ min: 1, max: 80 }), free: fc.integer({ min: 0, max: 99 }) });
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 200 }), (operations) => {
        const allocator = new IovaAllocator(1, 2048, zeroCosts());
        const live: { start: number; pages: number }[] = [];
        for (const { pages, free } of operations) {
          if (free < 45 && live.length > 0) {
            const [gone] = live.splice(free % live.length, 1);
            if (gone !== undefined) allocator.free(gone.start, gone.pages);
            continue;
          }
          const start = allocator.allocate(pages);
          if (start === null) continue;
          expect(start % 2 ** Math.ceil(Math.log2(pages))).toBe(0);
          expect(start >= 1 && start + pages <= 2048).toBe(true);
          for (const other of live)
            expect(start + pages <= other.start || start >= other.start + other.pages).toBe(true);
          live.push({ start, pages });
        }
      }),
    );
  });
});

describe('the IOTLB', () => {
  it('keeps an entry after the page table changed, until it is invalidated', () => {
    const strict = domain('strict');
    strict.mapNosync(BASE, 0x10_0000_0000, PAGE, RW);
    strict.syncMap(BASE, PAGE);
    expect(strict.walk(BASE, 16, false)).toMatchObject([{ kind: 'ok', stale: false }]);
    strict.unmapFast(BASE, PAGE);
    expect(strict.walk(BASE, 16, false)).toMatchObject([{ kind: 'ok', stale: true, phys: 0x10_0000_0000 }]);
    strict.iotlbSync(BASE, PAGE);
    expect(strict.walk(BASE, 16, false)).toMatchObject([{ kind: 'fault', why: 'not-mapped' }]);
  });

  it('shows the mixture of mapped, unsynced and missing pieces in order', () => {
    const strict = domain('strict');
    strict.mapNosync(BASE, 0x10_0000_0000, 4 * PAGE, PROT_READ);
    strict.syncMap(BASE, PAGE);
    strict.unmapFast(BASE + 2 * PAGE, PAGE);
    const walks = strict.walk(BASE + 8, 5 * PAGE, false);
    expect(
      walks.map((walk) => [walk.start - BASE, walk.end - BASE, walk.kind === 'ok' ? walk.unsynced : walk.why]),
    ).toEqual([
      [8, PAGE, false],
      [PAGE, 2 * PAGE, true],
      [2 * PAGE, 3 * PAGE, 'not-mapped'],
      [3 * PAGE, 4 * PAGE, true],
      [4 * PAGE, 5 * PAGE + 8, 'not-mapped'],
    ]);
    expect(strict.walk(BASE, 8, true)).toMatchObject([{ kind: 'fault', why: 'no-permission' }]);
  });

  it('in caching mode does not see a mapping before its sync', () => {
    const shadowed = domain('strict', { cachingMode: true });
    shadowed.mapNosync(BASE, 0x10_0000_0000, PAGE, RW);
    expect(shadowed.walk(BASE, 8, false)).toMatchObject([{ kind: 'fault', why: 'not-synced' }]);
    shadowed.syncMap(BASE, PAGE);
    expect(shadowed.walk(BASE, 8, false)).toMatchObject([{ kind: 'ok', unsynced: false }]);
  });
});

describe('lazy mode', () => {
  it('keeps translations and addresses until the queue is flushed', () => {
    const lazy = domain('lazy');
    const iova = lazy.allocateIova(PAGE, 2 ** 52 - 1) ?? 0;
    lazy.mapNosync(iova, 0x10_0000_0000, PAGE, RW);
    lazy.syncMap(iova, PAGE);
    lazy.walk(iova, 8, true);
    lazy.unmapFast(iova, PAGE);
    lazy.releaseIova(iova, PAGE);
    expect(lazy.walk(iova, 8, true)).toMatchObject([{ kind: 'ok', stale: true }]);
    expect(lazy.allocateIova(PAGE, 2 ** 52 - 1)).not.toBe(iova);
    lazy.flush();
    expect(lazy.walk(iova, 8, true)).toMatchObject([{ kind: 'fault' }]);
    expect(lazy.allocateIova(PAGE, 2 ** 52 - 1)).toBe(iova);
  });

  it('flushes by itself when one slot of the ring is left', () => {
    const lazy = domain('lazy');
    for (let i = 0; i < 512; i++) lazy.releaseIova(lazy.allocateIova(PAGE, 2 ** 52 - 1) ?? 0, PAGE);
    expect(lazy.costs.flushQueueEntries).toBe(512);
    expect(lazy.costs.flushQueueFlushes).toBe(2);
    expect(lazy.queued).toHaveLength(2);
  });

  it('reclaims queued ranges before it runs out of addresses', () => {
    const lazy = new Domain(
      'd',
      { name: 'i', mode: 'lazy', cachingMode: false, pageSizes: [PAGE], flushQueueSize: 256 },
      BASE,
      BASE + 64 * PAGE,
      zeroCosts(),
    );
    for (let i = 0; i < 200; i++) lazy.releaseIova(lazy.allocateIova(PAGE, 2 ** 52 - 1) ?? -PAGE, PAGE);
    expect(lazy.costs.iovaAllocations).toBe(200);
  });
});

describe('helpers of the above', () => {
  it('range sets agree with a set of points', () => {
    const operation = fc.record({
      kind: fc.constantFrom('set', 'delete'),
      start: fc.nat(60),
      size: fc.nat(20),
      value: fc.nat(2),
    });
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 60 }), fc.nat(60), fc.nat(25), (operations, from, size) => {
        const ranges = new RangeMap<number>();
        const points = new Map<number, number>();
        for (const { kind, start, size: length, value } of operations) {
          if (kind === 'set') ranges.set(start, start + length, value);
          else ranges.delete(start, start + length);
          for (let at = start; at < start + length; at++)
            if (kind === 'set') points.set(at, value);
            else points.delete(at);
        }
        for (let at = 0; at < 100; at++) expect(ranges.at(at)?.value).toBe(points.get(at));
        expect(ranges.total()).toBe(points.size);
        const inside = [...points.keys()].filter((point) => point >= from && point < from + size);
        expect(ranges.overlaps(from, from + size)).toBe(inside.length > 0);
        expect(ranges.within(from, from + size).reduce((sum, part) => sum + part.end - part.start, 0)).toBe(
          inside.length,
        );
        const missing = Array.from({ length: size }, (_, index) => from + index).find((point) => !points.has(point));
        expect(ranges.firstGap(from, from + size)?.start).toBe(missing);
        const all = ranges.all();
        for (let i = 1; i < all.length; i++) {
          const [before, after] = [all[i - 1], all[i]];
          expect(before !== undefined && after !== undefined && before.end <= after.start).toBe(true);
        }
      }),
    );
  });

  it('chunked lists agree with a sorted array', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 3000 }), { maxLength: 2500, minLength: 1200 }), (starts) => {
        const list = new ChunkedList<{ start: number; end: number }>();
        const oracle = new Set<number>();
        for (const start of starts)
          if (oracle.has(start)) {
            oracle.delete(start);
            expect(list.remove(start)?.start).toBe(start);
          } else {
            oracle.add(start);
            list.insert({ start, end: start + 1 });
          }
        const sorted = [...oracle].sort((a, b) => a - b);
        expect([...list].map((item) => item.start)).toEqual(sorted);
        expect([...list.downwards(1500)].map((item) => item.start)).toEqual(
          sorted.filter((start) => start < 1500).reverse(),
        );
        expect(list.first(1500)?.start).toBe(sorted.find((start) => start >= 1500));
        expect(list.last(1500)?.start).toBe(sorted.findLast((start) => start < 1500));
        expect(list.size).toBe(sorted.length);
      }),
      { numRuns: 30 },
    );
  });

  it('every counter has a weight and counts in the model', () => {
    for (const name of counterNames()) {
      const costs = zeroCosts();
      costs[name] = 10;
      expect(modelledNanoseconds(costs, false)).toBeCloseTo(10 * WEIGHTS[name] + (name === 'bouncedBytes' ? 1 : 0));
    }
  });
});
