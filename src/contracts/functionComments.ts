/**
 * The comments that speak of a function: what stands directly above its definition or a declaration of it, and what its body begins with.
 * Where they stand is all that is decided here; what they say is read by others.
 */
import type { FunctionSymbol, Program } from '../c/ir.ts';
import type { Span } from '../c/source.ts';

/** How far above a function its comment is looked for: kernel-doc of a page or two. */
const REACH = 8000;
/** Of a head: types, name, parameters, up to the brace. */
const HEAD = 1200;

/** Comments of one function, in source order. */
export function commentsOfFunction(program: Program, symbol: FunctionSymbol): readonly Span[] {
  const spans: Span[] = [];
  for (const { at } of declarationsOf(program, symbol)) {
    const text = at === null ? undefined : program.units[at.unit]?.text;
    if (at === null || text === undefined) continue;
    const above = commentAbove(text, at.start);
    if (above !== null) spans.push({ unit: at.unit, ...above });
    const first = commentInside(text, at.start);
    if (first !== null) spans.push({ unit: at.unit, ...first });
  }
  return spans;
}

/** The symbol itself, and declarations of it that stand elsewhere. */
function declarationsOf(program: Program, symbol: FunctionSymbol): readonly FunctionSymbol[] {
  if (symbol.isStatic) return [symbol];
  const named = program.functions.filter((each) => each.name === symbol.name && !each.isStatic);
  return [...new Set([symbol, ...named])];
}

/** The comment that ends above the line on which a declaration begins, with no empty line between; kernel-doc may stand off. */
export function commentAbove(text: string, place: number): { readonly start: number; readonly end: number } | null {
  const from = Math.max(0, place - REACH);
  const before = text.slice(from, place);
  const block = before.lastIndexOf('*/');
  const lineComment = /(?:^[ \t]*\/\/[^\n]*\n)+(?=[^\n]*$|(?:[^\n;{}#]*\n){0,4}[^\n;{}#]*$)/m.exec(before);
  if (lineComment !== null && lineComment.index > block) {
    const end = lineComment.index + lineComment[0].length;
    if (!separates(before.slice(end))) return { start: from + lineComment.index, end: from + end };
  }
  if (block < 0) return null;
  const start = before.lastIndexOf('/*', block - 1);
  if (start < 0) return null;
  const between = before.slice(block + 2);
  const isDoc = before.startsWith('/**', start);
  if (/[;{}]|^\s*#/m.test(between) || (!isDoc && separates(between.replace(/^[ \t]*\n/, '')))) return null;
  // A comment behind code belongs to that code.
  const line = before.slice(before.lastIndexOf('\n', start) + 1, start);
  return line.trim() === '' ? { start: from + start, end: from + block + 2 } : null;
}

/** An empty line, or code, stands between. */
function separates(between: string): boolean {
  return /^[ \t]*\n/m.test(between) || /[;{}]|^\s*#/m.test(between);
}

/** The comment that a body begins with. */
function commentInside(text: string, place: number): { readonly start: number; readonly end: number } | null {
  const head = /^[^;{}]*\{\s*/.exec(text.slice(place, place + HEAD));
  if (head === null) return null;
  const start = place + head[0].length;
  const rest = text.slice(start, start + REACH);
  const comment = /^(?:\/\*[\s\S]*?\*\/|(?:\/\/[^\n]*\n[ \t]*)+)/.exec(rest);
  return comment === null ? null : { start, end: start + comment[0].length };
}
