/** Compiles expressions into registers. Conditions that only decide a jump are in `conditions.ts`, calls and builtins in `calls.ts`. */
import type { BinaryOp, Expr } from '../../c/ir.ts';
import type { CType } from '../../c/types.ts';
import { BITS, isFloat, Kind, kindOf } from '../kinds.ts';
import { Op } from '../opcodes.ts';
import { COMPARE_OPERATORS, FLOAT_OPERATORS, Rare } from '../rare.ts';
import { assign, update } from './assignments.ts';
import { builtinCall, call } from './calls.ts';
import { jumpIf } from './conditions.ts';
import type { Context } from './context.ts';
import { hasEffects } from './effects.ts';
import { addressOf, loadFrom, placeOf } from './places.ts';
import { statementExpression } from './statements.ts';

/** The value of an integer constant that fits an instruction, else null. */
export function constantValue(e: Expr): number | null {
  if (e.kind === 'convert' && !isFloat(kindOf(e.type)) && kindOf(e.type) !== Kind.Bool) {
    const inner = constantValue(e.value);
    const bits = BITS[kindOf(e.type)] ?? 0;
    return inner !== null &&
      (bits === 64 ? inner >= 0 : bits === 32 && e.value.type.kind === 'int' && e.value.type.size <= 4 && inner >= 0)
      ? inner
      : null;
  }
  return e.kind === 'constant' && typeof e.value === 'number' && e.value === (e.value | 0) ? e.value : null;
}

/**
 * Code for a value; it ends up in `wanted`, or in the register that is answered (a variable's own register when it is just that
 * variable). `unused`: nobody looks at the value.
 */
export function expression(c: Context, e: Expr, wanted: number | null = null, unused = false): number {
  const { emitter } = c;
  if (!c.descend()) {
    c.ascend();
    const register = wanted ?? emitter.temp();
    emitter.emit(Rare.Unsupported, register, 0, emitter.text('an expression that is nested too deeply'));
    return register;
  }
  const old = emitter.at(e.at);
  const result = compile(c, e, wanted, unused);
  emitter.restore(old);
  c.ascend();
  return result;
}

function compile(c: Context, e: Expr, wanted: number | null, unused: boolean): number {
  const { emitter } = c;
  const into = () => wanted ?? emitter.temp();
  switch (e.kind) {
    case 'constant':
    case 'float':
      return constant(c, e.value, e.kind === 'float', into());
    case 'string': {
      const d = into();
      emitter.emit(Op.Link, d, c.links.add({ kind: 'string', bytes: e.bytes }), 0);
      return d;
    }
    case 'function': {
      const d = into();
      emitter.emit(Op.Link, d, c.links.add({ kind: 'function', symbol: e.symbol }), 0);
      return d;
    }
    case 'labelAddress': {
      const d = into();
      const link = c.links.add({ kind: 'label', name: e.label, owner: c.owner });
      emitter.emit(Op.Link, d, link, 0);
      return d;
    }
    case 'address':
      return addressOf(c, placeOf(c, e.place), wanted);
    case 'load':
      return loadFrom(c, placeOf(c, e.place), wanted);
    case 'unary':
      return unary(c, e, into);
    case 'binary':
      return binary(c, e, into());
    case 'compare':
      return compare(c, e, into());
    case 'logical':
      return asValue(c, e, into());
    case 'conditional':
      return conditional(c, e, into(), unused);
    case 'offset':
      return offset(c, e, into());
    case 'difference': {
      const d = into();
      const left = expression(c, e.left);
      const right = expression(c, e.right);
      emitter.emit(Rare.Difference, d, left, right, e.type, e.scale);
      return d;
    }
    case 'assign':
      return assign(c, e, wanted);
    case 'update':
      return update(c, e, wanted, unused);
    case 'call':
      return call(c, e, wanted, unused);
    case 'builtin':
      return builtinCall(c, e, into());
    case 'convert':
      return convert(c, e.value, e.type, wanted, unused);
    case 'comma': {
      const mark = emitter.top;
      expression(c, e.left, null, true);
      emitter.top = mark;
      return expression(c, e.right, wanted, unused);
    }
    case 'statement':
      return statementExpression(c, e, into());
    case 'unknown':
      emitter.emit(Rare.Unsupported, 0, 0, emitter.text(e.reason));
      return into();
  }
}

function constant(c: Context, value: number | bigint, float: boolean, d: number): number {
  const plain = typeof value === 'number' && value === (value | 0) && !float;
  if (plain) c.emitter.emit(Op.Int, d, Number(value), 0);
  else c.emitter.emit(Op.Constant, d, c.emitter.constant(value), 0);
  return d;
}

