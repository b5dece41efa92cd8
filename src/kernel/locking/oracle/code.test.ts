/** Random C functions on the whole machine: their first finding is what a plain model of the kernel's locks says. */
import { expect, it } from 'vitest';
import { testProgram } from '../../../../test/kernelRuns.ts';
import { createMachine } from '../../../machine/machine.ts';
import { models } from '../../registry.ts';
import { CODE_PRELUDE, codeHistory } from './codeHistories.ts';

const COUNT = Number(process.env['CODE_HISTORIES'] ?? 300);
const FIRST = Number(process.env['CODE_FIRST'] ?? 1);

/** What both sides call sleeping where one must not. */
function named(rule: string): string {
  return rule === 'sleeping-in-atomic' || rule === 'suspicious-rcu' ? 'sleep' : rule;
}

it(`${COUNT} random functions report what the plain model reports first`, async () => {
  const seen = new Map<string, number>();
  for (let from = FIRST; from < FIRST + COUNT; from += 300) {
    const seeds = Array.from({ length: Math.min(300, FIRST + COUNT - from) }, (_, i) => from + i);
    const histories = seeds.map((seed) => ({ seed, ...codeHistory(seed) })).filter((each) => each.expected !== 'stuck');
    const text = histories.map(({ seed, body }) => `int f${seed}(void) { ${body} return 0; }`).join('\n');
    const program = await testProgram(`${CODE_PRELUDE}${text}\n`);
    const machine = createMachine(program, { models: [...models().values()] });
    for (const { seed, body, expected } of histories) {
      const target = program.function(`f${seed}`);
      const { trace } = machine.play(
        function* () {
          return target === null ? undefined : yield { kind: 'call', target, args: [], why: 'entry' };
        },
        { steps: 20_000, strategy: (decision) => decision.standard },
      );
      const first = trace.find((event) => event.kind === 'report' || event.kind === 'fault');
      const got = first === undefined ? null : named(first.kind === 'report' ? first.rule : first.fault);
      if (got !== expected) expect({ seed, body, got }).toEqual({ seed, body, got: expected });
      seen.set(got ?? 'clean', (seen.get(got ?? 'clean') ?? 0) + 1);
    }
  }
  for (const kind of ['clean', 'circular-locking', 'recursive-locking', 'sleep', 'invalid-wait-context'])
    expect([kind, (seen.get(kind) ?? 0) > 3]).toEqual([kind, true]);
});
