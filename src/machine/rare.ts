/**
 * Instructions that are not common enough for the interpreter's loop: division, floating point, bit-fields, struct copies, locals in
 * memory, switches, computed jumps, calls through pointers, and the ends of what can be executed.
 */

import type { CType } from '../c/types.ts';
import { builtin } from './builtins.ts';
import { enter, invoke } from './calls.ts';
import type { BitField } from './compile/code.ts';
import type { Core } from './core.ts';
import { hole } from './forget.ts';
import { fromFloat, type Integer, toFloat, wrap } from './integers.ts';
import { isFloat, isSigned, Kind, sizeOfKind, typeOfKind } from './kinds.ts';
import { given, makeLocal, peekUnit, scope, temporary, unnamed, unseen } from './locals.ts';
import { copyBytes, fillBytes } from './memory/block.ts';
import type { Scalar } from './model.ts';
import { binary } from './slow.ts';
import type { Frame, Task } from './task.ts';
import { UnknownValue } from './unknown/value.ts';

export enum Rare {
  Divide = 64,
  Modulo = 65,
  Negate = 66,
  Complement = 67,
  /** detail: result kind; b: kind of the operand. */
  ConvertFloat = 69,
  /** detail: kind | operator << 4. */
  Float = 70,
  FloatNegate = 71,
  /** d = comparison of floats; detail: operator. */
  FloatCompare = 72,
  LoadFloat = 73,
  StoreFloat = 74,
  /** d: address of the target, a: address of the source, b: bytes. */
  Copy = 75,
  /** d: address, b: bytes. */
  Zero = 76,
  /** Makes the memory of variable b; its address goes to d. */
  Local = 77,
  /** Variable b is alive again, with nothing in it. */
  Revive = 78,
  /** Variable b is out of scope. */
  EndScope = 79,
  CallPointer = 81,
  Switch = 82,
  JumpTo = 83,
  /** d = bits of the unit at a + displacement; constants[b] has the field. */
  LoadBits = 84,
  StoreBits = 85,
  Builtin = 86,
  Unsupported = 87,
  Hole = 88,
  /** (a - b) / detail */
  Difference = 89,
  /** d = address of a new unnamed object of b bytes. */
  Object = 90,
  /** Variables that no visible line declares hold something nobody knows. */
  Unseen = 91,
  /** Register d, or the b bytes at the address in it plus detail, hold something if they hold nothing: a macro nobody shows may set them. */
  Given = 92,
}

/** Operators of `Rare.Float`, by number. */
export const FLOAT_OPERATORS = ['+', '-', '*', '/'] as const;
export const COMPARE_OPERATORS = ['==', '!=', '<', '<=', '>', '>='] as const;

