/** Which names are types at a point of a function's text: block typedefs, and variables that hide a type's name. */
import type { Chunk } from './chunk.ts';
import { skipBrackets } from './token.ts';

export class LocalNames {
  /** Innermost block last, null: it says nothing of any name; true: a type, false: anything else. */
  private readonly blocks: (Map<string, boolean> | null)[] = [null];

  open(): void {
    this.blocks.push(null);
  }

  close(): void {
    if (this.blocks.length > 1) this.blocks.pop();
  }

  define(name: string, isType: boolean): void {
    const last = this.blocks.length - 1;
    const block = this.blocks[last] ?? new Map<string, boolean>();
    this.blocks[last] = block;
    block.set(name, isType);
  }

  /** What the blocks say of a name; null: nothing. */
  lookup(name: string): boolean | null {
    for (let i = this.blocks.length - 1; i >= 0; i--) {
      const known = this.blocks[i]?.get(name);
      if (known !== undefined) return known;
    }
    return null;
  }

  /** The names that the `typedef` at token `i` makes types. */
  defineTypes(chunk: Chunk, i: number, end: number): void {
    let from = i + 1;
    const depth = chunk.depth(i);
    for (let at = i + 1; at < end; at++) {
      const text = chunk.text(at);
      if (chunk.depth(at) !== depth || (text !== ',' && text !== ';')) continue;
      const name = declaredName(chunk, from, at);
      if (name !== null) this.define(name, true);
      if (text === ';') return;
      from = at + 1;
    }
  }
}

/** The name that the declarator in `[from, to)` declares; the specifiers may stand before it. */
function declaredName(chunk: Chunk, from: number, to: number): string | null {
  let name: string | null = null;
  for (let at = from; at < to; at++) {
    const token = chunk.tokens[at];
    if (token?.kind === 'word') {
      const next = chunk.text(at + 1);
      if (/^__attribute(?:__)?$|^typeof|^__typeof|^_Alignas$/.test(token.text) && next === '(') {
        at = skipBrackets(chunk.tokens, at + 1, to) - 1;
        continue;
      }
      name = token.text;
      continue;
    }
    const close = skipBrackets(chunk.tokens, at, to);
    if (close <= 0) continue;
    // `(*name)(...)`, `(name)`: the first parenthesis holds the name unless one stood right before it.
    if (token?.text === '(' && (chunk.text(at + 1) === '*' || chunk.text(at + 1) === '('))
      return declaredName(chunk, at + 1, close - 1);
    if (token?.text === '(' || token?.text === '[') return name;
    if (token?.text === '{') at = close - 1;
  }
  return name;
}
