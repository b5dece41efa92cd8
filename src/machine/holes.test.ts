/** Hunks of one function with lines between them that nobody shows: what was known before the gap is not known after it. */
import { describe, expect, it } from 'vitest';
import { loadParser } from '../../test/loadParser.ts';
import { runText } from '../../test/plainRuns.ts';
import { libraryUnit } from '../c/library.ts';
import { createProgram } from '../c/program.ts';
import type { Hole } from '../c/source.ts';

/** Hunks of `f`, with the number of lines missing between them. */
interface Case {
  readonly what: string;
  readonly hunks: readonly string[];
  readonly missing: number | null;
  readonly value: string;
  /** Heading of the second hunk; that of the same function when absent. */
  readonly heading?: string;
}

const SAID = (lines: string): string => `assumption: ${lines} not shown: their effect is assumed`;

const cases: readonly Case[] = [
  {
    what: 'a local may have changed',
    hunks: ['int f(int a)\n{\n\tint n = a + 1;\n\tint m;\n', '\tm = 2;\n\treturn n + m;\n}\n'],
    missing: 12,
    value: '?n after lines not shown + 2',
  },
  {
    what: 'what is set after the gap is known',
    hunks: ['int f(int a)\n{\n\tint n = a;\n', '\tn = 5;\n\treturn n;\n}\n'],
    missing: null,
    value: '5',
  },
  {
    what: 'a parameter may have changed',
    hunks: ['int f(int a)\n{\n\ta++;\n', '\treturn a;\n}\n'],
    missing: 1,
    value: '?a after lines not shown',
  },
  {
    what: 'a structure on the stack may have been filled',
    hunks: ['int f(int a)\n{\n\tstruct pair { int x, y; } p = { a, 2 };\n', '\treturn p.x == p.x;\n}\n'],
    missing: 3,
    value: '1',
  },
  {
    what: 'a variable declared in the gap is used after it',
    hunks: ['int f(int a)\n{\n\ta = 1;\n', '\tret = a ? 0 : -1;\n\tret = 7;\n\treturn ret;\n}\n'],
    missing: 2,
    value: '7',
  },
  {
    what: 'what a function returns whose end is not shown',
    hunks: ['static int g(int a)\n{\n\tif (!a)\n\t\treturn 0;\n', '\treturn g(a);\n}\n'],
    missing: null,
    heading: 'int f(int a)',
    value: '?g()',
  },
];

describe('lines between hunks', () => {
  it.each(cases)('$what', async ({ hunks, missing, value, heading }) => {
    const text = hunks.join('');
    const holes: Hole[] = [{ at: hunks[0]?.length ?? 0, lines: missing }];
    const headings = [{ at: holes[0]?.at ?? 0, text: heading ?? 'int f(int a)' }];
    const document = {
      id: 0,
      path: 'drivers/test.c',
      text,
      origin: 'document' as const,
      fragment: true,
      holes,
      headings,
    };
    const program = createProgram([document, libraryUnit(1)], { parser: await loadParser(), kernel: false });
    const run = runText(program, 'f', [3]);
    const lines = missing === null ? 'lines are' : `${missing} lines are`;
    expect([run.outcome, run.value]).toEqual(['returned', value]);
    expect(run.faults.filter((each) => !/no line that is shown declares|only a part of `g/.test(each))).toEqual([
      expect.stringContaining(SAID(lines)),
    ]);
  });
});