function unary(c: Context, e: Expr & { kind: 'unary' }, into: () => number): number {
  const { emitter } = c;
  if (e.op === '!') return asValue(c, e, into());
  const d = into();
  const a = expression(c, e.operand);
  const kind = kindOf(e.type);
  if (isFloat(kind)) emitter.emit(Rare.FloatNegate, d, a, 0, e.type, kind);
  else emitter.emit(e.op === '-' ? Rare.Negate : Rare.Complement, d, a, 0, e.type, kind);
  return d;
}

/** A chain of left operands is walked in a loop: `a + b + c + …` may be thousands long. */
function binary(c: Context, e: Expr & { kind: 'binary' }, d: number): number {
  const { emitter } = c;
  const chain: (Expr & { kind: 'binary' })[] = [e];
  for (let left = e.left; left.kind === 'binary'; left = left.left) chain.push(left);
  const last = chain[chain.length - 1] ?? e;
  const mark = emitter.top;
  let left = operand(c, last.left, last.right);
  for (let i = chain.length - 1; i >= 0; i--) {
    const each = chain[i];
    if (each === undefined) break;
    const old = emitter.at(each.at);
    const target = i === 0 ? d : chain.length > 1 && left >= mark ? left : emitter.temp();
    operate(c, each.op, kindOf(each.type), target, left, each.right, each.type);
    left = target;
    emitter.top = Math.max(mark, target + 1);
    emitter.restore(old);
  }
  return d;
}

/** A left operand: when the right one assigns, a variable must be read before that. */
function operand(c: Context, left: Expr, right: Expr): number {
  const register = expression(c, left);
  if (register >= c.firstTemporary || !hasEffects(right)) return register;
  const copy = c.emitter.temp();
  c.emitter.emit(Op.Move, copy, register, 0);
  return copy;
}

/** `d = a op right`. */
export function operate(c: Context, op: BinaryOp, kind: Kind, d: number, a: number, right: Expr, type: CType): void {
  const k = isFloat(kind) ? null : constantValue(right);
  const { emitter } = c;
  const bits = BITS[kind] ?? 0;
  if (k !== null) {
    if (op === '+') return void emitter.emit(Op.AddK, d, a, k, type, kind);
    if (op === '-' && k !== -2147483648) return void emitter.emit(Op.AddK, d, a, -k, type, kind);
    if (op === '&' && (k >= 0 || kind === Kind.I32 || kind === Kind.I64))
      return void emitter.emit(Op.AndK, d, a, k, type, kind);
    if (op === '<<' && k >= 0 && k < bits) return void emitter.emit(Op.ShlK, d, a, k, type, kind);
    if (op === '>>' && k >= 0 && k < bits) return void emitter.emit(Op.ShrK, d, a, k, type, kind);
  }
  operateRegisters(c, op, kind, d, a, expression(c, right), type);
}

/** `d = a op b`, both in registers. */
export function operateRegisters(
  c: Context,
  op: BinaryOp,
  kind: Kind,
  d: number,
  a: number,
  b: number,
  type: CType,
): void {
  const { emitter } = c;
  if (isFloat(kind)) {
    const number = op === '+' || op === '-' || op === '*' || op === '/' ? FLOAT_OPERATORS.indexOf(op) : 0;
    emitter.emit(Rare.Float, d, a, b, type, kind | (number << 4));
    return;
  }
  emitter.emit(OPCODE(op), d, a, b, type, kind);
}

function OPCODE(op: BinaryOp): number {
  switch (op) {
    case '+':
      return Op.Add;
    case '-':
      return Op.Sub;
    case '*':
      return Op.Mul;
    case '/':
      return Rare.Divide;
    case '%':
      return Rare.Modulo;
    case '&':
      return Op.And;
    case '|':
      return Op.Or;
    case '^':
      return Op.Xor;
    case '<<':
      return Op.Shl;
    case '>>':
      return Op.Shr;
  }
}

function compare(c: Context, e: Expr & { kind: 'compare' }, d: number): number {
  const { emitter } = c;
  const kind = kindOf(e.left.type);
  const mark = emitter.top;
  const a = operand(c, e.left, e.right);
  const b = expression(c, e.right);
  emitter.top = Math.max(mark, d + 1);
  if (isFloat(kind)) {
    emitter.emit(Rare.FloatCompare, d, a, b, e.type, COMPARE_OPERATORS.indexOf(e.op));
    return d;
  }
  const swap = e.op === '>' || e.op === '>=';
  const op =
    e.op === '==' ? Op.Equal : e.op === '!=' ? Op.NotEqual : e.op === '<' || e.op === '>' ? Op.Less : Op.LessEqual;
  emitter.emit(op, d, swap ? b : a, swap ? a : b, e.type, kind);
  return d;
}

