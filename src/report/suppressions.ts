/**
 * Findings that a team has looked at and does not want to see again: a file of lines `CODE FUNCTION PATCH-ID # why`, kept beside the work.
 * Reading it, applying it to a report, and saying which lines no longer suppress anything. Pure; where the file lies is the hosts' matter.
 */
import type { DocumentReport, Finding } from './finding.ts';

/** Its name, in the root of a workspace or the directory of the command. */
export const SUPPRESSIONS_FILE = '.interlock-suppressions';

export interface Suppression {
  /** 1-based line in the file. */
  readonly line: number;
  /** Code or slug. */
  readonly check: string;
  /** Null: any. */
  readonly function: string | null;
  /** At least seven hex digits of a patch id (`git patch-id --stable`); null: any document. */
  readonly patch: string | null;
}

export interface SuppressionProblem {
  readonly line: number;
  readonly message: string;
}

export interface Suppressions {
  readonly entries: readonly Suppression[];
  readonly problems: readonly SuppressionProblem[];
}

export interface Suppressed {
  readonly report: DocumentReport;
  /** What was taken out, and by which line. */
  readonly taken: readonly { readonly finding: Finding; readonly by: Suppression }[];
  /** Lines that speak of this document and suppress nothing in it. Empty when the analysis did not come to its end. */
  readonly unused: readonly Suppression[];
}

/** Reads the file. A line that cannot be read is a problem and suppresses nothing; the others count. */
export function readSuppressions(
  text: string,
  checks: readonly { readonly code: string; readonly slug: string }[],
): Suppressions {
  const entries: Suppression[] = [];
  const problems: SuppressionProblem[] = [];
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = index + 1;
    const words = raw.replace(/#.*$/, '').trim().split(/\s+/);
    const [check = '', name = '*', patch = '*'] = words;
    if (check === '') continue;
    if (words.length > 3)
      problems.push({ line, message: 'a line is `CODE FUNCTION PATCH-ID`; a reason stands behind `#`' });
    else if (!checks.some(({ code, slug }) => code === check.toUpperCase() || slug === check))
      problems.push({ line, message: `no check is called \`${check.slice(0, 60)}\`` });
    else if (name !== '*' && !/^[A-Za-z_]\w*$/.test(name))
      problems.push({ line, message: `\`${name.slice(0, 60)}\` is no name of a function; \`*\` stands for any` });
    else if (patch !== '*' && !/^[0-9a-f]{7,40}$/i.test(patch))
      problems.push({ line, message: 'a patch id has 7 to 40 hex digits; `*` stands for any document' });
    else if (name === '*' && patch === '*')
      problems.push({
        line,
        message:
          'a line for any function of any document hides a whole check: use the setting `interlock.ignore` or `--ignore`',
      });
    else
      entries.push({
        line,
        check: /^il\d/i.test(check) ? check.toUpperCase() : check,
        function: name === '*' ? null : name,
        patch: patch === '*' ? null : patch.toLowerCase(),
      });
  }
  return { entries, problems };
}

/** The report without what the entries suppress. */
export function applySuppressions(report: DocumentReport, entries: readonly Suppression[]): Suppressed {
  if (entries.length === 0) return { report, taken: [], unused: [] };
  const used = new Set<Suppression>();
  const taken: { finding: Finding; by: Suppression }[] = [];
  const findings = report.findings.filter((finding) => {
    const id = patchOf(report, finding);
    const by = entries.find((entry) => suppresses(entry, finding, id));
    if (by === undefined) return true;
    used.add(by);
    taken.push({ finding, by });
    return false;
  });
  const complete = report.bounds.length === 0;
  return {
    report: taken.length === 0 ? report : { ...report, findings },
    taken,
    unused: complete ? entries.filter((entry) => !used.has(entry) && speaksOf(entry, report)) : [],
  };
}

/** The id of the patch that a finding lies in; null in a document that is no patch. */
export function patchOf(report: DocumentReport, finding: Finding): string | null {
  const at = finding.place.document[0]?.start;
  if (at === undefined) return report.patches.length === 1 ? (report.patches[0]?.id ?? null) : null;
  return report.patches.find(({ range }) => range.start <= at && at < range.end)?.id ?? null;
}

/** The line that suppresses this finding in this patch, or in this function of any document where there is no patch. */
export function suppressionLine(finding: Finding, patch: string | null): string {
  return `${finding.code} ${finding.function ?? '*'} ${patch?.slice(0, 16) ?? '*'}  # ${finding.message.replaceAll('`', '')}`;
}

function suppresses(entry: Suppression, finding: Finding, patch: string | null): boolean {
  return (
    (entry.check === finding.code || entry.check === finding.slug) &&
    (entry.function === null || entry.function === finding.function) &&
    (entry.patch === null || patch?.startsWith(entry.patch) === true)
  );
}

/** Only a line whose patch, or else whose function, is here can be unused here. */
function speaksOf(entry: Suppression, report: DocumentReport): boolean {
  if (entry.patch !== null) return report.patches.some(({ id }) => id.startsWith(entry.patch ?? ''));
  return report.functions.some((each) => each.function === entry.function && each.executed);
}
