/**
 * Labels the physical lines of a damaged hunk: a line of the file is one to six physical lines, is context, added or removed, and the
 * counts of the header must come out. Gives several best labellings; choosing among them is the subject of tolerant.ts.
 */
import { LabelSearch, segmentsOf } from './labelSearch.ts';
import type { KnownTraits } from './lineTraits.ts';
import { LocalCosts } from './localCosts.ts';
import type { Damage, Region } from './region.ts';
import type { HunkHeader } from './series.ts';
import { SignBalance, signsMeet } from './signBalance.ts';
import { hasSoleReading } from './soleReading.ts';

export type Label = 'context' | 'added' | 'removed' | 'lost-blank' | 'heading' | 'noise';

/** Physical lines `[from, to)` of the region are one line of the file (or the heading, or nothing). */
export interface Segment {
  readonly label: Label;
  readonly from: number;
  readonly to: number;
}

export interface Labelling {
  readonly segments: readonly Segment[];
  readonly cost: number;
  /** Every labelling cheaper than this was looked at. */
  readonly bound: number;
}

/** Everything costs are looked up by; prepared once per hunk. */
export interface LabelInput {
  readonly region: Region;
  readonly header: HunkHeader;
  readonly damage: Damage;
  readonly depth: number;
  /** Columns of the header line, quote markers included. */
  readonly headerColumns: number;
  /** Lines of the base file around the hunk, without blanks; null when there is no base file. */
  readonly baseLines: ReadonlySet<string> | null;
  /** The traits of the document's lines. */
  readonly known: KnownTraits;
  /** Steps that all hunks of one document may still take together. */
  readonly budget: Budget;
}

export interface Budget {
  left: number;
}

/** How far above the least conceivable price labellings are looked for; the next step only when the one before found none. */
const SLACKS = [6, 14, 30, 60] as const;
/** The first step where there is one reading only within the one above, and no more than the places of lost blank lines is open. */
const SOLE_SLACK = 1.5;

/**
 * Where context lines kept their leading blank, a line without any marker is a tail and nothing else: then there is one reading, and it
 * is right when it meets the counts. Null when it does not.
 */
export function certainLabelling(input: LabelInput): Labelling | null {
  const { region, header, damage } = input;
  if (damage.stripped) return null;
  const segments: Segment[] = [];
  let old = 0;
  let now = 0;
  let done = false;
  for (const [at, line] of region.lines.entries()) {
    const previous = segments.at(-1);
    const tail = line.marker === '' && line.body !== '';
    if (line.shallow || line.marker === '\\' || (done && !tail)) {
      segments.push({ label: 'noise', from: at, to: at + 1 });
      if (done && !line.shallow && line.marker !== '\\' && (line.marker !== '' || line.body !== '')) return null;
    } else if (tail) {
      if (previous === undefined || previous.label === 'heading') {
        segments[Math.max(0, segments.length - 1)] = { label: 'heading', from: 0, to: at + 1 };
      } else if (previous.label === 'noise') return null;
      else segments[segments.length - 1] = { ...previous, to: at + 1 };
    } else {
      const label = line.marker === '+' ? 'added' : line.marker === '-' ? 'removed' : 'context';
      if (label !== 'added') old++;
      if (label !== 'removed') now++;
      segments.push({ label, from: at, to: at + 1 });
      done = old === header.oldCount && now === header.newCount;
    }
    if (old > header.oldCount || now > header.newCount) return null;
  }
  return done ? { segments, cost: 0, bound: 0 } : null;
}

/** The best labellings, cheapest first; empty when the counts cannot be met within reason. */
export function labellings(input: LabelInput, most: number): Labelling[] {
  const count = input.region.lines.length;
  // An absurd count must not cost anything: no reading of these lines can meet it.
  if (input.header.oldCount > 2 * count + 8 || input.header.newCount > 2 * count + 8) return [];
  input.budget.left -= 10 * count;
  const costs = new LocalCosts(input);
  let balance = signsMeet(costs, input.header.oldCount, input.header.newCount) ? null : new SignBalance(costs);
  const sole = hasSoleReading(costs, input.header, SLACKS[0]);
  /** What is told apart in any case. */
  const bound = (costs.least[0] ?? 0) + SLACKS[0];
  for (const slack of sole ? [SOLE_SLACK, ...SLACKS] : SLACKS) {
    const search = new LabelSearch(input, costs, balance, slack);
    let found = search.run(4);
    if (search.overflow) {
      input.budget.left -= search.spent;
      found = search.run(1);
    }
    input.budget.left -= search.spent;
    if (found.length > 0)
      return found
        .slice(0, most)
        .map((entry) => ({ segments: segmentsOf(entry), cost: entry.cost, bound: Math.max(search.bound, bound) }));
    if (search.overflow || input.budget.left <= 0) return [];
    // Whatever comes now has to make something else of a sign, most likely.
    if (!sole) balance ??= new SignBalance(costs);
  }
  return [];
}
