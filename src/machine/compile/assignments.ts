/** Compiles assignments: plain ones, `op=`, `++` and `--`, on registers, memory, bit-fields and pointers. */
import type { Expr } from '../../c/ir.ts';
import { Kind, kindOf } from '../kinds.ts';
import { Op } from '../opcodes.ts';
import type { Context } from './context.ts';
import { hasCall } from './effects.ts';
import { constantValue, convertRegister, expression, movePointerBy, operate, operateRegisters } from './expressions.ts';
import { loadFrom, placeOf, storeExpression, storeTo } from './places.ts';

export function assign(c: Context, e: Expr & { kind: 'assign' }, wanted: number | null): number {
  const { emitter } = c;
  const mark = emitter.top;
  const place = placeOf(c, e.place);
  let result = storeExpression(c, place, e.value);
  emitter.top = mark;
  if (wanted !== null && wanted !== result) {
    emitter.emit(Op.Move, wanted, result, 0);
    result = wanted;
  } else if (wanted === null && result >= mark) result = keep(c, result);
  return result;
}

/** A temporary above `top` that is still needed moves down to the first free register. */
function keep(c: Context, register: number): number {
  const d = c.emitter.temp();
  if (d !== register) c.emitter.emit(Op.Move, d, register, 0);
  return d;
}

export function update(c: Context, e: Expr & { kind: 'update' }, wanted: number | null, unused: boolean): number {
  const { emitter } = c;
  const d = unused && wanted === null ? null : (wanted ?? emitter.temp());
  const mark = emitter.top;
  // gcc calls what stands on the right before it reads the old value of what stands on the left.
  const first = e.scale === 1 && hasCall(e.value) ? expression(c, e.value) : null;
  const place = placeOf(c, e.place);
  const kind = kindOf(e.operandType);
  const placeKind = kindOf(e.place.type);
  const old = loadFrom(c, place, null);
  if (e.post && d !== null) emitter.emit(Op.Move, d, old, 0);
  const direct = place.kind === 'register' && kind === placeKind;
  const next = direct ? place.register : emitter.temp();
  if (e.place.type.kind === 'pointer' && (e.op === '+' || e.op === '-')) movePointer(c, e, next, old);
  else {
    const left = convertRegister(c, old, e.place.type, e.operandType, null);
    if (first === null) operate(c, e.op, kind, next, left, e.value, e.operandType);
    else operateRegisters(c, e.op, kind, next, left, first, e.operandType);
  }
  const converted = direct ? next : convertRegister(c, next, e.operandType, e.place.type, null);
  const result = storeTo(c, place, converted);
  if (!e.post && d !== null) emitter.emit(Op.Move, d, result, 0);
  emitter.top = mark;
  return d ?? result;
}

function movePointer(c: Context, e: Expr & { kind: 'update' }, d: number, old: number): void {
  const scale = e.op === '-' ? -e.scale : e.scale;
  const k = constantValue(e.value);
  const by = k === null ? null : k * scale;
  if (by !== null && by === (by | 0)) c.emitter.emit(Op.AddK, d, old, by, e.type, Kind.Pointer);
  else movePointerBy(c, d, old, expression(c, e.value), scale);
}
