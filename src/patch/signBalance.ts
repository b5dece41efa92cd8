/**
 * The least that the rest of a damaged hunk can cost when so many more lines are to be added than removed. Nearly every line with a sign is
 * what its sign says; a labelling that has to make it something else pays for it, and the search need not find that out line by line.
 * Ignores what depends on the order of labels: that is the subject of labelSearch.ts.
 */
import { type LocalCosts, TOO_DEAR } from './localCosts.ts';

/** How far from the signs a balance is told apart; beyond that it counts as that far. */
const FAR = 2;
const WIDTH = 2 * FAR + 1;

export class SignBalance {
  /** By line: added minus removed from there on, if all signs are right. */
  readonly #signs: readonly number[];
  /** By line and distance from the signs: the least price. */
  readonly #least: Float64Array;

  constructor(costs: LocalCosts) {
    const count = costs.lines.length;
    const signs = new Array<number>(count + 1).fill(0);
    for (let at = count - 1; at >= 0; at--) signs[at] = (signs[at + 1] ?? 0) + signOf(costs, at);
    this.#signs = signs;
    this.#least = new Float64Array((count + 1) * WIDTH).fill(Number.POSITIVE_INFINITY);
    for (let at = count; at >= 0; at--)
      for (let off = -FAR; off <= FAR; off++) this.#least[at * WIDTH + off + FAR] = this.#leastAt(costs, at, off);
  }

  /**
   * @param at the first physical line of the rest
   * @param owed lines still to be added, less those still to be removed
   */
  least(at: number, owed: number): number {
    return this.#least[at * WIDTH + within(owed - (this.#signs[at] ?? 0)) + FAR] ?? 0;
  }

  #leastAt(costs: LocalCosts, at: number, off: number): number {
    // The hunk ends here, so nothing is owed.
    let best = within(-(this.#signs[at] ?? 0)) === off ? (costs.leftover[at] ?? 0) : Number.POSITIVE_INFINITY;
    const line = costs.lines[at];
    if (line === undefined) return best;
    const sign = signOf(costs, at);
    const noise = costs.noise[at] ?? TOO_DEAR;
    if (noise < TOO_DEAR) best = Math.min(best, noise + this.#after(at + 1, off, sign));
    if (at === 0) {
      costs.headings.forEach((cost, n) => {
        best = Math.min(best, cost + this.#after(n + 1, off, 0));
      });
    }
    if (line.shallow || line.marker === '\\') return best;
    const begin = costs.boundary[at] ?? 0;
    const context = costs.context[at] ?? TOO_DEAR;
    const tails = costs.tails[at] ?? [];
    let shift = 0;
    for (let n = 0; n <= tails.length; n++) {
      const to = at + n + 1;
      if (n > 0) shift += signOf(costs, to - 1);
      const price = begin + (n === 0 ? 0 : (tails[n - 1] ?? 0));
      if (sign !== 0) best = Math.min(best, price + this.#after(to, off, shift));
      if (context < TOO_DEAR) best = Math.min(best, price + context + this.#after(to, off, shift + sign));
    }
    return best;
  }

  /** @param shift by how much lines that were not what their signs say move the balance away from the signs that are left */
  #after(at: number, off: number, shift: number): number {
    const row = at * WIDTH + FAR;
    const next = within(off + shift);
    let best = this.#least[row + next] ?? 0;
    // Who is far off may be farther off than that.
    if (off === FAR) for (let more = next + 1; more <= FAR; more++) best = Math.min(best, this.#least[row + more] ?? 0);
    if (off === -FAR)
      for (let less = next - 1; less >= -FAR; less--) best = Math.min(best, this.#least[row + less] ?? 0);
    return best;
  }
}

/** Whether as many more lines are added than removed as the counts say, if all signs are right. */
export function signsMeet(costs: LocalCosts, oldCount: number, newCount: number): boolean {
  let sum = 0;
  for (let at = 0; at < costs.lines.length; at++) sum += signOf(costs, at);
  return sum === newCount - oldCount;
}

function within(off: number): number {
  return Math.max(-FAR, Math.min(FAR, off));
}

function signOf(costs: LocalCosts, at: number): number {
  const line = costs.lines[at];
  if (line === undefined || line.shallow) return 0;
  return line.marker === '+' ? 1 : line.marker === '-' ? -1 : 0;
}
