/**
 * `interlock run FILE.c`: one C function in an empty world with the C library. What the program prints goes to stdout and nothing else
 * does; the result and every fault go to stderr. The machine itself is in `machine/`.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { FunctionSymbol, Program } from '../c/ir.ts';
import { libraryUnit } from '../c/library.ts';
import { type CParser, initParser } from '../c/parser.ts';
import { createProgram } from '../c/program.ts';
import type { Span } from '../c/source.ts';
import type { CType } from '../c/types.ts';
import type { Event } from '../machine/events.ts';
import { CHAR } from '../machine/layout.ts';
import { libraryModels } from '../machine/libc/library.ts';
import { createMachine, type Machine, type RunResult } from '../machine/machine.ts';
import type { Scalar } from '../machine/model.ts';
import { render } from '../machine/unknown/render.ts';
import { UsageError } from './io.ts';
import { type WholeText, withLocalIncludes } from './localIncludes.ts';

/** What the command touches. */
export interface RunIo {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  readonly readFile: (path: string) => Promise<string>;
}

interface Arguments {
  readonly file: string;
  readonly entry: string;
  readonly args: readonly string[];
  readonly steps: number | null;
}

/** Some ten seconds of work: an endless loop ends in a clear message. */
const DEFAULT_STEPS = 300_000_000;

const USAGE = 'usage: interlock run FILE.c [--entry NAME] [--steps N] [--args ARG…]';

export async function runCommand(
  args: string[],
  io: RunIo,
  parser: () => Promise<CParser> = bundledParser,
): Promise<number> {
  const wanted = parseArguments(args);
  const source = await withLocalIncludes(wanted.file, await io.readFile(wanted.file), async (beside) => {
    try {
      return await io.readFile(beside);
    } catch {
      return null;
    }
  });
  const reader = await parser();
  const read = (text: string): Program =>
    createProgram([{ id: 0, path: wanted.file, text, origin: 'document' as const, fragment: false }, libraryUnit(1)], {
      parser: reader,
      kernel: false,
    });
  let program = read(source.text);
  let entry = program.function(wanted.entry);
  const around = entry?.name === 'main' ? startOf(program, entry) : null;
  if (around !== null) {
    program = read(source.text + around);
    entry = program.function(START);
  }
  if (entry?.body() == null) throw new UsageError(`interlock run: ${wanted.file} has no function '${wanted.entry}'`);
  const decoder = new TextDecoder('utf-8');
  const print = (text: string, error: boolean): void => {
    const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
    if (error) io.stderr(new TextDecoder('utf-8').decode(bytes));
    else io.stdout(decoder.decode(bytes, { stream: true }));
  };
  const machine = createMachine(program, { models: libraryModels(print) });
  const result = machine.run({
    entry,
    args: entryArguments(machine, entry, wanted),
    silent: ['call', 'return', 'print', 'alloc', 'free'],
    steps: wanted.steps ?? DEFAULT_STEPS,
  });
  const rest = decoder.decode();
  if (rest !== '') io.stdout(rest);
  const places = new Places(program, source);
  for (const problem of program.problems)
    if (problem.code === 'macro-too-large' && problem.unit === 0)
      io.stderr(`${places.of({ unit: 0, ...problem.range })}: unsupported: ${problem.message}\n`);
  for (const event of result.trace) {
    const line = lineOf(event, places);
    if (line !== null) io.stderr(`${line}\n`);
  }
  return report(result, entry.type.result, io);
}

const START = 'interlock_start_of_the_program';

/** A function that does what runs before and after `main`: constructors and destructors; null when there are none. */
function startOf(program: Program, main: FunctionSymbol): string | null {
  const marked = (name: string): string[] =>
    program.functions
      .filter((each) => each.at?.unit === 0 && each.attributes.some((attribute) => attribute.name === name))
      .map((each) => `${each.name}();`);
  const before = marked('constructor');
  const after = marked('destructor').reverse();
  if (before.length + after.length === 0) return null;
  const [list, given] = main.type.parameters.length > 1 ? ['int count, char **words', 'count, words'] : ['void', ''];
  return `\nint ${START}(${list}) { ${before.join(' ')} int result = main(${given}); ${after.join(' ')} return result; }\n`;
}

function report(result: RunResult, type: CType, io: RunIo): number {
  switch (result.outcome) {
    case 'returned':
    case 'exit': {
      const none = result.value === null || type.kind === 'void';
      io.stderr(`result: ${none && result.outcome === 'returned' ? 'void' : show(result.value ?? 0)}\n`);
      return 0;
    }
    case 'deadlock':
      for (const task of result.waiting) io.stderr(`deadlock: ${task.name} waits for ${task.on}\n`);
      return 1;
    case 'aborted':
    case 'fatal':
    case 'unsupported':
    case 'limit':
    case 'stopped':
      io.stderr(`ended: ${result.outcome}\n`);
      return 1;
  }
}

