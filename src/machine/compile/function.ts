/** Compiles a function or the initialiser of a global: registers for parameters and locals, prologue, body, jumps between scopes. */
import type { FunctionIr, GlobalSymbol, Init, LocalVariable } from '../../c/ir.ts';
import type { Span } from '../../c/source.ts';
import type { CType } from '../../c/types.ts';
import { Kind, kindOf } from '../kinds.ts';
import { isAggregate, sizeOf, VOID } from '../layout.ts';
import type { Links } from '../links.ts';
import { Op } from '../opcodes.ts';
import { Rare } from '../rare.ts';
import type { CompiledFunction, Variable } from './code.ts';
import { Context, hasJumpTargets } from './context.ts';
import { initialise } from './initialisers.ts';
import { storeTo } from './places.ts';
import { finishGotos } from './scopes.ts';
import { statement } from './statements.ts';

export function compileFunction(ir: FunctionIr, links: Links): CompiledFunction {
  const { symbol } = ir;
  const resultType = symbol.type.result;
  const c = new Context(symbol.name, ir, links, resultType);
  const { emitter } = c;
  const lead: 0 | 1 = kindOf(resultType) === Kind.Aggregate ? 1 : 0;
  emitter.at(ir.at);
  emitter.reserve(lead + ir.parameters.length);
  for (const local of ir.locals) if (!local.isParameter) declareVariable(c, local, emitter.temp());
  ir.parameters.forEach((parameter, i) => {
    bindParameter(c, parameter, lead + i);
  });
  for (const variable of c.variables)
    if (variable.memory && !variable.variable.isParameter)
      emitter.emit(Rare.Local, variable.register, 0, c.variables.indexOf(variable));
  c.firstTemporary = emitter.top;
  if (hasJumpTargets(ir.body)) clearRegisters(c);
  if (c.variables.some((each) => each.variable.unseen === true)) emitter.emit(Rare.Unseen, 0, 0, 0);
  statement(c, ir.body);
  emitter.at(closingBrace(ir));
  emitter.emit(Op.ReturnVoid, 0, 0, 0);
  finishGotos(c);
  return finish(c, ir, lead);
}

/** Where a function ends that falls off its end; the function itself when its end is not shown. */
function closingBrace(ir: FunctionIr): Span {
  const { unit, start, end } = ir.body.at;
  return ir.partial || end - 1 <= start ? ir.at : { unit, start: end - 1, end };
}

/** Fills a global: register 0 is its address. */
export function compileInitialiser(symbol: GlobalSymbol, init: Init, links: Links): CompiledFunction {
  const c = new Context(`the initialiser of ${symbol.name}`, null, links, VOID);
  if (symbol.at) c.emitter.at(symbol.at);
  c.emitter.reserve(1);
  initialise(c, { kind: 'memory', register: 0, offset: 0, type: symbol.type }, init, true);
  c.emitter.emit(Op.ReturnVoid, 0, 0, 0);
  finishGotos(c);
  return finish(c, null, 0);
}

export function declareVariable(c: Context, local: LocalVariable, register: number): Variable {
  const memory = local.addressTaken || isAggregate(local.type) || local.cleanup !== null;
  const made: Variable = {
    variable: local,
    register,
    memory,
    from: 0,
    label: `local ${local.name} of ${c.name}()`,
    size: sizeOf(local.type),
  };
  c.variables.push(made);
  c.byVariable.set(local, made);
  return made;
}

/** A parameter stays in its argument register, or moves into memory. */
function bindParameter(c: Context, parameter: LocalVariable, register: number): void {
  const { emitter } = c;
  const aggregate = isAggregate(parameter.type);
  if (!parameter.addressTaken && !aggregate) {
    declareVariable(c, parameter, register);
    return;
  }
  const made = declareVariable(c, parameter, emitter.temp());
  emitter.emit(Rare.Local, made.register, 0, c.variables.indexOf(made));
  if (aggregate) emitter.emit(Rare.Copy, made.register, register, made.size);
  else storeTo(c, { kind: 'memory', register: made.register, offset: 0, type: parameter.type }, register);
}

/** With labels about, a declaration may be skipped: registers must not show what an earlier call left there. */
function clearRegisters(c: Context): void {
  const registers = c.variables
    .filter((each) => !each.memory && !each.variable.isParameter)
    .map((each) => each.register);
  const first = registers[0];
  const last = registers[registers.length - 1];
  if (first === undefined || last === undefined) return;
  const keep = c.variables.filter((each) => each.memory && each.register >= first && each.register <= last);
  if (keep.length === 0) c.emitter.emit(Op.Clear, first, 0, last - first + 1);
  else for (const register of registers) c.emitter.emit(Op.Clear, register, 0, 1);
}

function finish(c: Context, ir: FunctionIr | null, lead: 0 | 1): CompiledFunction {
  const { emitter } = c;
  const parameters: readonly CType[] = ir?.parameters.map((each) => each.type) ?? [];
  return {
    symbol: ir?.symbol ?? null,
    name: c.name,
    ir,
    code: Int32Array.from(emitter.code),
    placeOf: Int32Array.from(emitter.spanOf),
    places: emitter.spans.map((span) => ({ span, function: c.name })),
    types: emitter.types,
    constants: emitter.constants,
    sites: c.sites,
    builtins: c.builtins,
    switches: c.switches,
    fields: c.fields,
    labels: new Map([...c.labels].map(([name, label]) => [name, label.label.pc])),
    variables: c.variables,
    texts: emitter.texts,
    parameterCount: parameters.length,
    parameterKinds: parameters.map(kindOf),
    registers: emitter.registers + 2,
    lead,
    resultKind: kindOf(c.resultType),
    variadic: ir?.symbol.type.variadic ?? false,
    statements: c.statements,
    coverage: new Uint8Array(c.statements.length),
    returned: false,
    unwatched: false,
    hasMemory: c.variables.some((each) => each.memory),
  };
}
