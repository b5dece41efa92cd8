/** Random sequences of calls against a naive account of who translates what: a map from page to page, and sets of handed-out pages. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DMA_BIDIRECTIONAL } from './constants.ts';
import type { IovaState } from './iova-state.ts';
import { PAGE, ram, TestWorld } from './test-world.ts';

type Op =
  | { readonly op: 'alloc'; readonly pages: number; readonly pad: number }
  | {
      readonly op: 'link';
      readonly which: number;
      readonly page: number;
      readonly pages: number;
      readonly at: number;
      readonly fails: boolean;
      readonly skew: number;
    }
  | { readonly op: 'sync' | 'unlink-all' | 'destroy' | 'free'; readonly which: number }
  | { readonly op: 'map'; readonly at: number; readonly bytes: number; readonly offset: number }
  | { readonly op: 'unmap'; readonly which: number }
  | { readonly op: 'read'; readonly which: number; readonly page: number };

const which = fc.nat(20);
const operations: fc.Arbitrary<Op> = fc.oneof(
  fc.record({
    op: fc.constant('alloc' as const),
    pages: fc.integer({ min: 1, max: 70 }),
    pad: fc.constantFrom(0, 0, 0, 64),
  }),
  fc.record({
    op: fc.constant('link' as const),
    which,
    page: fc.nat(69),
    pages: fc.integer({ min: 1, max: 20 }),
    at: fc.nat(3000),
    fails: fc.boolean().map((value) => value && true),
    skew: fc.constantFrom(0, 0, 0, 0, 8),
  }),
  fc.record({
    op: fc.constantFrom('sync' as const, 'unlink-all' as const, 'destroy' as const, 'free' as const),
    which,
  }),
  fc.record({
    op: fc.constant('map' as const),
    at: fc.nat(3000),
    bytes: fc.integer({ min: 1, max: 9000 }),
    offset: fc.nat(4095),
  }),
  fc.record({ op: fc.constant('unmap' as const), which }),
  fc.record({ op: fc.constant('read' as const), which, page: fc.nat(69) }),
);

/** What the naive side knows of one state or mapping. */
interface Live {
  readonly state: IovaState;
  readonly first: number;
  readonly pages: number;
  /** Page of the range to physical page. */
  readonly links: Map<number, number>;
}

