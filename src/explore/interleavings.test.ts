/** Which interleavings are run, and in which order. */
import { describe, expect, it } from 'vitest';
import { conflictingPlaces, type SharedAccess, searchInterleavings } from './interleavings.ts';
import type { DecisionRecord } from './search.ts';

describe('the search', () => {
  const record = (place: string): DecisionRecord => ({
    kind: 'schedule',
    question: 'which task runs next',
    options: ['this', 'that'],
    chosen: 0,
    standard: 0,
    place,
  });
  const access = (task: number, place: string, offset: number, write: boolean): SharedAccess => ({
    object: 1,
    offset,
    size: 4,
    write,
    task,
    place,
  });

  it('knows which accesses contradict each other', () => {
    const accesses = [
      access(1, 'reads', 0, false),
      access(2, 'writes', 2, true),
      access(2, 'elsewhere', 8, true),
      access(1, 'reads too', 16, false),
      access(2, 'only reads', 16, false),
    ];
    expect([...conflictingPlaces(accesses)].sort()).toEqual(['reads', 'writes']);
  });

  it('switches only where it matters, both serial orders first', () => {
    const runs: string[] = [];
    const accesses = [access(1, 'a', 0, true), access(2, 'b', 0, true)];
    const search = searchInterleavings({ maxRuns: 50, maxSwitches: 1, maxOthers: 0 }, (decisions, preempted) => {
      runs.push(`${decisions.join('')}${preempted ? ' switched' : ''}`);
      const list = ['scenario', 'a', 'unrelated', 'b'].map(record);
      return {
        records: list.map((each, i) => ({ ...each, chosen: decisions[i] ?? 0 })),
        accesses,
      };
    });
    let pauses = 0;
    let step = search.next();
    for (; step.done !== true; step = search.next()) pauses++;
    expect(step.value.bound).toBeNull();
    // Whoever drives it may leave after each run.
    expect(pauses).toBe(runs.length);
    expect(runs.slice(0, 2)).toEqual(['', '1']);
    expect(runs.slice(2)).toEqual(['01 switched', '0001 switched', '11 switched', '1001 switched']);
  });
  it('leaves those in which several answers differ when such runs show nothing new; single ones are all made', () => {
    const accesses = [access(1, 'a', 0, true), access(2, 'b', 0, true)];
    const made = (patience: number, fresh: boolean): readonly number[] => {
      const switches: number[] = [];
      const budget = { maxRuns: 500, maxSwitches: 2, maxOthers: 0, patience };
      const search = searchInterleavings(budget, (decisions) => {
        const list = ['scenario', 'a', 'b', 'a', 'b', 'a', 'b'].map(record);
        switches.push(decisions.slice(1).filter((chosen) => chosen !== 0).length);
        return { records: list.map((each, i) => ({ ...each, chosen: decisions[i] ?? 0 })), accesses, fresh };
      });
      while (search.next().done !== true);
      return [0, 1, 2].map((count) => switches.filter((each) => each === count).length);
    };
    expect(made(Number.POSITIVE_INFINITY, false)).toEqual([2, 12, 30]);
    expect(made(4, false)).toEqual([2, 12, 4]);
    expect(made(4, true)).toEqual([2, 12, 30]);
  });
});
