import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { Chunk } from './chunk.ts';
import { lex } from './lexer.ts';
import { writeRange } from './normalise.ts';
import { isTypeByForm } from './parseScore.ts';
import { loadParser } from './testHarness.ts';

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
function samples(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const inner = path.join(directory, entry.name);
    if (entry.isDirectory()) return samples(inner);
    if (!/\.[ch]$/.test(entry.name)) return [];
    const tokens = lex(readFileSync(inner, 'utf8'), 0).tokens.filter((token) => token.kind !== 'directive');
    return [writeRange(new Chunk(tokens), 0, tokens.length, isTypeByForm).words.join(' ')];
  });
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
      for (const text of texts) {
        const printed = wasm.print(text.slice(0, 30_000));
        expect(printed.startsWith('(translation_unit')).toBe(true);
        if (native !== null) expect(printed).toBe(native.parse(text.slice(0, 30_000)).rootNode.toString());
      }
    },
  );
});
