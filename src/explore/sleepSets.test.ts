/** Which returns to a task that was left are runs of their own. */
import { describe, expect, it } from 'vitest';
import type { DecisionRecord } from './search.ts';
import { type Doings, interchangeable, type Touch } from './sleepSets.ts';

const record = (chosen: number): DecisionRecord => ({
  kind: 'schedule',
  question: 'which task runs next',
  options: ['this', 'that'],
  chosen,
  standard: 0,
  place: 'p',
});
const touch = (task: number, asked: number, object: number, write = true): Touch => ({
  object,
  offset: 0,
  size: 4,
  write,
  task,
  asked,
});

/** Task 1 is left at question 0; task 2 is asked at 1, 2 and 3; then task 1 goes on. `doings`: what task 2 does before each question. */
function returns(doings: readonly (readonly Touch[])[], first: readonly Touch[]): readonly number[] {
  const records = [1, 0, 0, 0, 0, 0].map(record);
  const run: Doings = {
    tasks: [1, 2, 2, 2, 1, 1],
    touches: [...doings.flat(), ...first.map((each) => ({ ...each, asked: each.asked + 3 }))],
  };
  const before: Doings = { tasks: [1, 1, 1, 2, 2, 2], touches: first };
  return [...interchangeable(records, run, 0, before)];
}

describe('to go back to the task that was left', () => {
  // Task 1 touches object 7 next, and object 8 after its next question.
  const first = [touch(1, 1, 7), touch(1, 2, 8)];

  it('is to leave it later, as long as nothing was done that matters to its next step', () => {
    expect(returns([[], [touch(2, 2, 9)], [touch(2, 3, 8)]], first)).toEqual([1, 2, 3]);
  });

  it('is a run of its own where that was done, and after everything that matters later', () => {
    expect(returns([[], [touch(2, 2, 7)], [touch(2, 3, 8)]], first)).toEqual([1]);
    expect(returns([[touch(2, 1, 7)], [], [touch(2, 3, 8)]], first)).toEqual([2]);
  });

  it('matters for reads only where the other one writes', () => {
    expect(returns([[touch(2, 1, 7, false)], [], []], [touch(1, 1, 7, false)])).toEqual([1, 2, 3]);
    expect(returns([[touch(2, 1, 7, false)], [], []], [touch(1, 1, 7)])).toEqual([2, 3]);
  });
});
