/** Random histories: the validator against its plain description, the same first report or none. More of them: `npm run bench lockHistories`. */
import { expect, it } from 'vitest';
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
