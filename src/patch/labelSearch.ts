/**
 * Looks through the labellings of a damaged hunk by dynamic programming, line by line: what was read so far matters only by its counts,
 * the label that came last and its run, and of what agrees in these only the cheapest few are kept.
 */
import type { Label, LabelInput, Segment } from './labels.ts';
import { type LocalCosts, TOO_DEAR } from './localCosts.ts';
import { OwedLines, ROUNDING } from './owedLines.ts';
import type { SignBalance } from './signBalance.ts';

const MAX_ENTRIES = 50_000;
const CONTEXT_LINES = 3;
const PRICES_PER_STEP = 30;
/** Runs are told apart up to here. */
const LONG_RUN = 8;

/** What came last: nothing yet, leading context, later context, added, removed. */
const START = 0;
const LEAD = 1;
const CONTEXT = 2;
const ADDED = 3;
const REMOVED = 4;
const LASTS = 5;

const KIND: Record<Label, number> = { added: 1, removed: 2, context: 3, heading: 4, noise: 5, 'lost-blank': 5 };

export interface Entry {
  readonly cost: number;
  readonly previous: Entry | null;
  readonly label: Label;
  readonly from: number;
  readonly to: number;
  /** Lines of the old and of the new side still owed. */
  readonly old: number;
  readonly now: number;
  readonly last: number;
  /** Length of the run of `last`. */
  readonly run: number;
  /** Lost blanks restored so far. */
  readonly lost: number;
  /** Same for labellings that differ only in where lost blank lines are put. */
  readonly signature: number;
}

/** The segments of the labelling that an entry is the end of. */
export function segmentsOf(last: Entry): Segment[] {
  const segments: Segment[] = [];
  for (let entry: Entry | null = last; entry !== null; entry = entry.previous) {
    if (entry.to > entry.from || entry.label === 'lost-blank') {
      segments.push({ label: entry.label, from: entry.from, to: entry.to });
    }
  }
  return segments.reverse();
}

function mix(signature: number, label: Label, from: number, to: number): number {
  const own = Math.imul(from * 4099 + to * 7 + KIND[label], 0x297a2d39);
  return (Math.imul(signature ^ (signature >>> 15), 0x2c1b3c6d) + own) | 0;
}

/** The search with one bound; may be run several times. */
export class LabelSearch {
  readonly #input: LabelInput;
  readonly #costs: LocalCosts;
  readonly #owed: OwedLines;
  readonly #balance: SignBalance | null;
  /** Labellings that cost more are not looked for. */
  readonly bound: number;
  /** The same, however the price was summed up. */
  readonly #limit: number;
  readonly #shortLead: number;
  /**
   * No price depends on how many lines were added or removed in a row, so ways that differ in it alone are one: else each place where a
   * blank line may have been lost would be a way of its own. Wrapped lines can be read in so many ways that more of them are remembered.
   */
  readonly #wrapped: boolean;
  /** How many ways to reach the same state are remembered. */
  #keep = 0;
  #columns: (Map<number, Entry[]> | undefined)[] = [];
  #entries = 0;

  /** @param balance null where the signs come out as they are: then the number of owed lines says it all */
  constructor(input: LabelInput, costs: LocalCosts, balance: SignBalance | null, slack: number) {
    const { oldStart, oldCount, newCount } = input.header;
    this.#input = input;
    this.#costs = costs;
    this.#balance = balance;
    this.#owed = new OwedLines(costs, oldCount + newCount, slack);
    this.bound = (costs.least[0] ?? 0) + slack;
    this.#limit = this.bound + ROUNDING;
    this.#wrapped = input.damage.wrapWidth > 0;
    this.#shortLead = oldStart <= 1 || oldCount === 0 ? 0 : 3;
  }

  /** Steps of the last run; a price in a table is a small one. */
  get spent(): number {
    return this.#entries + Math.ceil(this.#owed.size / PRICES_PER_STEP);
  }

  get overflow(): boolean {
    return this.#entries > MAX_ENTRIES;
  }

