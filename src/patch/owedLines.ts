/**
 * The least that the rest of a damaged hunk can cost when so many lines of the file are still owed. Where more lines are left in the mail
 * than the counts have room for, some must be tails; where fewer are left, blank lines were lost: both have their price, and a search that
 * knows it need not find that out line by line. Ignores what depends on the order of labels: that is the subject of labelSearch.ts.
 */
import { type LocalCosts, TOO_DEAR } from './localCosts.ts';

/** Prices are sums of decimal fractions; the same price summed up in another order is the same price. */
export const ROUNDING = 1e-9;
/** So many prices are tabled at most; the lines before get the least price whatever is owed. */
const MAX_PRICES = 150_000;

export class OwedLines {
  readonly #costs: LocalCosts;
  /** How far above the least price of its line anything is told apart. */
  readonly #slack: number;
  /** By line: the least price by number of owed lines, from `#lowest` on. */
  readonly #rows: (readonly number[] | undefined)[];
  readonly #lowest: number[];
  /** The row in the making, by number of owed lines. */
  readonly #prices: number[];
  #low = 0;
  #high = -1;
  #limit = 0;
  #size = 0;

  /**
   * @param most lines owed at the beginning of the hunk, a context line counting twice: as one of the old side and one of the new
   * @param slack what costs more than the least price of the hunk by more than this need not be told from what is impossible
   */
  constructor(costs: LocalCosts, most: number, slack: number) {
    const count = costs.lines.length;
    this.#costs = costs;
    this.#slack = slack + ROUNDING;
    this.#rows = new Array<readonly number[] | undefined>(count + 1);
    this.#lowest = new Array<number>(count + 1).fill(0);
    this.#prices = new Array<number>(most + 1).fill(Number.POSITIVE_INFINITY);
    for (let at = count; at >= 0 && this.#size < MAX_PRICES; at--) this.#tableLine(at);
  }

  /** Number of prices that were worked out. */
  get size(): number {
    return this.#size;
  }

  /**
   * @param at the first physical line of the rest
   * @param owed lines still owed by the old side and by the new one
   */
  least(at: number, owed: number): number {
    const row = this.#rows[at];
    if (row === undefined) return this.#costs.least[at] ?? 0;
    const index = owed - (this.#lowest[at] ?? 0);
    return index < 0 ? Number.POSITIVE_INFINITY : (row[index] ?? Number.POSITIVE_INFINITY);
  }

  #tableLine(at: number): void {
    const costs = this.#costs;
    const prices = this.#prices;
    // What comes before the line costs at least what it takes off the least price of the hunk.
    this.#limit = (costs.least[at] ?? 0) + this.#slack;
    this.#low = prices.length;
    this.#high = -1;
    this.#offerLine(at);
    // With nothing owed the hunk ends here.
    const end = costs.leftover[at] ?? 0;
    prices[0] = end;
    if (end <= this.#limit) {
      this.#low = 0;
      this.#high = Math.max(this.#high, 0);
    }
    this.#offerBlanks(costs.lostBlank[at] ?? 0);
    let from = this.#low;
    let to = this.#high;
    while (from <= to && (prices[from] ?? 0) > this.#limit) from++;
    while (to >= from && (prices[to] ?? 0) > this.#limit) to--;
    this.#rows[at] = prices.slice(from, to + 1);
    this.#lowest[at] = from;
    this.#size += 1 + Math.max(0, to - from + 1);
    prices[0] = Number.POSITIVE_INFINITY;
    prices.fill(Number.POSITIVE_INFINITY, this.#low, this.#high + 1);
  }

  /** All that physical line `at` can be the beginning of; most of it is too dear. */
  #offerLine(at: number): void {
    const costs = this.#costs;
    const { least, headings } = costs;
    const line = costs.lines[at];
    if (line === undefined) return;
    const noise = costs.noise[at] ?? TOO_DEAR;
    if (noise < TOO_DEAR && noise <= this.#limit - (least[at + 1] ?? 0)) this.#offer(at + 1, 0, noise);
    if (at === 0) for (let n = 0; n < headings.length; n++) this.#offer(n + 1, 0, headings[n] ?? 0);
    if (line.shallow || line.marker === '\\') return;
    const begin = costs.boundary[at] ?? 0;
    const context = costs.context[at] ?? TOO_DEAR;
    const signed = line.marker === '+' || line.marker === '-';
    const tails = costs.tails[at] ?? [];
    for (let n = 0; n <= tails.length; n++) {
      const to = at + n + 1;
      const price = n === 0 ? begin : begin + (tails[n - 1] ?? 0);
      const most = this.#limit - (least[to] ?? 0);
      if (signed && price <= most) this.#offer(to, 1, price);
      if (context < TOO_DEAR && price + context <= most) this.#offer(to, 2, price + context);
    }
  }

  /** For this price, `lines` lines less are owed and the rest begins at `to`. */
  #offer(to: number, lines: number, price: number): void {
    const row = this.#rows[to];
    if (row === undefined || row.length === 0) return;
    const prices = this.#prices;
    const from = (this.#lowest[to] ?? 0) + lines;
    const count = Math.min(row.length, prices.length - from);
    if (count <= 0) return;
    for (let i = 0; i < count; i++) {
      const sum = price + (row[i] ?? 0);
      if (sum < (prices[from + i] ?? 0)) prices[from + i] = sum;
    }
    if (from < this.#low) this.#low = from;
    if (from + count - 1 > this.#high) this.#high = from + count - 1;
  }

  /** A lost blank is a line of both sides and none of the mail. */
  #offerBlanks(price: number): void {
    const prices = this.#prices;
    for (let owed = this.#low + 2; owed <= this.#high + 2 && owed < prices.length; owed++) {
      const sum = price + (prices[owed - 2] ?? 0);
      if (sum > this.#limit || sum >= (prices[owed] ?? 0)) continue;
      prices[owed] = sum;
      if (owed > this.#high) this.#high = owed;
    }
  }
}
