/** Hunks said to have one reading only, against the wide search: it must find no second one, and the narrow search the same one. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LabelSearch, segmentsOf } from './labelSearch.ts';
import { type LabelInput, labellings } from './labels.ts';
import { KnownTraits } from './lineTraits.ts';
import { LocalCosts } from './localCosts.ts';
import type { PhysicalLine } from './region.ts';
import { hasSoleReading } from './soleReading.ts';

const SLACK = 6;

const BODIES = [
  '',
  'return 0;',
  'x = a',
  'b + c);',
  'if (a &&',
  '{',
  '}',
  '\\',
  'foo(a,',
  'int ret;',
  '/* why',
  'so */',
];

type MadeLine = readonly [marker: PhysicalLine['marker'], body: string];

/** A hunk with stripped lines whose signs are right and that lost so many blank lines. */
function hunkOf(made: readonly MadeLine[], lost: number, wrapWidth: number): LabelInput {
  const lines = made.map(
    ([marker, body], line): PhysicalLine => ({
      line,
      rawStart: 0,
      start: 0,
      end: body.length,
      marker,
      body,
      columns: marker.length + body.length,
      shallow: false,
    }),
  );
  const count = (without: '+' | '-'): number => lost + lines.filter(({ marker }) => marker !== without).length;
  const range = { start: 0, end: 0 };
  return {
    region: { lines, endLine: lines.length, hardEnd: true },
    header: { oldStart: 9, oldCount: count('+'), newStart: 9, newCount: count('-'), heading: '', range },
    damage: { wrapWidth, stripped: true, blanksKept: false, tails: 0 },
    depth: 0,
    headerColumns: 20,
    baseLines: null,
    known: new KnownTraits(),
    budget: { left: 1_000_000 },
  };
}

function isSole(input: LabelInput): boolean {
  return hasSoleReading(new LocalCosts(input), input.header, SLACK);
}

describe('a hunk with one reading only', () => {
  const someLine = fc.tuple(
    fc.constantFrom<PhysicalLine['marker']>('+', '+', '-', ''),
    fc.constantFrom<string>(...BODIES),
  );

  it('has no second one within the bound, and the narrow search finds it', () => {
    let sole = 0;
    fc.assert(
      fc.property(
        fc.array(someLine, { minLength: 1, maxLength: 14 }),
        fc.integer({ min: 0, max: 3 }),
        fc.constantFrom(0, 0, 72),
        (made, lost, wrapWidth) => {
          const input = hunkOf(made, lost, wrapWidth);
          if (!isSole(input)) return;
          sole++;
          const found = new LabelSearch(input, new LocalCosts(input), null, SLACK).run(4);
          expect(found.length).toBeLessThanOrEqual(1);
          const [wide] = found;
          const narrow = labellings(input, 16);
          if (wide === undefined) return;
          expect(narrow.map(({ segments, cost }) => ({ segments, cost }))).toEqual([
            { segments: segmentsOf(wide), cost: wide.cost },
          ]);
        },
      ),
      { numRuns: 2000, seed: 7 },
    );
    expect(sole).toBeGreaterThan(200);
  });

  const before: MadeLine[] = ['int ret;', 'a();', 'b();'].map((body) => ['', body]);
  const after: MadeLine[] = ['c();', 'return 0;', '}'].map((body) => ['', body]);

  it.each<{ name: string; lines: readonly MadeLine[]; wrapWidth: number; sole: boolean }>([
    { name: 'every line ends as one does', lines: [['+', 'd();']], wrapWidth: 0, sole: true },
    {
      name: 'one added line is nothing but its sign',
      lines: [
        ['+', 'x = a'],
        ['+', ''],
        ['+', 'd();'],
      ],
      wrapWidth: 0,
      sole: true,
    },
    {
      name: 'lines were wrapped and one may be a tail',
      lines: [
        ['+', 'x = a'],
        ['', 'b + c);'],
      ],
      wrapWidth: 20,
      sole: false,
    },
    { name: 'an empty line may be nothing', lines: [['', '']], wrapWidth: 0, sole: false },
  ])('is told by its lines: $name', ({ lines, wrapWidth, sole }) => {
    for (const lost of [0, 1]) expect(isSole(hunkOf([...before, ...lines, ...after], lost, wrapWidth))).toBe(sole);
  });
});
