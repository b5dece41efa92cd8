/** The engine as tests use it: with the wasm files of the installed packages. Not part of any bundle. */
import { createEngine } from '../src/analysis/createEngine.ts';
import type { Engine } from '../src/analysis/engine.ts';
import { wasmForTests } from './loadParser.ts';

let engine: Promise<Engine> | null = null;

/** One engine per test file. */
export function engineForTests(): Promise<Engine> {
  engine ??= createEngine(wasmForTests());
  return engine;
}
