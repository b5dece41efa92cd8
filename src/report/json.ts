/** The machine-readable form of an analysis (`--format json`): version 1, documented in the README; lines and columns are 1-based. */
import type { DocumentReport, Place } from './finding.ts';
import { LineIndex } from './lines.ts';

interface JsonPlace {
  path: string;
  line: number | null;
  column: number | null;
  endLine: number | null;
  endColumn: number | null;
  sourceFile: string | null;
  sourceLine: number | null;
}

function jsonPlace(path: string, lines: LineIndex, place: Place | null): JsonPlace {
  const range = place?.document[0];
  const start = range ? lines.position(range.start) : null;
  const end = range ? lines.position(range.end) : null;
  return {
    path,
    line: start?.line ?? null,
    column: start?.column ?? null,
    endLine: end?.line ?? null,
    endColumn: end?.column ?? null,
    sourceFile: place?.sourceFile ?? null,
    sourceLine: place?.sourceLine ?? null,
  };
}

/** Several documents' reports as one JSON text. */
export function jsonReport(
  reports: readonly { readonly report: DocumentReport; readonly text: string }[],
  tool: { readonly name: string; readonly version: string },
  ms: number,
): string {
  const documents = reports.map(({ report, text }) => {
    const lines = new LineIndex(text);
    return {
      path: report.path,
      series: report.series,
      patches: report.patches.map(({ id, subject }) => ({ id, subject })),
      tables: report.tables.map((table) => ({
        name: table.name,
        struct: table.struct,
        ops: Object.fromEntries(table.ops.map((op) => [op.member, op.function])),
      })),
      documented: report.documented,
      documentedLocks: (report.documentedLocks ?? []).map(({ place, ...entry }) => ({
        ...entry,
        line: jsonPlace(report.path, lines, place).line,
      })),
      coverage: {
        functions: report.functions.length,
        executed: report.functions.filter((entry) => entry.executed).map((entry) => entry.function),
        unsupported: [
          ...report.functions
            .filter((entry) => !entry.executed)
            .map((entry) => ({
              function: entry.function,
              construct: 'function',
              reason: entry.reason,
              line: jsonPlace(report.path, lines, entry.place).line,
            })),
          ...report.unsupported.map((entry) => ({
            function: entry.function,
            construct: entry.construct,
            reason: entry.reason,
            bias: entry.bias,
            line: jsonPlace(report.path, lines, entry.place).line,
          })),
        ],
        statements: report.statements
          ? {
              total: report.statements.total,
              reached: report.statements.reached,
              missed: report.statements.missed.map((missed) => ({
                function: missed.function,
                line: jsonPlace(report.path, lines, missed.place).line,
                reason: missed.reason,
              })),
            }
          : null,
        scenarios: report.scenarios ?? [],
        bounds: report.bounds,
      },
      problems: report.problems.map((problem) => ({
        severity: problem.severity,
        message: problem.message,
        line: lines.position(problem.range.start).line,
      })),
      findings: report.findings.map((finding) => ({
        code: finding.code,
        slug: finding.slug,
        verdict: finding.verdict,
        level: finding.level,
        message: finding.message,
        function: finding.function,
        op: finding.op,
        ...jsonPlace(report.path, lines, finding.place),
        change: finding.change,
        assumption: finding.assumption,
        documented: finding.documented,
        related: finding.related.map((related) => ({
          message: related.message,
          ...jsonPlace(report.path, lines, related.place),
        })),
        held: finding.held.map((held) => ({
          lock: held.lock,
          mode: held.mode,
          line: held.place ? jsonPlace(report.path, lines, held.place).line : null,
        })),
        steps: finding.steps.map((step) => ({
          text: step.text,
          line: step.place ? jsonPlace(report.path, lines, step.place).line : null,
        })),
        context: finding.context,
        topology: finding.topology,
        replay: finding.replay,
        lockdep: finding.lockdep,
        fix:
          finding.fix === null
            ? null
            : {
                title: finding.fix.title,
                edits: finding.fix.edits.map(({ range, text }) => {
                  const start = lines.position(range.start);
                  const end = lines.position(range.end);
                  return { line: start.line, column: start.column, endLine: end.line, endColumn: end.column, text };
                }),
              },
      })),
    };
  });
  const stats = {
    runs: reports.reduce((sum, { report }) => sum + report.stats.runs, 0),
    steps: reports.reduce((sum, { report }) => sum + report.stats.steps, 0),
    ms,
  };
  return `${JSON.stringify({ version: 1, tool, documents, stats }, null, 2)}\n`;
}
