/** The table of address kinds: each kind at each sink, right and wrong; and what a device sees of the bytes. */
import { describe, expect, it } from 'vitest';
import { BUS_OFFSET, GPU_VIRTUAL_WINDOW, USER_VIRTUAL_WINDOW } from '../../topology/address-map.ts';
import { buildTopology } from '../../topology/build.ts';
import { DMA_ATTR_MMIO, DMA_BIDIRECTIONAL, DMA_FROM_DEVICE, DMA_TO_DEVICE } from './constants.ts';
import type { Route } from './device-access.ts';
import { transfer } from './device-memory.ts';
import { mappingOfMemory } from './freed.ts';
import { syncMapping } from './streaming.ts';
import { PAGE, ram, TestWorld } from './test-world.ts';
import type { DmaDevice } from './world.ts';

type Kind =
  | 'RAM'
  | 'BAR'
  | 'private'
  | 'own DPA'
  | 'peer DPA'
  | 'bus'
  | 'own IOVA'
  | 'peer IOVA'
  | 'fabric'
  | 'user'
  | 'GPU VA'
  | 'kernel';

/** One address of each kind, seen from gpu0 whose peer is gpu1. */
function addresses(test: TestWorld): Readonly<Record<Kind, number>> {
  const own = test.device('gpu0');
  const peer = test.device('gpu1');
  const target = test.fabrics.tryAlloc(peer.device, { stateAddress: 0, size: PAGE, at: null }).state;
  const dpa = peer.device.memory?.dpaBase ?? 0;
  if (target !== null) {
    test.fabrics.link(peer.device, target, { dpa, offset: 0, size: PAGE, at: null, write: true });
    test.fabrics.sync(peer.device, target, 0, PAGE);
  }
  const bar = peer.device.bars[1]?.start ?? 0;
  return {
    RAM: ram(1),
    BAR: bar,
    private: peer.device.privateBase ?? 0,
    'own DPA': own.device.memory?.dpaBase ?? 0,
    'peer DPA': dpa,
    bus: bar + BUS_OFFSET,
    'own IOVA': test.map(own, ram(7), PAGE) ?? 0,
    'peer IOVA': test.map(peer, ram(8), PAGE) ?? 0,
    fabric: target?.addr ?? 0,
    user: USER_VIRTUAL_WINDOW.start + PAGE,
    'GPU VA': GPU_VIRTUAL_WINDOW.start + PAGE,
    kernel: 2 ** 52 + 64,
  };
}

interface Sink {
  readonly name: string;
  readonly topology: string;
  readonly accepts: readonly Kind[];
  readonly use: (test: TestWorld, device: DmaDevice, address: number) => void;
}

function linkSink(attrs: number) {
  return (test: TestWorld, device: DmaDevice, phys: number): void => {
    const state = test.states.tryAlloc(device, { stateAddress: 0, phys: 0, size: PAGE, at: null });
    const request = { phys, offset: 0, size: PAGE, direction: DMA_BIDIRECTIONAL, attrs, at: null };
    if (state !== null) test.states.link(device, state, request);
  };
}

function programmed(route: Route) {
  return (test: TestWorld, device: DmaDevice, address: number): void => {
    test.access(device, { address, route, size: 64 });
  };
}

function fabricLink(test: TestWorld, _: DmaDevice, dpa: number): void {
  const peer = test.device('gpu1').device;
  const { state } = test.fabrics.tryAlloc(peer, { stateAddress: 0, size: PAGE, at: null });
  if (state !== null) test.fabrics.link(peer, state, { dpa, offset: 0, size: 64, at: null, write: true });
}

