/** Every misuse of `dma_iova_*` that the kernel cannot see: once wrong, once right. */
import { describe, expect, it } from 'vitest';
import { DMA_ATTR_MMIO, DMA_ATTR_SKIP_CPU_SYNC, DMA_BIDIRECTIONAL, DMA_NONE, DMA_TO_DEVICE } from './constants.ts';
import type { IovaState, LinkRequest } from './iova-state.ts';
import type { DmaRule } from './rules.ts';
import { PAGE, ram, TestWorld } from './test-world.ts';
import type { DmaDevice } from './world.ts';

/** Short calls on one state of eight pages. */
class Script {
  readonly test: TestWorld;
  readonly dev: DmaDevice;
  state: IovaState;

  constructor(topology = 'two-gpus-switch', size = 8 * PAGE) {
    this.test = new TestWorld(topology);
    this.dev = this.test.device();
    this.state = this.alloc(size);
  }

  alloc(size = 8 * PAGE): IovaState {
    const state = this.test.states.tryAlloc(this.dev, { stateAddress: 1, phys: 0, size, at: null });
    return state ?? { stateAddress: 1, addr: 0, size: 0 };
  }

  link(page: number, pages = 1, more: Partial<LinkRequest> = {}, dev = this.dev): number {
    const request = {
      phys: ram(100 + page),
      offset: page * PAGE,
      size: pages * PAGE,
      direction: DMA_BIDIRECTIONAL,
      attrs: 0,
      at: null,
    };
    return this.test.states.link(dev, this.state, { ...request, ...more }).error;
  }

  sync(page = 0, pages = 8, dev = this.dev): void {
    this.test.states.sync(dev, this.state, page * PAGE, pages * PAGE);
  }

  unlink(page = 0, pages = 8, direction = DMA_BIDIRECTIONAL, attrs = 0, dev = this.dev): void {
    this.test.states.unlink(dev, this.state, page * PAGE, pages * PAGE, direction, attrs);
  }

  free(dev = this.dev): void {
    this.test.states.free(dev, this.state, null);
  }

  destroy(pages = 8, direction = DMA_BIDIRECTIONAL, attrs = 0): void {
    this.test.states.destroy(this.dev, this.state, pages * PAGE, direction, attrs, null);
  }

  linked(): this {
    this.link(0, 8);
    this.sync();
    return this;
  }

  reads(page: number, dev = this.dev): void {
    this.test.access(dev, { address: this.state.addr + page * PAGE });
  }
}

type Step = (script: Script) => void;

