/** Effects of functions that nobody executes, seen from C. */
import { describe, expect, test } from 'vitest';
import { type Case, runCases } from '../../test/kernelCases.ts';
import { knownEffects, tabledNames } from './effects.ts';
import { EFFECT_ROWS } from './effectsTable.ts';

describe('the table', () => {
  test('has each name once', () => {
    const names = EFFECT_ROWS.flatMap(([list]) => list.split(' '));
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  test('agrees with the models on sleeping', () => {
    const differing = EFFECT_ROWS.flatMap(([list, sleeps]) =>
      list.split(' ').filter((name) => {
        const known = knownEffects(name);
        return (
          known !== null &&
          known.sleeps !== sleeps &&
          !(known.sleeps === 'last-reference' || sleeps === 'last-reference')
        );
      }),
    );
    expect(differing).toEqual([]);
  });

  test('answers null for what nobody knows', () => {
    expect(knownEffects('my_driver_frobnicate')).toBeNull();
    expect(tabledNames()).toContain('xe_bo_put');
  });
});

const CASES: readonly Case[] = [
  {
    name: 'a known sleeper under a spinlock',
    text: 'int regulator_enable(void *obj); int test(void *obj) { static DEFINE_SPINLOCK(lock); spin_lock(&lock); regulator_enable(obj); spin_unlock(&lock); return 0; }',
    findings: [/^assumption regulator_enable/, /^report sleeping-in-atomic: `regulator_enable\(\)`/],
  },
  {
    name: 'a function that takes a reservation lock, called with one held',
    text: 'int ib_umem_dmabuf_release(void *x); int test(struct dma_resv *resv, void *x) { dma_resv_lock(resv, NULL); ib_umem_dmabuf_release(x); dma_resv_unlock(resv); return 0; }',
    findings: [/^report recursive-locking/],
  },
  {
    name: 'a function that allocates inside reclaim',
    text: 'void *frame_vector_create(unsigned int n); void *test(void) { void *v; fs_reclaim_acquire(GFP_KERNEL); v = frame_vector_create(4); fs_reclaim_release(GFP_KERNEL); return v; }',
    findings: [/^report (recursive|circular)-locking/],
  },
  {
    name: 'a function nobody knows does nothing to the context',
    text: 'int frobnicate(void); int test(void) { static DEFINE_SPINLOCK(lock); spin_lock(&lock); frobnicate(); spin_unlock(&lock); return 0; }',
    findings: [/^assumption frobnicate/],
  },
];

describe('functions without body and model', () => {
  runCases('#include <linux/dma-resv.h>\n#include <linux/spinlock.h>\n#include <linux/sched/mm.h>\n', CASES);
});