const SINKS: readonly Sink[] = [
  { name: 'dma_map_phys', topology: 'ual-pair-virtual', accepts: ['RAM'], use: (t, d, a) => t.map(d, a, 64) },
  {
    name: 'dma_map_resource',
    topology: 'ual-pair-virtual',
    accepts: ['BAR'],
    use: (t, d, a) => t.map(d, a, 64, DMA_BIDIRECTIONAL, DMA_ATTR_MMIO),
  },
  { name: 'dma_iova_link', topology: 'ual-pair-virtual', accepts: ['RAM'], use: linkSink(0) },
  { name: 'dma_iova_link of MMIO', topology: 'ual-pair-virtual', accepts: ['BAR'], use: linkSink(DMA_ATTR_MMIO) },
  {
    name: 'dma_unmap_phys',
    topology: 'ual-pair-virtual',
    accepts: ['own IOVA'],
    use: (t, d, a) => t.unmap(d, a, PAGE),
  },
  { name: 'ual_iova_link', topology: 'ual-pair-virtual', accepts: ['peer DPA'], use: fabricLink },
  { name: 'a PTE over PCIe', topology: 'ual-pair-virtual', accepts: ['own IOVA'], use: programmed('pcie') },
  { name: 'a PTE with the VRAM bit', topology: 'ual-pair-virtual', accepts: ['own DPA'], use: programmed('local') },
  {
    name: 'a PTE over the fabric, virtual',
    topology: 'ual-pair-virtual',
    accepts: ['fabric'],
    use: programmed('link'),
  },
  {
    name: 'a PTE over the fabric, physical',
    topology: 'ual-pair-physical',
    accepts: ['own DPA', 'peer DPA'],
    use: programmed('link'),
  },
];

describe('address kinds at their sinks', () => {
  it.each(SINKS)('$name takes $accepts and nothing else', ({ topology, accepts, use }) => {
    const names = Object.keys(addresses(new TestWorld(topology)));
    const taken = names.filter((name) => {
      const test = new TestWorld(topology);
      const address = Object.entries(addresses(test)).find(([key]) => key === name)?.[1] ?? 0;
      // The physical fabric has no fabric addresses at all.
      if (name === 'fabric' && address === 0) return false;
      use(test, test.device('gpu0'), address);
      const reports = test.reports.slice();
      for (const { rule } of reports) expect(['address-kind', 'dma-wrong-device']).toContain(rule);
      return reports.length === 0;
    });
    expect(taken).toEqual(accepts);
  });

  it('names where the value came from', () => {
    const test = new TestWorld('ual-pair-virtual');
    const iova = test.map(test.device('gpu0'), ram(3), PAGE) ?? 0;
    test.map(test.device('gpu1'), iova, PAGE);
    test.map(test.device('gpu0'), (test.device('gpu1').device.memory?.dpaBase ?? 0) + 0x1000, PAGE);
    expect(test.reports.map((report) => [report.message, report.related.map((place) => place.message)])).toEqual([
      [
        `\`dma_map_phys\` gets an IOVA of gpu0 (0x${iova.toString(16)}), needs a CPU physical address of RAM`,
        ['`dma_map_phys` made this address here'],
      ],
      [
        '`dma_map_phys` gets a device physical address of gpu1 (0x100400001000, memory offset 0x1000), needs a CPU physical address of RAM',
        [],
      ],
    ]);
  });

  it('in passthrough a physical address is a DMA address once it is mapped, and only then', () => {
    const test = new TestWorld('gpu-passthrough');
    const device = test.device();
    test.access(device, { address: ram(2) });
    expect(test.rules()).toEqual(['address-kind']);
    const address = test.map(device, ram(2), PAGE) ?? 0;
    expect(address).toBe(ram(2));
    test.access(device, { address, write: true, meant: { phys: ram(2) } });
    test.unmap(device, address, PAGE);
    expect(test.rules()).toEqual([]);
    test.access(device, { address });
    expect(test.rules()).toEqual(['address-kind']);
  });
});

describe('device masks', () => {
  it('of 32 bits give IOVAs below 4 GiB, and of 24 bits none', () => {
    const test = new TestWorld('two-gpus-switch');
    const device = test.device();
    device.mask = 2 ** 32 - 1;
    const address = test.map(device, ram(1), PAGE) ?? 0;
    expect(address).toBeLessThan(2 ** 32);
    expect(test.world.resolve(address)).toMatchObject({ kind: 'iova', device: device.device });
    test.access(device, { address, meant: { phys: ram(1) } });
    test.access(test.device('gpu1'), { address });
    expect(test.rules()).toEqual(['dma-wrong-device']);
    device.mask = 2 ** 24 - 1;
    expect(test.map(device, ram(1), PAGE)).toBeNull();
    expect(test.states.tryAlloc(device, { stateAddress: 0, phys: 0, size: PAGE, at: null })).toBeNull();
    expect(test.rules()).toEqual([]);
  });
});

