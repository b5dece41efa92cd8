/** The suppression file, text in, what is left out; over a report made by hand, as only places, codes and names matter here. */
import { describe, expect, test } from 'vitest';
import type { DocumentReport, Finding } from './finding.ts';
import { applySuppressions, patchOf, readSuppressions, suppressionLine } from './suppressions.ts';

const CHECKS = [
  { code: 'IL0201', slug: 'blocking-allocation-in-reclaim-safe-op' },
  { code: 'IL0301', slug: 'memory-leaked-on-path' },
];
const FIRST = 'aaaaaaa1'.padEnd(40, '0');
const SECOND = 'bbbbbbb2'.padEnd(40, '0');

function finding(code: string, name: string | null, at: number | null): Finding {
  return {
    code,
    slug: CHECKS.find((check) => check.code === code)?.slug ?? '',
    verdict: 'violation',
    level: 'error',
    message: `\`${name}\` is wrong`,
    function: name,
    op: null,
    place: {
      document: at === null ? [] : [{ start: at, end: at + 1 }],
      sourceFile: null,
      sourceLine: null,
      sourceColumn: null,
    },
    change: 'introduced',
    related: [],
    assumption: null,
    context: null,
    topology: null,
    steps: [],
    held: [],
    documented: null,
    replay: null,
    lockdep: null,
    fix: null,
  };
}

const nowhere = { document: [], sourceFile: null, sourceLine: null, sourceColumn: null };
const report: DocumentReport = {
  path: 'two.mbox',
  series: [],
  patches: [
    { id: FIRST, subject: 'one', range: { start: 0, end: 100 } },
    { id: SECOND, subject: 'two', range: { start: 100, end: 200 } },
  ],
  tables: [],
  documented: [],
  functions: ['f', 'g', 'h'].map((name) => ({
    function: name,
    place: nowhere,
    executed: name !== 'h',
    reason: null,
    partial: false,
  })),
  unsupported: [],
  findings: [finding('IL0201', 'f', 10), finding('IL0301', 'f', 20), finding('IL0301', 'g', 150)],
  problems: [],
  stats: { runs: 1, steps: 1 },
  bounds: [],
};

describe('which findings a file takes out', () => {
  test.each([
    ['nothing', '', ['IL0201 f', 'IL0301 f', 'IL0301 g'], []],
    ['comments and blank lines', '# why\n\n   # more\n', ['IL0201 f', 'IL0301 f', 'IL0301 g'], []],
    ['code, function, patch', `IL0301 f ${FIRST}\n`, ['IL0201 f', 'IL0301 g'], []],
    ['a short id, the slug, a reason', 'memory-leaked-on-path f aaaaaaa # by design', ['IL0201 f', 'IL0301 g'], []],
    ['lower case code', 'il0301 f aaaaaaa', ['IL0201 f', 'IL0301 g'], []],
    ['any function of a patch', 'IL0301 * bbbbbbb2', ['IL0201 f', 'IL0301 f'], []],
    ['a function of any document', 'IL0301 g', ['IL0201 f', 'IL0301 f'], []],
    ['another patch: nothing, and nothing to say', 'IL0301 f ccccccc', ['IL0201 f', 'IL0301 f', 'IL0301 g'], []],
    ['this patch, another function', 'IL0301 g aaaaaaa', ['IL0201 f', 'IL0301 f', 'IL0301 g'], [1]],
    ['a function that is clean now', '\nIL0201 g *', ['IL0201 f', 'IL0301 f', 'IL0301 g'], [2]],
    ['a function that was not executed', 'IL0201 h *', ['IL0201 f', 'IL0301 f', 'IL0301 g'], []],
  ])('%s', (_, text, left, unused) => {
    const { entries, problems } = readSuppressions(text, CHECKS);
    expect(problems).toEqual([]);
    const result = applySuppressions(report, entries);
    expect(result.report.findings.map((each) => `${each.code} ${each.function}`)).toEqual(left);
    expect(result.taken.length).toBe(3 - left.length);
    expect(result.unused.map(({ line }) => line)).toEqual(unused);
  });

  test('an analysis that did not come to its end says nothing about unused lines', () => {
    const { entries } = readSuppressions('IL0201 g *', CHECKS);
    expect(applySuppressions({ ...report, bounds: ['stopped'] }, entries).unused).toEqual([]);
  });
});

describe('lines that cannot be read suppress nothing and are said', () => {
  test.each([
    ['IL9999 f *', /no check is called `IL9999`/],
    ['IL0301 f g h', /CODE FUNCTION PATCH-ID/],
    ['IL0301 f() *', /no name of a function/],
    ['IL0301 f 12', /hex digits/],
    ['IL0301', /hides a whole check/],
    [`${'x'.repeat(500)} f *`, /no check is called `x{60}`/],
  ])('%s', (text, message) => {
    const { entries, problems } = readSuppressions(`${text}\nIL0301 f aaaaaaa\n`, CHECKS);
    expect(entries.map(({ line }) => line)).toEqual([2]);
    expect(problems.map(({ line }) => line)).toEqual([1]);
    expect(problems[0]?.message).toMatch(message);
  });
});

test('the line offered for a finding takes that finding out, and no other', () => {
  for (const each of report.findings) {
    const { entries, problems } = readSuppressions(suppressionLine(each, patchOf(report, each)), CHECKS);
    expect(problems).toEqual([]);
    expect(applySuppressions(report, entries).taken.map((taken) => taken.finding)).toEqual([each]);
  }
});
