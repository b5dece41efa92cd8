/**
 * An analysis as text for a terminal: `text` (for people), `terse` (one checkpatch-like line per finding, what b4 and editors parse).
 * Pure: report in, string out. JSON is `json.ts`.
 */
import type { DocumentReport, Finding, Place, Verdict } from './finding.ts';
import { LineIndex } from './lines.ts';

export interface TextOptions {
  /** Name the line of the patched file instead of the line of the document. */
  readonly showFile: boolean;
  /** Terminal colours. */
  readonly colour: boolean;
  /** Below each finding of the lock validator, the same as dmesg would show it. */
  readonly lockdep?: boolean;
  /** List the scenarios too. */
  readonly verbose?: boolean;
}

/** checkpatch's word: what is certain and grave is an ERROR, what is only to be known a CHECK. */
function severity({ verdict, level, change }: Finding): 'ERROR' | 'WARNING' | 'CHECK' {
  if (change === 'fixed' || verdict === 'unsupported' || level === 'info') return 'CHECK';
  return verdict === 'violation' && level === 'error' ? 'ERROR' : 'WARNING';
}

/** `path:line` of a place, in the document or (with `showFile`) in the patched file. */
function placeName(report: DocumentReport, lines: LineIndex, place: Place, showFile: boolean): string {
  if (showFile && place.sourceFile !== null && place.sourceLine !== null)
    return `${place.sourceFile}:${place.sourceLine}`;
  const range = place.document[0];
  if (!range) return place.sourceFile === null ? report.path : `${place.sourceFile}:${place.sourceLine ?? '?'}`;
  return `${report.path}:${lines.position(range.start).line}`;
}

/** One line per finding: `file:line: ERROR: IL0201 slug: message`. */
export function terseReport(report: DocumentReport, text: string, options: TextOptions): string {
  const lines = new LineIndex(text);
  return report.findings
    .map((finding) => {
      const type = finding.slug.toUpperCase().replaceAll('-', '_');
      return `${placeName(report, lines, finding.place, options.showFile)}: ${severity(finding)}: ${type}: ${finding.code} ${finding.message}\n`;
    })
    .join('');
}

/** Everything about one document, for people. */
export function textReport(report: DocumentReport, text: string, options: TextOptions): string {
  const lines = new LineIndex(text);
  const paint = painter(options.colour);
  const out: string[] = [paint('bold', report.path)];
  for (const problem of report.problems) {
    if (problem.severity === 'note') continue;
    out.push(`  ${problem.severity}: line ${lines.position(problem.range.start).line}: ${problem.message}`);
  }
  for (const finding of report.findings) out.push('', ...findingLines(report, finding, text, lines, options, paint));
  if (report.findings.length > 0) out.push('');
  out.push(...coverageLines(report, lines, paint, options.verbose === true));
  return `${out.join('\n')}\n`;
}

type Paint = (style: 'bold' | 'red' | 'yellow' | 'dim', text: string) => string;

function painter(colour: boolean): Paint {
  const codes = { bold: 1, red: 31, yellow: 33, dim: 2 } as const;
  return (style, text) => (colour ? `\u001b[${codes[style]}m${text}\u001b[0m` : text);
}

/** Columns of a line that are printed: what a mail that lost its line ends has in one line is none to read. */
const WIDEST = 240;
const AROUND = 80;

/** What is printed of a line with a range in it, and where the range is in that. */
function excerpt(line: string, from: number, to: number): { shown: string; at: number; width: number } {
  const start = Math.max(0, Math.min(from, line.length));
  const end = Math.max(start + 1, Math.min(to, line.length));
  if (line.length <= WIDEST) return { shown: line, at: start, width: end - start };
  const first = Math.max(0, start - AROUND);
  const last = Math.min(line.length, Math.max(start + AROUND, Math.min(end, start + WIDEST - AROUND)) + AROUND);
  const lead = first > 0 ? '…' : '';
  const shown = `${lead}${line.slice(first, last)}${last < line.length ? '…' : ''}`;
  const at = start - first + lead.length;
  return { shown, at, width: Math.max(1, Math.min(end - start, last - start)) };
}

function findingLines(
  report: DocumentReport,
  finding: Finding,
  text: string,
  lines: LineIndex,
  options: TextOptions,
  paint: Paint,
): string[] {
  const fixed = finding.change === 'fixed';
  const colour = finding.verdict === 'violation' && finding.level === 'error' && !fixed ? 'red' : 'yellow';
  const grade = finding.level === 'error' ? '' : ` (${finding.level})`;
  const where = placeName(report, lines, finding.place, options.showFile);
  const mark =
    finding.change === 'introduced'
      ? ''
      : finding.change === 'unknown'
        ? ''
        : ` (${finding.change === 'existing' ? 'already there before this patch' : 'fixed by this patch'})`;
  const out = [
    `  ${paint('bold', where)}: ${paint(colour, fixed ? 'fixed' : `${finding.verdict}${grade}`)}: ${finding.message} [${finding.code} ${finding.slug}]${mark}`,
  ];
  for (const range of finding.place.document) {
    const { line } = lines.position(range.start);
    const start = lines.start(line);
    const end = text.indexOf('\n', start);
    const whole = text.slice(start, end < 0 ? text.length : end).replace(/\r$/, '');
    const { shown, at, width } = excerpt(whole, range.start - start, range.end - start);
    const before = shown.slice(0, at).replace(/[^\t]/g, ' ');
    const number = String(line);
    out.push(
      `    ${paint('dim', `${number} |`)} ${shown}`,
      `    ${paint('dim', `${' '.repeat(number.length)} |`)} ${before}${paint(colour, '^'.repeat(width))}`,
    );
  }
  if (finding.assumption !== null) out.push(`    assumes: ${finding.assumption}`);
  if (finding.op !== null)
    out.push(`    op: ${finding.op}${finding.context === null ? '' : `, called as: ${finding.context}`}`);
  if (finding.documented !== null) out.push(`    documented: ${finding.documented}`);
  if (finding.held.length > 0) {
    out.push('    locks held:');
    for (const held of finding.held) {
      out.push(
        `      ${held.lock} (${held.mode})${held.place ? `, taken at ${placeName(report, lines, held.place, options.showFile)}` : ', taken by the caller'}`,
      );
    }
  }
  if (finding.steps.length > 0) {
    out.push('    how Interlock got there:');
    for (const [i, step] of finding.steps.entries()) {
      const at =
        step.place && step.place.document.length > 0
          ? ` (${placeName(report, lines, step.place, options.showFile)})`
          : '';
      out.push(`      ${i + 1}. ${step.text}${at}`);
    }
  }
  for (const related of finding.related) {
    const at = related.place.document.length > 0 ? placeName(report, lines, related.place, options.showFile) : null;
    out.push(`    ${at === null ? '' : `${at}: `}${related.message}`);
  }
  if (finding.replay !== null) out.push(`    replay: ${finding.replay}`);
  if (options.lockdep === true && finding.lockdep !== null)
    out.push(
      '',
      ...finding.lockdep
        .trimEnd()
        .split('\n')
        .map((line) => `    ${line}`.trimEnd()),
      '',
    );
  return out;
}

