/**
 * The `@@ -a,b +c,d @@ heading` line of a hunk, also when a mail program broke it before its second `@@`.
 */
import type { HunkHeader } from './series.ts';
import type { SourceText } from './sourceText.ts';

const HEADER = /^@@ +-(\d{1,12})(?:,(\d{1,12}))? +\+(\d{1,12})(?:,(\d{1,12}))? +@@(.*)$/;

export interface FoundHeader {
  readonly header: HunkHeader;
  /** First line behind the header. */
  readonly nextLine: number;
}

/** The hunk header on `line` at `depth`; null when there is none. */
export function hunkHeaderAt(source: SourceText, line: number, endLine: number, depth: number): FoundHeader | null {
  const start = source.contentStart(line, depth);
  if (start < 0 || source.text.charCodeAt(start) !== 64 || source.text.charCodeAt(start + 1) !== 64) return null;
  const end = source.lineEnd(line);
  const own = source.text.slice(start, Math.min(end, start + 2000));
  let match = HEADER.exec(own);
  let nextLine = line + 1;
  let rangeEnd = end;
  if (match === null && /^@@ +-\d/.test(own) && line + 1 < endLine) {
    const next = source.contentStart(line + 1, depth);
    if (next < 0) return null;
    match = HEADER.exec(`${own.trimEnd()} ${source.text.slice(next, source.lineEnd(line + 1))}`);
    nextLine = line + 2;
    rangeEnd = source.lineEnd(line + 1);
  }
  if (match === null) return null;
  return {
    header: {
      oldStart: Number(match[1]),
      oldCount: match[2] === undefined ? 1 : Number(match[2]),
      newStart: Number(match[3]),
      newCount: match[4] === undefined ? 1 : Number(match[4]),
      heading: (match[5] ?? '').trim(),
      range: source.range(start, rangeEnd),
    },
    nextLine,
  };
}
