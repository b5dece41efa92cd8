/**
 * The physical lines that a damaged hunk may consist of, and what the message around it tells about the damage: how wide it was
 * wrapped, whether leading blanks and blank lines survived. Says nothing about which line is which.
 */
import { startsFile } from './fileHeader.ts';
import { hunkHeaderAt } from './hunkHeader.ts';
import type { SourceText } from './sourceText.ts';
import type { HunkPlace } from './strictHunk.ts';

export type Marker = '+' | '-' | ' ' | '\\' | '';

/** One line of the mail below a hunk header. */
export interface PhysicalLine {
  readonly line: number;
  /** Offset behind the marker, before any blanks. */
  readonly rawStart: number;
  /** Offsets of the text without marker and outer blanks. */
  readonly start: number;
  readonly end: number;
  readonly marker: Marker;
  readonly body: string;
  /** Columns of everything behind the quote markers, tabs counted as eight. */
  readonly columns: number;
  /** Fewer quote markers than the hunk: a reviewer's words, or a tail that a mail program left unquoted. */
  readonly shallow: boolean;
}

export interface Region {
  readonly lines: readonly PhysicalLine[];
  /** Line on which the region ends: what follows is no part of the hunk. */
  readonly endLine: number;
  /** True when a header, a signature or a footer ends the region, so that everything before it belongs to the hunk. */
  readonly hardEnd: boolean;
}

/** What the text around a hunk says about how it was damaged. */
export interface Damage {
  /** Columns at which lines were broken; 0 when nothing was. */
  readonly wrapWidth: number;
  /** Leading white space is gone: a context line looks like any other text. */
  readonly stripped: boolean;
  /** Blank lines survived. */
  readonly blanksKept: boolean;
  /** Number of lines around that were certainly cut. */
  readonly tails: number;
}

const MAX_LINES = 1500;
const FOOTER = /^(?:\^ permalink|\^ +raw|next (?:prev )?(?:parent )?reply|_{20,}\s*$|More information about the )/;

/** Takes the lines that may belong to the hunk. */
export function regionOf(place: HunkPlace): Region {
  const { source, depth, endLine, header } = place;
  const most = Math.min(MAX_LINES, 4 * Math.min(header.oldCount + header.newCount, MAX_LINES) + 80);
  const lines: PhysicalLine[] = [];
  let at = place.line;
  for (; at < endLine; at++) {
    if (lines.length >= most) return { lines, endLine: at, hardEnd: false };
    const start = source.contentStart(at, depth);
    if (start < 0) {
      lines.push(physical(source, at, source.lineStart(at), true));
      continue;
    }
    const code = source.text.charCodeAt(start);
    if (code === 64 && /^@@@* -\d/.test(source.text.slice(start, start + 12))) break;
    if (code === 64 && hunkHeaderAt(source, at, endLine, depth) !== null) break;
    if ((code === 100 || code === 45 || code === 73) && startsFile(source, at, endLine, depth)) break;
    if (code === 45 && isSignature(source, at, endLine, depth)) break;
    if (FOOTER.test(source.text.slice(start, start + 60))) break;
    lines.push(physical(source, at, start, false));
  }
  return { lines: withoutOuterComment(lines), endLine: at, hardEnd: at < endLine || depth === 0 };
}

/** A reply's last words below the quote are no part of the region. */
function withoutOuterComment(lines: PhysicalLine[]): PhysicalLine[] {
  let last = lines.length;
  while (last > 0 && (lines[last - 1]?.shallow ?? false)) last--;
  // One shallow line may be the tail of the last line.
  return lines.slice(0, Math.min(lines.length, last + 1));
}

function isSignature(source: SourceText, line: number, endLine: number, depth: number): boolean {
  const text = source.text.slice(source.contentStart(line, depth), source.lineEnd(line));
  if (!/^-- ?$/.test(text)) return false;
  if (/^-- $/.test(text)) return true;
  for (let at = line + 1; at < Math.min(endLine, line + 3); at++) {
    const start = source.contentStart(at, depth);
    const next = start < 0 ? '' : source.text.slice(start, source.lineEnd(at));
    if (/^\d+\.\d+/.test(next)) return true;
    if (next.trim() !== '') return /^(?:\^ permalink|_{10,}|From )/.test(next);
  }
  return true;
}

