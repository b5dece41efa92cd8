/**
 * Recognises the same hunk quoted further down a thread, and lays a quote over its original character by character although blanks
 * were lost and lines wrapped on the way.
 */
import type { HunkRecord } from './hunkRecord.ts';
import type { PieceMap } from './pieceMap.ts';
import type { Hunk, HunkLine, Origin, PostLine } from './series.ts';

/** One hunk and where it stands; `message` is a number that grows through the document. */
export interface QuotedHunk {
  readonly hunk: HunkRecord;
  readonly path: string;
  readonly message: number;
  /** Messages that this one answers, nearest first. */
  readonly ancestors: readonly number[];
  readonly messageId: string | null;
}

/** More originals with the same numbers than this are not looked at: a hostile document must not cost a square. */
const MAX_CANDIDATES = 8;
const SAME = 0.6;

/** Sets `duplicateOf` and `duplicates`. Hunks come in document order. */
export function linkQuotes(hunks: readonly QuotedHunk[]): void {
  const byNumbers = new Map<string, QuotedHunk[]>();
  const ordered = [...hunks].sort((a, b) => a.hunk.depth - b.hunk.depth || a.message - b.message);
  for (const candidate of ordered) {
    const { header } = candidate.hunk;
    const key = `${header.oldStart},${header.oldCount},${header.newStart},${header.newCount}`;
    const known = byNumbers.get(key);
    if (known === undefined) {
      byNumbers.set(key, [candidate]);
      continue;
    }
    const original = originalOf(candidate, known);
    if (original === null) {
      if (known.length < 4 * MAX_CANDIDATES) known.push(candidate);
      continue;
    }
    candidate.hunk.duplicateOf = original.hunk;
    original.hunk.duplicates.push(candidate.hunk);
    // Two copies that were damaged differently and read the same: each vouches for the other.
    if (candidate.hunk.confidence !== original.hunk.confidence && sameTokens(candidate.hunk, original.hunk)) {
      const confidence = Math.max(candidate.hunk.confidence, original.hunk.confidence);
      candidate.hunk.confidence = confidence;
      original.hunk.confidence = confidence;
    }
  }
  for (const { hunk } of hunks) hunk.duplicates.sort((a, b) => a.range.start - b.range.start);
}

function originalOf(quote: QuotedHunk, known: readonly QuotedHunk[]): QuotedHunk | null {
  let best: QuotedHunk | null = null;
  let bestRank = 0;
  let looked = 0;
  for (let i = known.length - 1; i >= 0 && looked < MAX_CANDIDATES; i--) {
    const original = known[i];
    if (original === undefined) continue;
    if (original.path !== quote.path && original.path !== '' && quote.path !== '') continue;
    const sameMail =
      quote.messageId !== null && original.messageId === quote.messageId && original.message !== quote.message;
    if (original.hunk.depth >= quote.hunk.depth && !sameMail && quote.hunk.depth === 0) continue;
    looked++;
    if (overlap(quote.hunk, original.hunk) < SAME) continue;
    const ancestor = quote.ancestors.indexOf(original.message);
    const rank = (ancestor >= 0 ? 1000 - Math.min(ancestor, 500) : 0) + (original.message <= quote.message ? 10 : 1);
    if (rank > bestRank) {
      bestRank = rank;
      best = original;
    }
  }
  return best;
}

/** Share of the quote's changed lines that the original has too; a quote may be trimmed, so only one direction counts. */
function overlap(quote: Hunk, original: Hunk): number {
  const theirs = new Set(
    original.lines.filter((line) => line.kind !== 'context').map((line) => line.kind + bare(line.text)),
  );
  let total = 0;
  let found = 0;
  for (const line of quote.lines) {
    if (line.kind === 'context') continue;
    total++;
    if (theirs.has(line.kind + bare(line.text))) found++;
  }
  return total === 0 ? 1 : found / total;
}

function sameTokens(one: Hunk, other: Hunk): boolean {
  const text = (hunk: Hunk): string =>
    hunk.lines.map((line) => (line.text === '' ? '' : line.kind + bare(line.text))).join('');
  return text(one) === text(other);
}

function bare(text: string): string {
  return text.replace(/\s+/g, '');
}

/** Adds pieces that lead from the original's text (its lines at `places`) to the quote's document ranges. */
export function alignQuote(map: PieceMap, lines: readonly HunkLine[], places: readonly PostLine[], quote: Hunk): void {
  const theirs = quote.lines.filter((line) => line.kind !== 'removed');
  const bareTheirs = theirs.map((line) => bare(line.text));
  const pieces: Origin[] = [];
  let from = 0;
  lines.forEach((line, i) => {
    const place = places[i];
    const wanted = bare(line.text);
    if (place === undefined || wanted === '') return;
    for (let j = from; j < theirs.length && j < from + 60; j++) {
      const other = theirs[j];
      if (other === undefined || bareTheirs[j] !== wanted) continue;
      pieces.push(...alignLine(line.text, place.start, other));
      from = j + 1;
      return;
    }
  });
  for (const piece of pieces) map.add(piece.at, piece.length, piece.start, piece.end - piece.start);
}

/** Pieces that lead from `text` (at `start`) to the same text elsewhere, word by word: only the blanks between words may differ. */
export function alignLine(text: string, start: number, other: Pick<HunkLine, 'text' | 'origins'>): Origin[] {
  const places: number[] = [];
  for (const origin of other.origins) {
    const linear = origin.length === origin.end - origin.start;
    for (let i = 0; i < origin.length; i++) places[origin.at + i] = linear ? origin.start + i : origin.start;
  }
  const result: Origin[] = [];
  /** The piece that may still grow: where it begins in both texts, and how long it is. */
  let here = 0;
  let there = 0;
  let length = 0;
  let at = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if ((code <= 32 || code > 127) && isSpace(code)) continue;
    while (other.text.charCodeAt(at) !== code && isSpace(other.text.charCodeAt(at))) at++;
    const place = places[at];
    at++;
    if (place === undefined) continue;
    if (length > 0 && there + length === place && here + length === start + i) {
      length++;
      continue;
    }
    if (length > 0) result.push({ at: here, length, start: there, end: there + length });
    here = start + i;
    there = place;
    length = 1;
  }
  if (length > 0) result.push({ at: here, length, start: there, end: there + length });
  return result;
}

/** What `\s` matches. */
function isSpace(code: number): boolean {
  return code <= 32 ? code === 32 || (code >= 9 && code <= 13) : code >= 160 && /\s/.test(String.fromCharCode(code));
}