/** Does the instruction at `pc`; answers the next pc, or -1 to leave the loop. */
export function rare(m: Core, task: Task, frame: Frame, pc: number): number {
  const { code } = frame.code;
  const word = code[pc] as number;
  const op: Rare = word & 255;
  const detail = word >> 8;
  const d = frame.base + (code[pc + 1] as number);
  const a = frame.base + (code[pc + 2] as number);
  const k = code[pc + 3] as number;
  const b = frame.base + k;
  const type = frame.code.types[pc >> 2] ?? null;
  switch (op) {
    case Rare.Divide:
    case Rare.Modulo:
      task.set(d, binary(m, op === Rare.Divide ? '/' : '%', m.settled(task, a), m.settled(task, b), detail, type));
      break;
    case Rare.Negate:
    case Rare.Complement:
      task.set(d, m.unary(op === Rare.Negate ? 'neg' : 'complement', m.settled(task, a), detail));
      break;
    case Rare.ConvertFloat:
      task.set(d, convertFloat(m, m.settled(task, a), k, detail));
      break;
    case Rare.Float: {
      const kind: Kind = detail & 15;
      task.set(d, float(m, detail >> 4, m.settled(task, a), m.settled(task, b), kind));
      break;
    }
    case Rare.FloatNegate: {
      const value = m.settled(task, a);
      task.set(d, typeof value === 'object' ? m.unary('neg', value, detail) : -Number(value));
      break;
    }
    case Rare.FloatCompare: {
      const [x, y] = [m.settled(task, a), m.settled(task, b)];
      const operator = COMPARE_OPERATORS[detail] ?? '==';
      if (typeof x === 'object' || typeof y === 'object') task.set(d, m.unknowns.compare(operator, x, y, Kind.F64));
      else task.set(d, compareFloats(operator, Number(x), Number(y)) ? 1 : 0);
      break;
    }
    case Rare.LoadFloat:
      task.set(d, m.access.load(binary(m, '+', m.settled(task, a), k, Kind.Pointer, null), detail, type));
      break;
    case Rare.StoreFloat:
      m.access.store(binary(m, '+', m.settled(task, a), k, Kind.Pointer, null), detail, m.value(task, d), type);
      break;
    case Rare.Copy: {
      const [to, from] = [m.settled(task, d), m.settled(task, a)];
      if (to !== from) copyBytes(m, m.access, to, from, k);
      break;
    }
    case Rare.Given:
      given(m, task, d, detail, k, type);
      break;
    case Rare.Zero:
      fillBytes(m, m.access, m.settled(task, d), 0, k);
      break;
    case Rare.Local:
      makeLocal(m, task, frame, k, d);
      break;
    case Rare.Revive:
    case Rare.EndScope:
      scope(m, frame, task, k, op === Rare.Revive);
      break;
    case Rare.CallPointer:
      return callPointer(m, task, frame, pc, m.settled(task, d), a, k, detail);
    case Rare.Switch:
      return chooseCase(m, frame, m.settled(task, a), k);
    case Rare.JumpTo: {
      const target = m.labelAt(m.settled(task, a), frame.code);
      if (target === null) m.fault('wild-pointer', 'computed goto to something that is no label here', [], true);
      return target === null || m.ended !== null ? -1 : target;
    }
    case Rare.LoadBits:
      task.set(d, loadBits(m, m.settled(task, a), bitField(frame, k), type));
      break;
    case Rare.StoreBits: {
      const field = bitField(frame, k);
      const value = m.settled(task, d);
      storeBits(m, m.settled(task, a), field, value, type);
      // The value of the assignment is what the field holds afterwards.
      task.set(d, truncate(m, value, field, type));
      break;
    }
    case Rare.Builtin: {
      const site = frame.code.builtins[k];
      if (site) builtin(m, task, frame, site, a, d);
      break;
    }
    case Rare.Unsupported:
      m.unsupported(frame.code.texts[k] ?? 'unknown construct');
      return -1;
    case Rare.Hole:
      hole(m, task, frame, k);
      break;
    case Rare.Difference: {
      const bytes = binary(m, '-', m.settled(task, a), m.settled(task, b), Kind.I64, null);
      task.set(d, detail === 1 ? bytes : binary(m, '/', bytes, detail, Kind.I64, null));
      break;
    }
    case Rare.Object:
      // a = 1: a value of this frame; else an object of the program.
      task.set(d, code[pc + 2] === 1 ? temporary(m, frame, pc, k, type) : unnamed(m, k, type));
      break;
    case Rare.Unseen:
      unseen(m, task, frame);
      break;
  }
  return m.ended !== null ? -1 : pc + 4;
}

function callPointer(
  m: Core,
  task: Task,
  frame: Frame,
  pc: number,
  pointer: Scalar,
  first: number,
  siteNumber: number,
  result: number,
): number {
  const site = frame.code.sites[siteNumber];
  if (site === undefined || m.ended !== null) return -1;
  const target = m.targetOf(pointer, site);
  if (target === null) return -1;
  if (target.kind !== 'code') return invoke(m, task, site, target, first, result) ? -1 : pc + 4;
  return enter(m, task, target.code, site, first, result) ? -1 : 0;
}

function chooseCase(m: Core, frame: Frame, value: Scalar, table: number): number {
  const cases = frame.code.switches[table];
  if (cases === undefined) return -1;
  if (typeof value !== 'object') {
    const exact = cases.values.get(value as Integer);
    if (exact !== undefined) return exact;
    for (const range of cases.ranges) if (range.from <= value && value <= range.to) return range.target;
    return cases.otherwise;
  }
  const kind = value instanceof UnknownValue ? value.kind : Kind.I64;
  const site = m.site();
  for (const each of cases.cases) {
    // Each label is a question of its own: a search that took them for rounds of one loop would try a few and never `default`.
    const at = site === null ? null : { ...site, span: each.at };
    const hit =
      each.from === each.to
        ? m.unknowns.truthOf('==', value, each.from, kind, at)
        : m.unknowns.truthOf('>=', value, each.from, kind, at) && m.unknowns.truthOf('<=', value, each.to, kind, at);
    if (m.ended !== null) return -1;
    if (hit) return each.target;
  }
  return cases.otherwise;
}

