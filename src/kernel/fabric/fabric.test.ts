import { describe, expect, it } from 'vitest';
import type { DmaRule } from '../dma/rules.ts';
import { PAGE, TestWorld } from '../dma/test-world.ts';
import type { FabricState } from './fabric.ts';

interface Pair {
  readonly test: TestWorld;
  readonly dpa: number;
  readonly alloc: (size?: number) => FabricState;
  readonly link: (state: FabricState, page?: number, dpa?: number, device?: string) => number;
  readonly dev: (name?: string) => ReturnType<TestWorld['device']>['device'];
}

function pair(): Pair {
  const test = new TestWorld('ual-pair-virtual');
  const dev = (name = 'gpu1'): ReturnType<TestWorld['device']>['device'] => test.device(name).device;
  const dpa = dev().memory?.dpaBase ?? 0;
  return {
    test,
    dpa,
    dev,
    alloc: (size = 4 * PAGE) =>
      test.fabrics.tryAlloc(dev(), { stateAddress: 5, size, at: null }).state ?? { stateAddress: 5, addr: 0, size: 0 },
    link: (state, page = 0, from = dpa, device = 'gpu1') =>
      test.fabrics.link(dev(device), state, { dpa: from, offset: page * PAGE, size: PAGE, at: null, write: true }),
  };
}

describe('virtual mode', () => {
  it('translates at the target what was linked and synced, until it is unlinked', () => {
    const { test, dpa, alloc, link, dev } = pair();
    const state = alloc();
    expect(link(state, 2)).toBe(0);
    test.fabrics.sync(dev(), state, 2 * PAGE, PAGE);
    const address = state.addr + 2 * PAGE;
    expect(test.access(test.device('gpu0'), { address, route: 'link', meant: { phys: dpa } })).toEqual([
      { start: address, end: address + PAGE, target: dpa },
    ]);
    test.fabrics.unlink(dev(), state, 2 * PAGE, PAGE);
    test.fabrics.free(dev(), state, null);
    expect(test.rules()).toEqual([]);
    test.access(test.device('gpu0'), { address, route: 'link' });
    expect(test.rules()).toEqual(['device-fault']);
    expect(test.fabrics.live()).toEqual([]);
  });

  const misuse: readonly (readonly [what: string, (p: Pair) => void, rules: readonly DmaRule[]])[] = [
    ['link on a zero state', (p) => p.link({ stateAddress: 0, addr: 0, size: 0 }), ['fabric-zero-state']],
    ['link with the initiator', (p) => p.link(p.alloc(), 0, p.dpa, 'gpu0'), ['fabric-wrong-device']],
    ['link of the BAR', (p) => p.link(p.alloc(), 0, p.dev().bars[1]?.start ?? 0), ['address-kind']],
    [
      "link of another device's memory",
      (p) => p.link(p.alloc(), 0, p.dev('gpu0').memory?.dpaBase ?? 0),
      ['address-kind'],
    ],
    ['link beyond the range', (p) => p.link(p.alloc(), 4), ['fabric-range']],
    [
      'link twice',
      (p) => {
        const state = p.alloc();
        p.link(state);
        expect(p.link(state)).toBe(-98);
      },
      ['fabric-overlap'],
    ],
    ['unlink of a hole', (p) => p.test.fabrics.unlink(p.dev(), p.alloc(), 0, PAGE), ['fabric-hole']],
    [
      'free while linked',
      (p) => {
        const state = p.alloc();
        p.link(state);
        p.test.fabrics.free(p.dev(), state, null);
      },
      ['fabric-free-while-linked'],
    ],
    [
      'use after free',
      (p) => {
        const state = p.alloc();
        p.test.fabrics.free(p.dev(), state, null);
        p.link(state);
      },
      ['fabric-stale-state'],
    ],
    [
      'use before the sync',
      (p) => {
        const state = p.alloc();
        p.link(state);
        p.test.access(p.test.device('gpu0'), { address: state.addr, route: 'link' });
      },
      ['fabric-not-synced'],
    ],
  ];
  it.each(misuse)('%s', (_, run, rules) => {
    const made = pair();
    run(made);
    expect(made.test.rules()).toEqual(rules);
  });
});

describe('physical mode', () => {
  it.each(['ual-pair-physical', 'xgmi-pair'])('%s needs no range and carries device physical addresses', (topology) => {
    const test = new TestWorld(topology);
    const target = test.device('gpu1').device;
    expect(test.fabrics.tryAlloc(target, { stateAddress: 0, size: PAGE, at: null })).toEqual({ error: 0, state: null });
    const dpa = target.memory?.dpaBase ?? 0;
    expect(test.access(test.device('gpu0'), { address: dpa, route: 'link' })).toMatchObject([{ target: dpa }]);
    expect(test.rules()).toEqual([]);
  });
});

describe('pods', () => {
  it('of 1,024 have every member within two hops and addresses of its own', () => {
    const test = new TestWorld('ual-pod-1024');
    const { devices } = test.world.topology;
    expect(devices).toHaveLength(1024);
    const [first] = devices;
    if (first === undefined) throw new Error('no devices');
    const hops = devices.map((device) => test.fabrics.distance(first, device));
    expect([0, 1, 2].map((hop) => hops.filter((one) => one === hop).length)).toEqual([1, 63, 960]);
    const addresses = devices.map(
      (device) => test.fabrics.tryAlloc(device, { stateAddress: 0, size: 2 ** 21, at: null }).state?.addr ?? 0,
    );
    expect(new Set(addresses).size).toBe(1024);
    for (const [index, address] of addresses.entries()) expect(test.world.resolve(address).device).toBe(devices[index]);
  });

  it('a device without a fabric has no link', () => {
    const test = new TestWorld('two-gpus-switch');
    const [one, two] = [test.device('gpu0').device, test.device('gpu1').device];
    expect(test.fabrics.distance(one, two)).toBe(-1);
    expect(test.fabrics.tryAlloc(one, { stateAddress: 0, size: PAGE, at: null }).error).toBe(-19);
    expect(test.rules()).toEqual(['fabric-no-link']);
  });
});
