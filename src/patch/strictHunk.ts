/**
 * Hunks whose lines all carry their marker: one look at each line's first character, and the counts decide. Anything that smells of
 * damage (a line without marker, a count that does not come out, a cut word at the end) is left to the tolerant reader.
 */
import { HunkRecord } from './hunkRecord.ts';
import type { Problem } from './problem.ts';
import { isNoNewline } from './region.ts';
import type { HunkHeader, HunkLine, LineKind, ReviewComment } from './series.ts';
import type { SourceText } from './sourceText.ts';

export interface HunkPlace {
  readonly source: SourceText;
  readonly header: HunkHeader;
  /** The line with the `@@`. */
  readonly headerLine: number;
  /** First line behind the header. */
  readonly line: number;
  /** The hunk cannot reach beyond this line. */
  readonly endLine: number;
  readonly depth: number;
}

export interface HunkResult {
  readonly hunk: HunkRecord;
  readonly nextLine: number;
  readonly problems: readonly Problem[];
}

/** Lines at least this long may have been wrapped by a mail program. */
const WRAPPED_FROM = 58;

/** Reads the hunk if it is well formed; null otherwise. */
export function readStrictHunk(place: HunkPlace): HunkResult | null {
  const { source, header, depth, endLine } = place;
  const text = source.text;
  let oldLeft = header.oldCount;
  let newLeft = header.newCount;
  let line = place.line;
  let lastLine = place.line - 1;
  let commentRun = 0;
  const commentLines: number[] = [];
  while (oldLeft > 0 || newLeft > 0) {
    if (line >= endLine) return null;
    const start = depth === 0 ? source.lineStart(line) : source.contentStart(line, depth);
    if (start < 0) {
      if (source.line(line).trim().length > 0 && !/^[>\s]*$/.test(source.line(line))) {
        if (commentRun === 0 && mayBeTail(source, lastLine, line, depth)) return null;
        commentRun++;
        commentLines.push(line);
      }
      line++;
      continue;
    }
    commentRun = 0;
    const code = start >= source.lineEnd(line) ? 32 : text.charCodeAt(start);
    if (code === 32) {
      oldLeft--;
      newLeft--;
    } else if (code === 43) newLeft--;
    else if (code === 45) oldLeft--;
    else if (!isNoNewline(text, start)) return null;
    if (oldLeft < 0 || newLeft < 0) return null;
    lastLine = line;
    line++;
  }
  while (line < endLine && isNoNewline(source.text, contentOrEnd(source, line, depth))) {
    lastLine = line;
    line++;
  }
  if (line < endLine && looksUnfinished(source, line, lastLine, depth)) return null;
  const comments: ReviewComment[] = [];
  if (commentLines.length > 0) comments.push(...collectComments(place, lastLine + 1));
  const from = place.line;
  const until = lastLine + 1;
  const hunk = new HunkRecord({
    header,
    range: source.range(source.contentStart(place.headerLine, depth), source.lineEnd(lastLine)),
    how: 'strict',
    confidence: 1,
    repairs: [],
    comments,
    depth,
    lines: () => markedLines(source, from, until, depth, 1),
  });
  return { hunk, nextLine: until, problems: [] };
}

function contentOrEnd(source: SourceText, line: number, depth: number): number {
  const start = source.contentStart(line, depth);
  return start < 0 ? source.text.length : start;
}

/** True when the text behind a hunk whose counts are met still looks like a part of it. */
function looksUnfinished(source: SourceText, line: number, lastLine: number, depth: number): boolean {
  const start = source.contentStart(line, depth);
  if (start < 0) return mayBeTail(source, lastLine, line, depth);
  const end = source.lineEnd(line);
  if (start >= end) return false;
  const text = source.text.slice(start, Math.min(end, start + 200));
  switch (text.charCodeAt(0)) {
    case 43:
      return true;
    case 32:
      return text.trim() !== '' && depth > 0 ? false : text.trim() !== '' && !/^ \S/.test(text);
    case 45:
      return (
        !/^--(?:\s|$|-)/.test(text) ||
        (/^-- \S/.test(text) && !/^-- \d+\.\d/.test(text) && !blankBehind(source, line, depth))
      );
    default:
      if (/^(?:@@|diff |Index: |index |From |GIT |Binary |commit |\^ |\* |--)/.test(text)) return false;
      // Quoted text goes on only where the quoted mail goes on, and a patch ends with a signature or a blank line.
      return depth > 0 || mayBeTail(source, lastLine, line, depth);
  }
}

function blankBehind(source: SourceText, line: number, depth: number): boolean {
  return line + 2 >= source.lineCount || source.isBlank(line + 1, depth) || source.isBlank(line + 2, depth);
}

/** True when `line` may be the rest of `before`, cut off by a mail program: no gap between them, and its first word did not fit. */
function mayBeTail(source: SourceText, before: number, line: number, depth: number): boolean {
  if (line !== before + 1 || before < 0) return false;
  const text = source.line(before);
  const head = text.length + 7 * (text.split('\t').length - 1);
  const rest = source.line(line).replace(/^[>\s]+/, '');
  const word = /^\S*/.exec(rest)?.[0] ?? '';
  if (rest === '' || head + 1 + word.length < WRAPPED_FROM + 2 * depth || text.length > 130) return false;
  return rest.length < 60;
}

/** Lines with their markers taken at face value. */
export function markedLines(
  source: SourceText,
  from: number,
  until: number,
  depth: number,
  confidence: number,
): HunkLine[] {
  const lines: HunkLine[] = [];
  for (let line = from; line < until; line++) {
    const start = depth === 0 ? source.lineStart(line) : source.contentStart(line, depth);
    if (start < 0) continue;
    const end = source.lineEnd(line);
    const code = start >= end ? 32 : source.text.charCodeAt(start);
    if (code === 92) {
      const last = lines.pop();
      if (last !== undefined) lines.push({ ...last, noNewline: true });
      continue;
    }
    const kind: LineKind = code === 43 ? 'added' : code === 45 ? 'removed' : 'context';
    const marked = code === 43 || code === 45 || code === 32;
    const at = Math.min(end, marked ? start + 1 : start);
    lines.push({
      kind,
      text: source.text.slice(at, end),
      origins: source.origins(at, end, 0),
      confidence,
      noNewline: false,
    });
  }
  return lines;
}

/** The reviewer's lines between `place.line` and `until`, one comment per run. */
export function collectComments(place: HunkPlace, until: number): ReviewComment[] {
  const { source, depth } = place;
  const comments: ReviewComment[] = [];
  let afterLine = -1;
  let from = -1;
  let to = -1;
  const flush = (): void => {
    if (from < 0) return;
    const start = source.lineStart(from);
    const end = source.lineEnd(to);
    comments.push({
      range: source.range(start, end),
      text: source.text
        .slice(start, end)
        .split('\n')
        .map((text) => text.replace(/^[> ]+/, ''))
        .join('\n')
        .trim(),
      depth: source.depth(from),
      afterLine,
    });
    from = -1;
  };
  for (let line = place.line; line < until; line++) {
    const start = source.contentStart(line, depth);
    if (start >= 0) {
      flush();
      if (source.text.charCodeAt(start) !== 92) afterLine++;
    } else if (!/^[>\s]*$/.test(source.line(line))) {
      if (from < 0) from = line;
      to = line;
    }
  }
  flush();
  return comments;
}
