/** For tests of the machine: C text to a program with the C library, a run to its output and what was reported. */
import type { Program } from '../src/c/ir.ts';
import { libraryUnit } from '../src/c/library.ts';
import { createProgram } from '../src/c/program.ts';
import { libraryModels } from '../src/machine/libc/library.ts';
import { createMachine, type Machine, type RunOptions, type RunResult } from '../src/machine/machine.ts';
import type { Model, Scalar } from '../src/machine/model.ts';
import { render } from '../src/machine/unknown/render.ts';
import { loadParser } from './loadParser.ts';

export async function loadProgram(text: string): Promise<Program> {
  const document = { id: 0, path: 'test.c', text, origin: 'document' as const, fragment: false };
  return createProgram([document, libraryUnit(1)], { parser: await loadParser(), kernel: false });
}

export interface TextResult {
  readonly outcome: string;
  readonly value: string;
  readonly output: string;
  /** `kind: message` of everything a reader would be told, with the line. */
  readonly faults: readonly string[];
  readonly run: RunResult;
}

/** A machine with the library, whose output is collected. */
export function textMachine(
  program: Program,
  models: readonly Model[] = [],
): { machine: Machine; output: () => string } {
  let text = '';
  const machine = createMachine(program, { models: [...libraryModels((more) => (text += more)), ...models] });
  const output = (): string => {
    const all = text;
    text = '';
    return all;
  };
  return { machine, output };
}

export function runText(
  program: Program,
  entry: string,
  args: readonly Scalar[] = [],
  options: RunOptions = {},
): TextResult {
  const { machine, output } = textMachine(program);
  const run = machine.run({ entry, args, silent: ['call', 'return'], ...options });
  return { outcome: run.outcome, value: show(run.value), output: output(), faults: told(program, run), run };
}

export function show(value: Scalar | null): string {
  if (value === null) return 'none';
  return typeof value === 'object' ? `?${render(value)}` : String(value);
}

/** What a reader is told, one line per event: `line: kind: message`. */
export function told(program: Program, run: RunResult): readonly string[] {
  return run.trace.flatMap((event) => {
    const unit = event.at ? program.units[event.at.span.unit] : undefined;
    const line = unit && event.at ? `${unit.text.slice(0, event.at.span.start).split('\n').length}: ` : '';
    switch (event.kind) {
      case 'fault':
        return [`${line}${event.fault}: ${event.message}`];
      case 'assumption':
      case 'unsupported':
      case 'limit':
        return [`${line}${event.kind}: ${event.message}`];
      default:
        return [];
    }
  });
}