describe('peer memory', () => {
  it('below one switch is reached by bus address, past the IOMMU', () => {
    const test = new TestWorld('two-gpus-switch');
    const bar = test.device('gpu1').device.bars[1]?.start ?? 0;
    expect(test.access(test.device('gpu0'), { address: bar })).toMatchObject([{ target: bar }]);
    expect(test.rules()).toEqual([]);
  });

  it('behind a host bridge with an offset answers to the bus address, not to the CPU address', () => {
    const below = [
      { device: 'gpu0', iommu: 'i' },
      { device: 'gpu1', vram: '1G' },
    ];
    const { topology } = buildTopology({
      name: 't',
      iommus: [{ name: 'i', mode: 'strict' }],
      hostBridges: [{ name: 'h', busOffset: true, below: [{ switch: 's', below }] }],
    });
    const test = new TestWorld(topology);
    const bar = test.device('gpu1').device.bars[1]?.start ?? 0;
    expect(test.access(test.device('gpu0'), { address: bar })).toMatchObject([{ target: null }]);
    expect(test.rules()).toEqual(['p2p-bus-address']);
    expect(test.access(test.device('gpu0'), { address: bar + BUS_OFFSET })).toMatchObject([{ target: bar }]);
    expect(test.rules()).toEqual([]);
  });

  it('with ACS redirect needs a mapping', () => {
    const test = new TestWorld('two-gpus-switch-acs');
    const device = test.device('gpu0');
    const bar = test.device('gpu1').device.bars[1]?.start ?? 0;
    test.access(device, { address: bar });
    expect(test.rules()).toEqual(['address-kind']);
    const address = test.map(device, bar, PAGE, DMA_BIDIRECTIONAL, DMA_ATTR_MMIO) ?? 0;
    const reached = test.access(device, { address, meant: { phys: test.device('gpu1').device.memory?.dpaBase ?? 0 } });
    expect(reached).toMatchObject([{ target: bar }]);
    expect(test.rules()).toEqual([]);
  });

  it('across host bridges that forward nothing is not reached, though the DMA API maps it', () => {
    const test = new TestWorld('two-gpus-host-bridges');
    const device = test.device('gpu0');
    const bar = test.device('gpu1').device.bars[1]?.start ?? 0;
    const address = test.map(device, bar, PAGE, DMA_BIDIRECTIONAL, DMA_ATTR_MMIO) ?? 0;
    expect(test.rules()).toEqual([]);
    expect(test.access(device, { address })).toMatchObject([{ target: null }]);
    expect(test.rules()).toEqual(['p2p-unreachable']);
  });
});

