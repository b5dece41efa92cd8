/** For tests of the C front end: programs of plain text, and a list of what did not lower. */
import type { FunctionIr, Program } from '../src/c/ir.ts';
import { libraryUnit } from '../src/c/library.ts';
import { createProgram, type ProgramOptions } from '../src/c/program.ts';
import type { SourceUnit } from '../src/c/source.ts';
import { loadParser } from './loadParser.ts';

export function unit(id: number, path: string, text: string, more: Partial<SourceUnit> = {}): SourceUnit {
  return { id, path, text, origin: 'document', fragment: false, ...more };
}

/** A program of one plain C file and the C library. */
export async function plainProgram(text: string): Promise<Program> {
  return createProgram([unit(0, 'test.c', text), libraryUnit(1)], { parser: await loadParser(), kernel: false });
}

export async function program(units: readonly SourceUnit[], options: Partial<ProgramOptions> = {}): Promise<Program> {
  return createProgram(units, { ...options, parser: await loadParser() });
}

/** Nodes of a kind anywhere in a function's body. */
export function nodesOf(ir: FunctionIr, kind: string): Record<string, unknown>[] {
  const found: Record<string, unknown>[] = [];
  const seen = new Set<object>();
  const skip = new Set(['type', 'operandType', 'signature', 'symbol', 'variable', 'member', 'typeArg', 'at', 'in']);
  const stack: object[] = [ir.body];
  while (stack.length > 0) {
    const node = stack.pop();
    if (node === undefined || seen.has(node)) continue;
    seen.add(node);
    if ('kind' in node && node.kind === kind) found.push({ ...node });
    for (const [key, value] of Object.entries(node))
      if (!skip.has(key) && typeof value === 'object' && value !== null && !(value instanceof Uint8Array))
        stack.push(value);
  }
  return found;
}

/** Reasons of the unknown nodes of every function with a body: `name: reason`. */
export function unknowns(p: Program): string[] {
  return p.functions.flatMap((symbol) => {
    const ir = symbol.body();
    return ir === null ? [] : nodesOf(ir, 'unknown').map((node) => `${symbol.name}: ${String(node['reason'])}`);
  });
}