/** What is done wrong, what is reported then, and the same done right. */
const IOVA_MISUSE: readonly (readonly [what: string, wrong: Step, rules: readonly DmaRule[], right: Step])[] = [
  [
    'link beyond the state',
    (s) => {
      s.link(0, 8);
      s.link(8);
    },
    ['iova-range'],
    (s) => s.link(7),
  ],
  [
    'the same offset linked twice',
    (s) => {
      s.link(0, 2);
      s.link(1);
    },
    ['iova-overlap'],
    (s) => {
      s.link(0, 2);
      s.link(2);
    },
  ],
  [
    'link on a zero state',
    (s) => {
      s.state = { stateAddress: 2, addr: 0, size: 0 };
      s.link(0);
    },
    ['iova-zero-state'],
    (s) => s.link(0),
  ],
  [
    'link on a stale state',
    (s) => {
      s.free();
      s.link(0);
    },
    ['iova-stale-state'],
    (s) => {
      s.free();
      s.state = s.alloc();
      s.link(0);
    },
  ],
  [
    'a stale state whose IOVA was handed out again',
    (s) => {
      s.free();
      const other = s.test.states.tryAlloc(s.dev, { stateAddress: 9, phys: 0, size: 8 * PAGE, at: null });
      expect(other?.addr).toBe(s.state.addr);
      s.unlink();
    },
    ['iova-stale-state'],
    (s) => {
      s.free();
      const other = s.test.states.tryAlloc(s.dev, { stateAddress: 9, phys: 0, size: 8 * PAGE, at: null });
      if (other !== null) s.state = { ...other, stateAddress: 10 };
      s.linked().unlink();
    },
  ],
  [
    'free while linked',
    (s) => s.linked().free(),
    ['iova-free-while-linked'],
    (s) => {
      s.linked().unlink();
      s.free();
    },
  ],
  [
    'free twice',
    (s) => {
      s.free();
      s.free();
    },
    ['iova-double-free'],
    (s) => s.free(),
  ],
  [
    'destroy after free',
    (s) => {
      s.linked().unlink();
      s.free();
      s.destroy();
    },
    ['iova-double-free'],
    (s) => s.linked().destroy(),
  ],
  ['another device at link', (s) => s.link(0, 1, {}, s.test.device('gpu1')), ['iova-wrong-device'], (s) => s.link(0)],
  [
    'another device at unlink',
    (s) => s.linked().unlink(0, 8, DMA_BIDIRECTIONAL, 0, s.test.device('gpu1')),
    ['iova-wrong-device'],
    (s) => s.linked().unlink(),
  ],
  [
    'another direction at unlink',
    (s) => s.linked().unlink(0, 8, DMA_TO_DEVICE),
    ['iova-wrong-direction'],
    (s) => s.linked().unlink(),
  ],
  [
    'other attributes at unlink',
    (s) => s.linked().unlink(0, 8, DMA_BIDIRECTIONAL, DMA_ATTR_SKIP_CPU_SYNC),
    ['iova-wrong-attrs'],
    (s) => {
      s.link(0, 8, { attrs: DMA_ATTR_SKIP_CPU_SYNC });
      s.sync();
      s.unlink(0, 8, DMA_BIDIRECTIONAL, DMA_ATTR_SKIP_CPU_SYNC);
    },
  ],
  [
    'no direction',
    (s) => s.link(0, 1, { direction: DMA_NONE }),
    ['iova-direction-none'],
    (s) => s.link(0, 1, { direction: DMA_TO_DEVICE }),
  ],
  [
    'use before the sync',
    (s) => {
      s.link(0);
      s.reads(0);
    },
    ['iova-not-synced'],
    (s) => {
      s.link(0);
      s.sync(0, 1);
      s.reads(0);
    },
  ],
  [
    'a sync smaller than what is linked',
    (s) => {
      s.link(0, 8);
      s.sync(0, 4);
      s.reads(5);
    },
    ['iova-not-synced'],
    (s) => {
      s.link(0, 8);
      s.sync(0, 4);
      s.reads(3);
    },
  ],
  [
    'a sync larger than what is linked',
    (s) => {
      s.link(0, 4);
      s.sync(0, 8);
    },
    ['iova-sync-range'],
    (s) => {
      s.link(0, 4);
      s.sync(0, 4);
    },
  ],
  ['a sync beyond the state', (s) => s.linked().sync(4, 8), ['iova-range'], (s) => s.linked().sync(4, 4)],
  [
    'unlink across a hole',
    (s) => {
      s.link(0, 2);
      s.link(4, 4);
      s.unlink(0, 8);
    },
    ['iova-hole'],
    (s) => {
      s.link(0, 2);
      s.link(4, 4);
      s.unlink(0, 2);
      s.unlink(4, 4);
      s.free();
    },
  ],
  [
    'unlink twice',
    (s) => {
      s.linked().unlink();
      s.unlink();
    },
    ['iova-double-unlink'],
    (s) => {
      s.linked().unlink();
      s.linked().unlink();
    },
  ],
  ['unlink without link', (s) => s.unlink(0, 1), ['iova-hole'], (s) => s.linked().unlink()],
  [
    'destroy of more than is linked',
    (s) => {
      s.link(0, 4);
      s.destroy(8);
    },
    ['iova-hole'],
    (s) => s.linked().destroy(),
  ],
  [
    'destroy of less than is linked',
    (s) => s.linked().destroy(4),
    ['iova-free-while-linked'],
    (s) => s.linked().destroy(8),
  ],
  [
    'destroy of less than was allocated',
    (s) => {
      s.link(0, 4);
      s.destroy(4);
    },
    ['iova-destroy-partial'],
    (s) => {
      s.link(0, 4);
      s.unlink(0, 4);
      s.free();
    },
  ],
  [
    'an unaligned address that is not first',
    (s) => s.link(1, 1, { phys: ram(9) + 64 }),
    ['iova-unaligned'],
    (s) => s.link(1, 1, { phys: ram(9) }),
  ],
  [
    'an unaligned size that is not last',
    (s) => {
      s.link(0, 1, { size: 100 });
      s.link(1);
    },
    ['iova-unaligned'],
    (s) => {
      s.link(0);
      s.link(1, 1, { size: 100 });
    },
  ],
  ['an unaligned offset', (s) => s.link(0, 1, { offset: 12 }), ['iova-unaligned'], (s) => s.link(0)],
  [
    'a device uses what was unlinked',
    (s) => {
      s.linked().unlink();
      s.reads(0);
    },
    ['device-fault'],
    (s) => s.linked().reads(0),
  ],
  [
    "a device uses another device's IOVA",
    (s) => s.linked().reads(0, s.test.device('gpu1')),
    ['dma-wrong-device'],
    (s) => s.linked().reads(0),
  ],
];

