/**
 * Cuts a unit's live tokens into file-scope items (one declaration or one function each) by brackets alone, so that each can be expanded,
 * parsed and lowered when it is first needed, and so that a syntax error in one never reaches the next.
 */
import type { Token } from './token.ts';

export interface Item {
  /** Live-token range `[from, to)`. */
  readonly from: number;
  readonly to: number;
  /** Index of the `{` of a function body; -1 for anything else. */
  readonly body: number;
}

/** An item of a unit that the build has cut. */
export interface LaidItem {
  /** Offsets in the unit's text. */
  readonly from: number;
  readonly to: number;
  /** Position of its first token among the unit's live tokens, and how many there are of it. */
  readonly place: number;
  readonly count: number;
  /** Its head, its body stands as it is read: no macro or annotation changes it. */
  readonly plain: { readonly head: boolean; readonly body: boolean };
  /** What comes of it when macros are expanded, as the build wrote it down. */
  readonly parts: readonly unknown[];
}

/** Words after which a `{` is a list of members or constants, not a function body. */
const AGGREGATES = new Set(['struct', 'union', 'enum']);

/**
 * Last resort against missing braces: a line that begins in column 0 with a word and looks like the head of a function cannot stand inside
 * a body in kernel style. `starts` says for each token whether it begins in column 0.
 */
export interface Layout {
  inColumnZero(token: Token): boolean;
}

function isAggregateBrace(tokens: readonly Token[], brace: number, from: number): boolean {
  let first = brace - 8;
  for (let i = brace - 1; i >= from && i >= first; i--) {
    const token = tokens[i];
    if (token === undefined) return false;
    if (AGGREGATES.has(token.text)) return true;
    if (token.text === ')') {
      // `struct __attribute__((packed)) foo {`
      let depth = 0;
      const close = i;
      for (; i >= from; i--) {
        if (tokens[i]?.text === ')') depth++;
        else if (tokens[i]?.text === '(' && --depth === 0) break;
      }
      if (!/^__attribute(?:__)?$|^__aligned$|^_*[a-z]*align[a-z]*_*$/.test(tokens[i - 1]?.text ?? '')) return false;
      i--;
      first -= close - i;
    } else if (token.kind !== 'word' && token.text !== ':') return false;
  }
  return false;
}

/** Where an unclosed brace of an item should end: before the next line that looks like a new item, else the end. */
function repairedEnd(tokens: readonly Token[], open: number, to: number, layout: Layout): number {
  for (let i = open + 1; i < to; i++) {
    const token = tokens[i];
    if (token === undefined || token.kind !== 'word' || !token.newline || !layout.inColumnZero(token)) continue;
    // A label in column 0 is `name:`; an item has two words, or a word and a `*`, before anything else.
    const next = tokens[i + 1];
    if (next !== undefined && (next.kind === 'word' || next.text === '*')) return i;
  }
  return to;
}

/** Index after the bracket that closes the one at `open`, counting only that kind; -1 when it never closes. */
function skipOneKind(tokens: readonly Token[], open: number, to: number): number {
  const opening = tokens[open]?.text ?? '{';
  const closing = opening === '{' ? '}' : opening === '(' ? ')' : ']';
  let depth = 0;
  for (let i = open; i < to; i++) {
    const text = tokens[i]?.text;
    if (text === opening) depth++;
    else if (text === closing && --depth === 0) return i + 1;
  }
  return -1;
}

/**
 * Cuts `tokens[from, to)`. `onUnclosed` is told of each opening bracket that never closes. `bodyFollows`: the range is the head of a function
 * whose body stands after it.
 */
export function cutItems(
  tokens: readonly Token[],
  from: number,
  to: number,
  layout: Layout,
  onUnclosed: (open: Token) => void,
  bodyFollows = false,
): Item[] {
  const items: Item[] = [];
  let start = from;
  let assigned = false;
  let lastParenClose = -1;
  const finish = (end: number, body: number): void => {
    if (end > start) items.push({ from: start, to: end, body });
    start = end;
    assigned = false;
    lastParenClose = -1;
  };
  for (let i = from; i < to; i++) {
    const token = tokens[i];
    if (token === undefined) break;
    if (token.kind !== 'punct') continue;
    switch (token.text) {
      case ';':
        // A K&R definition has declarations between its `)` and its `{`.
        if (!isOldStyle(tokens, start, lastParenClose, i, to, bodyFollows)) finish(i + 1, -1);
        break;
      case '=':
        assigned = true;
        break;
      case '(':
      case '[': {
        let end = skipOneKind(tokens, i, to);
        if (end < 0) {
          onUnclosed(token);
          end = repairedEnd(tokens, i, to, layout);
          finish(end, -1);
          i = end - 1;
          break;
        }
        i = end - 1;
        if (token.text === '(') lastParenClose = i;
        break;
      }
      case '{': {
        const aggregate = assigned || isAggregateBrace(tokens, i, start);
        let end = skipOneKind(tokens, i, to);
        if (end < 0) {
          onUnclosed(token);
          end = repairedEnd(tokens, i, to, layout);
        }
        if (aggregate) i = end - 1;
        else {
          const body = i;
          finish(end, lastParenClose > 0 ? body : -1);
          i = end - 1;
        }
        break;
      }
      case '}':
        // A stray closing brace is an item of its own; the parser will say so.
        finish(i + 1, -1);
        break;
      default:
        break;
    }
  }
  finish(to, -1);
  return items;
}

function isOldStyle(
  tokens: readonly Token[],
  start: number,
  close: number,
  semicolon: number,
  to: number,
  bodyFollows: boolean,
): boolean {
  if (close < 0 || tokens[close + 1]?.kind !== 'word' || start === close) return false;
  // `int f(a, b) int a; char *b; {`: only words, stars, brackets and commas up to the `{`.
  const open = findOpen(tokens, start, close);
  for (let i = open + 1; i < close; i++) {
    const token = tokens[i];
    if (token === undefined || (token.kind !== 'word' && token.text !== ',')) return false;
    if (token.kind === 'word' && tokens[i + 1]?.kind === 'word') return false;
  }
  if (open + 1 === close) return false;
  for (let i = close + 1; i < to; i++) {
    const token = tokens[i];
    if (token === undefined) return false;
    if (token.text === '{') return i > semicolon && tokens[i - 1]?.text === ';';
    if (token.kind !== 'word' && !/^[*,;[\]()]$/.test(token.text) && token.kind !== 'number') return false;
  }
  return bodyFollows && tokens[to - 1]?.text === ';';
}

function findOpen(tokens: readonly Token[], start: number, close: number): number {
  let depth = 0;
  for (let i = close; i >= start; i--) {
    if (tokens[i]?.text === ')') depth++;
    else if (tokens[i]?.text === '(' && --depth === 0) return i;
  }
  return start;
}
