/** The operators: each finds places in the clean sources, keeps every line where it was, and the sources themselves are clean. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { engineForTests } from '../../../test/engine.ts';
import { readCode } from './code.ts';
import { mutantsOf } from './mutant.ts';
import { operators } from './operators.ts';
import { findingsOf, judge } from './score.ts';

const examples = path.resolve(import.meta.dirname, '../../../examples');
const files = ['clean', 'clean-sources'].flatMap((folder) =>
  readdirSync(path.join(examples, folder)).map((file) => path.join(examples, folder, file)),
);
const read = (file: string): string => readFileSync(file, 'utf8');
const never = (): boolean => false;

test.each(operators.map((operator) => [operator.name, operator] as const))('%s applies', (_, operator) => {
  const mutants = files.flatMap((file) => mutantsOf(readCode(file, read(file)), [operator]));
  expect(mutants).not.toEqual([]);
  for (const mutant of mutants) {
    const before = read(mutant.path).split('\n');
    const after = mutant.text.split('\n');
    expect(after.length).toBe(before.length);
    expect(after).not.toEqual(before);
    expect(mutant.expected).toContain(mutant.line);
  }
});

test.each(files.filter((file) => file.endsWith('.c')))('%s is clean', async (file) => {
  expect(findingsOf(await engineForTests(), file, read(file), never)).toEqual([]);
});

test('a killed mutant is one that is reported at its line', async () => {
  const file = files.find((each) => each.endsWith('heron_pagemap.c')) ?? '';
  const chosen = operators.filter(({ name }) => /^(?:sleep-under-spinlock|blocking-allocation|drop-sync)$/.test(name));
  const engine = await engineForTests();
  const fates = chosen.map((operator) => {
    const [mutant] = mutantsOf(readCode(file, read(file)), [operator]);
    return mutant ? judge(engine, mutant, new Set(), never).fate : 'no site';
  });
  expect(fates).toEqual(['killed', 'killed', 'killed']);
});
