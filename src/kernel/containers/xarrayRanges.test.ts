/** Entries of an xarray over several indices: C text in, findings out; the pieces of a range against brute force. */
import { describe, expect, test } from 'vitest';
import { type Case, runCases } from '../../../test/kernelCases.ts';
import { rangePieces } from './xarrayRanges.ts';

const INCLUDES = `#include <linux/xarray.h>
#include <linux/slab.h>
#include <linux/mutex.h>
static DEFINE_XARRAY(xa); static int a, b, c; static DEFINE_SPINLOCK(sl);
#define STORE(first, last, p) xa_store_range(&xa, first, last, p, GFP_KERNEL | __GFP_NOFAIL)
`;

const CASES: readonly Case[] = [
  {
    name: 'a range is one entry at each of its indices',
    text: 'int test(void) { if (STORE(4, 7, &a)) return -1; int r = (xa_load(&xa, 3) == NULL) + (xa_load(&xa, 4) == &a) + (xa_load(&xa, 7) == &a) + (xa_load(&xa, 8) == NULL); xa_destroy(&xa); return r; }',
    value: '4',
  },
  {
    name: 'a walk shows it once, and goes on behind it',
    text: 'int test(void) { void *e; unsigned long i; long n = 0; STORE(4, 7, &a); xa_store(&xa, 9, &b, GFP_KERNEL | __GFP_NOFAIL); xa_for_each(&xa, i, e) n = n * 100 + i; xa_destroy(&xa); return n; }',
    value: '409',
  },
  {
    name: 'storing at one index stores at all; storing nothing ends the tie',
    text: 'int test(void) { int r; STORE(4, 7, &a); xa_store(&xa, 6, &b, GFP_KERNEL); r = xa_load(&xa, 4) == &b; xa_erase(&xa, 5); r += 2 * (xa_load(&xa, 7) == NULL) + 4 * xa_empty(&xa); return r; }',
    value: '7',
  },
  {
    name: 'a larger range replaces the entries inside',
    text: 'int test(void) { void *e; unsigned long i; int n = 0; xa_store(&xa, 64, &b, GFP_KERNEL | __GFP_NOFAIL); xa_store(&xa, 100, &c, GFP_KERNEL | __GFP_NOFAIL); STORE(64, 127, &a); xa_for_each(&xa, i, e) n += e == &a ? 1 : 100; xa_destroy(&xa); return n; }',
    value: '1',
  },
  {
    name: 'an end before the start is no range',
    text: 'int test(void) { return xa_err(xa_store_range(&xa, 9, 4, &a, GFP_KERNEL)); }',
    value: '-22',
  },
  {
    name: 'no memory',
    text: 'int test(void) { return xa_err(xa_store_range(&xa, 4, 9, &a, GFP_KERNEL)); }',
    run: { choose: ['xa_store_range'] },
    value: '-12',
  },
  {
    name: 'it may sleep as its flags say',
    text: 'int test(void) { spin_lock(&sl); STORE(4, 9, &a); spin_unlock(&sl); xa_destroy(&xa); return 0; }',
    findings: [/^report sleeping-in-atomic/],
  },
  {
    name: 'a cursor of an order, and what its entry is of',
    text: 'int test(void) { XA_STATE_ORDER(xas, &xa, 21, 2); int r; do { xas_lock(&xas); xas_store(&xas, &a); xas_unlock(&xas); } while (xas_nomem(&xas, GFP_KERNEL)); if (xas_error(&xas)) return -1; r = xa_get_order(&xa, 22) * 100 + (xa_load(&xa, 20) == &a) + (xa_load(&xa, 23) == &a) + (xa_load(&xa, 24) == NULL) + (xas.xa_index == 20); xa_destroy(&xa); return r; }',
    value: '204',
  },
  {
    name: 'set_order on a cursor that is used again',
    text: 'int test(void) { XA_STATE(xas, &xa, 0); xas_lock(&xas); xas_set_order(&xas, 9, 3); xas_store(&xas, &a); xas_unlock(&xas); if (xas_error(&xas)) return -1; int r = xa_get_order(&xa, 15); xa_destroy(&xa); return r; }',
    value: '3',
  },
  {
    name: 'an entry is split into smaller ones',
    text: 'int test(void) { XA_STATE_ORDER(xas, &xa, 16, 1); void *e; unsigned long i; long n = 0; STORE(16, 23, &a); xas_split_alloc(&xas, &a, 3, GFP_KERNEL); if (xas_error(&xas)) { xa_destroy(&xa); return -1; } xas_lock(&xas); xas_split(&xas, &b, 3); xas_unlock(&xas); xa_for_each(&xa, i, e) n = n * 100 + i + (e == &b ? 0 : 50); n = n * 10 + xa_get_order(&xa, 20); xa_destroy(&xa); return n; }',
    value: '161820221',
  },
  {
    name: 'memory for a split is got without the lock',
    text: 'int test(void) { XA_STATE_ORDER(xas, &xa, 16, 0); STORE(16, 23, &a); xas_lock(&xas); xas_split_alloc(&xas, &a, 3, GFP_KERNEL); xas_split(&xas, &b, 3); xas_unlock(&xas); xa_destroy(&xa); return 0; }',
    findings: [/^report sleeping-in-atomic/],
  },
  {
    name: 'what stands in the way of an order, and storing there all the same',
    text: 'int test(void) { XA_STATE_ORDER(xas, &xa, 8, 2); void *e; int n = 0; xa_store(&xa, 9, &a, GFP_KERNEL | __GFP_NOFAIL); xa_store(&xa, 11, &b, GFP_KERNEL | __GFP_NOFAIL); xa_store(&xa, 12, &c, GFP_KERNEL | __GFP_NOFAIL); xas_lock(&xas); xas_for_each_conflict(&xas, e) n += e == &a ? 1 : e == &b ? 10 : 100; xas_store(&xas, &c); xas_unlock(&xas); if (xas_error(&xas)) return -1; n += 1000 * (xa_load(&xa, 8) == &c && xa_load(&xa, 11) == &c); xa_destroy(&xa); return n; }',
    value: '1011',
  },
  {
    name: 'ids are given around it',
    text: 'int test(void) { static DEFINE_XARRAY_ALLOC(ids); u32 id = 99; xa_store_range(&ids, 0, 3, &a, GFP_KERNEL | __GFP_NOFAIL); int err = xa_alloc(&ids, &id, &b, xa_limit_32b, GFP_KERNEL | __GFP_NOFAIL); xa_destroy(&ids); return err ? err : id; }',
    value: '4',
  },
  {
    name: 'marks are of the whole entry',
    text: 'int test(void) { STORE(4, 7, &a); xa_set_mark(&xa, 6, XA_MARK_1); int r = xa_get_mark(&xa, 4, XA_MARK_1) + 2 * xa_marked(&xa, XA_MARK_1); xa_destroy(&xa); return r; }',
    value: '3',
  },
  {
    name: 'freeing what is found at each of several indices frees it twice',
    text: 'int test(void) { unsigned long i; int *p = kmalloc(4, GFP_KERNEL); if (!p) return 0; STORE(4, 5, p); for (i = 4; i < 6; i++) kfree(xa_load(&xa, i)); xa_destroy(&xa); return 0; }',
    findings: [/^fault double-free/],
  },
];

describe('entries over several indices', () => {
  runCases(INCLUDES, CASES);
});

test('the pieces of a range cover it, each aligned to its size class', () => {
  for (const [first, last] of [
    [0, 0],
    [1, 6],
    [0, 63],
    [0, 64],
    [63, 64],
    [5, 200],
    [64, 4095],
    [100, 9000],
    [4096, 8191],
  ] as const) {
    const pieces = rangePieces(first, last);
    let next: number = first;
    for (const [from, to] of pieces) {
      expect(from).toBe(next);
      expect(to).toBeGreaterThanOrEqual(from);
      // One node holds a piece: slots of one size, not past the node's end.
      const size = to - from + 1;
      let slot = 1;
      while (from % (slot * 64) === 0 && size % (slot * 64) === 0) slot *= 64;
      expect(Math.floor(from / (slot * 64))).toBe(Math.floor(to / (slot * 64)));
      next = to + 1;
    }
    expect(next).toBe(last + 1);
  }
});