function physical(source: SourceText, line: number, contentStart: number, shallow: boolean): PhysicalLine {
  const text = source.text;
  const end = source.lineEnd(line);
  let start = contentStart;
  if (shallow) while (start < end && /[> ]/.test(text.charAt(start))) start++;
  const marker = start >= end || shallow ? '' : markerOf(text, start);
  let from = marker === '' || text.charCodeAt(start) === 9 ? start : start + 1;
  const rawStart = from;
  let to = end;
  while (to > from && isBlank(text.charCodeAt(to - 1))) to--;
  while (from < to && isBlank(text.charCodeAt(from))) from++;
  return {
    line,
    rawStart: Math.min(rawStart, to),
    start: from,
    end: to,
    marker,
    body: text.slice(from, to),
    columns: columnsOf(text, contentStart, end),
    shallow,
  };
}

function markerOf(text: string, start: number): Marker {
  const first = text.charAt(start);
  // A context line that lost its blank but not its tabs.
  if (first === '\t') return ' ';
  if (first === '+' || first === '-' || first === ' ') return first;
  return isNoNewline(text, start) ? '\\' : '';
}

/** `\ No newline at end of file`, in whatever language; a lone backslash is the tail of a wrapped macro line. */
export function isNoNewline(text: string, at: number): boolean {
  return text.charCodeAt(at) === 92 && text.charCodeAt(at + 1) === 32 && text.charCodeAt(at + 2) > 64;
}

function isBlank(code: number): boolean {
  return code === 32 || code === 9;
}

function columnsOf(text: string, start: number, end: number): number {
  // Most damaged lines lost their tabs.
  if (!text.slice(start, end).includes('\t')) return Math.max(0, end - start);
  let columns = 0;
  for (let at = start; at < end; at++) columns = text.charCodeAt(at) === 9 ? (columns | 7) + 1 : columns + 1;
  return columns;
}

/** Looks at the lines of this depth around the hunk: from a little above it to the end of the message. */
export function damageOf(place: HunkPlace): Damage {
  const { source, depth } = place;
  const lengths: number[] = [];
  let tabs = 0;
  let blanks = 0;
  let indented = 0;
  let bare = 0;
  let marked = 0;
  const until = Math.min(place.endLine, place.line + 3000);
  for (let line = Math.max(0, place.headerLine - 40); line < until; line++) {
    const start = source.contentStart(line, depth);
    if (start < 0) continue;
    const end = source.lineEnd(line);
    const text = source.text.slice(start, Math.min(end, start + 400));
    if (line > place.line && FOOTER.test(text)) break;
    if (isBreakable(text)) lengths.push(2 * depth + end - start);
    if (line < place.line) continue;
    if (/^[ \t]*$/.test(text)) {
      blanks++;
      continue;
    }
    marked++;
    const code = text.charCodeAt(0);
    if (text.includes('\t', 1)) tabs++;
    if (code === 32 || code === 9) indented++;
    else if (code !== 43 && code !== 45 && code !== 64 && code !== 92) bare++;
  }
  const sorted = Int32Array.from(lengths).sort();
  const wrapWidth = sorted[Math.max(0, lengths.length - 1 - Math.floor(lengths.length / 100))] ?? 0;
  const stripped = tabs * 20 < marked && indented * 4 <= bare;
  return {
    wrapWidth: wrapWidth > 82 + 2 * depth ? 0 : Math.max(60, wrapWidth),
    stripped,
    blanksKept: blanks > 0,
    tails: wrapWidth > 82 + 2 * depth ? 0 : countTails(place, until, Math.max(60, wrapWidth)),
  };
}

/** A line that a mail program could have broken somewhere behind its first word. */
function isBreakable(text: string): boolean {
  return /^[+\- ]?\s*\S+\s+\S/.test(text);
}

/** Lines that can hardly be anything but the tail of the line above: it is as long as can be, and nobody ends a line of C like that. */
function countTails(place: HunkPlace, until: number, width: number): number {
  const { source, depth } = place;
  let count = 0;
  let before = '';
  let beforeLength = 0;
  for (let line = place.headerLine; line < until; line++) {
    const start = source.contentStart(line, depth);
    const text = start < 0 ? '' : source.text.slice(start, source.lineEnd(line));
    const word = /^\S*/.exec(text)?.[0] ?? '';
    const cut =
      /^(?:[+\-@]|[^*]*[({=])/.test(before) &&
      !/^[+-]?\s*(?:\*|\/[*/])/.test(before) &&
      /(?:\b(?:struct|enum|const|unsigned|int|void|static)|\w-|\s=|\([\w\s*]*\s\w+|->\w+\s*[-+]\s*\w+)$/.test(
        before.trimEnd(),
      );
    if (cut && !/^[+\-@]/.test(text) && text.trim() !== '' && beforeLength + 1 + word.length > width - 30) count++;
    before = text;
    beforeLength = 2 * depth + text.length;
  }
  return count;
}
