/** The C library for `interlock run`: memory, strings, numbers, the end of the program. Output is in `stdio.ts`. */

import type { Core } from '../core.ts';
import { wrap } from '../integers.ts';
import { Kind } from '../kinds.ts';

import type { Model, ModelBody, ModelCall, ModelRequest, ModelResult, Scalar, StateKey } from '../model.ts';
import { coreOf } from './core.ts';
import { floatModels } from './floats.ts';
import { mathModels } from './math.ts';
import { moreTextModels } from './moreText.ts';
import { type Sink, stdioModels } from './stdio.ts';
import { textModels } from './text.ts';

/** Everything `interlock run` gives a program. */
export function libraryModels(sink: Sink): readonly Model[] {
  return [
    ...stdioModels(sink),
    ...memoryModels(),
    ...textModels(),
    ...mathModels(),
    ...floatModels(),
    ...moreTextModels(),
    ...endModels(),
    ...randomModels(),
    sorting(),
  ];
}

const arg = (call: ModelCall, i: number): Scalar => call.args[i] ?? 0;

function model(name: string, run: (m: Core, call: ModelCall) => Scalar | undefined): Model {
  return { name, run: (call) => run(coreOf(call.machine), call) };
}

/** A size argument; an unknown one is taken as 0 and said. */
function size(m: Core, value: Scalar): number {
  const known = m.unknowns.resolve(value);
  if (typeof known !== 'object') return Number(known);
  m.emit({ kind: 'assumption', about: known.source, message: `the size \`${known.source}\` is taken as 0` });
  return 0;
}

/** Allocations above this fail as they would on a machine that has no such memory. */
const LARGEST = 2 ** 40;

function allocate(m: Core, call: ModelCall, bytes: number, content: 'zero' | 'uninitialised'): number {
  const machine = m.services;
  if (machine === null || !(bytes <= LARGEST)) return 0;
  const address = machine.allocate(bytes, {
    label: `${call.name}(${bytes})`,
    tag: 'malloc',
    content,
    at: call.at,
  });
  m.emit({
    kind: 'alloc',
    function: call.name,
    address,
    size: bytes,
    gfp: null,
    failed: address === 0,
    injected: false,
  });
  return address;
}

function memoryModels(): readonly Model[] {
  return [
    model('malloc', (m, call) => allocate(m, call, size(m, arg(call, 0)), 'uninitialised')),
    model('calloc', (m, call) => allocate(m, call, size(m, arg(call, 0)) * size(m, arg(call, 1)), 'zero')),
    model('aligned_alloc', (m, call) => allocate(m, call, size(m, arg(call, 1)), 'uninitialised')),
    model('realloc', (m, call) => {
      const old = m.unknowns.resolve(arg(call, 0));
      const bytes = size(m, arg(call, 1));
      const made = allocate(m, call, bytes, 'uninitialised');
      if (old === 0 || typeof old !== 'number' || made === 0) return made;
      const before = call.machine.objectAt(old);
      if (before && !before.freed) m.copy(made, old, Math.min(before.size, bytes));
      call.machine.free(old, call.at);
      return made;
    }),
    model('free', (m, call) => {
      const address = m.unknowns.resolve(arg(call, 0));
      if (address === 0) return undefined;
      if (typeof address === 'number' && call.machine.free(address, call.at))
        m.emit({ kind: 'free', function: 'free', address });
      else if (typeof address === 'bigint') m.fault('invalid-free', `free of 0x${address.toString(16)}`, [], false);
      return undefined;
    }),
  ];
}

function endModels(): readonly Model[] {
  const exit = (m: Core, status: Scalar): undefined => {
    m.exitStatus = status;
    m.end('exit');
    return undefined;
  };
  const abort = (m: Core, why: string): undefined => {
    m.emit({ kind: 'note', message: why });
    m.end('aborted');
    return undefined;
  };
  return [
    ...['exit', '_exit', '_Exit'].map((name) => model(name, (m, call) => exit(m, arg(call, 0)))),
    model('abort', (m) => abort(m, 'abort() is called')),
    model('__assert_fail', (m, call) => {
      const text = call.machine.readString(arg(call, 0)) ?? 'condition';
      m.fault('bug', `assertion \`${text}\` fails`, [], false);
      return abort(m, 'assertion failed');
    }),
  ];
}

