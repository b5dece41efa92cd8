/**
 * For tests of kernel models: C text in, what happened out. Reads the text together with all bundled declarations, runs one function on the
 * machine with all models, and prints events as short lines. Not part of any bundle.
 */
import type { Program } from '../src/c/ir.ts';
import { createProgram } from '../src/c/program.ts';
import type { SourceUnit } from '../src/c/source.ts';
import { performKnownEffects } from '../src/kernel/effects.ts';
import { findLeaks } from '../src/kernel/memory/leaks.ts';
import { bundledUnits, models } from '../src/kernel/registry.ts';
import type { Event } from '../src/machine/events.ts';
import { createMachine, type Machine, type RunOptions, type RunResult } from '../src/machine/machine.ts';
import type { MachineServices, ModelRequest, ModelResult, Scalar } from '../src/machine/model.ts';
import { loadParser } from './loadParser.ts';

/** A program of one document and everything bundled. */
export async function testProgram(text: string, file = 'drivers/gpu/drm/test/test.c'): Promise<Program> {
  const document: SourceUnit = { id: 0, path: file, text, origin: 'document', fragment: false };
  const bundled = bundledUnits().map((unit, index): SourceUnit => ({ ...unit, id: index + 1 }));
  return createProgram([document, ...bundled], { parser: await loadParser() });
}

export interface TestRun extends Omit<RunOptions, 'decisions' | 'strategy'> {
  /** Default: `test`. */
  readonly entry?: string;
  /**
   * What to answer other than the first option: pieces of the question's text, optionally with `=> option`. Each is used once, in order
   * of the questions that contain it. `kzalloc` makes the first question about kzalloc take its second option.
   */
  readonly choose?: readonly string[];
}

export interface TestResult {
  readonly machine: Machine;
  readonly result: RunResult;
  /** Return value as text: `0`, `-12`, `void`. */
  readonly value: string;
  /** `report warn-on: text`, `fault use-after-free: text`, `print: text`, one per line, in order. */
  readonly findings: readonly string[];
  /** Labels of what was leaked. */
  readonly leaks: readonly string[];
  readonly program: Program;
}

/** Runs `entry` of a C text. */
export async function runC(text: string, run: TestRun = {}): Promise<TestResult> {
  const program = await testProgram(text);
  const machine = createMachine(program, { models: [...models().values()], unknownEffects: performKnownEffects });
  const wanted = [...(run.choose ?? [])];
  const entry = program.function(run.entry ?? 'test');
  /** Parameters of the entry are open, as for a function that somebody unseen calls. */
  const script = function* (services: MachineServices): Generator<ModelRequest, ModelResult, Scalar> {
    if (entry === null) return undefined;
    const args = entry.type.parameters.map((type, index) =>
      services.unknown(type, `parameter ${entry.type.parameterNames[index] ?? index}`),
    );
    const value = yield { kind: 'call', target: entry, args, why: 'entry' };
    return entry.type.result.kind === 'void' ? undefined : value;
  };
  const result = machine.play(script, {
    steps: 8_000,
    ...run,
    strategy: (decision) => {
      const index = wanted.findIndex((piece) => decision.question.includes(piece.split(' => ')[0] ?? piece));
      if (index < 0) return decision.standard;
      const option = wanted.splice(index, 1)[0]?.split(' => ')[1];
      return option === undefined ? 1 : Math.max(0, decision.options.indexOf(option));
    },
  });
  const leaks = findLeaks(machine.services, []).map((leak) => leak.object.label);
  return { machine, result, value: valueText(result), findings: result.trace.flatMap(line), leaks, program };
}

function valueText(result: RunResult): string {
  if (result.outcome !== 'returned') return result.outcome;
  const { value } = result;
  if (value === null) return 'void';
  if (typeof value === 'object') return 'unknown';
  const signed = typeof value === 'bigint' ? BigInt.asIntN(64, value) : value;
  return signed.toString();
}

/** What a test looks at; everything else is in `result.trace`. */
function line(event: Event): string[] {
  switch (event.kind) {
    case 'report':
      return [`report ${event.rule}: ${event.message}`];
    case 'fault':
      return [`fault ${event.fault}: ${event.message}`];
    case 'print':
      return [`print: ${event.text}`];
    case 'unsupported':
      return [`unsupported ${event.construct}: ${event.message}`];
    case 'assumption':
      return [`assumption ${event.about}: ${event.message}`];
    case 'limit':
      return [`limit ${event.limit}: ${event.message}`];
    default:
      return [];
  }
}
