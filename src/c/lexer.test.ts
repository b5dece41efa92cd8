import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { lex, unfold } from './lexer.ts';

function texts(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const inner = path.join(directory, entry.name);
    if (entry.isDirectory()) return texts(inner);
    return /\.[ch]$/.test(entry.name) ? [readFileSync(inner, 'utf8')] : [];
  });
}

/** A text read with folded bodies that are unfolded again. */
function folded(text: string) {
  const { tokens, comments, folds } = lex(text, 0, 0, text.length, true, true);
  return { tokens: unfold(text, tokens, folds).tokens, comments };
}

function plain(text: string) {
  const { tokens, comments } = lex(text, 0);
  return { tokens, comments };
}

describe('folded bodies', () => {
  const all = texts(path.resolve(import.meta.dirname, '..'));

  it('give the same tokens and comments when they are unfolded', () => {
    for (const text of all) expect(folded(text)).toEqual(plain(text));
  });

  it('give the same whatever the text', () => {
    const parts = [
      '(',
      ')',
      '{',
      '}',
      '[',
      ']',
      '"',
      "'",
      '\\',
      '\n',
      '#',
      '/*',
      '*/',
      '//',
      '1',
      '.',
      'é',
      ';',
      '\n#',
    ];
    let state = 3;
    const below = (n: number): number => {
      state = (state * 1103515245 + 12345) & 0x7fffffff;
      return (state >> 8) % n;
    };
    for (let round = 0; round < 3000; round++) {
      let text = (all[below(all.length)] ?? '').slice(0, 600 + below(2500));
      for (let change = below(4); change >= 0; change--) {
        const at = below(text.length + 1);
        text = text.slice(0, at) + (parts[below(parts.length)] ?? '') + text.slice(at + below(2));
      }
      expect(folded(text)).toEqual(plain(text));
    }
  });

  it('hold what only a whole function has', () => {
    const count = (text: string): number => lex(text, 0, 0, text.length, true, true).folds.size;
    expect(count('int f(void) { return 1; }')).toBe(1);
    expect(count('int f(void)\n{\n\tif (x) {\n\t\ty();\n\t}\n}\nint g(void) { }')).toBe(2);
    expect(count('struct s { int f; };')).toBe(0);
    expect(count('int f(void) {\n#ifdef X\n}\n#endif\n}')).toBe(0);
    expect(count('int f(void) { ( }')).toBe(0);
    expect(count('int f(void) {')).toBe(0);
  });
});
