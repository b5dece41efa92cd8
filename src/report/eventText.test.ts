import { describe, expect, it } from 'vitest';
import { decisionText } from './eventText.ts';

describe('decisions in words', () => {
  it.each([
    ['`kzalloc()` fails', 'succeeds', '`kzalloc()` succeeds'],
    ['`kzalloc()` fails', 'fails', '`kzalloc()` fails'],
    ['`xe->ready` is true', 'false', '`xe->ready` is false'],
    ['`p` is NULL', 'false', '`p` is not NULL'],
    ['`p` is NULL', 'true', '`p` is NULL'],
    ['dma_iova_try_alloc finds no IOVA', 'succeeds', 'dma_iova_try_alloc finds no IOVA: no'],
    ['dma_iova_try_alloc finds no IOVA', 'fails', 'dma_iova_try_alloc finds no IOVA'],
    [
      '`list_for_each_entry(it, &o->items, node)->next->next == 0x10000000009000` is true',
      'true',
      '`list_for_each_entry(it, &o->items, node)` ends',
    ],
    ['`list_for_each_entry(a, &o->a, n) == 0x9000` is true', 'true', '`list_for_each_entry(a, &o->a, n)` has no entry'],
    ['`hlist_for_each_entry(a, h, n) == &h->b` is true', 'false', '`hlist_for_each_entry(a, h, n)` has one more entry'],
    ['`x->next == 0x9000` is true', 'true', '`x->next == 0x9000` is true'],
    ['which task runs', 'task 1', 'which task runs: task 1'],
  ])('%s, %s', (question, option, text) => {
    expect(decisionText(question, option)).toBe(text);
  });
});
