/** What the simulator's own bodies ask: it gives an answer, waits and calls back as any model does, and leaves nothing in the trace. */
import { describe, expect, test } from 'vitest';
import { loadProgram, show } from '../../test/plainRuns.ts';
import { createMachine } from './machine.ts';
import type { Model } from './model.ts';

const TEXT = `
int asks(int x);
int kernel(int x);
int back(int x) { return x * 10; }
int test(void) { return asks(1) + kernel(2); }
`;

const waits: Model['run'] = function* ({ machine, args: [x = 0] }) {
  const target = machine.program.function('back');
  return target === null ? 0 : yield { kind: 'call', target, args: [x], why: 'test' };
};

const CASES: readonly (readonly [name: string, asks: Omit<Model, 'name'>, run: string])[] = [
  [
    'a model',
    { run: ({ args: [x = 0] }) => x },
    'call test, call asks, return asks, call kernel, return kernel, return test, return main: 3',
  ],
  [
    'an inner one',
    { run: ({ args: [x = 0] }) => x, inner: true },
    'call test, call kernel, return kernel, return test, return main: 3',
  ],
  [
    'one that calls back',
    { run: waits },
    'call test, call asks, call back, return back, return asks, call kernel, return kernel, return test, return main: 12',
  ],
  [
    'an inner one that calls back',
    { run: waits, inner: true },
    'call test, call back, return back, call kernel, return kernel, return test, return main: 12',
  ],
];

describe('calls of', () => {
  test.each(CASES)('%s', async (_, asks, run) => {
    const models = [
      { name: 'asks', ...asks },
      { name: 'kernel', run: (): number => 2 },
    ];
    const { value, trace } = createMachine(await loadProgram(TEXT), { models }).run({ entry: 'test' });
    const steps = trace.map((event) => ('function' in event ? `${event.kind} ${event.function}` : event.kind));
    expect(`${steps.join(', ')}: ${show(value)}`).toBe(run);
  });
});
