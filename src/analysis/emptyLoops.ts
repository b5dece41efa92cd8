/**
 * What is found only because a loop over something that nobody counts or lists has no round: a variable that each round would have written.
 * How many there are is the driver's own invariant, often one at least (`sched->num_rqs`). Makes no run; those that ask are the caller's.
 */
import type { DecisionRecord } from '../explore/search.ts';

/** A member or an argument that says how many there are, asked for the first time. */
const NO_COUNT = /^`0 < ([^`]*)` is true$/;
/** The first entry of a list that nobody shows is its head. */
const NO_ENTRY = /^`(\w*for_each\w*\([^`]*\)) == (?:0x[0-9a-f]+|&[^`]+)` is true$/;

/** Whether a finding of this check may rest on a loop without a round. */
export function mayRestOnNoRound(slug: string): boolean {
  return slug === 'uninitialised-value';
}

/**
 * The assumption that there is none, in words; null when the finding is there whatever the loops do.
 * @param asked decisions of the run that showed it
 * @param shows whether a run with these decisions shows it again
 */
export function restsOnNoRound(
  asked: readonly DecisionRecord[],
  shows: (decisions: readonly number[]) => boolean,
): string | null {
  const chosen = asked.map((record) => record.chosen);
  for (const [i, record] of asked.entries()) {
    const words = noRound(record);
    if (words === null) continue;
    const prefix = [...chosen.slice(0, i), record.chosen === 0 ? 1 : 0];
    if (!shows(prefix) && !shows([...prefix, ...chosen.slice(i + 1)])) return words;
  }
  return null;
}

function noRound({ question, options, chosen }: DecisionRecord): string | null {
  const count = options[chosen] === 'false' ? NO_COUNT.exec(question)?.[1] : undefined;
  if (count !== undefined) return `\`${count}\` may be 0`;
  const walk = options[chosen] === 'true' ? NO_ENTRY.exec(question)?.[1] : undefined;
  return walk === undefined ? null : `\`${walk}\` may have no entry`;
}
