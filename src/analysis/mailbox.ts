/**
 * A mailbox as one report: each of its series is analysed for itself, with its own effort, so that none sees another's code and none takes
 * the others' turn. Only puts together what their analyses say.
 */
import type { DocumentReport, StatementCoverage } from '../report/finding.ts';
import type { Reading } from './reading.ts';
import { byPlace, headOf } from './reportParts.ts';

/** The whole document's report. `parts`: those of its series that were analysed, with what they are called. */
export function joinedReport(
  path: string,
  reading: Reading,
  parts: readonly { readonly name: string; readonly report: DocumentReport }[],
): DocumentReport {
  const reports = parts.map(({ report }) => report);
  const statements = reports.flatMap((report) => report.statements ?? []);
  const scenarios = reports.flatMap((report) => report.scenarios ?? []);
  const locks = reports.flatMap((report) => report.documentedLocks ?? []);
  const contracts = reports.flatMap((report) => report.contracts ?? []);
  return {
    path,
    ...headOf(reading),
    tables: reports.flatMap((report) => report.tables),
    documented: reports.flatMap((report) => report.documented),
    ...(locks.length > 0 ? { documentedLocks: locks } : {}),
    ...(contracts.length > 0 ? { contracts } : {}),
    functions: reports.flatMap((report) => report.functions),
    ...(statements.length > 0 ? { statements: sum(statements) } : {}),
    ...(scenarios.length > 0 ? { scenarios } : {}),
    unsupported: reports.flatMap((report) => report.unsupported),
    findings: reports.flatMap((report) => report.findings).sort(byPlace),
    problems: reading.problems,
    stats: {
      runs: reports.reduce((runs, { stats }) => runs + stats.runs, 0),
      steps: reports.reduce((steps, { stats }) => steps + stats.steps, 0),
    },
    bounds: [
      'a mailbox: each series was executed for itself',
      ...parts.flatMap(({ name, report }) => report.bounds.map((bound) => `${name}: ${bound}`)),
    ],
  };
}

function sum(statements: readonly StatementCoverage[]): StatementCoverage {
  return {
    total: statements.reduce((total, each) => total + each.total, 0),
    reached: statements.reduce((reached, each) => reached + each.reached, 0),
    missed: statements.flatMap((each) => each.missed),
  };
}
