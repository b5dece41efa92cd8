/** Failures asked for by name (`kzalloc@my_alloc:1`) as decisions of a run. */
import type { DecisionRecord } from '../explore/search.ts';

/**
 * Finds the decisions that make the named questions take their second answer.
 * @param requests `CALL[@FUNCTION][:N]`: the n-th (from 1) question about CALL, in FUNCTION when given
 * @param run all decisions of the run with this prefix
 */
export function injectDecisions(
  requests: readonly string[],
  run: (decisions: readonly number[]) => readonly DecisionRecord[],
): { readonly decisions: readonly number[]; readonly problems: readonly string[] } {
  const problems: string[] = [];
  let decisions: readonly number[] = [];
  for (const request of requests) {
    const match = /^([\w.-]+)(?:@(\w+))?(?::(\d+))?$/.exec(request);
    if (!match) {
      problems.push(`'${request}' is no injection; write CALL, CALL@FUNCTION or CALL@FUNCTION:N`);
      continue;
    }
    const [, call = '', place, count = '1'] = match;
    const records = run(decisions);
    let left = Number(count);
    const index = records.findIndex(
      (record) => names(record, call) && (place === undefined || record.place.startsWith(`${place} `)) && --left === 0,
    );
    const record = records[index];
    if (!record) {
      problems.push(`nothing in this run asks about '${request}'`);
      continue;
    }
    decisions = [...records.slice(0, index).map((earlier) => earlier.chosen), Math.min(1, record.options.length - 1)];
  }
  return { decisions, problems };
}

function names(record: DecisionRecord, call: string): boolean {
  return record.kind === call || new RegExp(`\\b${call}\\b`).test(record.question);
}
