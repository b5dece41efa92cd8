/**
 * The common instructions done in full: bigints, unknown values, memory that needs a check or a fault. One entry, `slowly`, that the
 * interpreter's loop calls with the instruction its fast path could not do.
 */
import type { BinaryOp, CompareOp } from '../c/ir.ts';
import type { CType } from '../c/types.ts';
import type { Core } from './core.ts';
import { compare as compareIntegers, compute, type Integer } from './integers.ts';
import { isFloat, Kind, typeOfKind } from './kinds.ts';
import type { Scalar } from './model.ts';
import { Op } from './opcodes.ts';
import { rare } from './rare.ts';
import type { Frame, Task } from './task.ts';
import { FIRST_ERROR } from './unknown/render.ts';

/** Does the instruction at `pc`; answers the next pc, or -1 to leave the loop (the run has ended). */
export function slowly(m: Core, task: Task, frame: Frame, pc: number): number {
  const { code } = frame.code;
  const word = code[pc] as number;
  const op: Op = word & 255;
  const detail = word >> 8;
  const target = code[pc + 1] as number;
  const d = frame.base + target;
  const a = frame.base + (code[pc + 2] as number);
  const k = code[pc + 3] as number;
  const b = frame.base + k;
  switch (op) {
    case Op.Move:
      task.set(d, m.value(task, a));
      break;
    case Op.Add:
    case Op.Sub:
    case Op.Mul:
    case Op.And:
    case Op.Or:
    case Op.Xor:
    case Op.Shl:
    case Op.Shr:
      task.set(d, binary(m, operator(op), m.settled(task, a), m.settled(task, b), detail, typeAt(frame, pc)));
      break;
    case Op.AddK:
    case Op.AndK:
    case Op.ShlK:
    case Op.ShrK:
      task.set(d, binary(m, operator(op), m.settled(task, a), k, detail, typeAt(frame, pc)));
      break;
    case Op.Less:
    case Op.LessEqual:
    case Op.Equal:
    case Op.NotEqual:
      task.set(d, compare(m, comparison(op), m.settled(task, a), m.settled(task, b), detail));
      break;
    case Op.JumpTrue:
    case Op.JumpFalse: {
      const value = m.settled(task, a);
      const truth = typeof value === 'object' ? m.truth(value, m.site()) : value !== 0;
      return m.ended !== null ? -1 : truth === (op === Op.JumpTrue) ? target : pc + 4;
    }
    case Op.JumpLess:
    case Op.JumpLessEqual:
    case Op.JumpEqual:
    case Op.JumpNotEqual:
      return holds(m, comparison(op), m.settled(task, a), m.settled(task, b), detail)
        ? target
        : m.ended !== null
          ? -1
          : pc + 4;
    case Op.JumpLessK:
    case Op.JumpLessEqualK:
    case Op.JumpGreaterK:
    case Op.JumpGreaterEqualK:
    case Op.JumpEqualK:
    case Op.JumpNotEqualK:
      return holds(m, comparison(op), m.settled(task, a), k, detail) ? target : m.ended !== null ? -1 : pc + 4;
    case Op.Load:
      task.set(d, m.access.load(address(m, m.settled(task, a), k), detail, frame.code.types[pc >> 2] ?? null));
      break;
    case Op.Store: {
      const value = m.settled(task, d);
      m.access.store(address(m, m.settled(task, a), k), detail, value, typeAt(frame, pc));
      break;
    }
    case Op.Index: {
      const scaled = binary(m, '*', m.settled(task, b), detail, Kind.I64, null);
      task.set(d, binary(m, '+', m.settled(task, a), scaled, Kind.Pointer, null));
      break;
    }
    case Op.Link:
      task.set(d, m.makeLinked(code[pc + 2] as number));
      break;
    case Op.Convert:
      task.set(d, m.fit(m.settled(task, a), typeAt(frame, pc) ?? typeOfKind(detail), detail));
      break;
    case Op.Not: {
      const value = m.settled(task, a);
      task.set(d, typeof value === 'object' ? m.unknowns.not(value) : value === 0 ? 1 : 0);
      break;
    }
    case Op.Known:
      task.set(d, typeof m.settled(task, a) === 'object' ? 0 : 1);
      break;
    case Op.Statement:
    case Op.Clear:
    case Op.Int:
    case Op.Constant:
    case Op.Jump:
    case Op.Call:
    case Op.Return:
    case Op.ReturnVoid:
      break;
    default:
      return rare(m, task, frame, pc);
  }
  return m.ended !== null ? -1 : pc + 4;
}

