/**
 * Calling the core's own functions as the document defines them. They are treated as ops of a table that no driver wrote, so that what they
 * leave behind is judged like that of any op. A function of the document wins over the bundled one of its name; arguments are found by what
 * the parameter is, as argument lists changed between releases. Which calls are made, and when, is each scenario's business.
 */
import type { FunctionSymbol, Program } from '../c/ir.ts';
import type { CType } from '../c/types.ts';
import type { ContextId, OpContract, ResultConvention } from '../contracts/contract.ts';
import type { Op, OpsTable } from '../contracts/opsTables.ts';
import type { MachineServices, Scalar } from '../machine/model.ts';
import { argumentOf } from './arguments.ts';
import { callOp, isErrorPointer, type OpResult, type ScenarioSteps } from './scenario.ts';

/** Name of the table that these functions stand in: `interlock simulate FILE --table core`. */
export const CORE_TABLE = 'core';

/** What stands for a parameter: by its name, or by the tag of the struct that it points to. */
export interface CoreArguments {
  readonly values: Readonly<Record<string, Scalar>>;
  readonly objects: Readonly<Record<string, Scalar>>;
}

/** A core function: where it is called, and how its result reads. */
export interface CoreFunction {
  readonly name: string;
  readonly contexts: readonly ContextId[];
  readonly result: ResultConvention;
  /** Kernel file that has it. */
  readonly file: string;
}

/** The document's own whole function of this name, static or not. */
export function ownFunction(program: Program, name: string): FunctionSymbol | null {
  for (const symbol of program.functions) {
    if (symbol.name !== name || symbol.at === null || program.units[symbol.at.unit]?.origin !== 'document') continue;
    const body = symbol.body();
    if (body !== null && !body.partial) return symbol;
  }
  return null;
}

/** Whether this is a function of the kernel's that drivers call, by what the bundled headers declare: it is nobody's op. */
export function isKernelFunction(program: Program, symbol: FunctionSymbol): boolean {
  if (symbol.isStatic) return false;
  const plain = `${symbol.name}(`;
  const call = new RegExp(`\\b${symbol.name}\\(`);
  // The plain search is many times as fast, and mostly finds nothing in any of them.
  return program.units.some(({ origin, text }) => origin === 'bundled' && text.includes(plain) && call.test(text));
}

/** The core functions that somebody has a body for, the document first, as ops of one table. */
export class CoreTable {
  readonly table: OpsTable;
  private readonly own: Op[] = [];
  private readonly all = new Map<string, Op | null>();

  constructor(
    private readonly program: Program,
    private readonly functions: readonly CoreFunction[],
  ) {
    this.table = {
      symbol: {
        kind: 'global',
        name: CORE_TABLE,
        type: { kind: 'void' },
        isStatic: false,
        isConst: true,
        isExtern: true,
        at: null,
        attributes: [],
        init: () => null,
      },
      struct: CORE_TABLE,
      ops: this.own,
      known: true,
    };
    for (const each of functions) {
      const symbol = ownFunction(program, each.name);
      if (symbol === null) continue;
      const op = this.opOf(each, symbol);
      this.all.set(each.name, op);
      this.own.push(op);
    }
  }

  private opOf(core: CoreFunction, symbol: FunctionSymbol): Op {
    return {
      table: this.table,
      member: core.name,
      function: symbol,
      contract: contractFor(core),
      at: symbol.at ?? { unit: 0, start: 0, end: 0 },
    };
  }

  /** Functions that the document defines. */
  get ops(): readonly Op[] {
    return this.own;
  }

  has(...names: readonly string[]): boolean {
    return names.some((name) => this.own.some((op) => op.member === name));
  }

  /** The document's own function, else the bundled one, which is read when it is first asked for; null: nobody has a body for it. */
  op(name: string): Op | null {
    const known = this.all.get(name);
    if (known !== undefined) return known;
    const core = this.functions.find((each) => each.name === name);
    const symbol = core === undefined ? null : this.program.function(name);
    const op = core === undefined || symbol?.body() == null ? null : this.opOf(core, symbol);
    this.all.set(name, op);
    return op;
  }

  /** Whether the document itself defines this one. */
  owns(op: Op): boolean {
    return this.own.includes(op);
  }
}

function contractFor({ name, contexts, result, file }: CoreFunction): OpContract {
  return {
    table: CORE_TABLE,
    member: name,
    contexts,
    roles: [],
    result,
    reclaim: 'unspecified',
    maySleep: true,
    required: 'no',
    source: `${file}:${name}`,
    documented: null,
  };
}

function argumentFor(machine: MachineServices, type: CType, name: string, given: CoreArguments): Scalar {
  const value = given.values[name];
  if (value !== undefined) return value;
  if (type.kind === 'pointer' && type.to.kind === 'struct') {
    const object = given.objects[type.to.tag];
    if (object !== undefined) return object;
  }
  return argumentOf(machine, type, name);
}

/** Calls a core function; the calling context must have been entered before. Null when nobody has a body for it. */
export function* callCore(
  machine: MachineServices,
  core: CoreTable,
  name: string,
  context: ContextId,
  given: CoreArguments,
): ScenarioSteps<OpResult | null> {
  const op = core.op(name);
  if (op === null) return null;
  const { parameters, parameterNames } = op.function.type;
  const args = parameters.map((type, i) => argumentFor(machine, type, parameterNames[i] ?? `${i + 1}`, given));
  if (core.owns(op)) return yield* callOp(machine, op, context, args);
  // Ours is no op under review: what it calls of the document is.
  const value = yield { kind: 'call', target: op.function, args, why: 'the core' };
  return { value, failed: isErrorPointer(value) };
}
