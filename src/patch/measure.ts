/**
 * Measures the tolerant reader: damages well-formed hunks in every way mangle.ts knows, reads them, and counts what came out right and
 * what came out wrong with confidence. Used by tests and the bench.
 */
import { type Mangling, mangle, variants } from './mangle.ts';
import { readDocument } from './read.ts';
import { CONFIDENT, type Hunk, type ReadOptions } from './series.ts';

export interface Tally {
  read: number;
  exact: number;
  confident: number;
  confidentAndWrong: number;
}

/** Adds the outcomes for some hunks (each with its `@@` line first) to a table by kind of damage. */
export function measureHunks(
  hunks: readonly (readonly string[])[],
  seed: number,
  table: Map<string, Tally>,
  options: ReadOptions = {},
): void {
  hunks.forEach((hunk, index) => {
    if (hunk.some((line) => line.startsWith('\\'))) return;
    for (const [name, mangling] of Object.entries(variants(seed * 100_000 + index))) {
      const tally = table.get(name) ?? { read: 0, exact: 0, confident: 0, confidentAndWrong: 0 };
      table.set(name, tally);
      const got = readBack(hunk, mangling, options);
      const exact = got !== null && sameTokens(got, hunk);
      tally.read++;
      if (exact) tally.exact++;
      if (got !== null && got.confidence >= CONFIDENT) {
        tally.confident++;
        if (!exact) tally.confidentAndWrong++;
      }
    }
  });
}

/** Damages one hunk in a mail of its own and reads it. */
export function readBack(hunk: readonly string[], mangling: Mangling, options: ReadOptions = {}): Hunk | null {
  const head = [
    'diff --git a/drivers/sample/file.c b/drivers/sample/file.c',
    '--- a/drivers/sample/file.c',
    '+++ b/drivers/sample/file.c',
  ];
  const tail = mangling.quotes > 0 ? ['', 'Thanks,', 'Me'] : ['-- ', '2.34.1'];
  const text = [...mangle(head, mangling), ...mangle(hunk, mangling), ...tail].join('\n');
  const hunks = readDocument('reply.eml', text, options).value.series[0]?.patches[0]?.files[0]?.hunks ?? [];
  return hunks.length === 1 ? (hunks[0] ?? null) : null;
}

/** Both sides of the hunk, blanks and line ends apart. */
function sameTokens(got: Hunk, hunk: readonly string[]): boolean {
  for (const [sign, kind] of [
    ['-', 'removed'],
    ['+', 'added'],
  ] as const) {
    const wanted = hunk.slice(1).filter((line) => !line.startsWith(sign));
    const found = got.lines.filter((line) => line.kind !== kind);
    if (tokens(found.map((line) => line.text)) !== tokens(wanted.map((line) => line.slice(1)))) return false;
  }
  return true;
}

/** A text as its tokens: a blank counts only where it keeps two words apart. */
export function tokens(lines: readonly string[]): string {
  return lines
    .join('\n')
    .replace(/\s+/g, ' ')
    .replace(/ ?([^\w\s]) ?/g, '$1')
    .trim();
}

/** The hunks of a diff as line lists. */
export function hunksIn(diff: string): string[][] {
  const document = readDocument('sample.diff', diff).value;
  return document.series.flatMap((series) =>
    series.patches.flatMap((patch) =>
      patch.files.flatMap((file) =>
        file.hunks
          .filter((hunk) => hunk.how === 'strict' && hunk.depth === 0)
          .map((hunk) => diff.slice(hunk.range.start, hunk.range.end).split('\n')),
      ),
    ),
  );
}
