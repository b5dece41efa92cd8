/** Random histories: the validator and the primitives against a plain description of the kernel's, the same first report or none. */
import { expect, it } from 'vitest';
import { runSelftestRow } from '../selftest.ts';
import { rowHistory } from './rowHistories.ts';
import { validatorHistory } from './validatorHistories.ts';

const KINDS = [
  'clean',
  'circular-locking',
  'recursive-locking',
  'inconsistent-lock-state',
  'irq-inversion',
  'irq-lock-order',
  'invalid-wait-context',
  'nest-lock-not-held',
  'bad-unlock-balance',
  'pinned-lock-released',
  'held-lock-freed',
];

it('30,000 histories report what the plain validator reports', () => {
  const seen = new Map<string, number>();
  for (let seed = 1; seed <= 30_000; seed++) {
    const { real, oracle, log } = validatorHistory(seed);
    if (real !== oracle) expect({ seed, real, log }).toEqual({ seed, real: oracle, log });
    const kind = real ?? 'clean';
    seen.set(kind, (seen.get(kind) ?? 0) + 1);
  }
  for (const kind of KINDS) expect([kind, (seen.get(kind) ?? 0) > 20]).toEqual([kind, true]);
});

it('20,000 rows of a locking suite, made at random, come out as the plain model says', () => {
  const seen = new Map<string, number>();
  for (let seed = 1; seed <= 20_000; seed++) {
    const { steps, recursiveReads, expected } = rowHistory(seed);
    const { differences } = runSelftestRow({
      name: `history ${seed}`,
      group: 'random',
      lockType: 'any',
      expect: expected === null ? 'pass' : 'fail',
      recursiveReadForced: recursiveReads,
      steps,
      ...(expected === null ? {} : { report: expected.rule, reportStep: expected.step }),
    });
    if (differences.length > 0) expect({ seed, steps, differences }).toEqual({ seed, steps, differences: [] });
    const kind = expected?.rule ?? 'clean';
    seen.set(kind, (seen.get(kind) ?? 0) + 1);
  }
  for (const kind of [...KINDS.filter((each) => each !== 'pinned-lock-released'), 'ww-misuse'])
    expect([kind, (seen.get(kind) ?? 0) > 10]).toEqual([kind, true]);
});
