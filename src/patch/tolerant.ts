/**
 * Hunks that are not well formed.
 */
import { HunkRecord } from './hunkRecord.ts';
import type { TolerantReader } from './scan.ts';
import type { ReadOptions } from './series.ts';
import type { SourceText } from './sourceText.ts';
import { markedLines } from './strictHunk.ts';

export function tolerantReader(_document: SourceText, _options: ReadOptions): TolerantReader {
  return (place) => {
    const { source, depth } = place;
    let line = place.line;
    while (
      line < place.endLine &&
      /^[ +\-\\]/.test(source.text.slice(Math.max(0, source.contentStart(line, depth)), source.lineEnd(line) + 1))
    )
      line++;
    const until = line;
    const hunk = new HunkRecord({
      header: place.header,
      range: source.range(source.contentStart(place.headerLine, depth), source.lineEnd(until - 1)),
      how: 'marked',
      confidence: 0.3,
      repairs: [],
      comments: [],
      depth,
      lines: () => markedLines(source, place.line, until, depth, 0.3),
    });
    return { hunk, nextLine: until, problems: [] };
  };
}