interface Seed {
  /** The last 34 numbers, the newest last. */
  numbers: number[];
}

const SEED: StateKey<Seed> = { name: 'rand', create: () => ({ numbers: seeded(1) }) };

/** The additive feedback generator as glibc begins it. */
function seeded(seed: number): number[] {
  const numbers = [seed === 0 ? 1 : seed | 0];
  for (let i = 1; i < 31; i++) {
    const next = Number((16807n * BigInt(numbers[i - 1] ?? 0)) % 2147483647n);
    numbers.push(next < 0 ? next + 2147483647 : next);
  }
  for (let i = 31; i < 34; i++) numbers.push(numbers[i - 31] ?? 0);
  for (let i = 34; i < 344; i++) step(numbers);
  return numbers;
}

function step(numbers: number[]): number {
  const { length } = numbers;
  const next = ((numbers[length - 31] ?? 0) + (numbers[length - 3] ?? 0)) >>> 0;
  numbers.push(next);
  if (numbers.length > 34) numbers.shift();
  return next;
}

/** rand() gives the numbers that glibc's gives, so that runs repeat and compare. */
function randomModels(): readonly Model[] {
  return [
    ...['rand', 'random'].map((name) => model(name, (m) => step(m.services?.state(SEED).numbers ?? seeded(1)) >>> 1)),
    ...['srand', 'srandom'].map((name) =>
      model(name, (m, call) => {
        const seed = m.services?.state(SEED);
        const known = m.unknowns.resolve(arg(call, 0));
        if (seed && typeof known !== 'object') seed.numbers = seeded(Number(wrap(known, Kind.U32)));
        return undefined;
      }),
    ),
  ];
}

/** qsort and bsearch call back into C: generators. Elements are sorted by merging, comparisons are asked one by one. */
function sorting(): Model {
  const run: ModelBody = function* (call): Generator<ModelRequest, ModelResult, Scalar> {
    const m = coreOf(call.machine);
    const base = m.unknowns.resolve(arg(call, 0));
    const count = size(m, arg(call, 1));
    const width = size(m, arg(call, 2));
    if (typeof base !== 'number' || count < 2 || width <= 0) return undefined;
    const copy = call.machine.allocate(count * width, {
      label: 'elements being sorted',
      storage: 'world',
      content: 'uninitialised',
      at: null,
    });
    if (m.ended !== null) return undefined;
    m.copy(copy, base, count * width);
    let order = Array.from({ length: count }, (_, i) => i);
    for (let run = 1; run < count; run *= 2) {
      const next: number[] = [];
      for (let low = 0; low < count; low += 2 * run) {
        let i = low;
        let j = Math.min(low + run, count);
        const [middle, high] = [j, Math.min(low + 2 * run, count)];
        while (i < middle || j < high) {
          let right = i >= middle;
          if (i < middle && j < high) {
            const args = [copy + (order[i] ?? 0) * width, copy + (order[j] ?? 0) * width];
            const answer: Scalar = yield { kind: 'call', target: arg(call, 3), args, why: 'qsort' };
            // The answer is an int; as it came through a register it is canonical.
            right = call.machine.truth(
              typeof answer === 'object' ? m.unknowns.compare('>', answer, 0, Kind.I32) : answer > 0 ? 1 : 0,
              call.at,
            );
          }
          next.push(order[right ? j++ : i++] ?? 0);
        }
      }
      order = next;
    }
    order.forEach((from, to) => {
      m.copy(base + to * width, copy + from * width, width);
    });
    return undefined;
  };
  return { name: 'qsort', run };
}
