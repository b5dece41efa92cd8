/**
 * The constructs that leave the written text or become one word of it: runs of built-in type words, tags, `typeof`, attributes, assertions,
 * assembly, computed goto, case ranges, local labels. Each takes the index of its first token and returns the index to go on at.
 */
import type { Writer } from './normalise.ts';
import { skipBrackets } from './token.ts';
import { BASE_WORDS, DROPPED, PARSER_WORDS } from './words.ts';

export function baseType(writer: Writer, i: number): number {
  const { tokens } = writer.chunk;
  const words: string[] = [];
  let at = i;
  for (; at < writer.end; at++) {
    const word = tokens[at]?.text ?? '';
    if (word === '_BitInt' && writer.parens(at) > 0) {
      words.push(`${word}(${writer.chunk.source(at + 2, writer.parens(at) - 1)})`);
      at = writer.parens(at) - 1;
    } else if (BASE_WORDS.has(word)) words.push(word === '__signed__' || word === '__signed' ? 'signed' : word);
    else if (word === 'const') writer.put('const', at);
    else if (!DROPPED.has(word)) break;
  }
  // `unsigned u32` cannot be, but `long x`, `unsigned flags : 3` are: the run is over at the first other word.
  writer.chunk.specials.set(i, { kind: 'base', words });
  writer.put('int', i, true);
  return at;
}

export function tag(writer: Writer, name: string, i: number): number {
  writer.put(name, i);
  writer.tagBefore = name !== 'enum';
  const { tokens } = writer.chunk;
  let at = i + 1;
  while (at < writer.end) {
    const text = tokens[at]?.text ?? '';
    if (text === '__attribute__' || text === '__attribute') at = attribute(writer, at);
    else if (DROPPED.has(text)) at++;
    else break;
  }
  const tag = tokens[at];
  if (tag?.kind === 'word') {
    writer.put(PARSER_WORDS.has(tag.text) ? `${tag.text}_` : tag.text, at, true);
    at++;
  }
  const next = tokens[at]?.text ?? '';
  if (name === 'enum' || (next !== '{' && !next.startsWith('__attribute'))) writer.tagBefore = false;
  if (name === 'enum' && next === ':') {
    // A fixed underlying type (C23): only its name reaches the tree.
    writer.put(':', at);
    return at + 1;
  }
  return at;
}

export function typeOf(writer: Writer, i: number): number {
  const close = writer.parens(i);
  writer.chunk.specials.set(i, { kind: 'typeof', from: i + 2, to: close - 1 });
  writer.put('int', i, true);
  return close;
}

export function attribute(writer: Writer, i: number): number {
  const close = writer.parens(i);
  if (close < 0) return i + 1;
  splitAttributes(writer, i, i + 3, close - 2);
  return close;
}

export function splitAttributes(writer: Writer, at: number, from: number, to: number): void {
  for (let k = from; k < to; ) {
    const token = writer.chunk.tokens[k];
    if (token?.kind !== 'word') {
      k++;
      continue;
    }
    const name = token.text.replace(/^__(.*)__$/, '$1');
    const args = writer.chunk.text(k + 1) === '(' ? skipBrackets(writer.chunk.tokens, k + 1, to) : -1;
    const range = args > 0 ? { from: k + 2, to: args - 1 } : { from: k, to: k };
    writer.chunk.addAttribute({ at, depth: writer.chunk.depth(at), name, ...range });
    k = args > 0 ? args : k + 1;
  }
}

export function alignas(writer: Writer, i: number): number {
  const close = writer.parens(i);
  if (close < 0) return i + 1;
  writer.chunk.addAttribute({ at: i, depth: writer.chunk.depth(i), name: 'aligned', from: i + 2, to: close - 1 });
  return close;
}

export function staticAssert(writer: Writer, name: string, i: number): number {
  const close = writer.parens(i);
  if (close < 0) return writer.plain(name, i);
  const after = writer.chunk.text(close) === ';' ? close + 1 : close;
  if (writer.braces[writer.braces.length - 1] !== 'members') writer.put(';', i);
  return after;
}

export function assembly(writer: Writer, i: number): number {
  let open = i + 1;
  while (open < writer.end && writer.chunk.tokens[open]?.kind === 'word') open++;
  if (writer.chunk.text(open) !== '(') return i + 1;
  const close = writer.chunk.closing(open, writer.end);
  // `int x asm("name");` names the symbol; nothing here depends on it.
  if (
    writer.chunk.depth(i) === 0 ||
    (writer.last !== ';' &&
      writer.last !== '{' &&
      writer.last !== '}' &&
      writer.last !== ')' &&
      writer.last !== ':' &&
      writer.last !== '(' &&
      writer.last !== 'else' &&
      writer.last !== 'do')
  )
    return close;
  const goto = writer.chunk.tokens.slice(i, open).some((token) => token.text === 'goto');
  writer.chunk.specials.set(i, { kind: 'call', name: goto ? 'asm goto' : 'asm', from: open + 1, to: close - 1 });
  writer.put('special_', i);
  return close;
}

export function computedGoto(writer: Writer, i: number): number {
  let at = i + 2;
  for (let depth = 0; at < writer.end; at++) {
    const text = writer.chunk.text(at);
    if (text === ';' && depth === 0) break;
    if (text === '(' || text === '[' || text === '{') depth++;
    else if (text === ')' || text === ']' || text === '}') {
      if (depth === 0) break;
      depth--;
    }
  }
  writer.chunk.specials.set(i, { kind: 'gotoComputed', from: i + 2, to: at });
  writer.put('goto', i);
  writer.put('special_', i);
  return at;
}

export function caseLabel(writer: Writer, i: number): number {
  writer.put('case', i);
  let questions = 0;
  for (let at = i + 1, depth = 0; at < writer.end; at++) {
    const text = writer.chunk.text(at);
    if (text === '(') depth++;
    else if (text === ')') depth--;
    else if (text === '?') questions++;
    else if (text === ';' || text === '{') break;
    else if (text === ':' && depth === 0 && questions-- === 0) break;
    else if (text === '...' && depth === 0) {
      let stop = at + 1;
      while (stop < writer.end && writer.chunk.text(stop) !== ':') stop++;
      writer.chunk.specials.set(i, { kind: 'caseRange', from: at + 1, to: stop });
      for (let k = i + 1; k < at; ) {
        const token = writer.chunk.tokens[k];
        if (token === undefined) break;
        k = writer.one(token, k);
      }
      return stop;
    }
  }
  return i + 1;
}

export function labels(writer: Writer, i: number): number {
  const names: string[] = [];
  let at = i + 1;
  while (at < writer.end && writer.chunk.text(at) !== ';') {
    if (writer.chunk.tokens[at]?.kind === 'word') names.push(writer.chunk.text(at));
    at++;
  }
  writer.chunk.localLabels.push({ at: i, names });
  writer.put(';', i);
  return at + 1;
}

/** `auto x = value;` of C23: the initialiser gives the type. Elsewhere the word says nothing. */
export function infersType(writer: Writer, i: number): boolean {
  let at = i + 1;
  while (DROPPED.has(writer.chunk.text(at)) || writer.chunk.text(at) === 'const') at++;
  return writer.chunk.tokens[at]?.kind === 'word' && writer.chunk.text(at + 1) === '=';
}
