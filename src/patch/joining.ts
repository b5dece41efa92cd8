/**
 * Puts the pieces of a wrapped line together again: with a blank between them, or without one where the cut went through a word. Knows
 * the words of the document, since a word cut here usually stands whole somewhere else.
 */
import type { PhysicalLine } from './region.ts';
import type { Origin } from './series.ts';
import type { SourceText } from './sourceText.ts';

const MAX_TEXT = 4_000_000;

/** How often each identifier occurs in a document. */
export class WordCounts {
  readonly #text: string;
  #counts: Map<string, number> | null = null;

  constructor(text: string) {
    this.#text = text;
  }

  count(word: string): number {
    this.#counts ??= countWords(this.#text.slice(0, MAX_TEXT));
    return this.#counts.get(word) ?? 0;
  }
}

function countWords(text: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const word of text.match(/[A-Za-z_]\w*/g) ?? []) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

export interface JoinedLine {
  readonly text: string;
  readonly origins: readonly Origin[];
}

/** The text of physical lines `[from, to)` as one line. */
export function joinPieces(
  source: SourceText,
  lines: readonly PhysicalLine[],
  from: number,
  to: number,
  words: WordCounts,
  asContext: boolean,
): JoinedLine {
  const first = lines[from];
  if (first === undefined) return { text: '', origins: [] };
  // A sign at the head of a line of context is a part of its text.
  const sign = asContext && (first.marker === '+' || first.marker === '-');
  const start = sign ? first.rawStart - 1 : first.marker === '' ? first.start : first.rawStart;
  let text = source.text.slice(start, first.end);
  const origins = source.origins(start, first.end, 0);
  if (to <= from + 1) return { text, origins };
  let singleWord = !/\s/.test(first.body);
  for (let i = from + 1; i < to; i++) {
    const piece = lines[i];
    if (piece === undefined) break;
    // A tail that looks like an added line carries its `+` as an operator.
    const pieceStart = piece.marker === '+' || piece.marker === '-' ? piece.rawStart - 1 : piece.start;
    const body = source.text.slice(pieceStart, piece.end);
    if (text.trim() !== '' && !isCut(text, body, singleWord, i === from + 1, words)) text += ' ';
    origins.push(...source.origins(pieceStart, piece.end, text.length));
    text += body;
    singleWord = !/\s/.test(body);
  }
  return { text, origins };
}

/** Did the cut between `head` and `tail` go through a word? */
function isCut(head: string, tail: string, singleWord: boolean, first: boolean, words: WordCounts): boolean {
  if (/[\w)\]]-$/.test(head)) return /^[>\w]/.test(tail);
  const left = /[A-Za-z_]\w*$/.exec(head)?.[0] ?? '';
  const right = /^\w+/.exec(tail)?.[0] ?? '';
  if (left === '' || right === '') return false;
  // Only the first word of a line can be longer than what the line had left.
  if (singleWord && first && looksCut(head, left, right)) return true;
  const whole = words.count(left + right);
  if (whole === 0) return false;
  const alone = words.count(left);
  return singleWord ? whole >= alone - 2 || alone <= 2 : alone <= 1 && words.count(right) <= 2;
}

/** Two names in a row where C allows none: the head is one long word that the line's end went through. */
function looksCut(head: string, left: string, right: string): boolean {
  if (left.endsWith('_')) return true;
  if (/(?:->|\.|\(|&|!)$/.test(head.slice(0, head.length - left.length)))
    return !/^(?:struct|union|enum|const|unsigned)$/.test(left);
  return /^[A-Z][A-Z0-9_]{5,}$/.test(left) && /^[A-Z0-9_]+$/.test(right);
}
