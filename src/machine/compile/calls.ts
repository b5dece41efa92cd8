/** Compiles calls and builtins: arguments go to consecutive registers at the top, which become the callee's first ones. */
import type { Expr, Place } from '../../c/ir.ts';
import type { StructType } from '../../c/types.ts';
import { Kind, kindOf } from '../kinds.ts';
import { sizeOf } from '../layout.ts';
import { Op } from '../opcodes.ts';
import { Rare } from '../rare.ts';
import type { Context } from './context.ts';
import { expression } from './expressions.ts';
import { addressOf, loadFrom, type PlaceCode, placeOf, storeTo } from './places.ts';

export function call(c: Context, e: Expr & { kind: 'call' }, wanted: number | null, unused: boolean): number {
  const { emitter } = c;
  const signature = e.callee.kind === 'direct' ? e.callee.symbol.type : e.callee.signature;
  const resultKind = kindOf(e.type);
  const lead: 0 | 1 = resultKind === Kind.Aggregate ? 1 : 0;
  const result = lead === 1 || wanted === null ? emitter.temp() : wanted;
  const pointer = e.callee.kind === 'indirect' ? stable(c, e.callee.pointer, e.args.length > 0) : -1;
  if (lead === 1) emitter.emit(Rare.Object, result, 1, sizeOf(e.type), e.type);
  if (e.callee.kind === 'direct' && !e.callee.symbol.declared && !ENDS.test(e.callee.symbol.name))
    for (const arg of e.args) mayBeSet(c, arg);
  const base = emitter.reserve(lead + e.args.length + 1);
  if (lead === 1) emitter.emit(Op.Move, base, result, 0);
  e.args.forEach((arg, i) => {
    const mark = emitter.top;
    expression(c, arg, base + lead + i);
    emitter.top = mark;
  });
  const site = c.sites.push({
    symbol: e.callee.kind === 'direct' ? e.callee.symbol : null,
    signature,
    member: e.callee.kind === 'indirect' ? e.callee.member : null,
    owner: e.callee.kind === 'indirect' ? ownerOf(e.callee.pointer) : null,
    count: e.args.length,
    argTypes: e.args.map((arg) => arg.type),
    printTypes: e.args.map(({ type }, i) => {
      const declared = signature.parameters[i];
      return declared?.kind === 'int' ? declared : type;
    }),
    resultKind,
    resultType: e.type,
    lead,
    target: null,
  });
  const gives = lead === 1 || resultKind === Kind.Void || (unused && wanted === null) ? -1 : result;
  if (pointer >= 0) emitter.emit(Rare.CallPointer, pointer, base, site - 1, e.type, gives);
  else emitter.emit(Op.Call, gives, base, site - 1, e.type);
  emitter.top = Math.max(result + 1, Math.min(base, emitter.top));
  if (lead === 1 && wanted !== null && wanted !== result) {
    emitter.emit(Op.Move, wanted, result, 0);
    return wanted;
  }
  return result;
}

/** What ends something is given what there is; no macro of such a name sets it. */
const ENDS =
  /(?:^|_)(?:put|free|release|destroy|remove|unref|unregister|close|fini|detach|unmap|unpin|disable|cleanup|unlock|deinit|teardown)(?:_|$)/;

/** Struct of whose member a function pointer is read. */
function ownerOf(pointer: Expr): StructType | null {
  let value = pointer;
  while (value.kind === 'convert') value = value.value;
  if (value.kind !== 'load' || value.place.kind !== 'member') return null;
  const { type } = value.place.base;
  return type.kind === 'struct' ? type : null;
}

/** A variable that is handed to what nobody declares, which may be a macro that sets it (`rdmsr(reg, low, high)`). */
function mayBeSet(c: Context, arg: Expr): void {
  let value = arg;
  while (value.kind === 'convert') value = value.value;
  if (value.kind !== 'load' || !isOfLocal(value.place) || kindOf(value.type) === Kind.Aggregate) return;
  const { emitter } = c;
  const mark = emitter.top;
  const place = placeOf(c, value.place);
  if (place.kind === 'register') emitter.emit(Rare.Given, place.register, 0, 0, place.type);
  else if (place.bits === undefined)
    emitter.emit(Rare.Given, place.register, 0, sizeOf(place.type), place.type, place.offset);
  emitter.top = mark;
}

function isOfLocal(place: Place): boolean {
  let base = place;
  while (base.kind === 'member') base = base.base;
  return base.kind === 'local';
}

/** The called pointer in a register that evaluating the arguments does not change. */
function stable(c: Context, pointer: Expr, args: boolean): number {
  const register = expression(c, pointer);
  if (!args || register >= c.firstTemporary) return register;
  const copy = c.emitter.temp();
  c.emitter.emit(Op.Move, copy, register, 0);
  return copy;
}

export function builtinCall(c: Context, e: Expr & { kind: 'builtin' }, d: number): number {
  const { emitter } = c;
  const mark = emitter.top;
  switch (e.name) {
    case 'expect':
      if (e.args[0]) expression(c, e.args[0], d);
      return d;
    case 'known_p':
      if (e.args[0]) emitter.emit(Op.Known, d, expression(c, e.args[0]), 0);
      emitter.top = Math.max(mark, d + 1);
      return d;
    case 'va_start':
    case 'va_copy':
    case 'va_arg':
    case 'va_end':
      return variableArguments(c, e, d);
    default:
      break;
  }
  const base = emitter.reserve(e.args.length + 1);
  e.args.forEach((arg, i) => {
    const top = emitter.top;
    expression(c, arg, base + i);
    emitter.top = top;
  });
  emit(c, e, d, base);
  emitter.top = Math.max(mark, d + 1);
  return d;
}

function emit(c: Context, e: Expr & { kind: 'builtin' }, d: number, base: number): void {
  const site = { name: e.name, argTypes: e.args.map((arg) => arg.type), type: e.type, typeArg: e.typeArg };
  c.emitter.emit(Rare.Builtin, d, base, c.builtins.push(site) - 1, e.type);
}

/** A va_list holds a handle in its first eight bytes, whatever its C type is. */
function variableArguments(c: Context, e: Expr & { kind: 'builtin' }, d: number): number {
  const { emitter } = c;
  const mark = emitter.top;
  const places = e.places.map((place) => handlePlace(c, placeOf(c, place)));
  const base = emitter.reserve(2);
  const list = places[0];
  const source = places[1];
  if (e.name === 'va_copy' && source) emitter.emit(Op.Move, base, loadFrom(c, source, null), 0);
  else if ((e.name === 'va_arg' || e.name === 'va_end') && list)
    emitter.emit(Op.Move, base, loadFrom(c, list, null), 0);
  if (e.name === 'va_arg' || list === undefined) emit(c, e, d, base);
  else {
    const handle = emitter.temp();
    emit(c, e, handle, base);
    if (e.name !== 'va_end') storeTo(c, list, handle);
  }
  emitter.top = Math.max(mark, d + 1);
  return d;
}

function handlePlace(c: Context, place: PlaceCode): PlaceCode {
  if (place.kind === 'register' || kindOf(place.type) !== Kind.Aggregate) return place;
  const register = addressOf(c, place, null);
  return { kind: 'memory', register, offset: 0, type: { kind: 'unknown', why: 'va_list' } };
}
