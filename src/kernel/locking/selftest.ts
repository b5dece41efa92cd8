/**
 * Rows of a locking suite (a list of lock operations with the expected verdict) and what running them gives. The operations themselves are
 * in selftestBench.ts; reading files and printing in cli/lockdep.ts.
 */
import { SelftestBench } from './selftestBench.ts';

/** One case of the suite. */
export interface SelftestRow {
  readonly name: string;
  readonly group: string;
  readonly lockType: string;
  readonly expect: 'fail' | 'pass';
  readonly recursiveReadForced: boolean;
  readonly steps: readonly string[];
  readonly requires?: readonly string[];
  readonly note?: string;
  /** Which report is expected first, and at which step (from 0). */
  readonly report?: string;
  readonly reportStep?: number;
}

export interface SelftestResult {
  readonly row: SelftestRow;
  readonly asExpected: boolean;
  /** Why not, in words; empty when as expected. */
  readonly differences: readonly string[];
}

/** Names of reports in rows, where they differ from this project's rules. */
const REPORT_NAMES: Readonly<Record<string, string>> = {
  'circular-dependency': 'circular-locking',
  'inconsistent-usage': 'inconsistent-lock-state',
};

/** Runs one row in a world of its own. */
export function runSelftestRow(row: SelftestRow): SelftestResult {
  const bench = new SelftestBench(row.recursiveReadForced);
  const differences: string[] = [];
  let first: { readonly rule: string; readonly step: number } | null = null;
  for (const [index, step] of row.steps.entries()) {
    const outcome = bench.step(step);
    if (outcome.problem !== null) differences.push(`step ${index} \`${step}\`: ${outcome.problem}`);
    first ??= bench.firstReport === null ? null : { rule: bench.firstReport, step: index };
    if (outcome.stuck) break;
  }
  const verdict = first === null ? 'pass' : 'fail';
  if (verdict !== row.expect)
    differences.push(
      `expected ${row.expect}, got ${verdict}${first === null ? '' : ` (${first.rule} at step ${first.step})`}`,
    );
  else if (first !== null && row.report !== undefined) {
    const wanted = row.report.startsWith('ww-debug') ? 'ww-misuse' : (REPORT_NAMES[row.report] ?? row.report);
    if (first.rule !== wanted || (row.reportStep !== undefined && first.step !== row.reportStep))
      differences.push(`expected ${wanted} at step ${row.reportStep ?? '?'}, got ${first.rule} at step ${first.step}`);
  }
  return { row, asExpected: differences.length === 0, differences };
}
