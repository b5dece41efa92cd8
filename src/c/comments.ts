/**
 * Comments of a unit, and the kernel-doc block that belongs to a declaration: what stands directly before it. The text is handed over as
 * written; reading `Context:` and `Return:` in it is the business of `contracts/`.
 */
import { lex } from './lexer.ts';
import { lexSegments } from './segments.ts';
import type { SourceUnit, Span } from './source.ts';

export interface UnitComment {
  readonly at: Span;
  readonly text: string;
  /** It opens with two stars. */
  readonly isDoc: boolean;
}

/** All comments of a unit, in order. */
export function commentsOf(unit: SourceUnit): readonly UnitComment[] {
  const { comments } = unit.fragment ? lexSegments(unit) : lex(unit.text, unit.id, 0, unit.text.length, true, true);
  return comments.map(({ start, end }) => {
    const text = unit.text.slice(start, end);
    return { at: { unit: unit.id, start, end }, text, isDoc: /^\/\*\*(?![*/])/.test(text) };
  });
}

/** The lines of a comment without its frame of stars. */
export function commentLines(comment: UnitComment): readonly { readonly text: string; readonly start: number }[] {
  const out: { text: string; start: number }[] = [];
  let at = comment.at.start;
  for (const line of comment.text.split('\n')) {
    const frame = /^[ \t]*(?:\/\*\*?|\/\/|\*(?!\/))?[ \t]?/.exec(line)?.[0].length ?? 0;
    const inner = line
      .slice(frame)
      .replace(/[ \t]*\*\/[ \t\r]*$/, '')
      .trimEnd();
    out.push({ text: inner, start: at + frame });
    at += line.length + 1;
  }
  return out;
}

/**
 * The documentation of what stands at `place` (a function's or member's `at`): the last doc comment before it with nothing between but its
 * own specifiers. `comments` are those of the same unit.
 */
export function docBefore(unit: SourceUnit, comments: readonly UnitComment[], place: Span): UnitComment | null {
  let low = 0;
  let high = comments.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((comments[middle]?.at.end ?? 0) <= place.start) low = middle + 1;
    else high = middle;
  }
  for (let i = low - 1; i >= 0; i--) {
    const comment = comments[i];
    if (comment === undefined) break;
    const between = unit.text.slice(comment.at.end, place.start).replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, ' ');
    if (/[;{}]|^\s*#/m.test(between)) return null;
    if (comment.isDoc) return comment;
  }
  return null;
}
