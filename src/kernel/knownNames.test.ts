/** No name that patches use gets lost: each is a model, a bundled body, a macro, a constant, a variable, or declared with known effects. */
import { expect, test } from 'vitest';
import { testProgram } from '../../test/kernelRuns.ts';
import { knownEffects } from './effects.ts';
import { KNOWN_NAMES } from './knownNames.ts';
import { bundledUnits, models } from './registry.ts';

test('every name is known', async () => {
  const program = await testProgram('int nothing;\n');
  const macros = new Set(
    bundledUnits().flatMap((unit) => [...unit.text.matchAll(/^#\s*define\s+(\w+)/gm)].map((match) => match[1])),
  );
  const modelled = models();
  const lost: string[] = [];
  for (const [group, names] of Object.entries(KNOWN_NAMES))
    for (const name of names.trim().split(/\s+/)) {
      const symbol = program.function(name);
      const known =
        modelled.has(name) ||
        macros.has(name) ||
        symbol?.body() != null ||
        program.constant(name) !== null ||
        program.global(name) !== null ||
        (symbol?.declared === true && knownEffects(name) !== null);
      if (!known) lost.push(`${group}: ${name}`);
    }
  expect(lost).toEqual([]);
});

test('each name is listed once', () => {
  const all = Object.values(KNOWN_NAMES).flatMap((names) => names.trim().split(/\s+/));
  expect(all.filter((name, index) => all.indexOf(name) !== index)).toEqual([]);
});