function show(value: Scalar): string {
  return typeof value === 'object' ? `unknown (${render(value)})` : String(value);
}

/** `file:line:col: kind: message` for what a reader should know; null for the rest of the trace. */
function lineOf(event: Event, places: Places): string | null {
  const at = event.at ? places.of(event.at.span) : 'somewhere';
  switch (event.kind) {
    case 'fault':
      return `${at}: ${event.fault}: ${event.message}`;
    case 'unsupported':
    case 'assumption':
    case 'note':
      return `${at}: ${event.kind}: ${event.message}`;
    case 'limit':
      return `${at}: limit: ${event.message}`;
    case 'decision':
      return `${at}: assumption: ${event.question}: ${event.option}`;
    default:
      return null;
  }
}

/** Spans as `file:line:column`. */
class Places {
  constructor(
    private readonly program: Program,
    /** Unit 0. */
    private readonly source: WholeText,
  ) {}

  of(span: Span): string {
    const unit = this.program.units[span.unit];
    if (!unit) return 'somewhere';
    if (span.unit === 0) {
      const { file, line, column } = this.source.place(span.start);
      return `${file}:${line}:${column}`;
    }
    const before = unit.text.slice(0, span.start);
    const line = before.split('\n').length;
    return `${unit.path}:${line}:${span.start - before.lastIndexOf('\n')}`;
  }
}

function parseArguments(args: readonly string[]): Arguments {
  let file: string | null = null;
  let entry = 'main';
  let steps: number | null = null;
  let rest: readonly string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? '';
    if (arg === '--args') {
      rest = args.slice(i + 1);
      break;
    }
    const [name = '', inline] = arg.startsWith('--') ? splitOption(arg) : [''];
    if (name === '--entry' || name === '--steps') {
      const value = inline ?? args[++i];
      if (value === undefined) throw new UsageError(`interlock run: ${name} needs a value; ${USAGE}`);
      if (name === '--entry') entry = value;
      else {
        steps = Number(value);
        if (!Number.isSafeInteger(steps) || steps <= 0)
          throw new UsageError(`interlock run: --steps wants a number, not '${value}'`);
      }
    } else if (arg.startsWith('--') || file !== null)
      throw new UsageError(`interlock run: '${arg}' is not understood; ${USAGE}`);
    else file = arg;
  }
  if (file === null) throw new UsageError(`interlock run: no file given; ${USAGE}`);
  return { file, entry, args: rest, steps };
}

function splitOption(arg: string): [string, string?] {
  const at = arg.indexOf('=');
  return at < 0 ? [arg] : [arg.slice(0, at), arg.slice(at + 1)];
}

/** `main` gets its words; another function one value per parameter, unknown ones for those not given. */
function entryArguments(machine: Machine, entry: FunctionSymbol, wanted: Arguments): readonly Scalar[] {
  const { services } = machine;
  const text = (word: string): number => {
    const bytes = new TextEncoder().encode(word);
    const at = services.allocate(bytes.length + 1, {
      label: `argument "${word}"`,
      storage: 'world',
      content: 'zero',
      at: null,
    });
    bytes.forEach((byte, i) => {
      services.write(at + i, CHAR, byte);
    });
    return at;
  };
  const { parameters, parameterNames } = entry.type;
  if (entry.name === 'main' || entry.name === START) {
    const words = [wanted.file, ...wanted.args].map(text);
    const list = services.allocate(8 * (words.length + 1), {
      label: 'argv',
      storage: 'world',
      content: 'zero',
      at: null,
    });
    words.forEach((word, i) => {
      services.write(list + 8 * i, { kind: 'pointer', to: CHAR, toConst: false }, word);
    });
    return [words.length, list].slice(0, parameters.length);
  }
  return parameters.map((type, i): Scalar => {
    const word = wanted.args[i];
    if (word === undefined) return services.unknown(type, `parameter ${parameterNames[i] ?? i + 1}`);
    if (type.kind === 'pointer' && !/^(0x)?[0-9a-fA-F]+$/.test(word)) return text(word);
    return scalar(word, type);
  });
}

function scalar(word: string, type: CType): Scalar {
  if (type.kind === 'float') return Number(word);
  if (!/^-?(0x[0-9a-fA-F]+|\d+)$/.test(word)) throw new UsageError(`interlock run: '${word}' is no number`);
  const value = word.startsWith('-') ? -BigInt(word.slice(1)) : BigInt(word);
  const bits = type.kind === 'int' ? 8 * type.size : 64;
  const cut = type.kind === 'int' && type.signed ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value);
  return Number.isSafeInteger(Number(cut)) ? Number(cut) : cut;
}

async function bundledParser(): Promise<CParser> {
  const load = async (file: string): Promise<Uint8Array> => new Uint8Array(readFileSync(path.join(__dirname, file)));
  return initParser({ parser: await load('web-tree-sitter.wasm'), grammar: await load('tree-sitter-c.wasm') });
}