describe('bytes', () => {
  it('written by a device are where the mapping says, and reads of holes are all ones', () => {
    const test = new TestWorld('gpu-strict');
    const device = test.device();
    const address = test.map(device, ram(4) + 16, 32, DMA_FROM_DEVICE) ?? 0;
    transfer(test.world, test.access(device, { address, size: 4, write: true }), Uint8Array.of(1, 2, 3, 4));
    expect([...test.world.memory.read(ram(4) + 16, 4)]).toEqual([1, 2, 3, 4]);
    expect([...transfer(test.world, test.access(device, { address: address + 2 * PAGE, size: 2 }), null)]).toEqual([
      255, 255,
    ]);
    expect(test.reports.map((report) => [report.rule, report.data['bytes']])).toEqual([['device-fault', 2]]);
  });

  it('of a reused IOVA reach the old page while its link is left behind', () => {
    const test = new TestWorld('gpu-strict');
    const device = test.device();
    const link = (page: number): number => {
      const state = test.states.tryAlloc(device, { stateAddress: page, phys: 0, size: PAGE, at: null });
      const request = { phys: ram(page), offset: 0, size: PAGE, direction: DMA_BIDIRECTIONAL, attrs: 0, at: null };
      if (state !== null) {
        const { error } = test.states.link(device, state, request);
        if (page === 1) test.states.free(device, state, null);
        else expect(error).toBe(-98);
      }
      return state?.addr ?? 0;
    };
    const first = link(1);
    expect(link(2)).toBe(first);
    test.access(device, { address: first, meant: { phys: ram(2) } });
    expect(test.rules()).toEqual(['iova-free-while-linked', 'iova-not-synced', 'device-wrong-memory']);
  });

  it('through a bounce buffer arrive with the sync, not before', () => {
    const test = new TestWorld('gpu-untrusted');
    const device = test.device();
    const address = test.map(device, ram(4) + 100, 200, DMA_FROM_DEVICE) ?? 0;
    const reached = test.access(device, { address, size: 200, write: true, meant: { phys: ram(4) + 100 } });
    transfer(test.world, reached, new Uint8Array(200).fill(9));
    expect(test.world.memory.read(ram(4) + 100, 1)[0]).toBe(0);
    syncMapping(test.world, device, {
      api: 'dma_sync_single_for_cpu',
      address,
      size: 200,
      direction: DMA_FROM_DEVICE,
      forCpu: true,
    });
    expect(test.world.memory.read(ram(4) + 100, 200).every((byte) => byte === 9)).toBe(true);
    // The rest of the page belongs to somebody else and is out of the device's reach.
    expect(test.world.memory.read(ram(4), 100).some((byte) => byte !== 0)).toBe(false);
    test.unmap(device, address, 200, DMA_FROM_DEVICE);
    expect(test.rules()).toEqual([]);
  });

  it('of a linked buffer with ragged ends are bounced at the ends only', () => {
    const test = new TestWorld('gpu-untrusted');
    const device = test.device();
    const size = 3 * PAGE;
    test.world.memory.write(ram(10), new Uint8Array(4 * PAGE).fill(5));
    const state = test.states.tryAlloc(device, { stateAddress: 0, phys: 64, size, at: null });
    if (state === null) throw new Error('no IOVA');
    const request = { phys: ram(10) + 64, offset: 0, size, direction: DMA_TO_DEVICE, attrs: 0, at: null };
    expect(test.states.link(device, state, request)).toEqual({ error: 0, bounced: true });
    test.states.sync(device, state, 0, size);
    const seen = transfer(
      test.world,
      test.access(device, { address: state.addr, size, meant: { phys: ram(10) + 64 } }),
      null,
    );
    expect(seen.every((byte) => byte === 5)).toBe(true);
    expect(test.world.costs.bounces).toBe(2);
    const before = transfer(test.world, test.access(device, { address: state.addr - 64, size: 64 }), null);
    expect(before.every((byte) => byte === 0)).toBe(true);
    test.states.unlink(device, state, 0, size, DMA_TO_DEVICE, 0);
    test.states.free(device, state, null);
    expect(test.rules()).toEqual([]);
    expect(device.domain?.table.isEmpty).toBe(true);
  });

  it('after an unmap are still reached in lazy mode until the flush, not in strict mode', () => {
    for (const mode of ['lazy', 'strict']) {
      const test = new TestWorld(`gpu-${mode}`);
      const device = test.device();
      const address = test.map(device, ram(4), PAGE) ?? 0;
      test.access(device, { address });
      test.unmap(device, address, PAGE);
      test.access(device, { address, write: true });
      device.domain?.flush();
      test.access(device, { address, write: true });
      expect(test.rules()).toEqual(
        mode === 'lazy' ? ['device-stale-tlb', 'device-fault'] : ['device-fault', 'device-fault'],
      );
    }
  });

  it('of freed memory are seen as long as a device reaches them', () => {
    const test = new TestWorld('gpu-strict');
    const device = test.device();
    const reaches = (phys: number): string | null =>
      mappingOfMemory(
        { ...test, byAddress: new Map(), objects: new Map(), extra: [], uncertain: new Set() },
        phys,
        PAGE,
      )?.api ?? null;
    const address = test.map(device, ram(4), 2 * PAGE) ?? 0;
    expect([ram(3), ram(4), ram(5), ram(6)].map(reaches)).toEqual([null, 'dma_map_phys', 'dma_map_phys', null]);
    test.unmap(device, address, 2 * PAGE);
    expect(reaches(ram(4))).toBeNull();
    const state = test.states.tryAlloc(device, { stateAddress: 0, phys: 0, size: PAGE, at: null });
    if (state === null) throw new Error('no IOVA');
    const request = { phys: ram(9), offset: 0, size: PAGE, direction: DMA_BIDIRECTIONAL, attrs: 0, at: null };
    test.states.link(device, state, request);
    expect(reaches(ram(9))).toBe('dma_iova_link');
  });
});
