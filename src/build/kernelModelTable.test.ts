import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { testProgram } from '../../test/kernelRuns.ts';
import { kernelModelPage } from './kernelModelTable.ts';

const file = path.join(path.dirname(fileURLToPath(import.meta.url)), '../../docs/kernel-model.md');

test('docs/kernel-model.md is up to date (UPDATE_GENERATED=1 writes it)', async () => {
  const page = kernelModelPage(await testProgram('int nothing;\n'));
  if (process.env['UPDATE_GENERATED'] !== undefined) {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, page);
  }
  expect(
    readFileSync(file, 'utf8') === page,
    'run: UPDATE_GENERATED=1 npx vitest run src/build/kernelModelTable.test.ts',
  ).toBe(true);
});
