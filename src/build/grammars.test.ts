import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { grammarFiles } from './grammars.ts';

const root = path.resolve(import.meta.dirname, '../..');

test.each([...grammarFiles])('%s is what its rules say', (file, text) => {
  expect(readFileSync(path.join(root, file), 'utf8')).toBe(text);
});
