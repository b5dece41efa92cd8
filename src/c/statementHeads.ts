/** Loop, guard and statement macros that nobody defined: what the parser gets to read for them where a statement begins. */
import type { Writer } from './normalise.ts';
import { PARSER_WORDS, STATEMENT_WORDS } from './words.ts';

/**
 * `name(...) {` or `name(...) statement` where a statement begins: a loop or guard macro that nobody defined. The name becomes `while`
 * so that the parser sees a statement with a body. Returns where to go on, or -1.
 */
export function statementHead(writer: Writer, name: string, i: number, close: number): number {
  const before = writer.last;
  const starts =
    before === ';' ||
    before === '{' ||
    before === '}' ||
    before === 'else' ||
    before === 'do' ||
    before === ':' ||
    (before === ')' && closesHead(writer));
  if (!starts) return -1;
  const next = writer.chunk.tokens[close];
  if (next === undefined || close >= writer.end) return -1;
  if (next.text === '{') return head(writer, name, i, close);
  const word = next.kind === 'word' && (STATEMENT_WORDS.has(next.text) || beginsStatement(writer, close));
  if (!word) return -1;
  if (/for_?each|foreach|while|until|iterate|scoped|guard|_for_|^for_/i.test(name)) return head(writer, name, i, close);
  // A statement macro without its semicolon: it ends where the next statement begins.
  writer.put(PARSER_WORDS.has(name) ? `${name}_` : name, i);
  let at = writer.typeArguments(i, close);
  while (at < close) {
    const token = writer.chunk.tokens[at];
    if (token === undefined) break;
    at = writer.one(token, at);
  }
  writer.put(';', close - 1);
  return close;
}

function beginsStatement(writer: Writer, at: number): boolean {
  const token = writer.chunk.tokens[at];
  if (token?.kind !== 'word' || token.text.startsWith('__attribute')) return false;
  return /^(?:\(|->|\.|=|\+\+|--|\[|[-+|&^*/%]=|<<=|>>=|:)$/.test(writer.chunk.text(at + 1));
}

/** The `)` just written closes the parentheses of `if`, `for`, `while` or `switch`. */
function closesHead(writer: Writer): boolean {
  let depth = 0;
  for (let k = writer.written.length - 1; k >= 0; k--) {
    const text = writer.pieces[k];
    if (text === ')') depth++;
    else if (text === '(' && --depth === 0)
      return /^(?:if|for|while|switch)$/.test(writer.chunk.text(writer.written[k - 1] ?? -1));
  }
  return false;
}

function head(writer: Writer, name: string, i: number, close: number): number {
  writer.chunk.specials.set(i, { kind: 'head', name, from: i + 2, to: close - 1 });
  writer.put('while', i);
  writer.put('(', i + 1);
  writer.put('0', i + 1);
  writer.put(')', close - 1);
  return close;
}
