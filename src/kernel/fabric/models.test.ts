/** The models on the real machine: C text in, findings and results out. */
import { describe, expect, it } from 'vitest';
import { runOnTopology } from '../../../test/topologyRuns.ts';

const HEAD = `
#include <linux/ual.h>
#include <linux/mm.h>
`;

interface Case {
  readonly what: string;
  readonly topology: string;
  readonly code: string;
  readonly lines: readonly string[];
}

const CASES: readonly Case[] = [
  {
    what: "UAL in virtual mode: the range is the target's, the initiator must not link it",
    topology: 'ual-pair-virtual',
    code: `int test(struct device *dev, struct device *target) {
      struct ual_iova_state state = {};
      if (ual_distance(target, dev) < 0) return 1;
      int err = ual_iova_try_alloc(target, &state, 0, PAGE_SIZE);
      if (err) return err;
      if (!ual_use_iova(&state)) return 2;
      err = ual_iova_link(dev, &state, 0x100400000000, 0, PAGE_SIZE, DMA_BIDIRECTIONAL);
      ual_iova_sync(target, &state, 0, PAGE_SIZE);
      ual_iova_unlink(target, &state, 0, PAGE_SIZE, DMA_BIDIRECTIONAL);
      ual_iova_free(target, &state);
      return err;
    }`,
    lines: ['fabric-wrong-device: `ual_iova_link` for gpu0 of a range allocated at gpu1', '= 0'],
  },
  {
    what: 'UAL in physical mode needs nothing',
    topology: 'ual-pair-physical',
    code: `int test(struct device *dev, struct device *target) {
      struct ual_iova_state state;
      return ual_iova_try_alloc(target, &state, 0, PAGE_SIZE) || ual_use_iova(&state);
    }`,
    lines: ['= 0'],
  },
  {
    what: 'UAL allocation under a spinlock sleeps in atomic context',
    topology: 'ual-pair-virtual',
    code: `#include <linux/spinlock.h>
    static DEFINE_SPINLOCK(lock);
    int test(struct device *dev, struct device *target) {
      struct ual_iova_state state;
      spin_lock(&lock);
      int err = ual_iova_try_alloc(target, &state, 0, PAGE_SIZE);
      spin_unlock(&lock);
      if (!err) ual_iova_free(target, &state);
      return err;
    }`,
    lines: [
      'sleeping-in-atomic: `ual_iova_try_alloc` may sleep, but the task is in atomic context (`spin_lock(lock)`)',
      '= 0',
    ],
  },
];

describe('models of private links on the machine', () => {
  it.each(CASES)('$what', async ({ topology, code, lines }) => {
    expect(await runOnTopology(HEAD + code, { topology })).toEqual(lines);
  });
});
