/**
 * A text to be read line by line, with the way back to the document: either the document itself, or the decoded body of a MIME part.
 * Knows lines and quote markers, nothing about diffs.
 */
import type { PieceMap } from './pieceMap.ts';
import type { TextRange } from './problem.ts';
import type { Origin } from './series.ts';

const NEWLINE = 10;
const RETURN = 13;
const BLANK = 32;
const TAB = 9;
const QUOTE = 62;

/** Deeper quoting than this is taken as text: no thread is that deep, and a hostile line must not cost more than its length. */
export const MAX_DEPTH = 64;

/**
 * Replaces characters that only look like blanks by blanks, and characters that were lost where a line is indented, or several
 * together: a reply in an older charset indents with no-break spaces. Lengths stay, so every offset keeps its meaning.
 */
export function withPlainBlanks(text: string): string {
  const read = text.includes('\ufffd')
    ? text.replace(/^[> \t+\-*\u00a0\ufffd]*\ufffd|\ufffd{2,}/gm, (lost) => lost.replaceAll('\ufffd', ' '))
    : text;
  if (!/[\u00a0\u2007\u202f\ufeff]/.test(read)) return read;
  return read.replace(/[\u00a0\u2007\u202f\ufeff]/g, ' ');
}

export class SourceText {
  readonly text: string;
  /** Offset of each line's start. Counted first: a document may be fifty megabytes of empty lines. */
  readonly #starts: Int32Array;
  readonly #map: PieceMap | null;

  /** `map` leads from `text` to the document; null when `text` is the document. */
  constructor(text: string, map: PieceMap | null = null) {
    this.text = withPlainBlanks(text);
    this.#map = map;
    let count = 0;
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count++;
    if (text.length === 0 || text.charCodeAt(text.length - 1) !== NEWLINE) count++;
    this.#starts = new Int32Array(count);
    for (let line = 1, at = 0; line < count; line++) {
      at = text.indexOf('\n', at) + 1;
      this.#starts[line] = at;
    }
  }

  get lineCount(): number {
    return this.#starts.length;
  }

  lineStart(line: number): number {
    return this.#starts[line] ?? this.text.length;
  }

  /** Without the line end (`\n` or `\r\n`). */
  lineEnd(line: number): number {
    const text = this.text;
    const next = this.#starts[line + 1];
    let end = next === undefined ? text.length : next - 1;
    if (next === undefined && text.charCodeAt(end - 1) === NEWLINE) end--;
    while (text.charCodeAt(end - 1) === RETURN && end > this.lineStart(line)) end--;
    return end;
  }

  line(line: number): string {
    return this.text.slice(this.lineStart(line), this.lineEnd(line));
  }

  /** The line that holds an offset. */
  lineAt(offset: number): number {
    const starts = this.#starts;
    let low = 0;
    let high = starts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 1);
  }

  /** One document range that spans `[start, end)` of this text. */
  range(start: number, end: number): TextRange {
    if (this.#map === null) return { start, end };
    const ranges = this.#map.toDocument(start, end);
    const first = ranges[0];
    const last = ranges.at(-1);
    if (first === undefined || last === undefined) {
      const near = this.#map.toDocument(Math.max(0, start - 1), start).at(-1);
      return near === undefined ? { start: 0, end: 0 } : { start: near.end, end: near.end };
    }
    return { start: first.start, end: Math.max(first.start, last.end) };
  }

  /** The document ranges of `[start, end)`, each with its place in a text in which `start` stands at `at`. */
  origins(start: number, end: number, at: number): Origin[] {
    if (this.#map === null) return end > start ? [{ start, end, at, length: end - start }] : [];
    const origins: Origin[] = [];
    this.#map.forEachPiece(start, end, (text, document) => {
      const offset = at + text.start - start;
      const length = text.end - text.start;
      origins.push({ start: document.start, end: document.end, at: offset, length });
    });
    return origins;
  }

  /** Number of `>` markers at the head of a line, at most `MAX_DEPTH`. */
  depth(line: number): number {
    const text = this.text;
    let at = this.lineStart(line);
    let depth = 0;
    while (depth < MAX_DEPTH) {
      const code = text.charCodeAt(at);
      if (code === QUOTE) {
        depth++;
        at++;
      } else if (code === BLANK && text.charCodeAt(at + 1) === QUOTE) {
        at++;
      } else break;
    }
    return depth;
  }

  /** Offset of a line's text behind `depth` markers and the one blank that goes with the last; -1 when it has fewer markers. */
  contentStart(line: number, depth: number): number {
    const text = this.text;
    let at = this.#starts[line] ?? text.length;
    if (depth === 0) return at;
    // None of this reaches beyond the line: it ends with neither a blank nor a marker.
    for (let seen = 0; seen < depth; seen++) {
      while (text.charCodeAt(at) === BLANK && text.charCodeAt(at + 1) === QUOTE) at++;
      if (text.charCodeAt(at) !== QUOTE) return -1;
      at++;
    }
    return text.charCodeAt(at) === BLANK ? at + 1 : at;
  }

  /** True when nothing but blanks stands behind `depth` markers. */
  isBlank(line: number, depth: number): boolean {
    const from = this.contentStart(line, depth);
    if (from < 0) return false;
    const end = this.lineEnd(line);
    for (let at = from; at < end; at++) {
      const code = this.text.charCodeAt(at);
      if (code !== BLANK && code !== TAB) return false;
    }
    return true;
  }
}
