/** The least prices of the rest of a hunk, against every way there is to read short hunks: it must never be too high, or readings are lost. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KnownTraits } from './lineTraits.ts';
import { LocalCosts, TOO_DEAR } from './localCosts.ts';
import { OwedLines } from './owedLines.ts';
import type { PhysicalLine } from './region.ts';
import { SignBalance } from './signBalance.ts';

const BODIES = ['', 'return 0;', 'x = a', 'b + c);', 'if (a &&', '{', '}', '...', 'foo(a,', '/* why', 'so */'];

function line(marker: PhysicalLine['marker'], body: string, shallow: boolean): PhysicalLine {
  return { line: 0, rawStart: 0, start: 0, end: body.length, marker, body, columns: body.length, shallow };
}

function costsOf(lines: readonly PhysicalLine[], stripped: boolean): LocalCosts {
  return new LocalCosts({
    region: { lines, endLine: lines.length, hardEnd: true },
    header: { oldStart: 9, oldCount: 9, newStart: 9, newCount: 9, heading: 'int f(void)', range: { start: 0, end: 0 } },
    damage: { wrapWidth: 72, stripped, blanksKept: false, tails: 1 },
    depth: 0,
    headerColumns: 20,
    baseLines: null,
    known: new KnownTraits(),
    budget: { left: 1_000_000 },
  });
}

/** Prices of all readings from a line on, by how many more lines they add than remove; by brute force. */
function readings(costs: LocalCosts, at: number, owed: number, price: number, into: Map<number, number>): void {
  const note = (total: number): void => {
    into.set(owed, Math.min(into.get(owed) ?? Number.POSITIVE_INFINITY, total));
  };
  note(price + (costs.leftover[at] ?? 0));
  const own = costs.lines[at];
  if (own === undefined) return;
  const noise = costs.noise[at] ?? TOO_DEAR;
  if (noise < TOO_DEAR) readings(costs, at + 1, owed, price + noise, into);
  if (at === 0) for (const [n, cost] of costs.headings.entries()) readings(costs, n + 1, owed, price + cost, into);
  if (own.shallow || own.marker === '\\') return;
  const tails = costs.tails[at] ?? [];
  for (let n = 0; n <= tails.length; n++) {
    const begun = price + (costs.boundary[at] ?? 0) + (n === 0 ? 0 : (tails[n - 1] ?? 0));
    const to = at + n + 1;
    if (own.marker === '+') readings(costs, to, owed + 1, begun, into);
    if (own.marker === '-') readings(costs, to, owed - 1, begun, into);
    const context = costs.context[at] ?? TOO_DEAR;
    if (context < TOO_DEAR) readings(costs, to, owed, begun + context, into);
  }
}

/** The cheapest way to read everything from a line on so that exactly this many lines are paid; by brute force. */
function cheapest(costs: LocalCosts, at: number, owed: number): number {
  if (owed < 0) return Number.POSITIVE_INFINITY;
  if (owed === 0) return costs.leftover[at] ?? 0;
  const ways = [(costs.lostBlank[at] ?? 0) + cheapest(costs, at, owed - 2)];
  const own = costs.lines[at];
  if (own === undefined) return Math.min(...ways);
  const noise = costs.noise[at] ?? TOO_DEAR;
  if (noise < TOO_DEAR) ways.push(noise + cheapest(costs, at + 1, owed));
  if (at === 0) for (const [n, cost] of costs.headings.entries()) ways.push(cost + cheapest(costs, n + 1, owed));
  if (own.shallow || own.marker === '\\') return Math.min(...ways);
  const tails = costs.tails[at] ?? [];
  for (let n = 0; n <= tails.length; n++) {
    const begun = (costs.boundary[at] ?? 0) + (n === 0 ? 0 : (tails[n - 1] ?? 0));
    const to = at + n + 1;
    if (own.marker === '+' || own.marker === '-') ways.push(begun + cheapest(costs, to, owed - 1));
    const context = costs.context[at] ?? TOO_DEAR;
    if (context < TOO_DEAR) ways.push(begun + context + cheapest(costs, to, owed - 2));
  }
  return Math.min(...ways);
}

describe('the least price of the rest of a hunk', () => {
  const someLine = fc.tuple(
    fc.constantFrom<PhysicalLine['marker']>('+', '+', '-', '', ' '),
    fc.constantFrom(...BODIES),
    fc.integer({ min: 0, max: 7 }).map((n) => n === 0),
  );

  it('is never higher than a reading costs, and what the signs say costs no more than that', () => {
    fc.assert(
      fc.property(fc.array(someLine, { minLength: 1, maxLength: 6 }), fc.boolean(), (made, stripped) => {
        const costs = costsOf(
          made.map(([marker, body, shallow]) => line(marker, body, shallow)),
          stripped,
        );
        const balance = new SignBalance(costs);
        for (let at = 0; at <= costs.lines.length; at++) {
          const all = new Map<number, number>();
          readings(costs, at, 0, 0, all);
          for (const [owed, price] of all) expect(balance.least(at, owed)).toBeLessThanOrEqual(price + 1e-9);
          const cheapest = Math.min(...all.values());
          const least = Math.min(...[...all.keys()].map((owed) => balance.least(at, owed)));
          expect(least).toBeCloseTo(cheapest, 9);
        }
      }),
      { numRuns: 200, seed: 7 },
    );
  });

  it('is what the cheapest reading costs that pays all lines owed, unless that is out of reach', () => {
    fc.assert(
      fc.property(
        fc.array(someLine, { minLength: 1, maxLength: 5 }),
        fc.boolean(),
        fc.constantFrom(6, 14, 60),
        fc.integer({ min: 1, max: 9 }),
        (made, stripped, slack, most) => {
          const costs = costsOf(
            made.map(([marker, body, shallow]) => line(marker, body, shallow)),
            stripped,
          );
          const table = new OwedLines(costs, most, slack);
          for (let at = 0; at <= costs.lines.length; at++) {
            const limit = (costs.least[at] ?? 0) + slack;
            for (let owed = 0; owed <= most; owed++) {
              const price = cheapest(costs, at, owed);
              if (price <= limit) expect(table.least(at, owed)).toBeCloseTo(price, 9);
              else expect(table.least(at, owed)).toBeGreaterThan(limit);
            }
          }
        },
      ),
      { numRuns: 200, seed: 7 },
    );
  });
});
