/**
 * Mails whose line ends are gone: the quote markers inside the one long line tell where lines began. Gives back a text with lines (and
 * the map to the document), in which quote depth is lost. Also takes single depths out of an ordinary mail, for code pasted into prose.
 */
import { PieceMap } from './pieceMap.ts';
import { SourceText } from './sourceText.ts';

/** A line this long with this many markers in it was several lines once. */
const LONG = 600;
const MARKERS = 6;
/** No mail is longer than this on one line; what is is no mail. */
const TOO_LONG = 1_000_000;
const MARKER = /(?:^|[ \t])((?:>[ \t]*)+)(?=[^>=\s]|$)/g;

/** True when lines `[line, endLine)` hold a mail that was flattened to one line or few. */
export function isFlattened(source: SourceText, line: number, endLine: number): boolean {
  for (let at = line; at < endLine; at++) {
    const length = source.lineEnd(at) - source.lineStart(at);
    if (length < LONG || length > TOO_LONG) continue;
    const text = source.line(at).slice(0, 200_000);
    if ((text.match(/ > /g)?.length ?? 0) >= MARKERS) return true;
  }
  return false;
}

/** The lines of a flattened mail. */
export function unflatten(source: SourceText, line: number, endLine: number): SourceText {
  const builder = new LineBuilder(source);
  for (let at = line; at < endLine; at++) {
    const start = source.lineStart(at);
    const text = source.line(at);
    let from = 0;
    let open = 0;
    for (const match of text.matchAll(MARKER)) {
      const index = match.index + (match[0].length - (match[1] ?? '').length);
      const piece = text.slice(from, index);
      open = conditionDepth(piece, open);
      // `a > b` inside a condition is a comparison, not the beginning of a line.
      if (
        open > 0 &&
        /[\w)\]]\s*$/.test(piece) &&
        (match[1] ?? '').trim() === '>' &&
        /^[\w(&*]/.test(text.slice(index + (match[1] ?? '').length))
      ) {
        continue;
      }
      builder.line(start + from, start + index);
      from = index + (match[1] ?? '').length;
    }
    builder.line(start + from, start + text.length);
  }
  return builder.build();
}

/** Depth of open parentheses of an `if`/`while` condition at the end of a piece of code; 0 outside of one. */
function conditionDepth(piece: string, before: number): number {
  let depth = before;
  for (let i = 0; i < piece.length; i++) {
    const char = piece.charAt(i);
    if (char === '(') {
      if (depth > 0) depth++;
      else if (/\b(?:if|while|for|WARN_ON|BUG_ON)\s*$/.test(piece.slice(Math.max(0, i - 12), i))) depth = 1;
    } else if (char === ')' && depth > 0) depth--;
    else if (char === '{' || char === '}') depth = 0;
  }
  return depth;
}

/** The lines of one quote depth, without their markers; a gap between them becomes a blank line. */
export function linesOfDepth(source: SourceText, line: number, endLine: number, depth: number): SourceText {
  const builder = new LineBuilder(source);
  for (let at = line; at < endLine; at++) {
    if (source.depth(at) !== depth) continue;
    const start = source.contentStart(at, depth);
    if (start >= 0) builder.line(start, source.lineEnd(at));
  }
  return builder.build();
}

/** Puts pieces of a source below each other. */
class LineBuilder {
  readonly #source: SourceText;
  readonly #map = new PieceMap();
  readonly #texts: string[] = [];
  #length = 0;

  constructor(source: SourceText) {
    this.#source = source;
  }

  line(start: number, end: number): void {
    const text = this.#source.text.slice(start, end);
    for (const origin of this.#source.origins(start, end, this.#length)) {
      this.#map.add(origin.at, origin.length, origin.start, origin.end - origin.start);
    }
    this.#texts.push(text, '\n');
    this.#length += text.length + 1;
  }

  build(): SourceText {
    return new SourceText(this.#texts.join(''), this.#map);
  }
}
