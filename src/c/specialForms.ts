/** Forms whose arguments are not all expressions: `offsetof`, `_Generic`, `va_arg`, `__builtin_types_compatible_p`, `asm`, `&&label`. */

import { Aggregate } from './aggregate.ts';
import { lowerAssembly } from './assembly.ts';
import { INT, pointerTo, ULONG, VOID } from './basicTypes.ts';
import type { Special } from './chunk.ts';
import { sameType } from './compare.ts';
import type { Context } from './context.ts';
import { settleInExpression } from './declarations.ts';
import { lowerExpression, lowerOperand, type Operand } from './expressions.ts';
import { fold } from './fold.ts';
import type { Expr, GlobalSymbol } from './ir.ts';
import { findMember } from './layout.ts';
import { usedMember } from './memberAccess.ts';
import { binary, constant, convert, unknown } from './operators.ts';
import type { Span } from './source.ts';
import { readTypeName } from './specifiers.ts';
import type { CType, Member } from './types.ts';
import { hasVariableSize, sizeExpression } from './variableArrays.ts';

/** Lowers what one identifier of the written text stands for. */
export function lowerSpecial(context: Context, special: Special, at: Span, hint: CType | null): Operand {
  switch (special.kind) {
    case 'call':
      switch (special.name) {
        case 'offsetof':
        case '__builtin_offsetof':
          return { value: offsetOf(context, special.from, special.to, at) };
        case '_Generic':
          return generic(context, special.from, special.to, at, hint);
        case 'va_arg':
        case '__builtin_va_arg':
          return { value: variadicArgument(context, special.from, special.to, at) };
        case '__builtin_types_compatible_p':
          return { value: compatible(context, special.from, special.to, at) };
        case '&&':
          return {
            value: {
              kind: 'labelAddress',
              label: context.fn?.labelName(context.chunk.text(special.from)) ?? context.chunk.text(special.from),
              ...(context.fn === null ? {} : { in: context.fn.symbol }),
              type: pointerTo(VOID),
              at,
            },
          };
        default:
          return { value: lowerAssembly(context, special.from, special.to, at) };
      }
    case 'typeArgument':
      return { value: unknown(`type '${context.chunk.source(special.from, special.to)}' is used as a value`, at) };
    default:
      return { value: unknown('this cannot stand in an expression', at) };
  }
}

/** Cuts a token range at its top-level commas (or another separator). */
export function splitRange(
  context: Context,
  from: number,
  to: number,
  separator = ',',
): { from: number; to: number }[] {
  const parts: { from: number; to: number }[] = [];
  const depth = context.chunk.depth(from);
  let start = from;
  let questions = 0;
  for (let i = from; i < to; i++) {
    const text = context.chunk.text(i);
    if (context.chunk.depth(i) > depth) continue;
    if (text === '?') questions++;
    if (text !== separator) continue;
    if (separator === ':' && questions > 0) {
      questions--;
      continue;
    }
    parts.push({ from: start, to: i });
    start = i + 1;
  }
  parts.push({ from: start, to });
  return parts;
}

/** A token range as a type, or null. */
export function typeRange(context: Context, from: number, to: number): CType | null {
  const found = context.typeOrExpression(from, to);
  return found?.type == null ? null : readTypeName(found.context, found.type);
}

function rangeValue(context: Context, from: number, to: number, hint: CType | null = null): Expr | null {
  const found = context.expressionPiece(from, to);
  return found === null ? null : lowerExpression(found.context, found.node, { hint });
}

/** What the third argument of our own `__builtin_offsetof(type, member, pointer)` points to: the member, as `container_of()` says. */
function pointedTo(context: Context, part: { from: number; to: number } | undefined): CType | null {
  const pointer = part === undefined ? null : rangeValue(context, part.from, part.to);
  return pointer?.type.kind === 'pointer' && pointer.type.to.kind === 'struct' ? pointer.type.to : null;
}