/** A condition as 0 or 1. A condition on one plain value stays a value, so that an unknown one is not decided before it matters. */
function asValue(c: Context, e: Expr, d: number): number {
  const { emitter } = c;
  if (e.kind === 'unary' && !isFloat(kindOf(e.operand.type))) {
    emitter.emit(Op.Not, d, expression(c, e.operand), 0, e.type);
    return d;
  }
  const no = emitter.label();
  const end = emitter.label();
  jumpIf(c, e, false, no);
  emitter.emit(Op.Int, d, 1, 0);
  emitter.jump(Op.Jump, end);
  emitter.bind(no);
  emitter.emit(Op.Int, d, 0, 0);
  emitter.bind(end);
  return d;
}

function conditional(c: Context, e: Expr & { kind: 'conditional' }, d: number, unused: boolean): number {
  const { emitter } = c;
  const no = emitter.label();
  const end = emitter.label();
  const mark = emitter.top;
  // Both arms write d only at their end, but the condition's value may be needed after: it gets its own register.
  const out = unused || e.type.kind === 'void' ? null : d;
  if (e.then === null) {
    const value = expression(c, e.condition);
    emitter.jump(Op.JumpFalse, no, value);
    convertRegister(c, value, e.condition.type, e.type, d);
  } else {
    jumpIf(c, e.condition, false, no);
    emitter.top = mark;
    expression(c, e.then, out, unused);
  }
  emitter.jump(Op.Jump, end);
  emitter.bind(no);
  emitter.top = mark;
  expression(c, e.otherwise, out, unused);
  emitter.bind(end);
  emitter.top = mark;
  return d;
}

function offset(c: Context, e: Expr & { kind: 'offset' }, d: number): number {
  const { emitter } = c;
  const index = constantValue(e.index);
  const mark = emitter.top;
  const a = operand(c, e.pointer, e.index);
  const by = index === null ? null : index * e.scale;
  if (by !== null && by === (by | 0)) emitter.emit(Op.AddK, d, a, by, e.type, Kind.Pointer);
  else movePointerBy(c, d, a, expression(c, e.index), e.scale);
  emitter.top = Math.max(mark, d + 1);
  return d;
}

export function movePointerBy(c: Context, d: number, pointer: number, index: number, scale: number): void {
  const { emitter } = c;
  if (Math.abs(scale) < 2 ** 22) {
    emitter.emit(Op.Index, d, pointer, index, null, scale);
    return;
  }
  const scaled = emitter.temp();
  emitter.emit(Op.Constant, scaled, emitter.constant(scale), 0);
  emitter.emit(Op.Mul, scaled, scaled, index, null, Kind.I64);
  emitter.emit(Op.Add, d, pointer, scaled, null, Kind.Pointer);
}

function convert(c: Context, value: Expr, type: CType, wanted: number | null, unused: boolean): number {
  const { emitter } = c;
  if (type.kind === 'void') {
    const mark = emitter.top;
    const register = expression(c, value, null, true);
    emitter.top = mark;
    return wanted ?? register;
  }
  const known = constantValue(value);
  const from = kindOf(value.type);
  const to = kindOf(type);
  if (known !== null && from !== to && !isFloat(to) && to !== Kind.Bool && known >= 0 && known <= 127)
    return constant(c, known, false, wanted ?? emitter.temp());
  if (!converts(value.type, type)) return expression(c, value, wanted, unused);
  const d = wanted ?? emitter.temp();
  convertRegister(c, expression(c, value), value.type, type, d);
  return d;
}

/** Whether a conversion changes anything, or may have to type an unknown value. */
function converts(from: CType, to: CType): boolean {
  if (from.kind === 'pointer' && to.kind === 'pointer') return from.to.kind !== to.to.kind && to.to.kind !== 'void';
  return from.kind !== to.kind || kindOf(from) !== kindOf(to);
}

/** Converts a register's value; the register itself when there is nothing to do and none is wanted. */
export function convertRegister(c: Context, a: number, from: CType, to: CType, wanted: number | null): number {
  const { emitter } = c;
  const source = kindOf(from);
  const target = kindOf(to);
  if (!converts(from, to) || target >= Kind.Void) {
    if (wanted === null || wanted === a) return a;
    emitter.emit(Op.Move, wanted, a, 0);
    return wanted;
  }
  const d = wanted ?? emitter.temp();
  if (isFloat(source) || isFloat(target)) emitter.emit(Rare.ConvertFloat, d, a, source, to, target);
  else emitter.emit(Op.Convert, d, a, 0, to, target);
  return d;
}
