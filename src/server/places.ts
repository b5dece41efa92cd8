/** Turns the engine's document offsets into the ranges that editors use. Offsets beyond the text are cut, never thrown at. */
import type { Range } from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { TextRange } from '../patch/problem.ts';
import type { ViewPlace, ViewRange } from '../protocol/view.ts';
import type { Place } from '../report/finding.ts';

/** A range of the text; never empty unless the line is, so that there is something to underline. */
export function rangeOf(text: TextDocument, range: TextRange): Range {
  const start = text.positionAt(range.start);
  const end = text.positionAt(Math.max(range.start, range.end));
  if (start.line !== end.line || start.character !== end.character) return { start, end };
  return { start, end: text.positionAt(range.start + 1) };
}

/** The first range of a place in the document, or null when the place is not in it. */
export function firstRange(text: TextDocument, place: Place | null): Range | null {
  const first = place?.document[0];
  return first === undefined ? null : rangeOf(text, first);
}

/** A place as the panel shows it. */
export function viewPlace(text: TextDocument, place: Place): ViewPlace {
  return {
    ranges: place.document.map((range) => viewRange(rangeOf(text, range))),
    source: place.sourceFile === null || place.sourceLine === null ? null : `${place.sourceFile}:${place.sourceLine}`,
  };
}

function viewRange({ start, end }: Range): ViewRange {
  return {
    startLine: start.line,
    startCharacter: start.character,
    endLine: end.line,
    endCharacter: end.character,
  };
}