function offsetOf(context: Context, from: number, to: number, at: Span): Expr {
  const [typePart, ...others] = splitRange(context, from, to);
  const [pathPart, pointerPart] = others;
  if (typePart === undefined || pathPart === undefined) return unknown('offsetof needs a type and a member', at, ULONG);
  const struct = typeRange(context, typePart.from, typePart.to);
  if (struct === null) return unknown('offsetof of what is no type', at, ULONG);
  let type: CType = struct;
  let value: Expr = constant(0, ULONG, at);
  for (let i = pathPart.from; i < pathPart.to; ) {
    const text = context.chunk.text(i);
    if (text === '.' || text === '->') {
      i++;
    } else if (text === '[') {
      let close = i + 1;
      while (close < pathPart.to && context.chunk.depth(close) > context.chunk.depth(i)) close++;
      const index = rangeValue(context, i + 1, close);
      if (type.kind !== 'array' || index === null)
        return unknown('offsetof with an index that cannot be read', at, ULONG);
      type = type.of;
      value = binary('+', value, binary('*', convert(index, ULONG), sizeExpression(type, at), at), at);
      i = close + 1;
    } else {
      // Of a variable that no shown line declares, some place in it.
      if (type.kind === 'unknown') return loadOf(context.file.unseenConstant(`offset of ${text}`, at), at);
      if (type.kind !== 'struct') return unknown(`offsetof: '${text}' is in no struct`, at, ULONG);
      const found = findMember(type.members, text);
      const open = type instanceof Aggregate && (type.open || !type.complete) ? type : null;
      const madeUp = open !== null && (found === null || open.isMadeUp(text)) ? open : null;
      const last = i + 1 === pathPart.to;
      const path: readonly Member[] | null =
        madeUp === null
          ? (found?.path ?? null)
          : [usedMember(context, madeUp, text, last ? pointedTo(context, pointerPart) : null, at)];
      if (path === null) {
        const what = `${type.union ? 'union' : 'struct'} ${type.tag}`;
        context.say('unknown-member', 'error', `${what} has no member '${text}'`, at);
        return unknown(`${what} has no member '${text}'`, at, ULONG);
      }
      const before = type.members.findIndex((member) => hasVariableSize(member.type));
      if (before >= 0 && path[0] !== undefined && type.members.indexOf(path[0]) > before)
        return unknown('offsetof behind a member whose size is known only when it runs', at, ULONG);
      const offset = path.reduce((sum, member) => sum + member.offset, 0);
      value = binary('+', value, constant(offset, ULONG, at), at);
      type = path[path.length - 1]?.type ?? type;
      i++;
    }
  }
  const folded = fold(value);
  return folded === null ? value : constant(folded, ULONG, at);
}

function loadOf(symbol: GlobalSymbol, at: Span): Expr {
  const { type } = symbol;
  return convert({ kind: 'load', place: { kind: 'global', symbol, type, at }, type, at }, ULONG);
}

function generic(context: Context, from: number, to: number, at: Span, hint: CType | null): Operand {
  const [control, ...choices] = splitRange(context, from, to);
  if (control === undefined) return { value: unknown('_Generic without an expression', at) };
  // C2y: the control may be a type.
  const named = typeRange(context, control.from, control.to);
  const controlled = named ?? rangeValue(context, control.from, control.to)?.type ?? null;
  let fallback: { from: number; to: number } | null = null;
  for (const choice of choices) {
    const [label, body] = splitRange(context, choice.from, choice.to, ':');
    if (label === undefined || body === undefined) continue;
    const range = { from: body.from, to: choice.to };
    if (context.chunk.text(label.from) === 'default') {
      fallback = range;
      continue;
    }
    const type = typeRange(context, label.from, label.to);
    if (type === null || controlled === null || !matches(type, controlled)) continue;
    fallback = range;
    break;
  }
  const chosen = fallback === null ? null : context.expressionPiece(fallback.from, fallback.to);
  if (chosen === null) return { value: unknown('_Generic selects nothing', at) };
  return lowerOperand(chosen.context, chosen.node, hint);
}

function matches(label: CType, type: CType): boolean {
  let [a, b] = [label, type];
  while (a.kind === 'pointer' && b.kind === 'pointer') {
    if (a.toConst !== b.toConst) return false;
    [a, b] = [a.to, b.to];
  }
  if (a.kind === 'int' && b.kind === 'int' && a.plain !== b.plain) return false;
  return sameType(a, b);
}

function variadicArgument(context: Context, from: number, to: number, at: Span): Expr {
  const [list, typePart] = splitRange(context, from, to);
  const found = list === undefined ? null : context.expressionPiece(list.from, list.to);
  const type = typePart === undefined ? null : typeRange(context, typePart.from, typePart.to);
  if (found === null || type === null) return unknown('va_arg needs a va_list and a type', at);
  const operand = lowerOperand(found.context, found.node);
  if (!('place' in operand)) return unknown('va_arg of what is no va_list', at, type);
  const { place } = operand;
  return settleInExpression(context, type, (settled) => ({
    kind: 'builtin',
    name: 'va_arg',
    args: [],
    places: [place],
    typeArg: settled,
    type: settled,
    at,
  }));
}

function compatible(context: Context, from: number, to: number, at: Span): Expr {
  const [left, right] = splitRange(context, from, to);
  const a = left === undefined ? null : typeRange(context, left.from, left.to);
  const b = right === undefined ? null : typeRange(context, right.from, right.to);
  if (a === null || b === null) return unknown('__builtin_types_compatible_p needs two types', at, INT);
  return constant(matches(a, b) && !differentEnums(a, b) ? 1 : 0, INT, at);
}

/** Two enumerations are two types, however alike; each is compatible with the integer type under it. */
function differentEnums(a: CType, b: CType): boolean {
  if (a.kind !== 'int' || b.kind !== 'int' || a.constants === undefined || b.constants === undefined) return false;
  const [one, other] = [a.constants, b.constants];
  return one !== other && ([...one.keys()].join() !== [...other.keys()].join() || a.name !== b.name);
}
