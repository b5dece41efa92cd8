/**
 * Whether a damaged hunk can be read in one way only: each of its lines is one line of the file as its sign says, and whatever else it
 * could be is too dear. All that is left to find out then is where blank lines were lost, for which a narrow search will do.
 */
import type { LocalCosts } from './localCosts.ts';
import { ROUNDING } from './owedLines.ts';
import type { HunkHeader } from './series.ts';

/**
 * @param slack what costs more than the least price of the hunk by more than this is too dear
 * @returns false too where it cannot be told as simply as this
 */
export function hasSoleReading(costs: LocalCosts, { oldCount, newCount }: HunkHeader, slack: number): boolean {
  const { lines, least } = costs;
  const most = slack + ROUNDING;
  /** The least that a line costs more if it takes from one side of the hunk alone: another one has to make up for it. */
  let lopsided = Number.POSITIVE_INFINITY;
  let old = 0;
  let now = 0;
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at];
    if (line === undefined || line.shallow || line.marker === '\\') return false;
    const here = least[at] ?? 0;
    const next = least[at + 1] ?? 0;
    const added = line.marker === '+';
    const removed = line.marker === '-';
    const context = costs.context[at] ?? 0;
    const begin = costs.boundary[at] ?? 0;
    if (begin + (added || removed ? 0 : context) + next > here + ROUNDING) return false;
    if ((costs.noise[at] ?? 0) + next <= here + most || (costs.leftover[at] ?? 0) <= here + most) return false;
    if (added || removed) lopsided = Math.min(lopsided, begin + context + next - here);
    if (!removed) now++;
    if (!added) old++;
    const tails = costs.tails[at] ?? [];
    for (let n = 0; n < tails.length; n++) {
      const more = begin + (tails[n] ?? 0) + (least[at + n + 2] ?? 0) - here;
      if (more > most) continue;
      // With more than one tail the sides might come out again.
      const sign = lines[at + 1]?.marker;
      if (n > 0 || (sign !== '+' && sign !== '-') || !(added || removed)) return false;
      lopsided = Math.min(lopsided, more);
    }
  }
  for (const [n, cost] of costs.headings.entries()) {
    if (cost + (least[n + 1] ?? 0) <= (least[0] ?? 0) + most) return false;
  }
  return 2 * lopsided > most && old <= oldCount && oldCount - old === newCount - now;
}
