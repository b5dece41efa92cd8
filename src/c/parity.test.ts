import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadParser } from '../../test/loadParser.ts';
import { Chunk } from './chunk.ts';
import { lex } from './lexer.ts';
import { writeRange } from './normalise.ts';
import { isTypeByForm } from './parseScore.ts';
import type { SyntaxNode } from './syntax.ts';

const require = createRequire(import.meta.url);

interface NativeParser {
  setLanguage(language: unknown): void;
  parse(text: string): { readonly rootNode: { toString(): string } };
}

/** The native parser, when it is installed. */
function nativeParser(): NativeParser | null {
  try {
    const Parser: new () => NativeParser = require('tree-sitter');
    const parser = new Parser();
    parser.setLanguage(require('tree-sitter-c'));
    return parser;
  } catch {
    return null;
  }
}

/** Every C text of the project, as the front end hands it to the parser. */
function samples(directory: string): (readonly string[])[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const inner = path.join(directory, entry.name);
    if (entry.isDirectory()) return samples(inner);
    if (!/\.[ch]$/.test(entry.name)) return [];
    const tokens = lex(readFileSync(inner, 'utf8'), 0).tokens.filter((token) => token.kind !== 'directive');
    return [writeRange(new Chunk(tokens), 0, tokens.length, isTypeByForm).words];
  });
}

/** A tree as the parser itself prints it. */
function printed(node: SyntaxNode): string {
  const children = node.children.map((each) => ` ${each.field === null ? '' : `${each.field}: `}${printed(each)}`);
  return `(${node.type}${children.join('')})`;
}

/** Words cut where an item of the file ends, so that most pieces are free of errors. */
function items(words: readonly string[]): (readonly string[])[] {
  const out: (readonly string[])[] = [];
  let depth = 0;
  let start = 0;
  words.forEach((word, i) => {
    if (word === '{' || word === '(') depth++;
    else if (word === '}' || word === ')') depth--;
    if (depth !== 0 || (word !== ';' && word !== '}')) return;
    out.push(words.slice(start, i + 1));
    start = i + 1;
  });
  return out;
}

describe('parser', () => {
  const native = nativeParser();
  it(
    native === null
      ? 'native tree-sitter is not installed; only the wasm is run'
      : 'native tree-sitter and the wasm give the same trees',
    async () => {
      const wasm = await loadParser();
      const texts = samples(path.resolve(import.meta.dirname, '..'));
      expect(texts.length).toBeGreaterThan(3);
      for (const words of texts) {
        const text = words.join(' ');
        const printed = wasm.print(text.slice(0, 30_000));
        expect(printed.startsWith('(translation_unit')).toBe(true);
        if (native !== null) expect(printed).toBe(native.parse(text.slice(0, 30_000)).rootNode.toString());
      }
    },
  );

  it('copies its trees with every node and role, whatever names are written as', async () => {
    const parser = await loadParser();
    const pieces = samples(path.resolve(import.meta.dirname, '..')).flatMap(items);
    let clean = 0;
    for (const words of pieces) {
      const tree = parser.parse(words);
      if (tree.broken !== null) continue;
      clean++;
      expect([words, printed(tree), tree.first, tree.last]).toEqual([
        words,
        parser.print(words.join(' ')).replaceAll(' (character)', ''),
        0,
        words.length,
      ]);
    }
    expect(clean).toBeGreaterThan(1000);
  });
});
