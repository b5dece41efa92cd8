/**
 * What a patch did to the findings: the code as it was before is executed too, and each finding is marked as introduced, as there before, or
 * as fixed. The same finding is one with the same message in the same function, on the same line where there are several.
 */
import type { Program } from '../c/ir.ts';
import type { PostImage } from '../patch/series.ts';
import type { DocumentReport, Finding, Place } from '../report/finding.ts';
import type { Reading } from './reading.ts';

/** One side: what was found, and in which text. */
export interface Side {
  readonly report: DocumentReport;
  readonly reading: Reading;
}

/**
 * Whether runs of the code before a patch can tell anything. What is found in a function that is shown in part is never sure, so that nobody
 * can say it is gone: such a function is run only where something was found in it afterwards, which may have been there before.
 * @param after what the patched code showed
 * @param before the code before, and its program
 */
export function runsMatter(after: DocumentReport, { images }: Reading, program: Program): boolean {
  if ([...images.values()].some((image) => !image.fragment)) return true;
  const shown = program.functions.filter(({ at }) => at !== null && images.has(at.unit));
  if (shown.some((symbol) => symbol.body()?.partial === false)) return true;
  const names = new Set(shown.map(({ name }) => name));
  const here = inFilesOf(images);
  return after.findings.some((finding) => here(finding) && (finding.function === null || names.has(finding.function)));
}

/** Whether a finding lies in a file whose earlier text is known. */
function inFilesOf(images: Reading['images']): (finding: Finding) => boolean {
  const paths = new Set([...images.values()].map(({ path }) => path));
  return ({ place }) => place.sourceFile !== null && paths.has(place.sourceFile);
}

/** The report of the patched code, with its findings marked, and with those that are gone. */
export function compareSides(after: Side, before: Side, document: string): DocumentReport {
  const here = inFilesOf(before.reading.images);
  const old = before.report.findings.filter(here);
  const now = after.report.findings.filter(here);
  const pairs = paired(now, old, [
    (finding, side) => `${family(finding)}\0${lineText(side === 'now' ? after : before, finding.place, document)}`,
    (finding) => family(finding),
  ]);
  const matched = new Set(pairs.values());
  const ended = new Set([
    ...after.report.unsupported.map((entry) => entry.function),
    ...after.report.functions.filter((entry) => !entry.executed).map((entry) => entry.function),
  ]);
  // Where less was executed than before, nobody can say that something is gone.
  const whole = after.report.bounds.every((bound) => before.report.bounds.includes(bound));
  // Of a piece of a function, what no longer shows may have gone with the lines around it.
  const completed = new Set(
    [...before.reading.images.values()].flatMap((image) => (image.fragment ? [] : [image.path])),
  );
  const sure = (finding: Finding): boolean =>
    finding.verdict === 'violation' || completed.has(finding.place.sourceFile ?? '');
  const fixed = old
    .filter(sure)
    .filter((finding) => whole && !matched.has(finding) && !ended.has(finding.function ?? ''))
    .map((finding): Finding => ({ ...finding, change: 'fixed', replay: null }));
  const marked = after.report.findings.map((finding): Finding => {
    if (!here(finding)) return finding;
    return { ...finding, change: pairs.has(finding) ? 'existing' : 'introduced' };
  });
  return {
    ...after.report,
    findings: [...marked, ...fixed].sort(byPlace),
    stats: {
      runs: after.report.stats.runs + before.report.stats.runs,
      steps: after.report.stats.steps + before.report.stats.steps,
    },
  };
}

function family({ code, function: name, message }: Finding): string {
  return `${code}\0${name}\0${message}`;
}

/** One partner for each finding at most, by the first key that they share. */
function paired(
  now: readonly Finding[],
  old: readonly Finding[],
  keys: readonly ((finding: Finding, side: 'now' | 'old') => string)[],
): Map<Finding, Finding> {
  const pairs = new Map<Finding, Finding>();
  const taken = new Set<Finding>();
  for (const key of keys) {
    const open = new Map<string, Finding[]>();
    for (const finding of old) {
      if (taken.has(finding)) continue;
      const name = key(finding, 'old');
      const list = open.get(name);
      if (list === undefined) open.set(name, [finding]);
      else list.push(finding);
    }
    for (const finding of now) {
      if (pairs.has(finding)) continue;
      const partner = open.get(key(finding, 'now'))?.shift();
      if (partner === undefined) continue;
      pairs.set(finding, partner);
      taken.add(partner);
    }
  }
  return pairs;
}

/** The line of a place without its blanks. */
function lineText({ reading }: Side, place: Place, document: string): string {
  const image = [...reading.images.values()].find((each) => each.path === place.sourceFile);
  const index = image === undefined || place.sourceLine === null ? -1 : lineAt(image, place.sourceLine);
  if (image !== undefined && index >= 0) {
    const start = image.lines[index]?.start ?? 0;
    return image.text.slice(start, image.lines[index + 1]?.start ?? image.text.length).replace(/\s+/g, '');
  }
  const [range] = place.document;
  return range === undefined ? '' : document.slice(range.start, range.end).replace(/\s+/g, '');
}

function lineAt(image: PostImage, line: number): number {
  return image.lines.findIndex((each) => each.fileLine === line);
}

function byPlace(a: Finding, b: Finding): number {
  return (a.place.document[0]?.start ?? 0) - (b.place.document[0]?.start ?? 0);
}
