/**
 * Walks one message's body and finds the file patches and hunks in it, at whatever quote depth they stand. Strict reading first; a hunk
 * that is not well formed goes to the tolerant reader.
 */
import { type FileHeader, readFileHeader, startsFile } from './fileHeader.ts';
import { hunkHeaderAt } from './hunkHeader.ts';
import type { HunkRecord } from './hunkRecord.ts';
import type { Problem } from './problem.ts';
import type { FilePatch } from './series.ts';
import type { SourceText } from './sourceText.ts';
import { type HunkPlace, type HunkResult, readStrictHunk } from './strictHunk.ts';

/** A file patch while its hunks are still being found. */
export interface ScannedFile extends Omit<FilePatch, 'hunks'> {
  readonly hunks: HunkRecord[];
}

export interface ScannedBody {
  readonly files: readonly ScannedFile[];
  readonly problems: readonly Problem[];
  /** Line ranges `[from, to)` that belong to diffs; everything else is prose. */
  readonly used: readonly { readonly from: number; readonly to: number }[];
  /** First line of the page's footer or the body's end. */
  readonly endLine: number;
}

/** Reads a hunk that is not well formed. Bound to one document by the caller. */
export type TolerantReader = (place: HunkPlace, file: FilePatch) => HunkResult;

interface OpenFile {
  file: ScannedFile;
  end: number;
}

/** Finds the diffs in lines `[line, endLine)`. */
export function scanBody(source: SourceText, line: number, endLine: number, tolerant: TolerantReader): ScannedBody {
  const problems: Problem[] = [];
  const used: { from: number; to: number }[] = [];
  const files: OpenFile[] = [];
  const open = new Map<number, OpenFile>();
  const begin = (header: FileHeader | null, at: number, depth: number): OpenFile => {
    const range = source.range(source.contentStart(at, depth), source.lineEnd((header?.nextLine ?? at + 1) - 1));
    const entry: OpenFile = { file: fileOf(header, depth, range), end: range.end };
    files.push(entry);
    open.set(depth, entry);
    return entry;
  };
  let at = line;
  for (; at < endLine; ) {
    const lineStart = source.lineStart(at);
    const first = source.text.charCodeAt(lineStart);
    const depth = first === 62 || first === 32 ? source.depth(at) : 0;
    const start = depth === 0 ? lineStart : source.contentStart(at, depth);
    const code = start < source.lineEnd(at) ? source.text.charCodeAt(start) : 0;
    if (code === 94 && /^\^ permalink|^\^ +raw/.test(source.line(at))) break;
    if (code === 110 && depth === 0 && /^next (?:prev )?(?:parent )?reply\b/.test(source.line(at))) break;
    if (code === 64 && source.text.startsWith('@@', start)) {
      const found = hunkHeaderAt(source, at, endLine, depth);
      if (found !== null) {
        const target = open.get(depth) ?? begin(null, at, depth);
        const place: HunkPlace = {
          source,
          header: found.header,
          headerLine: at,
          line: found.nextLine,
          endLine,
          depth,
        };
        const result = readStrictHunk(place) ?? tolerant(place, target.file);
        target.file.hunks.push(result.hunk);
        target.end = Math.max(target.end, result.hunk.range.end);
        problems.push(...result.problems);
        used.push({ from: at, to: result.nextLine });
        at = Math.max(at + 1, result.nextLine);
        continue;
      }
      if (/^@@@+ -\d/.test(source.text.slice(start, start + 12))) {
        at = skipCombined(source, at, endLine, depth, problems);
        const target = open.get(depth);
        if (target !== undefined) target.file = { ...target.file, combined: true };
        continue;
      }
      if (/^@@ -\d/.test(source.text.slice(start, start + 8))) {
        problems.push({
          code: 'bad-hunk-header',
          severity: 'error',
          message: 'This hunk header cannot be read; the lines below it are left out',
          range: source.range(start, source.lineEnd(at)),
        });
      }
    } else if ((code === 100 || code === 45 || code === 73) && startsFile(source, at, endLine, depth)) {
      const header = readFileHeader(source, at, endLine, depth);
      begin(header, at, depth);
      used.push({ from: at, to: header.nextLine });
      at = header.nextLine;
      continue;
    } else if ((code === 71 || code === 66) && open.has(depth)) {
      const text = source.text.slice(start, Math.min(source.lineEnd(at), start + 300));
      if (text.startsWith('GIT binary patch') || /^Binary files .* differ/.test(text)) {
        const until = text.startsWith('GIT') ? skipBinary(source, at + 1, endLine, depth) : at + 1;
        const target = open.get(depth);
        if (target !== undefined) target.file = { ...target.file, binary: true };
        problems.push({
          code: 'binary-patch',
          severity: 'note',
          message: `Binary content of ${target?.file.path ?? 'a file'} is left out`,
          range: source.range(start, source.lineEnd(until - 1)),
        });
        used.push({ from: at, to: until });
        at = until;
        continue;
      }
    }
    at++;
  }
  for (const entry of files) {
    if (entry.file.path === '' && entry.file.hunks.length > 0) {
      problems.push({
        code: 'hunk-without-file',
        severity: 'warning',
        message: 'No file header stands above this hunk; its path is not known',
        range: entry.file.headerRange,
      });
    }
  }
  return {
    files: files.map(({ file, end }) => ({ ...file, range: { start: file.range.start, end } })),
    problems,
    used,
    endLine: at,
  };
}

function fileOf(header: FileHeader | null, depth: number, range: { start: number; end: number }): ScannedFile {
  return {
    path: header?.path ?? '',
    oldPath: header?.oldPath ?? null,
    newPath: header?.newPath ?? null,
    change: header?.change ?? 'modified',
    oldMode: header?.oldMode ?? null,
    newMode: header?.newMode ?? null,
    similarity: header?.similarity ?? null,
    preBlob: header?.preBlob ?? null,
    postBlob: header?.postBlob ?? null,
    binary: false,
    combined: header?.combined ?? false,
    hunks: [],
    depth,
    headerRange: range,
    range,
  };
}

/** Steps over a merge's hunk, which shows several pre-images at once. */
function skipCombined(source: SourceText, line: number, endLine: number, depth: number, problems: Problem[]): number {
  const start = source.contentStart(line, depth);
  problems.push({
    code: 'combined-diff',
    severity: 'warning',
    message: 'A combined diff of a merge is not supported; this hunk is left out',
    range: source.range(start, source.lineEnd(line)),
  });
  let at = line + 1;
  for (; at < endLine; at++) {
    const from = source.contentStart(at, depth);
    if (from < 0) break;
    if (from < source.lineEnd(at) && !/^[ +\-\\]/.test(source.text.charAt(from))) break;
  }
  return at;
}

/** Behind `GIT binary patch` come one or two blocks, each ended by a blank line. */
function skipBinary(source: SourceText, line: number, endLine: number, depth: number): number {
  let at = line;
  while (at < endLine) {
    const start = source.contentStart(at, depth);
    if (start < 0) return at;
    const text = source.text.slice(start, source.lineEnd(at));
    if (!/^(?:literal|delta) \d+/.test(text)) return at;
    at++;
    while (at < endLine && !source.isBlank(at, depth)) {
      if (
        /^(?:diff --git |-- $)/.test(source.text.slice(Math.max(0, source.contentStart(at, depth)), source.lineEnd(at)))
      )
        return at;
      at++;
    }
    while (at < endLine && source.isBlank(at, depth)) at++;
  }
  return at;
}
