/**
 * `#include "file"` of a program that `interlock run` executes: the file beside the including one stands in its place, with `#line`
 * markers around it so that `__LINE__` and `__FILE__` stay right. Headers of the C library are left to the bundled declarations.
 */
import path from 'node:path';

const INCLUDE = /^[ \t]*#[ \t]*include[ \t]*"([^"\n]+)"[^\n]*$/gm;
const DEPTH = 20;
const LARGEST = 20_000_000;

/** A stretch of the put-together text and where it comes from. */
interface Piece {
  readonly start: number;
  readonly file: string;
  /** Line of `file` that stands at `start`. */
  readonly line: number;
}

/** The text to read, and the place in its files of an offset. */
export interface WholeText {
  readonly text: string;
  readonly place: (offset: number) => { readonly file: string; readonly line: number; readonly column: number };
}

/** Puts in what `text` includes by quoted name, as far as `read` has it (null: no such file). */
export async function withLocalIncludes(
  file: string,
  text: string,
  read: (path: string) => Promise<string | null>,
): Promise<WholeText> {
  const pieces: Piece[] = [];
  let whole = '';
  const add = (part: string, from: string, line: number): void => {
    pieces.push({ start: whole.length, file: from, line });
    whole += part;
  };
  const known = new Map<string, string | null>();
  const once = new Set<string>();
  const put = async (name: string, content: string, depth: number): Promise<void> => {
    let done = 0;
    let line = 1;
    for (const match of content.matchAll(INCLUDE)) {
      const target = path.join(path.dirname(name), match[1] ?? '');
      let inner = known.get(target);
      if (inner === undefined) {
        inner = await read(target);
        known.set(target, inner);
      }
      if (inner === null || depth >= DEPTH || whole.length > LARGEST || once.has(target)) continue;
      if (/^[ \t]*#[ \t]*pragma[ \t]+once\b/m.test(inner)) once.add(target);
      add(content.slice(done, match.index), name, line);
      line += content.slice(done, match.index).split('\n').length - 1;
      whole += `#line 1 ${JSON.stringify(target)}\n`;
      await put(target, inner, depth + 1);
      whole += `\n#line ${line + 1} ${JSON.stringify(name)}`;
      done = match.index + match[0].length;
    }
    add(content.slice(done), name, line);
  };
  await put(file, text, 0);
  return {
    text: whole,
    place: (offset) => {
      let piece = pieces[0] ?? { start: 0, file, line: 1 };
      for (const each of pieces) if (each.start <= offset) piece = each;
      const before = whole.slice(piece.start, offset);
      const lines = before.split('\n').length - 1;
      const column = offset - whole.lastIndexOf('\n', offset - 1);
      return { file: piece.file, line: piece.line + lines, column };
    },
  };
}
