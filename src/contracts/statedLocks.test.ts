/** Sentences of comments and the locks they say a caller holds. What states no duty gives none. */
import { describe, expect, it } from 'vitest';
import { statedLocks } from './statedLocks.ts';

/** [comment, `words mode` of each lock] */
const CASES: readonly (readonly [string, readonly string[]])[] = [
  ['/* Caller must hold vm->lock. */', ['vm->lock any']],
  ['/* caller must hold the &vm->lock in write mode */', ['the &vm->lock in write mode write']],
  ['// The caller must already hold bo->lock and vm->lock', ['bo->lock any', 'vm->lock any']],
  ['/* Must be called with ctx->mutex held. */', ['ctx->mutex any']],
  ['/* must be called with struct_mutex held by the caller */', ['struct_mutex any']],
  ['/* Called with gpusvm->notifier_lock held for read. */', ['gpusvm->notifier_lock read']],
  ['/** foo() - bar\n * @a: b\n *\n * Context: Process context, foo->lock held.\n */', ['foo->lock any']],
  ['/**\n * Context: Any context. Expects foo->lock to be held by caller.\n */', ['foo->lock any']],
  [
    '/**\n * Context: Process context. The caller must hold\n * the reservation lock of @bo.\n */',
    ['the reservation lock of @bo any'],
  ],
  ['/* The reservation lock must be held. */', ['The reservation lock any']],
  ['/* @vm->lock must be held for writing. */', ['@vm->lock write']],
  ['/* Should be called under rcu_read_lock(). */', ['rcu_read_lock any']],
  ['/* Requires foo_mutex to be held */', ['foo_mutex any']],
  ['/* vm->lock must be held for read or write. */', ['vm->lock any']],
  ['/* Caller holds the list lock, may sleep */', ['the list lock any']],
  ['/* Caller must hold a->lock before calling this. */', ['a->lock any']],
  // What says nothing of every call.
  ['/* Caller must hold vm->lock if @async is set. */', []],
  ['/* Caller must hold vm->lock, unless the vm is dying. */', []],
  ['/* Caller must hold either vm->lock or bo->lock. */', []],
  ['/* Caller must not hold vm->lock. */', []],
  ['/* Must be called without vm->lock held. */', []],
  ['/* May be called with vm->lock held. */', []],
  ['/* Takes vm->lock; the caller need not hold it. */', []],
  ['/* The lock is held by the reaper when it scans. */', []],
  ['/* foo->lock is held here only for a moment */', []],
  ['/* Should the caller hold vm->lock? */', []],
  ['/* TODO: caller must hold vm->lock */', []],
];

describe('locks that a comment says are held', () => {
  it.each(CASES)('%s', (comment, wanted) => {
    expect(statedLocks(comment).map(({ words, mode }) => `${words} ${mode}`)).toEqual(wanted);
  });

  it('each knows its sentence', () => {
    const text = '/*\n * Frees it. Caller must hold\n * vm->lock.\n */';
    const [stated] = statedLocks(text);
    expect(text.slice(stated?.range.start, stated?.range.end)).toBe('Caller must hold\n * vm->lock');
    expect(stated?.sentence).toBe('Caller must hold vm->lock');
  });
});
