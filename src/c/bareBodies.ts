/** Bodies without braces where the parser wants some: `switch (x) case 1: ...`. The end of such a statement is found on tokens. */
import type { Chunk } from './chunk.ts';
import type { Writer } from './normalise.ts';

/** Statements in statements that are followed. */
const DEPTH_LIMIT = 200;

/** At a `switch` whose body has no braces: notes where they go. */
export function bracesAround(writer: Writer, i: number): void {
  const { chunk } = writer;
  if (chunk.text(i + 1) !== '(') return;
  const from = chunk.closing(i + 1, writer.end);
  if (from >= writer.end || chunk.text(from) === '{') return;
  const end = statementEnd(chunk, from, writer.end, 0);
  if (end <= from) return;
  writer.openers.set(from, (writer.openers.get(from) ?? 0) + 1);
  writer.closers.set(end, (writer.closers.get(end) ?? 0) + 1);
}

/** Writes the braces that go before token `i`. */
export function writeBraces(writer: Writer, i: number): void {
  for (let count = writer.closers.get(i) ?? 0; count > 0; count--) {
    if (writer.last === ':') writer.put(';', i - 1);
    writer.put('}', i - 1);
    writer.braces.pop();
    writer.names.close();
  }
  writer.closers.delete(i);
  for (let count = writer.openers.get(i) ?? 0; count > 0; count--) {
    writer.put('{', i);
    writer.braces.push('other');
    writer.names.open();
  }
  writer.openers.delete(i);
}

/** Index after the statement at `i`. */
function statementEnd(chunk: Chunk, i: number, to: number, depth: number): number {
  let at = i;
  // Labels.
  for (;;) {
    const text = chunk.text(at);
    if (text === 'case' || text === 'default' || (chunk.tokens[at]?.kind === 'word' && chunk.text(at + 1) === ':'))
      at = labelEnd(chunk, at, to);
    else break;
  }
  if (at >= to || depth > DEPTH_LIMIT) return to;
  switch (chunk.text(at)) {
    case '{':
      return chunk.closing(at, to);
    case 'if': {
      const then = statementEnd(chunk, chunk.closing(at + 1, to), to, depth + 1);
      return chunk.text(then) === 'else' ? statementEnd(chunk, then + 1, to, depth + 1) : then;
    }
    case 'for':
    case 'while':
    case 'switch':
      return statementEnd(chunk, chunk.closing(at + 1, to), to, depth + 1);
    case 'do': {
      const body = statementEnd(chunk, at + 1, to, depth + 1);
      return Math.min(chunk.closing(body + 1, to) + 1, to);
    }
    default: {
      const level = chunk.depth(at);
      for (; at < to && chunk.depth(at) >= level; at++)
        if (chunk.text(at) === ';' && chunk.depth(at) === level) return at + 1;
      return at;
    }
  }
}

/** Index after the colon of a label. */
function labelEnd(chunk: Chunk, i: number, to: number): number {
  const level = chunk.depth(i);
  let questions = 0;
  for (let at = i; at < to && chunk.depth(at) >= level; at++) {
    if (chunk.depth(at) > level) continue;
    if (chunk.text(at) === '?') questions++;
    else if (chunk.text(at) === ':' && questions-- === 0) return at + 1;
  }
  return to;
}
