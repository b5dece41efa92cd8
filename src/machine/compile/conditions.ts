/** Conditions as jumps: `&&`, `||`, `!` and comparisons decide where to go without making a value. */
import type { Expr } from '../../c/ir.ts';
import { BITS, isFloat, Kind, kindOf } from '../kinds.ts';
import { Op } from '../opcodes.ts';
import { COMPARE_OPERATORS, Rare } from '../rare.ts';
import type { Context } from './context.ts';
import type { Label } from './emitter.ts';
import { constantValue, expression } from './expressions.ts';

/** Jumps to `label` when the condition is `sense`; goes on behind otherwise. */
export function jumpIf(c: Context, condition: Expr, sense: boolean, label: Label): void {
  const { emitter } = c;
  const mark = emitter.top;
  let e = condition;
  for (;;) {
    if (e.kind === 'unary' && e.op === '!') {
      sense = !sense;
      e = e.operand;
    } else if (e.kind === 'convert' && keepsTruth(e)) e = e.value;
    else if (e.kind === 'builtin' && e.name === 'expect' && e.args[0]) e = e.args[0];
    else if (e.kind === 'comma') {
      expression(c, e.left, null, true);
      emitter.top = mark;
      e = e.right;
    } else break;
  }
  if (e.kind === 'logical') jumpLogical(c, e, sense, label);
  else if (e.kind === 'compare') jumpCompare(c, e, sense, label);
  else if (e.kind === 'constant') {
    if ((e.value !== 0) === sense) emitter.jump(Op.Jump, label);
  } else {
    const old = emitter.at(e.at);
    const register = expression(c, e);
    emitter.jump(sense ? Op.JumpTrue : Op.JumpFalse, label, register);
    emitter.restore(old);
  }
  emitter.top = mark;
}

/** A conversion to _Bool, or to a type at least as wide, is zero exactly when its operand is. */
function keepsTruth(e: Expr & { kind: 'convert' }): boolean {
  const from = kindOf(e.value.type);
  const to = kindOf(e.type);
  if (from >= Kind.Void || to >= Kind.Void) return false;
  if (to === Kind.Bool) return true;
  return !isFloat(from) && !isFloat(to) && (BITS[to] ?? 0) >= (BITS[from] ?? 64);
}

function jumpLogical(c: Context, e: Expr & { kind: 'logical' }, sense: boolean, label: Label): void {
  const { emitter } = c;
  // A chain `a && b && …` leans to the left; it is walked in a loop.
  const parts: Expr[] = [];
  let left: Expr = e;
  while (left.kind === 'logical' && left.op === e.op) {
    parts.push(left.right);
    left = left.left;
  }
  parts.push(left);
  parts.reverse();
  const decides = e.op === '||';
  if (!c.descend()) {
    emitter.emit(Rare.Unsupported, 0, 0, emitter.text('a condition that is nested too deeply'));
  } else if (sense === decides) {
    for (const part of parts) jumpIf(c, part, sense, label);
  } else {
    const skip = emitter.label();
    parts.forEach((part, i) => {
      if (i < parts.length - 1) jumpIf(c, part, decides, skip);
      else jumpIf(c, part, sense, label);
    });
    emitter.bind(skip);
  }
  c.ascend();
}

const INVERSE = { '==': '!=', '!=': '==', '<': '>=', '>=': '<', '>': '<=', '<=': '>' } as const;
const SWAPPED = { '==': '==', '!=': '!=', '<': '>', '>': '<', '<=': '>=', '>=': '<=' } as const;

function jumpCompare(c: Context, e: Expr & { kind: 'compare' }, sense: boolean, label: Label): void {
  const { emitter } = c;
  const old = emitter.at(e.at);
  const kind = kindOf(e.left.type);
  if (isFloat(kind)) {
    // Not the inverse comparison: it is false for NaN as well.
    const d = emitter.temp();
    const left = expression(c, e.left);
    const right = expression(c, e.right);
    emitter.emit(Rare.FloatCompare, d, left, right, e.type, COMPARE_OPERATORS.indexOf(e.op));
    emitter.jump(sense ? Op.JumpTrue : Op.JumpFalse, label, d);
    emitter.restore(old);
    return;
  }
  let op = sense ? e.op : INVERSE[e.op];
  let { left, right } = e;
  if (constantValue(left) !== null && constantValue(right) === null) {
    [left, right] = [right, left];
    op = SWAPPED[op];
  }
  const k = constantValue(right);
  const a = expression(c, left);
  if (k !== null) emitter.jump(withConstant(op), label, a, k, kind);
  else {
    const copy = a < c.firstTemporary && right.kind !== 'load' && right.kind !== 'convert' ? saved(c, a) : a;
    const b = expression(c, right);
    const swap = op === '>' || op === '>=';
    emitter.jump(withRegister(op), label, swap ? b : copy, swap ? copy : b, kind);
  }
  emitter.restore(old);
}

/** A variable's value before the other operand may change it. */
function saved(c: Context, register: number): number {
  const d = c.emitter.temp();
  c.emitter.emit(Op.Move, d, register, 0);
  return d;
}

function withConstant(op: keyof typeof INVERSE): Op {
  switch (op) {
    case '==':
      return Op.JumpEqualK;
    case '!=':
      return Op.JumpNotEqualK;
    case '<':
      return Op.JumpLessK;
    case '<=':
      return Op.JumpLessEqualK;
    case '>':
      return Op.JumpGreaterK;
    case '>=':
      return Op.JumpGreaterEqualK;
  }
}

function withRegister(op: keyof typeof INVERSE): Op {
  switch (op) {
    case '==':
      return Op.JumpEqual;
    case '!=':
      return Op.JumpNotEqual;
    case '<':
    case '>':
      return Op.JumpLess;
    case '<=':
    case '>=':
      return Op.JumpLessEqual;
  }
}
