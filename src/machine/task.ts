/**
 * A task's state as plain data: registers, frames, and why it waits. Registers hold numbers in a Float64Array; NaN there means "look
 * beside": a bigint, an unknown, or (nothing beside) a real not-a-number.
 */
import type { FunctionSymbol } from '../c/ir.ts';
import type { CType } from '../c/types.ts';
import type { BuiltinSite, CallSite, CompiledFunction } from './compile/code.ts';
import type { MemoryObject } from './memory/object.ts';
import type { MachineServices, ModelRequest, ModelResult, Scalar } from './model.ts';

/** Asked of each function that code calls by name: who is told of the call, with its arguments, before it is made; null: nobody. */
export type CallWatch = (
  symbol: FunctionSymbol,
) => ((machine: MachineServices, args: readonly Scalar[]) => void) | null;

export interface VariableArgument {
  readonly value: Scalar;
  readonly type: CType;
}

export class Frame {
  pc = 0;
  base = 0;
  /** Register of the caller (relative to its base) for the result; -1: nobody wants it. */
  result = -1;
  /** Memory of this frame's locals, in order of creation. */
  readonly objects: MemoryObject[] = [];
  varargs: VariableArgument[] | null = null;
  /** Addresses of struct values, by the instruction that makes them. */
  temporaries: Map<number, number> | null = null;
  /** Arrays of variable length, by the declaration that makes them. */
  variableArrays: Map<BuiltinSite, MemoryObject> | null = null;
  /** Set when the frame runs a model (or a scenario) rather than code. */
  generator: Generator<ModelRequest, ModelResult, Scalar> | null = null;
  modelName = '';
  /** That the model returns is an event. */
  told = true;
  site: CallSite | null = null;

  constructor(public code: CompiledFunction) {}
}

export class Task {
  registers = new Float64Array(256);
  /** What stands beside a NaN. */
  beside: (Scalar | undefined)[] = [];
  readonly frames: Frame[] = [];
  depth = 0;
  state: 'ready' | 'blocked' | 'done' = 'ready';
  ready: (() => boolean) | null = null;
  waitsFor = '';
  result: Scalar | undefined = undefined;
  /** What the bottom or a resumed model frame gets next. */
  answer: Scalar = 0;
  /** It was stopped at a statement: that statement has been counted already. */
  resume = false;

  constructor(
    readonly id: number,
    readonly name: string,
  ) {}

  top(): Frame | null {
    return this.depth > 0 ? (this.frames[this.depth - 1] ?? null) : null;
  }

  /** A frame on top; objects of popped frames are used again. */
  push(code: CompiledFunction, base: number, result: number): Frame {
    let frame = this.frames[this.depth];
    if (frame === undefined) {
      frame = new Frame(code);
      this.frames.push(frame);
    } else {
      frame.code = code;
      frame.varargs = null;
      frame.temporaries = null;
      frame.variableArrays = null;
      frame.generator = null;
    }
    frame.pc = 0;
    frame.base = base;
    frame.result = result;
    this.depth++;
    if (base + code.registers > this.registers.length) this.grow(base + code.registers);
    return frame;
  }

  private grow(needed: number): void {
    let length = this.registers.length;
    while (length < needed) length *= 2;
    const wide = new Float64Array(length);
    wide.set(this.registers);
    this.registers = wide;
  }

  /** The value in an absolute register. */
  get(register: number): Scalar {
    const value = this.registers[register] as number;
    // Only NaN is neither.
    return value <= 0 || value > 0 ? value : (this.beside[register] ?? value);
  }

  set(register: number, value: Scalar): void {
    if (typeof value === 'number' && !Number.isNaN(value)) this.registers[register] = value;
    else {
      this.registers[register] = Number.NaN;
      this.beside[register] = typeof value === 'number' ? undefined : value;
    }
  }
}
