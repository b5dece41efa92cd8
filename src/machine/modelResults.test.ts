/** What a model answers becomes a value of the type that the calling code expects. */
import { expect, test } from 'vitest';
import { loadProgram, show } from '../../test/plainRuns.ts';
import { createMachine } from './machine.ts';
import type { Scalar } from './model.ts';

const CASES: readonly (readonly [type: string, answer: Scalar, value: string])[] = [
  ['int', 7, '7'],
  ['int', 2.5, '2'],
  ['int', -0, '0'],
  ['int', 2 ** 31, '-2147483648'],
  ['unsigned char', 257, '1'],
  ['_Bool', 3, '1'],
  ['unsigned long', -1, '18446744073709551615'],
  ['double', 2.5, '2.5'],
];

test.each(CASES)('%s of %s is %s', async (type, answer, value) => {
  const program = await loadProgram(`${type} asks(void); ${type} test(void) { return asks(); }`);
  const machine = createMachine(program, { models: [{ name: 'asks', run: (): Scalar => answer }] });
  expect(show(machine.run({ entry: 'test' }).value)).toBe(value);
});
