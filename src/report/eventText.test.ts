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
    ['which task runs', 'task 1', 'which task runs: task 1'],
  ])('%s, %s', (question, option, text) => {
    expect(decisionText(question, option)).toBe(text);
  });
});
