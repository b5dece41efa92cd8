/**
 * Labels the physical lines of a damaged hunk by dynamic programming: a line of the file is one to six physical lines, is context, added
 * or removed, and the counts of the header must come out. Keeps several best labellings; choosing among them is the subject of rank.ts.
 */
import { LocalCosts, TOO_DEAR } from './localCosts.ts';
import type { Damage, Region } from './region.ts';
import type { HunkHeader } from './series.ts';
import { SignBalance } from './signBalance.ts';

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
  /** Steps that all hunks of one document may still take together. */
  readonly budget: Budget;
}

export interface Budget {
  left: number;
}

const MAX_ENTRIES = 50_000;
const CONTEXT_LINES = 3;
/** How far above the least conceivable price labellings are looked for; the next step only when the one before found none. */
const SLACKS = [6, 14, 30, 60];

/** What came last: nothing yet, leading context, later context, added, removed. */
const START = 0;
const LEAD = 1;
const CONTEXT = 2;
const ADDED = 3;
const REMOVED = 4;

interface Entry {
  readonly cost: number;
  readonly previous: Entry | null;
  readonly label: Label;
  readonly from: number;
  readonly to: number;
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
  const balance = new SignBalance(costs);
  for (const slack of SLACKS) {
    let search = new Search(input, costs, balance, slack, 4);
    let found = search.run();
    if (search.overflow) {
      input.budget.left -= search.spent;
      search = new Search(input, costs, balance, slack, 1);
      found = search.run();
    }
    input.budget.left -= search.spent;
    if (found.length > 0)
      return found
        .slice(0, most)
        .map((entry) => ({ segments: segmentsOf(entry), cost: entry.cost, bound: search.bound }));
    if (search.overflow || input.budget.left <= 0) return [];
  }
  return [];
}

function segmentsOf(last: Entry): Segment[] {
  const segments: Segment[] = [];
  for (let entry: Entry | null = last; entry !== null; entry = entry.previous) {
    if (entry.to > entry.from || entry.label === 'lost-blank') {
      segments.push({ label: entry.label, from: entry.from, to: entry.to });
    }
  }
  return segments.reverse();
}

function mix(signature: number, label: Label, from: number, to: number): number {
  const kind = label === 'added' ? 1 : label === 'removed' ? 2 : label === 'context' ? 3 : label === 'heading' ? 4 : 5;
  const own = Math.imul(from * 4099 + to * 7 + kind, 0x297a2d39);
  return (Math.imul(signature ^ (signature >>> 15), 0x2c1b3c6d) + own) | 0;
}

/** One search with one bound. */
class Search {
  readonly #input: LabelInput;
  readonly #costs: LocalCosts;
  readonly #balance: SignBalance;
  readonly #bound: number;
  /** How many ways to reach the same state are remembered. */
  readonly #keep: number;
  readonly #columns: (Map<number, Entry[]> | undefined)[] = [];
  #entries = 0;

  constructor(input: LabelInput, costs: LocalCosts, balance: SignBalance, slack: number, keep: number) {
    this.#keep = keep;
    this.#input = input;
    this.#costs = costs;
    this.#balance = balance;
    this.#bound = (costs.least[0] ?? 0) + slack;
  }

  get bound(): number {
    return this.#bound;
  }

  get spent(): number {
    return this.#entries;
  }

  get overflow(): boolean {
    return this.#entries > MAX_ENTRIES;
  }

