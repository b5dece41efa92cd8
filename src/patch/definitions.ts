/**
 * Finds whole C definitions (functions, structs, filled tables) in running text by matching brackets. For mails that show code without a
 * diff. Prose around and between them is left alone.
 */
import type { TextRange } from './problem.ts';

export interface Definition extends TextRange {
  readonly name: string;
  readonly kind: 'function' | 'type' | 'table';
}

const CONTROL = new Set(['if', 'for', 'while', 'switch', 'do', 'else', 'return', 'sizeof']);
const TYPE_LINE =
  /(?:^|\s)(?:static|inline|extern|const|unsigned|signed|struct|union|enum|void|int|long|short|char|bool|[us](?:8|16|32|64)|size_t|\w+_t)\b/;
/** A definition longer than this is none. */
const MAX_LENGTH = 200_000;
const MAX_HEAD = 4000;
const MAX_LINE = 400;
const MAX_DEFINITIONS = 2000;

/** All definitions, in order, none inside another. */
export function findDefinitions(text: string): Definition[] {
  const found: Definition[] = [];
  let budget = 20_000_000;
  for (let brace = text.indexOf('{'); brace >= 0; ) {
    const head = headOf(text, brace, found.at(-1)?.end ?? 0);
    let next = brace + 1;
    budget -= 200;
    if (head !== null) {
      const end = closingBrace(text, brace);
      budget -= (end ?? brace + MAX_LENGTH) - brace;
      if (end !== null) {
        const semicolon = /^[\w\s()]{0,60}?;/.exec(text.slice(end, end + 80));
        const until = head.kind !== 'function' && semicolon !== null ? end + semicolon[0].length : end;
        found.push({ ...head, end: until });
        next = until;
      }
    }
    if (found.length >= MAX_DEFINITIONS || budget < 0) break;
    brace = text.indexOf('{', next);
  }
  return found;
}

/** What stands before a brace, if it is the head of a definition. */
function headOf(text: string, brace: number, from: number): Omit<Definition, 'end'> | null {
  const at = skipBack(text, brace, from);
  const last = text.charAt(at - 1);
  if (last === ')') return functionHead(text, at, from);
  const lineStart = lineStartBefore(text, at, from);
  const line = text.slice(lineStart, at).trimStart();
  const start = at - line.length;
  const type = /^(?:typedef\s+)?(?:struct|union|enum)\s+(\w+)$/.exec(line);
  if (type !== null) return { start, name: type[1] ?? '', kind: 'type' };
  const table =
    /^(?:(?:static|const|extern)\s+)*(?:struct|union)\s+\w+\s+(?:__\w+\s+)?(\w+)\s*(?:\[\w*\])?\s*(?:__\w+\s*)?=$/.exec(
      line,
    );
  return table === null ? null : { start, name: table[1] ?? '', kind: 'table' };
}

function functionHead(text: string, close: number, from: number): Omit<Definition, 'end'> | null {
  let open = 0;
  let at = close - 1;
  const least = Math.max(from, close - MAX_HEAD);
  for (; at >= least; at--) {
    const char = text.charAt(at);
    if (char === ')') open++;
    else if (char === '(' && --open === 0) break;
    else if (char === ';' || char === '{' || char === '}') return null;
  }
  if (at < least) return null;
  const nameEnd = skipBack(text, at, from);
  const name = /\w+$/.exec(text.slice(Math.max(from, nameEnd - 100), nameEnd))?.[0] ?? '';
  if (name === '' || CONTROL.has(name) || /^\d/.test(name)) return null;
  const nameStart = nameEnd - name.length;
  let lineStart = lineStartBefore(text, nameStart, from);
  let before = text.slice(lineStart, nameStart);
  if (before.replace(/[\s*]/g, '') === '') {
    // The return type stands on the line above.
    const previous = lineStartBefore(text, Math.max(from, lineStart - 1), from);
    before = text.slice(previous, nameStart);
    lineStart = previous;
  }
  if (!/^[\w\s*]+$/.test(before) || !TYPE_LINE.test(before) || before.trim().split(/\s+/).length > 8) return null;
  return { start: nameStart - before.trimStart().length, name, kind: 'function' };
}

/** Start of the line that ends at `at`; no farther back than any head reaches. */
function lineStartBefore(text: string, at: number, from: number): number {
  const least = Math.max(from, at - MAX_LINE);
  let i = at;
  while (i > least && text.charCodeAt(i - 1) !== 10) i--;
  return i;
}

function skipBack(text: string, at: number, from: number): number {
  let i = at;
  while (i > from && /\s/.test(text.charAt(i - 1))) i--;
  return i;
}

/** Offset behind the brace that closes the one at `brace`; null when there is none. */
function closingBrace(text: string, brace: number): number | null {
  let depth = 0;
  const end = Math.min(text.length, brace + MAX_LENGTH);
  for (let at = brace; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code === 123) depth++;
    else if (code === 125) {
      depth--;
      if (depth === 0) return at + 1;
    } else if (code === 34 || code === 39) {
      const close = literalEnd(text, at, code);
      if (close > 0) at = close;
    } else if (code === 47 && text.charCodeAt(at + 1) === 42) {
      const close = text.indexOf('*/', at + 2);
      if (close < 0) return null;
      at = close + 1;
    }
  }
  return null;
}

/** End of a literal on the same line; 0 when the quote is an apostrophe. */
function literalEnd(text: string, at: number, quote: number): number {
  for (let i = at + 1; i < text.length && i < at + 400; i++) {
    const code = text.charCodeAt(i);
    if (code === 92) i++;
    else if (code === quote) return i;
    else if (code === 10) return 0;
  }
  return 0;
}