  /** The ends of the labellings found, cheapest first. */
  run(keep: number): Entry[] {
    const { oldCount, newCount } = this.#input.header;
    const costs = this.#costs;
    const count = costs.lines.length;
    const lostAllowed = Math.min(oldCount, newCount, 4 + Math.ceil(count * 0.5));
    const finals: Entry[] = [];
    this.#keep = keep;
    this.#columns = [];
    this.#entries = 0;
    if (this.#fits(0, 0, oldCount, newCount)) this.#begin();
    for (let at = 0; at <= count && !this.overflow; at++) {
      const column = this.#columns[at];
      if (column === undefined) continue;
      // Lost blanks stay in the same column; a growing work list takes them in without recursion.
      const work: Entry[] = [];
      for (const kept of column.values()) for (const entry of kept) work.push(entry);
      for (let i = 0; i < work.length; i++) {
        const entry = work[i];
        if (entry === undefined) continue;
        if (entry.old === 0 && entry.now === 0) {
          const cost = entry.cost + (costs.leftover[at] ?? 0) + this.#trailing(entry);
          // A dear end means that a better reading lies beyond this bound; the next search has room for both.
          if (cost <= this.bound) finals.push({ ...entry, previous: entry, cost, label: 'noise', from: at, to: at });
          continue;
        }
        const order = this.#order(entry, CONTEXT);
        // No kernel file has three blank lines together.
        const twoBlanks = entry.label === 'lost-blank' && entry.previous?.label === 'lost-blank';
        if (entry.lost < lostAllowed && !twoBlanks) {
          const blank = this.#lostBlank(entry, at, order);
          if (blank !== null) work.push(blank);
        }
        if (at < count) this.#advance(entry, at, order);
      }
      this.#columns[at] = undefined;
    }
    if (this.overflow) return [];
    finals.sort((a, b) => a.cost - b.cost);
    const seen = new Set<number>();
    return finals.filter((entry) => !seen.has(entry.signature) && seen.add(entry.signature));
  }

  /** Nothing read yet. */
  #begin(): void {
    const { oldCount, newCount } = this.#input.header;
    this.#put(0, {
      cost: 0,
      previous: null,
      label: 'heading',
      from: 0,
      to: 0,
      old: oldCount,
      now: newCount,
      last: START,
      run: 0,
      lost: 0,
      signature: 0,
    });
  }

  /** Whether what reaches line `at` for this price can be part of a labelling within the bound: most cannot, so no entry is made for it. */
  #fits(at: number, cost: number, old: number, now: number): boolean {
    const balance = this.#balance;
    if (balance !== null && cost + balance.least(at, now - old) > this.#limit) return false;
    return cost + this.#owed.least(at, old + now) <= this.#limit;
  }

  /** Remembers an entry that ends before line `at`, unless there are enough for less in the same state. */
  #put(at: number, entry: Entry): boolean {
    let column = this.#columns[at];
    if (column === undefined) {
      column = new Map();
      this.#columns[at] = column;
    }
    const { last } = entry;
    const run = last >= ADDED && !this.#wrapped ? 0 : Math.min(entry.run, LONG_RUN);
    const key = ((entry.old * (this.#input.header.newCount + 1) + entry.now) * LASTS + last) * (LONG_RUN + 1) + run;
    const kept = column.get(key);
    if (kept === undefined) column.set(key, [entry]);
    else if (!this.#putAmong(kept, entry)) return false;
    this.#entries++;
    return true;
  }

  /** @param kept entries in the same state, cheapest first */
  #putAmong(kept: Entry[], entry: Entry): boolean {
    const worst = kept[this.#keep - 1];
    if (worst !== undefined && worst.cost <= entry.cost) return false;
    for (let i = 0; i < kept.length; i++) {
      const other = kept[i];
      if (other?.signature !== entry.signature) continue;
      if (other.cost <= entry.cost) return false;
      kept.splice(i, 1);
      break;
    }
    let place = kept.length;
    while (place > 0 && (kept[place - 1]?.cost ?? 0) > entry.cost) place--;
    kept.splice(place, 0, entry);
    if (kept.length > this.#keep) kept.pop();
    return true;
  }

  /** null: too dear. */
  #lostBlank(entry: Entry, at: number, order: number): Entry | null {
    const old = entry.old - 1;
    const now = entry.now - 1;
    if (old < 0 || now < 0) return null;
    const cost = entry.cost + ((this.#costs.lostBlank[at] ?? 0) + order);
    if (!this.#fits(at, cost, old, now)) return null;
    const last = entry.last <= LEAD ? LEAD : CONTEXT;
    const run = entry.last === last ? entry.run + 1 : 1;
    const lost = entry.lost + 1;
    const { signature } = entry;
    const blank: Entry = {
      cost,
      previous: entry,
      label: 'lost-blank',
      from: at,
      to: at,
      old,
      now,
      last,
      run,
      lost,
      signature,
    };
    return this.#put(at, blank) ? blank : null;
  }

  /** All segments that begin with physical line `at`. */
  #advance(entry: Entry, at: number, order: number): void {
    const costs = this.#costs;
    const line = costs.lines[at];
    if (line === undefined) return;
    const noise = costs.noise[at] ?? TOO_DEAR;
    if (noise < TOO_DEAR) this.#skip(entry, at, at + 1, 'noise', noise);
    if (at === 0 && entry.label === 'heading' && entry.to === 0) {
      costs.headings.forEach((cost, n) => {
        this.#skip(entry, 0, n + 1, 'heading', cost);
      });
    }
    if (line.shallow || line.marker === '\\') return;
    if (line.marker === '+') this.#segments(entry, at, 'added', ADDED, entry.cost + this.#order(entry, ADDED));
    if (line.marker === '-') this.#segments(entry, at, 'removed', REMOVED, entry.cost + this.#order(entry, REMOVED));
    const context = costs.context[at] ?? TOO_DEAR;
    if (context >= TOO_DEAR) return;
    const price = entry.cost + context + order;
    // A sign is hardly ever text: the price of that comes on top of the least one, which takes it for a sign.
    const signed = line.marker === '+' || line.marker === '-';
    if (signed && price + (costs.least[at] ?? 0) > this.#limit) return;
    this.#segments(entry, at, 'context', entry.last <= LEAD ? LEAD : CONTEXT, price);
  }

  #skip(entry: Entry, from: number, to: number, label: 'noise' | 'heading', price: number): void {
    const cost = entry.cost + price;
    const { old, now, last, run, lost } = entry;
    if (!this.#fits(to, cost, old, now)) return;
    const signature = mix(entry.signature, label, from, to);
    this.#put(to, { cost, previous: entry, label, from, to, old, now, last, run, lost, signature });
  }

  /** The line of the file that begins with physical line `at`, with and without tails. */
  #segments(entry: Entry, at: number, label: 'context' | 'added' | 'removed', last: number, price: number): void {
    const old = last === ADDED ? entry.old : entry.old - 1;
    const now = last === REMOVED ? entry.now : entry.now - 1;
    if (old < 0 || now < 0) return;
    const costs = this.#costs;
    const begin = price + (costs.boundary[at] ?? 0);
    const tails = costs.tails[at];
    const pieces = 1 + (tails?.length ?? 0);
    const baseKnown = costs.hasBase && last !== ADDED;
    const run = entry.last === last ? entry.run + 1 : 1;
    const { lost } = entry;
    for (let n = 0; n < pieces; n++) {
      const to = at + n + 1;
      let cost = n === 0 ? begin : begin + (tails?.[n - 1] ?? 0);
      if (!this.#fits(to, cost, old, now)) continue;
      if (baseKnown) {
        cost += costs.baseCost(at, to);
        if (!this.#fits(to, cost, old, now)) continue;
      }
      const signature = mix(entry.signature, label, at, to);
      this.#put(to, { cost, previous: entry, label, from: at, to, old, now, last, run, lost, signature });
    }
  }

  /** A hunk ends with three lines of context unless the file ends. */
  #trailing(entry: Entry): number {
    switch (entry.last) {
      case CONTEXT: {
        const off = entry.run - CONTEXT_LINES;
        return off < 0 ? -1.5 * off : 3 * off;
      }
      case LEAD:
        return 6;
      default:
        return this.#input.header.oldCount === 0 || this.#input.header.newCount === 0 ? 0 : 4.5;
    }
  }

  /** git writes removed lines before added ones, three lines of context before the first change, at most six between two. */
  #order(entry: Entry, next: number): number {
    const { last, run } = entry;
    if (next === last) return next === CONTEXT && run >= 2 * CONTEXT_LINES ? 2 : 0;
    if (last <= LEAD) {
      if (next === CONTEXT) return 0;
      const off = (last === START ? 0 : run) - CONTEXT_LINES;
      return off > 0 ? 3 * off : -this.#shortLead * off;
    }
    if (next === CONTEXT) return 0.3;
    return next === REMOVED && last === ADDED ? 8 : 0;
  }
}