function coverageLines(report: DocumentReport, lines: LineIndex, paint: Paint, verbose: boolean): string[] {
  const out: string[] = [];
  for (const table of report.tables) {
    const at = table.place.document[0];
    out.push(
      `  table ${paint('bold', table.name)} (struct ${table.struct})${at ? `, line ${lines.position(at.start).line}` : ''}: ${table.ops.map((op) => op.member).join(', ')}`,
    );
  }
  for (const op of report.documented) {
    out.push(
      `  documented op ${op.struct}.${op.member}: ${op.context ?? '(no Context: section)'}${op.facts.length > 0 ? ` [${op.facts.join(', ')}]` : ''}`,
    );
  }
  const executed = report.functions.filter((entry) => entry.executed);
  if (report.functions.length > 0) out.push(`  functions executed: ${executed.length} of ${report.functions.length}`);
  for (const entry of executed) out.push(`    ${entry.function}${entry.partial ? ' (the part that is visible)' : ''}`);
  if (report.statements && report.statements.total > 0) {
    // Where no patch says which lines are new, all of them are meant.
    const which = report.series.length > 0 ? '+ statements' : 'statements';
    out.push(`  ${which} reached: ${report.statements.reached} of ${report.statements.total}`);
  }
  if (verbose)
    for (const { place, reason } of report.statements?.missed ?? []) {
      const [range] = place.document;
      if (range !== undefined) out.push(`    line ${lines.position(range.start).line}: ${reason}`);
    }
  for (const entry of report.functions)
    if (!entry.executed)
      out.push(
        `  ${paint('yellow', 'unsupported')}: ${entry.function}: not executed: ${entry.reason ?? 'no run reached it'}`,
      );
  for (const entry of report.unsupported)
    out.push(
      `  ${paint('yellow', 'unsupported')}: ${entry.function}: ${entry.construct}: ${entry.reason} (${entry.bias})`,
    );
  if (verbose) out.push(...documentedLockLines(report, lines), ...scenarioLines(report));
  for (const bound of report.bounds) out.push(`  bound: ${bound}`);
  if (report.tables.length === 0 && report.functions.length === 0 && report.documented.length === 0)
    out.push('  nothing to execute: no C function was found');
  return out;
}

/** Which locks comments demand of callers, and which of these sentences name no lock that can be looked for. */
function documentedLockLines(report: DocumentReport, lines: LineIndex): string[] {
  return (report.documentedLocks ?? []).map(({ function: name, lock, sentence, place }) => {
    const at = place.document[0];
    const where = at === undefined ? '' : `, line ${lines.position(at.start).line}`;
    const what = lock === null ? 'names no lock that can be told; not checked' : `its caller holds ${lock}`;
    return `  documented ${name}: ${what} ("${sentence}"${where})`;
  });
}

/** Each scenario with its runs and what its ops answered. */
function scenarioLines(report: DocumentReport): string[] {
  return (report.scenarios ?? []).flatMap(({ table, name, title, runs, left, outcomes }) => [
    `  scenario ${table} ${name}: ${title}: ${runs} run${runs === 1 ? '' : 's'}${left === true ? ', left where further pairs of faults promised nothing new' : ''}`,
    ...outcomes.map(({ op, result, runs: count }) => `    ${op}: ${result} (${count})`),
  ]);
}

/** The closing line over all documents. */
export function summaryLine(reports: readonly DocumentReport[]): string {
  const count = (verdict: Verdict): number =>
    reports.reduce(
      (sum, report) =>
        sum + report.findings.filter((finding) => finding.verdict === verdict && finding.change !== 'fixed').length,
      0,
    );
  const fixed = reports.flatMap((report) => report.findings.filter((finding) => finding.change === 'fixed')).length;
  const runs = reports.reduce((sum, report) => sum + report.stats.runs, 0);
  const documents = `${reports.length} document${reports.length === 1 ? '' : 's'}`;
  const unsupported = reports.reduce(
    (sum, report) => sum + report.unsupported.length + report.functions.filter((entry) => !entry.executed).length,
    0,
  );
  return `${count('violation')} violation${count('violation') === 1 ? '' : 's'}, ${count('suspected')} suspected, ${unsupported} unsupported${fixed > 0 ? `, ${fixed} fixed` : ''} in ${documents} (${runs} runs)\n`;
}