function run(mode: 'strict' | 'lazy', ops: readonly Op[]): void {
  const test = new TestWorld(`gpu-${mode}`);
  const device = test.device();
  const states: Live[] = [];
  const mappings: { address: number; size: number; phys: number }[] = [];
  const owned = new Set<number>();
  const translation = new Map<number, number>();
  const own = (address: number, bytes: number): number => {
    const first = Math.floor(address / PAGE);
    const pages = Math.ceil((address + bytes) / PAGE) - first;
    for (let page = first; page < first + pages; page++) {
      expect(owned.has(page)).toBe(false);
      owned.add(page);
    }
    return pages;
  };
  const disown = (first: number, pages: number): void => {
    for (let page = first; page < first + pages; page++) owned.delete(page);
  };
  const unlinkAll = (live: Live): void => {
    const pages = [...live.links.keys()].sort((a, b) => a - b);
    for (let i = 0; i < pages.length; ) {
      const start = pages[i] ?? 0;
      let end = start;
      while (pages[i] === end) {
        i++;
        end++;
      }
      test.states.unlink(device, live.state, (start - live.first) * PAGE, (end - start) * PAGE, DMA_BIDIRECTIONAL, 0);
    }
    for (const page of pages) translation.delete(page);
    live.links.clear();
  };

  for (const op of ops) {
    switch (op.op) {
      case 'alloc': {
        const size = op.pages * PAGE - op.pad;
        const state = test.states.tryAlloc(device, { stateAddress: 0, phys: op.pad, size, at: null });
        if (state === null) throw new Error('out of IOVAs');
        expect(state.addr % PAGE).toBe(op.pad);
        const pages = own(state.addr, size);
        states.push({ state, first: Math.floor(state.addr / PAGE), pages, links: new Map() });
        break;
      }
      case 'link': {
        const live = states[op.which % Math.max(1, states.length)];
        if (live === undefined || live.state.addr % PAGE !== 0) break;
        const page = op.page % live.pages;
        const pages = Math.min(op.pages, live.pages - page);
        const phys = ram(op.at) + op.skew;
        const size = pages * PAGE - op.skew;
        const taken = Array.from({ length: pages }, (_, index) => live.first + page + index).some((one) =>
          live.links.has(one),
        );
        const expected = op.skew !== 0 ? (page > 0 ? -5 : -22) : taken ? -98 : op.fails ? -12 : 0;
        const request = {
          phys,
          offset: page * PAGE,
          size,
          direction: DMA_BIDIRECTIONAL,
          attrs: 0,
          at: null,
          fails: op.fails,
        };
        expect(test.states.link(device, live.state, request)).toEqual({ error: expected, bounced: false });
        test.reports.length = 0;
        if (expected !== 0) break;
        for (let index = 0; index < pages; index++) {
          live.links.set(live.first + page + index, ram(op.at + index));
          translation.set(live.first + page + index, ram(op.at + index));
        }
        break;
      }
      case 'sync':
      case 'unlink-all':
      case 'destroy':
      case 'free': {
        const at = op.which % Math.max(1, states.length);
        const live = states[at];
        if (live === undefined) break;
        const full = live.links.size === live.pages && live.state.addr % PAGE === 0;
        if (op.op === 'sync')
          for (const page of live.links.keys()) test.states.sync(device, live.state, (page - live.first) * PAGE, PAGE);
        if (op.op === 'sync') break;
        if (op.op !== 'destroy' || !full) unlinkAll(live);
        if (op.op === 'unlink-all') break;
        if (op.op === 'destroy' && full) {
          test.states.destroy(device, live.state, live.state.size, DMA_BIDIRECTIONAL, 0, null);
          for (const page of live.links.keys()) translation.delete(page);
        } else test.states.free(device, live.state, null);
        states.splice(at, 1);
        disown(live.first, live.pages);
        break;
      }
      case 'map': {
        const phys = ram(op.at) + op.offset;
        const address = test.map(device, phys, op.bytes);
        if (address === null) throw new Error('out of IOVAs');
        expect(address % PAGE).toBe(op.offset);
        const pages = own(address, op.bytes);
        for (let index = 0; index < pages; index++)
          translation.set(Math.floor(address / PAGE) + index, ram(op.at + index));
        mappings.push({ address, size: op.bytes, phys });
        break;
      }
      case 'unmap': {
        const [gone] = mappings.splice(op.which % Math.max(1, mappings.length), 1);
        if (gone === undefined) break;
        test.unmap(device, gone.address, gone.size);
        const first = Math.floor(gone.address / PAGE);
        const pages = Math.ceil((gone.address + gone.size) / PAGE) - first;
        for (let page = first; page < first + pages; page++) translation.delete(page);
        disown(first, pages);
        break;
      }
      case 'read': {
        const live = states[op.which % Math.max(1, states.length)];
        if (live === undefined) break;
        const page = live.first + (op.page % live.pages);
        const reached = test.access(device, { address: page * PAGE });
        const expected = translation.get(page) ?? null;
        // In lazy mode an old translation may still answer; a present one always must.
        const reports = test.rules();
        if (!reports.includes('device-stale-tlb')) expect(reached[0]?.target ?? null).toBe(expected);
        else expect(mode).toBe('lazy');
        break;
      }
      default:
        op satisfies never;
    }
    expect(test.rules()).toEqual([]);
  }

  for (const [page, phys] of translation) expect(device.domain?.table.lookup(page * PAGE)?.phys).toBe(phys);
  expect([...(device.domain?.table.leaves() ?? [])].reduce((sum, leaf) => sum + leaf.size / PAGE, 0)).toBe(
    translation.size,
  );
  for (const live of states) {
    unlinkAll(live);
    test.states.free(device, live.state, null);
  }
  for (const mapping of mappings) test.unmap(device, mapping.address, mapping.size);
  expect(test.rules()).toEqual([]);
  expect(device.domain?.table.isEmpty).toBe(true);
  expect(device.domain?.unsynced.isEmpty).toBe(true);
  expect(device.ledger.size).toBe(0);
  expect(test.states.reservations.live()).toEqual([]);
}

describe('random sequences against a naive account', () => {
  it.each(['strict', 'lazy'] as const)(
    '%s mode: same translations, same errors, nothing left, nothing handed out twice',
    (mode) => {
      fc.assert(
        fc.property(fc.array(operations, { maxLength: 80, minLength: 10 }), (ops) => run(mode, ops)),
        { numRuns: 300 },
      );
    },
  );
});
