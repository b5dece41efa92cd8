/**
 * The runs of adjacent lines a fragment consists of. Each is read on its own, so that a comment or literal cut at one end never swallows
 * the next run.
 */
import { type Lexed, lex } from './lexer.ts';
import type { SourceUnit } from './source.ts';

export interface Segment {
  readonly from: number;
  readonly to: number;
  /** Lines missing before it; null when nobody knows how many. */
  readonly missing: number | null;
  readonly heading: string | null;
}

/** Cuts a fragment at its holes. */
export function segmentsOf(unit: SourceUnit): readonly Segment[] {
  const cuts = (unit.holes ?? []).map((hole) => ({ at: hole.at, lines: hole.lines }));
  cuts.sort((a, b) => a.at - b.at);
  const segments: Segment[] = [];
  let from = 0;
  let missing: number | null = null;
  const push = (to: number): void => {
    if (to <= from) return;
    const start = from;
    const heading = unit.headings?.find((each) => each.at >= start && each.at < to)?.text.trim() ?? null;
    segments.push({ from, to, missing, heading: heading === '' ? null : heading });
  };
  for (const cut of cuts) {
    push(cut.at);
    if (cut.at > from || segments.length === 0) missing = cut.lines;
    from = cut.at;
  }
  push(unit.text.length);
  return segments;
}

/** Where the code of a segment begins: after the tail of a comment that was cut. */
function codeStart(text: string, segment: Segment): number {
  const part = text.slice(segment.from, segment.to);
  const close = part.indexOf('*/');
  const open = part.indexOf('/*');
  if (close >= 0 && (open < 0 || close < open)) {
    const quote = part.lastIndexOf('"', close);
    // `"*/"` in a string is no end of a comment.
    if (quote < 0 || part.slice(quote, close).includes('\n')) return segment.from + close + 2;
  }
  const inside = /^(?:[ \t]*\*(?=[ \t\r\n]|$)[^\n]*(?:\n|$))+/.exec(part);
  return segment.from + (inside?.[0].length ?? 0);
}

/** Lexes a fragment, segment by segment. */
export function lexSegments(unit: SourceUnit): Lexed {
  const tokens = [];
  const comments = [];
  for (const segment of segmentsOf(unit)) {
    const start = codeStart(unit.text, segment);
    if (start > segment.from) comments.push({ start: segment.from, end: start });
    const lexed = lex(unit.text, unit.id, start, segment.to);
    for (const token of lexed.tokens) tokens.push(token);
    for (const comment of lexed.comments) comments.push(comment);
  }
  return { tokens, comments, folds: new Map() };
}