  run(): Entry[] {
    const { oldCount, newCount } = this.#input.header;
    const count = this.#costs.lines.length;
    const lostAllowed = Math.min(oldCount, newCount, 4 + Math.ceil(count * 0.5));
    const finals: Entry[] = [];
    this.#put(0, {
      cost: 0,
      previous: null,
      label: 'heading',
      from: 0,
      to: 0,
      old: 0,
      now: 0,
      last: START,
      run: 0,
      lost: 0,
      signature: 0,
    });
    for (let at = 0; at <= count && !this.overflow; at++) {
      const column = this.#columns[at];
      if (column === undefined) continue;
      // Lost blanks stay in the same column; a growing work list takes them in without recursion.
      const work: Entry[] = [];
      for (const kept of column.values()) for (const entry of kept) work.push(entry);
      for (let i = 0; i < work.length; i++) {
        const entry = work[i];
        if (entry === undefined) continue;
        if (entry.old === oldCount && entry.now === newCount) {
          const cost = entry.cost + (this.#costs.leftover[at] ?? 0) + this.#trailing(entry);
          // A dear end means that a better reading lies beyond this bound; the next search has room for both.
          if (cost <= this.#bound) finals.push({ ...entry, previous: entry, cost, label: 'noise', from: at, to: at });
          continue;
        }
        if (entry.lost < lostAllowed && !twoBlanks(entry)) {
          const blank = this.#lostBlank(entry, at);
          if (blank !== null && this.#put(at, blank)) work.push(blank);
        }
        if (at < count) this.#advance(entry, at);
      }
      this.#columns[at] = undefined;
    }
    if (this.overflow) return [];
    finals.sort((a, b) => a.cost - b.cost);
    const seen = new Set<number>();
    return finals.filter((entry) => !seen.has(entry.signature) && seen.add(entry.signature));
  }

  /**
   * Whether what reaches line `at` for this price, with so many old and new lines, can be part of a labelling within the bound: most cannot,
   * so no entry is made for it.
   */
  #fits(at: number, cost: number, old: number, now: number): boolean {
    const { oldCount, newCount } = this.#input.header;
    return cost + this.#balance.least(at, newCount - now - (oldCount - old)) <= this.#bound;
  }

  /** Remembers an entry that fits. */
  #put(at: number, entry: Entry): boolean {
    const { oldCount, newCount } = this.#input.header;
    if (entry.old > oldCount || entry.now > newCount) return false;
    let column = this.#columns[at];
    if (column === undefined) {
      column = new Map();
      this.#columns[at] = column;
    }
    const key = ((entry.old * (newCount + 1) + entry.now) * 5 + entry.last) * 9 + Math.min(entry.run, 8);
    const kept = column.get(key);
    if (kept === undefined) {
      column.set(key, [entry]);
      this.#entries++;
      return true;
    }
    for (let i = 0; i < kept.length; i++) {
      const other = kept[i];
      if (other?.signature !== entry.signature) continue;
      if (other.cost <= entry.cost) return false;
      kept.splice(i, 1);
      break;
    }
    let i = kept.length;
    if (i >= this.#keep && (kept[i - 1]?.cost ?? 0) <= entry.cost) return false;
    while (i > 0 && (kept[i - 1]?.cost ?? 0) > entry.cost) i--;
    kept.splice(i, 0, entry);
    if (kept.length > this.#keep) kept.pop();
    this.#entries++;
    return true;
  }

  /** null: too dear. */
  #lostBlank(entry: Entry, at: number): Entry | null {
    const cost = entry.cost + ((this.#costs.lostBlank[at] ?? 0) + this.#order(entry, CONTEXT));
    if (!this.#fits(at, cost, entry.old + 1, entry.now + 1)) return null;
    const last = entry.last === START || entry.last === LEAD ? LEAD : CONTEXT;
    return {
      cost,
      previous: entry,
      label: 'lost-blank',
      from: at,
      to: at,
      old: entry.old + 1,
      now: entry.now + 1,
      last,
      run: entry.last === last ? entry.run + 1 : 1,
      lost: entry.lost + 1,
      signature: entry.signature,
    };
  }

  /** All segments that begin with physical line `at`. */
  #advance(entry: Entry, at: number): void {
    const line = this.#costs.lines[at];
    if (line === undefined) return;
    const noise = this.#costs.noise[at] ?? TOO_DEAR;
    if (noise < TOO_DEAR) this.#skip(entry, at, at + 1, 'noise', noise);
    if (at === 0 && entry.label === 'heading' && entry.to === 0) {
      this.#costs.headings.forEach((cost, n) => {
        this.#skip(entry, 0, n + 1, 'heading', cost);
      });
    }
    if (line.shallow || line.marker === '\\') return;
    if (line.marker === '+') this.#segments(entry, at, 'added', 0);
    if (line.marker === '-') this.#segments(entry, at, 'removed', 0);
    const context = this.#costs.context[at] ?? TOO_DEAR;
    if (context < TOO_DEAR) this.#segments(entry, at, 'context', context);
  }

  #skip(entry: Entry, from: number, to: number, label: 'noise' | 'heading', price: number): void {
    const cost = entry.cost + price;
    const { old, now, last, run, lost } = entry;
    if (!this.#fits(to, cost, old, now)) return;
    const signature = mix(entry.signature, label, from, to);
    this.#put(to, { cost, previous: entry, label, from, to, old, now, last, run, lost, signature });
  }

  #segments(entry: Entry, at: number, label: 'context' | 'added' | 'removed', base: number): void {
    const early = entry.last === START || entry.last === LEAD;
    const last = label === 'added' ? ADDED : label === 'removed' ? REMOVED : early ? LEAD : CONTEXT;
    const begin = entry.cost + base + this.#order(entry, last) + (this.#costs.boundary[at] ?? 0);
    const tails = this.#costs.tails[at];
    const pieces = 1 + (tails?.length ?? 0);
    const old = entry.old + (label === 'added' ? 0 : 1);
    const now = entry.now + (label === 'removed' ? 0 : 1);
    for (let n = 0; n < pieces; n++) {
      const to = at + n + 1;
      const bare = begin + (n === 0 ? 0 : (tails?.[n - 1] ?? 0));
      if (!this.#fits(to, bare, old, now)) continue;
      const cost = bare + this.#costs.baseCost(label, at, to);
      if (cost !== bare && !this.#fits(to, cost, old, now)) continue;
      this.#put(to, {
        cost,
        previous: entry,
        label,
        from: at,
        to,
        old,
        now,
        last,
        run: entry.last === last ? entry.run + 1 : 1,
        lost: entry.lost,
        signature: mix(entry.signature, label, at, to),
      });
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
  #order(entry: Entry, last: number): number {
    const { oldStart, oldCount } = this.#input.header;
    if ((last === ADDED || last === REMOVED) && (entry.last === START || entry.last === LEAD)) {
      const off = (entry.last === START ? 0 : entry.run) - CONTEXT_LINES;
      if (off > 0) return 3 * off;
      return oldStart <= 1 || oldCount === 0 ? 0 : -3 * off;
    }
    if (last === REMOVED && entry.last === ADDED) return 8;
    if (last === CONTEXT && entry.last === CONTEXT && entry.run >= 2 * CONTEXT_LINES) return 2;
    if (last === CONTEXT && (entry.last === REMOVED || entry.last === ADDED)) return 0.3;
    return 0;
  }
}

/** No kernel file has three blank lines together. */
function twoBlanks(entry: Entry): boolean {
  return entry.label === 'lost-blank' && entry.previous?.label === 'lost-blank';
}