function typeAt({ code }: Frame, pc: number): CType | null {
  return code.types[pc >> 2] ?? null;
}

function operator(op: Op): BinaryOp {
  switch (op) {
    case Op.Sub:
      return '-';
    case Op.Mul:
      return '*';
    case Op.And:
    case Op.AndK:
      return '&';
    case Op.Or:
      return '|';
    case Op.Xor:
      return '^';
    case Op.Shl:
    case Op.ShlK:
      return '<<';
    case Op.Shr:
    case Op.ShrK:
      return '>>';
    default:
      return '+';
  }
}

function comparison(op: Op): CompareOp {
  switch (op) {
    case Op.Less:
    case Op.JumpLess:
    case Op.JumpLessK:
      return '<';
    case Op.LessEqual:
    case Op.JumpLessEqual:
    case Op.JumpLessEqualK:
      return '<=';
    case Op.JumpGreaterK:
      return '>';
    case Op.JumpGreaterEqualK:
      return '>=';
    case Op.NotEqual:
    case Op.JumpNotEqual:
    case Op.JumpNotEqualK:
      return '!=';
    default:
      return '==';
  }
}

function address(m: Core, base: Scalar, offset: number): Scalar {
  if (offset === 0) return base;
  // A member behind an error pointer: the fault speaks of the pointer itself.
  if (typeof base === 'bigint' && base >= FIRST_ERROR) return base;
  return typeof base === 'number' ? base + offset : binary(m, '+', base, offset, Kind.Pointer, null);
}

/** An integer or pointer operation on any values. */
export function binary(m: Core, op: BinaryOp, left: Scalar, right: Scalar, kind: Kind, type: CType | null): Scalar {
  if (typeof left === 'object' || typeof right === 'object') {
    if ((op === '/' || op === '%') && !isFloat(kind)) return divisionByUnknown(m, op, left, right, kind);
    return m.unknowns.binary(op, left, right, kind);
  }
  const result = compute(op, left, right, kind);
  if (typeof result !== 'string') return result;
  const text = m.sourceText();
  const where = text === null ? '' : ` in \`${text}\``;
  if (result === 'divide-by-zero') m.fault('divide-by-zero', `division by zero${where}`, [], true);
  else m.fault('shift-out-of-range', `shift by ${right} of a ${widthOf(kind)}-bit value${where}`, [], false);
  return m.unknowns.fresh(type ?? typeOfKind(kind), text ?? 'an undefined value');
}

function divisionByUnknown(m: Core, op: '/' | '%', left: Scalar, right: Scalar, kind: Kind): Scalar {
  if (right === 0) return binary(m, op, 0, 0, kind, null);
  return m.unknowns.binary(op, left, right, kind);
}

function widthOf(kind: Kind): number {
  return kind === Kind.I32 || kind === Kind.U32 ? 32 : 64;
}

/** A comparison's value: 0, 1, or an unknown condition. */
export function compare(m: Core, op: CompareOp, left: Scalar, right: Scalar, kind: Kind): Scalar {
  if (typeof left !== 'object' && typeof right !== 'object') return compareIntegers(op, left, right) ? 1 : 0;
  return m.unknowns.compare(op, left, right, kind);
}

/** A comparison as a branch decides it. */
export function holds(m: Core, op: CompareOp, left: Scalar, right: Scalar, kind: Kind): boolean {
  if (typeof left !== 'object' && typeof right !== 'object') return compareIntegers(op, left, right as Integer);
  return m.unknowns.truthOf(op, left, right, kind, m.site());
}
