/** The engine as tests use it: with the wasm files of the installed packages. Not part of any bundle. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createEngine } from '../src/analysis/createEngine.ts';
import type { Engine, ParserWasm } from '../src/analysis/engine.ts';

const root = path.resolve(path.dirname(new URL(import.meta.url).pathname), '..');

/** Bytes of the two wasm files. */
export function wasmForTests(): ParserWasm {
  const bytes = (name: string, file: string): Uint8Array =>
    new Uint8Array(readFileSync(path.join(root, 'node_modules', name, file)));
  return {
    parser: bytes('web-tree-sitter', 'web-tree-sitter.wasm'),
    grammar: bytes('tree-sitter-c', 'tree-sitter-c.wasm'),
  };
}

let engine: Promise<Engine> | null = null;

/** One engine per test file. */
export function engineForTests(): Promise<Engine> {
  engine ??= createEngine(wasmForTests());
  return engine;
}