function convertFloat(m: Core, value: Scalar, from: Kind, to: Kind): Scalar {
  if (typeof value === 'object') return m.unknowns.convert(value, typeOfKind(to), to);
  if (isFloat(to)) return isFloat(from) ? (to === Kind.F32 ? Math.fround(Number(value)) : value) : toFloat(value, to);
  return fromFloat(Number(value), to);
}

function float(m: Core, operator: number, x: Scalar, y: Scalar, kind: Kind): Scalar {
  const name = FLOAT_OPERATORS[operator] ?? '+';
  if (typeof x === 'object' || typeof y === 'object') return m.unknowns.binary(name, x, y, kind);
  const [l, r] = [Number(x), Number(y)];
  const result = name === '+' ? l + r : name === '-' ? l - r : name === '*' ? l * r : l / r;
  return kind === Kind.F32 ? Math.fround(result) : result;
}

function compareFloats(operator: (typeof COMPARE_OPERATORS)[number], x: number, y: number): boolean {
  switch (operator) {
    case '==':
      return x === y;
    case '!=':
      return x !== y;
    case '<':
      return x < y;
    case '<=':
      return x <= y;
    case '>':
      return x > y;
    case '>=':
      return x >= y;
  }
}

const NO_FIELD: BitField = { displacement: 0, unit: Kind.U32, shift: 0, width: 32, kind: Kind.U32 };

function bitField(frame: Frame, index: number): BitField {
  return frame.code.fields[index] ?? NO_FIELD;
}

function loadBits(m: Core, base: Scalar, f: BitField, type: CType | null): Scalar {
  if (f.parts !== undefined) return loadParts(m, base, f, f.parts, type);
  const at = m.unknowns.resolve(binary(m, '+', base, f.displacement, Kind.Pointer, null));
  const unit = m.access.load(at, f.unit, null);
  if (typeof unit === 'number' && f.shift + f.width <= 31 && unit <= 0x7fffffff && !isSigned(f.kind))
    return (unit >> f.shift) & ((1 << f.width) - 1);
  return m.unknowns.extract(unit, f.shift, f.width, type ?? typeOfKind(f.kind), f.kind, fieldName(m, at, f));
}

function loadParts(m: Core, base: Scalar, f: BitField, parts: readonly BitField[], type: CType | null): Scalar {
  let whole: Scalar = 0;
  let taken = 0;
  for (const part of parts) {
    const bits = binary(m, '<<', loadBits(m, base, part, null), taken, Kind.U64, null);
    whole = binary(m, '|', whole, bits, Kind.U64, null);
    taken += part.width;
  }
  return m.unknowns.extract(whole, 0, f.width, type ?? typeOfKind(f.kind), f.kind);
}

/** The field as C would write it. */
function fieldName(m: Core, at: Scalar, f: BitField): string | null {
  const known = m.unknowns.resolve(at);
  const object = typeof known === 'number' ? m.memory.owner(known) : null;
  if (object === null || typeof known !== 'number') return null;
  return m.access.expression(object, known - object.address, sizeOfKind(f.unit), f.shift);
}

function storeBits(m: Core, base: Scalar, f: BitField, value: Scalar, type: CType | null): void {
  if (f.parts !== undefined) {
    let taken = 0;
    for (const part of f.parts) {
      storeBits(m, base, part, m.unknowns.extract(value, taken, part.width, typeOfKind(Kind.U64), Kind.U64), null);
      taken += part.width;
    }
    return;
  }
  const at = binary(m, '+', base, f.displacement, Kind.Pointer, null);
  // A field is written into a unit that may hold nothing yet: its other bits are then 0, not a fault.
  const old = peekUnit(m, at, f.unit);
  let unit: Scalar;
  if (typeof old !== 'object' && typeof value !== 'object') {
    const mask = ((1n << BigInt(f.width)) - 1n) << BigInt(f.shift);
    unit = wrap((BigInt(old) & ~mask) | ((BigInt(value) << BigInt(f.shift)) & mask), f.unit);
  } else unit = m.unknowns.insert(old, f.shift, f.width, value, f.unit);
  m.access.store(at, f.unit, unit, type);
}

function truncate(m: Core, value: Scalar, f: BitField, type: CType | null): Scalar {
  return m.unknowns.extract(value, 0, f.width, type ?? typeOfKind(f.kind), f.kind);
}