describe('misuse of dma_iova_*', () => {
  it.each(IOVA_MISUSE)('%s', (_, wrong, rules, right) => {
    const bad = new Script();
    wrong(bad);
    expect(bad.test.rules()).toEqual(rules);
    const good = new Script();
    right(good);
    expect(good.test.rules()).toEqual([]);
  });

  it('an allocation of nothing', () => {
    const script = new Script('gpu-strict', 0);
    expect(script.state.size).toBe(0);
    expect(script.test.rules()).toEqual(['iova-alloc-size']);
  });

  it('a size in place of an address', () => {
    for (const [phys, rules] of [
      [2 ** 21, ['iova-alignment-argument']],
      [0, []],
      [64, []],
      [ram(5), []],
    ] as const) {
      const test = new TestWorld('gpu-strict');
      test.states.tryAlloc(test.device(), { stateAddress: 0, phys, size: PAGE, at: null });
      expect(test.rules()).toEqual(rules);
    }
  });

  it('errors are those of the kernel', () => {
    const script = new Script();
    expect(script.link(1, 1, { phys: ram(3) + 8 })).toBe(-5);
    expect(script.link(0, 1, { fails: true })).toBe(-12);
    expect(script.link(0, 1, { offset: 12 })).toBe(-22);
    script.link(0);
    expect(script.link(0)).toBe(-98);
    const incoherent = new TestWorld('gpu-strict');
    const device = incoherent.world.of({ ...incoherent.device().device, coherent: false });
    const state = incoherent.states.tryAlloc(device, { stateAddress: 0, phys: 0, size: PAGE, at: null });
    const request = { phys: ram(0), offset: 0, size: PAGE, direction: DMA_BIDIRECTIONAL, attrs: 1 << 12, at: null };
    if (state !== null) expect(incoherent.states.link(device, state, request).error).toBe(-95);
    const untrusted = new TestWorld('gpu-untrusted');
    const bounced = untrusted.states.tryAlloc(untrusted.device(), {
      stateAddress: 0,
      phys: 64,
      size: 2 * PAGE,
      at: null,
    });
    const head = { ...request, phys: ram(0) + 64, size: 2 * PAGE, attrs: DMA_ATTR_MMIO };
    if (bounced !== null) {
      expect(untrusted.states.link(untrusted.device(), bounced, head).error).toBe(-1);
      expect(untrusted.states.link(untrusted.device(), bounced, { ...head, attrs: 0 })).toEqual({
        error: 0,
        bounced: true,
      });
    }
    expect(
      new TestWorld('gpu-passthrough').states.tryAlloc(new TestWorld('gpu-passthrough').device(), {
        stateAddress: 0,
        phys: 0,
        size: PAGE,
        at: null,
      }),
    ).toBeNull();
  });
});
