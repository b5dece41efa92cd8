import { describe, expect, test } from 'vitest';
import type { EventView, SimulationView } from '../src/protocol/view.ts';
import { type Action, type Filter, listedEvents, moved, reduce, START, type State } from './state.ts';

const groups: readonly EventView['group'][] = ['op', 'call', 'lock', 'memory', 'report', 'call', 'lock', 'note'];
const events = groups.map(
  (group, index): EventView => ({
    index: index + 10,
    depth: 0,
    task: 0,
    group,
    text: group,
    function: null,
    // Two events share a line; one has no place.
    place:
      index === 5
        ? null
        : {
            ranges: [{ startLine: Math.max(index, 1), startCharacter: 0, endLine: index, endCharacter: 1 }],
            source: null,
          },
    held: [],
    findings: index === 4 || index === 7 ? [0] : [],
  }),
);
const view: SimulationView = {
  title: 't',
  table: 'ops',
  op: null,
  scenario: 's',
  context: 'c',
  topology: { name: 'n', summary: null, nodes: [], links: [] },
  replay: 'il1:x',
  events,
  locks: [],
  findings: [],
  costs: [],
  problems: [],
  version: 1,
};
const show = (selected: number | null): Action => ({
  type: 'show',
  view,
  document: 'd',
  source: { uri: 'u', replay: 'il1:x' },
  selected,
});
const shown = (selected: number | null): State => reduce(START, show(selected));

describe('a run', () => {
  test.each([
    [null, 14],
    [12, 12],
    [99, 14],
  ])('opened at %s selects event %s', (wanted, selected) => {
    expect(shown(wanted).selected).toBe(selected);
  });

  test('takes the place of what was there', () => {
    const busy = reduce(shown(11), { type: 'busy', what: 'x' });
    expect(busy).toMatchObject({ busy: 'x', selected: 11 });
    expect(reduce(busy, show(12))).toMatchObject({ busy: null, message: null, stale: false, selected: 12 });
    expect(reduce(busy, { type: 'empty', message: 'no' })).toMatchObject({ run: null, selected: null, message: 'no' });
  });
});

test.each<[number, Parameters<typeof moved>[1], number]>([
  [10, 'next', 11],
  [10, 'previous', 10],
  [17, 'next', 17],
  [13, 'first', 10],
  [13, 'last', 17],
  [10, 'page-down', 17],
  [17, 'page-up', 10],
  [10, 'next-finding', 14],
  [14, 'next-finding', 17],
  [17, 'next-finding', 17],
  [17, 'previous-finding', 14],
  [14, 'previous-finding', 14],
])('from event %i, %s goes to %i', (from, move, to) => {
  expect(moved(shown(from), move)).toBe(to);
});

test.each<[Filter, number[]]>([
  ['all', [10, 11, 12, 13, 14, 15, 16, 17]],
  ['no-calls', [10, 12, 13, 14, 16, 17]],
  ['locks', [10, 12, 14, 16, 17]],
  ['memory', [10, 13, 14, 17]],
  ['findings', [14, 17]],
])('the filter %s lists %j: what was found is always listed', (filter, indexes) => {
  const state = reduce(shown(14), { type: 'filter', filter });
  expect(listedEvents(state).map(({ index }) => index)).toEqual(indexes);
  expect(state.selected).toBe(14);
});

test('a filter that hides the selected event selects the one before it', () => {
  expect(reduce(shown(13), { type: 'filter', filter: 'locks' }).selected).toBe(12);
  expect(reduce(shown(11), { type: 'filter', filter: 'findings' }).selected).toBe(14);
});

test('steps go from line to line, over events without a place', () => {
  expect(reduce(shown(10), { type: 'step', by: 1 }).selected).toBe(12);
  expect(reduce(shown(14), { type: 'step', by: 1 }).selected).toBe(16);
  expect(reduce(shown(16), { type: 'step', by: -1 }).selected).toBe(14);
  expect(reduce(shown(17), { type: 'step', by: 1 }).selected).toBe(17);
});
