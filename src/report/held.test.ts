import { expect, test } from 'vitest';
import type { Event, HeldLock } from '../machine/events.ts';
import { heldAfterEach } from './held.ts';

const base = { seq: 0, task: 0, depth: 0, at: null };
const a = { address: 1, class: 'a' };
const b = { address: 2, class: 'b' };
const held = (name: typeof a): HeldLock => ({ ...name, mode: 'exclusive', trylock: false, at: null });
const lock = (name: typeof a, task = 0): Event => ({
  ...base,
  task,
  kind: 'lock',
  lock: name,
  mode: 'exclusive',
  trylock: false,
  function: 'f',
});
const unlock = (name: typeof a, task = 0): Event => ({ ...base, task, kind: 'unlock', lock: name, function: 'f' });
const enter = (locks: readonly HeldLock[]): Event => ({
  ...base,
  kind: 'op-enter',
  table: 't',
  op: 'o',
  function: 'f',
  context: 'c',
  held: locks,
});
const names = (events: readonly Event[]) => heldAfterEach(events).map((locks) => locks.map(({ class: name }) => name));

test('locks come and go in any order', () => {
  expect(names([lock(a), lock(b), unlock(a), unlock(b)])).toEqual([['a'], ['a', 'b'], ['b'], []]);
});
test('each task has its own', () => {
  expect(names([lock(a, 1), lock(b, 2), unlock(a, 1)])).toEqual([['a'], ['b'], []]);
});
test('a lock taken twice is held until it is released twice', () => {
  expect(names([lock(a), lock(a), unlock(a)])).toEqual([['a'], ['a', 'a'], ['a']]);
});
test('what was held before an op is known from the op itself', () => {
  expect(names([enter([held(a)]), unlock(a), unlock(b)])).toEqual([['a'], [], []]);
});
