/** The C parser of the tests: one per process, from the wasm files of the installed packages. Not part of any bundle. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type CParser, initParser } from '../src/c/parser.ts';

const root = path.resolve(path.dirname(new URL(import.meta.url).pathname), '..');

/** Bytes of the two wasm files. */
export function wasmForTests(): Parameters<typeof initParser>[0] {
  const bytes = (name: string, file: string): Uint8Array =>
    new Uint8Array(readFileSync(path.join(root, 'node_modules', name, file)));
  return {
    parser: bytes('web-tree-sitter', 'web-tree-sitter.wasm'),
    grammar: bytes('tree-sitter-c', 'tree-sitter-c.wasm'),
  };
}

let parser: Promise<CParser> | null = null;

/** The C parser, loaded once per process. */
export function loadParser(): Promise<CParser> {
  parser ??= initParser(wasmForTests());
  return parser;
}
