/**
 * An edit of the code as an edit of the mail that carries it: changed `+` lines stay `+`, a changed context line becomes `-` and `+`, new
 * lines are added with the quote marks of their neighbours, and the counts in the hunk headers stay right, so that the patch still applies.
 * Refuses (null) where the text was damaged on its way: there is no telling what an edit would do.
 */
import type { TextRange } from './problem.ts';
import type { FilePatch, Hunk, PostImage, ReadDocument } from './series.ts';

/**
 * In offsets of a post-image's text: a change within one line, or new lines before one (at its start, text ending in a newline) or behind it
 * (at its end, text beginning with one).
 */
export interface CodeEdit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** In offsets of the document. */
export interface DocumentEdit {
  readonly range: TextRange;
  readonly text: string;
}

interface Line {
  readonly start: number;
  readonly end: number;
  readonly added: boolean;
}

/**
 * @param text the document
 * @param edits not overlapping, in any order
 * @returns edits of the document in text order, or null when they cannot be made safely
 */
export function documentEdits(
  text: string,
  document: ReadDocument,
  image: PostImage,
  edits: readonly CodeEdit[],
): readonly DocumentEdit[] | null {
  const lines = linesOf(image);
  const byLine = new Map<Line, CodeEdit[]>();
  for (const edit of edits) {
    const line = lines.findLast(({ start }) => start <= edit.start);
    if (line === undefined || edit.end > line.end) return null;
    byLine.set(line, [...(byLine.get(line) ?? []), edit]);
  }
  const made: DocumentEdit[] = [];
  const grown = new Map<Hunk, number>();
  for (const [line, own] of byLine) {
    const place = documentLine(text, image, line);
    if (place === null) return null;
    const old = image.text.slice(line.start, line.end);
    const before = own.filter((edit) => edit.text.endsWith('\n')).flatMap((edit) => edit.text.slice(0, -1).split('\n'));
    const behind = own.filter((edit) => edit.text.startsWith('\n')).flatMap((edit) => edit.text.slice(1).split('\n'));
    const fresh = own
      .filter((edit) => !edit.text.includes('\n'))
      .toSorted((a, b) => b.start - a.start)
      .reduce(
        (sofar, edit) => sofar.slice(0, edit.start - line.start) + edit.text + sofar.slice(edit.end - line.start),
        old,
      );
    if (image.patch === null) {
      made.push({
        range: { start: place.start, end: place.end },
        text: [...before, fresh, ...behind].join('\n'),
      });
      continue;
    }
    const hunk = hunkAt(document, place.start);
    if (hunk === null || hunk.how !== 'strict' || hunk.repairs.length > 0) return null;
    const marked = line.added ? [`+${fresh}`] : fresh === old ? [` ${old}`] : [`-${old}`, `+${fresh}`];
    made.push({
      range: { start: place.start, end: place.end },
      text: [...before.map(added), ...marked, ...behind.map(added)].join(`\n${place.quote}`),
    });
    grown.set(hunk, (grown.get(hunk) ?? 0) + before.length + behind.length);
  }
  const headers = headerEdits(text, document, grown);
  return headers === null ? null : [...made, ...headers].toSorted((a, b) => a.range.start - b.range.start);
}

function added(line: string): string {
  return `+${line}`;
}

function linesOf(image: PostImage): Line[] {
  if (image.lines.length > 0)
    return image.lines.map(({ start, kind }) => ({ start, end: lineEnd(image.text, start), added: kind === 'added' }));
  const lines: Line[] = [];
  for (let start = 0; start < image.text.length; ) {
    const end = lineEnd(image.text, start);
    lines.push({ start, end, added: false });
    start = end + 1;
  }
  return lines;
}

function lineEnd(text: string, start: number): number {
  const at = text.indexOf('\n', start);
  return at < 0 ? text.length : at;
}

/** The line in the document from its marker on, and the quote marks before it; null when it is not there in one piece. */
function documentLine(
  text: string,
  image: PostImage,
  line: Line,
): { readonly start: number; readonly end: number; readonly quote: string } | null {
  const pieces = image.toDocument({ start: line.start, end: line.end });
  const [piece] = pieces;
  if (piece === undefined || pieces.length > 1) return null;
  const code = image.text.slice(line.start, line.end);
  if (text.slice(piece.start, piece.end) !== code) return null;
  const lineStart = text.lastIndexOf('\n', piece.start - 1) + 1;
  if (image.patch === null) return { start: piece.start, end: piece.end, quote: '' };
  const marker = piece.start - 1;
  if (marker < lineStart || text[marker] !== (line.added ? '+' : ' ')) return null;
  return { start: marker, end: piece.end, quote: text.slice(lineStart, marker) };
}

function filesOf(document: ReadDocument): readonly FilePatch[] {
  return document.series.flatMap(({ patches }) => patches.flatMap(({ files }) => files));
}

function hunkAt(document: ReadDocument, offset: number): Hunk | null {
  for (const file of filesOf(document))
    for (const hunk of file.hunks) if (hunk.range.start <= offset && offset < hunk.range.end) return hunk;
  return null;
}

/** New counts of the hunks that grew, and new starts of those behind them in the same file. */
function headerEdits(
  text: string,
  document: ReadDocument,
  grown: ReadonlyMap<Hunk, number>,
): readonly DocumentEdit[] | null {
  const made: DocumentEdit[] = [];
  for (const file of filesOf(document)) {
    let shift = 0;
    for (const hunk of file.hunks) {
      const more = grown.get(hunk) ?? 0;
      if (more > 0 || shift > 0) {
        const { range } = hunk.header;
        const match = /@@ -\d+(?:,\d+)? \+(\d+(?:,\d+)?) @@/.exec(text.slice(range.start, range.end));
        if (match?.[1] === undefined) return null;
        const start = range.start + match.index + match[0].lastIndexOf(match[1]);
        made.push({
          range: { start, end: start + match[1].length },
          text: `${hunk.header.newStart + shift},${hunk.header.newCount + more}`,
        });
      }
      shift += more;
    }
  }
  return made;
}
