/**
 * Members, array elements and what pointers point to; also for types that are only partly visible, where use tells what a member is.
 */
import { Aggregate, isOfUse } from './aggregate.ts';
import { pointerTo, unknownType, VOID } from './basicTypes.ts';
import type { Context } from './context.ts';
import { lowerExpression, lowerOperand, type Operand } from './expressions.ts';
import type { Expr, Place } from './ir.ts';
import { findMember } from './layout.ts';
import { guessLocal } from './names.ts';
import { vectorElements } from './opaqueTypes.ts';
import { addressOf, binary, convert, read, unknown } from './operators.ts';
import type { Span } from './source.ts';
import { child, type SyntaxNode } from './syntax.ts';
import type { CType, Member, StructType } from './types.ts';
import { unseenLocal } from './unseenLocal.ts';
import { isOfVariableLayout } from './variableArrays.ts';

const VARIABLE_LAYOUT = 'a struct with a member whose size is known only when it runs';

/** What a pointer leads to is not told: no C goes through a `void *`, which is what `kfree()` of a member that nobody declares takes it for. */
function isUntold(type: CType): boolean {
  return type.kind === 'unknown' || type.kind === 'void';
}

/** `*pointer`. */
export function pointee(pointer: Expr, at: Span, hint: CType | null): Operand {
  const { type } = pointer;
  if (type.kind === 'pointer') {
    if (isUntold(type.to) && hint !== null && hint.kind !== 'void')
      return { place: { kind: 'deref', pointer: convert(pointer, pointerTo(hint)), type: hint, at } };
    return { place: { kind: 'deref', pointer, type: type.to, at } };
  }
  if (type.kind === 'unknown') {
    const to = hint !== null && hint.kind !== 'void' ? hint : unknownType(`what an unknown pointer points to`);
    unseenLocal(pointer)?.learn(pointerTo(to));
    return { place: { kind: 'deref', pointer: convert(pointer, pointerTo(to)), type: to, at } };
  }
  return { value: unknown('what is not a pointer is dereferenced', at) };
}

/** `a[i]`. */
export function lowerSubscript(context: Context, node: SyntaxNode, hint: CType | null): Operand {
  const at = context.span(node);
  const argument = child(node, 'argument');
  const index = child(node, 'index');
  if (argument === null || index === null) return { value: unknown('an index is missing', at) };
  let left = lowerExpression(context, argument, { hint: hint === null ? null : pointerTo(hint) });
  let right = lowerExpression(context, index);
  if (right.type.kind === 'pointer' && left.type.kind !== 'pointer') [left, right] = [right, left];
  const elements = left.kind === 'load' ? vectorElements(left.type) : null;
  if (left.kind === 'load' && elements !== null)
    left = read({ kind: 'member', base: left.place, member: elements, type: elements.type, at }, at);
  if (left.type.kind === 'unknown' || (left.type.kind === 'pointer' && left.type.to.kind === 'void'))
    left = convert(left, pointerTo(hint ?? unknownType('an element of an unknown array')));
  if (left.type.kind !== 'pointer')
    return { value: left.kind === 'unknown' ? left : unknown('what is not an array is indexed', at) };
  return pointee(binary('+', left, right, at), at, hint);
}

/** Names the struct behind a pointer of unknown type, so that all uses of the same thing meet in one type. */
function sourceName(value: Expr): string {
  if (value.kind === 'load') {
    const { place } = value;
    if (place.kind === 'member')
      return `${place.base.type.kind === 'struct' ? place.base.type.tag : '?'}.${place.member.name ?? ''}`;
    if (place.kind === 'local') return `${place.variable.name}@${place.variable.at.start}`;
    if (place.kind === 'global') return place.symbol.name;
  }
  if (value.kind === 'call' && value.callee.kind === 'direct') return `${value.callee.symbol.name}()`;
  return `value@${value.at.start}`;
}

function structBehind(context: Context, pointer: Expr): { pointer: Expr; struct: StructType } | null {
  const { type } = pointer;
  if (type.kind === 'pointer' && type.to.kind === 'struct') return { pointer, struct: type.to };
  if (type.kind !== 'unknown' && !(type.kind === 'pointer' && (type.to.kind === 'unknown' || type.to.kind === 'void')))
    return null;
  // No C goes through a `void *`: a member so declared stands for a pointer in the bundled headers that the code at hand knows better.
  const isMember = pointer.kind === 'load' && pointer.place.kind === 'member';
  if (type.kind === 'pointer' && type.to.kind === 'void' && !isMember) return null;
  const struct = context.file.undefinedTag('struct', `<${sourceName(pointer)}>`, pointer.at);
  if (struct.kind !== 'struct') return null;
  const known = pointerTo(struct);
  unseenLocal(pointer)?.learn(known);
  // A member whose use shows that it points to a struct is remembered as such.
  if (pointer.kind === 'load' && pointer.place.kind === 'member') {
    const { member } = pointer.place;
    const parent = pointer.place.base.type;
    if (parent instanceof Aggregate && member.name !== null && parent.isMadeUp(member.name)) {
      const refined = parent.undeclared(member.name, known, pointer.at);
      const place: Place = { ...pointer.place, member: refined, type: refined.type };
      return { pointer: convert({ ...pointer, place, type: refined.type }, known), struct };
    }
  }
  return { pointer: convert(pointer, known), struct };
}

/** `s.m` and `p->m`. */
export function lowerMember(context: Context, node: SyntaxNode, hint: CType | null): Operand {
  const at = context.span(node);
  const argument = child(node, 'argument');
  const field = child(node, 'field');
  if (argument === null || field === null) return { value: unknown('a member name is missing', at) };
  const name = context.word(field);
  const operator = context.chunk.text(context.parsed.before(field));
  let base: Place;
  if (operator === '->') {
    const unseen = unseenVariable(context, argument);
    const pointer = unseen !== null && 'place' in unseen ? read(unseen.place, at) : lowerExpression(context, argument);
    if (pointer.kind === 'unknown') return { value: pointer };
    const found = structBehind(context, pointer);
    if (found === null) return { value: unknown(`'->${name}' on what does not point to a struct`, at) };
    base = { kind: 'deref', pointer: found.pointer, type: found.struct, at: pointer.at };
  } else {
    const operand = unseenVariable(context, argument) ?? lowerOperand(context, argument);
    if ('place' in operand) base = operand.place;
    else if (operand.value.kind === 'unknown') return operand;
    else base = { kind: 'value', value: operand.value, type: operand.value.type, at: operand.value.at };
    if (base.type.kind === 'unknown') base = asOpenStruct(context, base, at);
  }
  return memberOf(context, base, name, hint, at);
}

/** A function's name with a member behind it: in a function seen in part, an unseen variable hides the function. */
function unseenVariable(context: Context, node: SyntaxNode): Operand | null {
  if (node.type !== 'identifier' || !context.partial) return null;
  const name = context.word(node);
  return context.scope.lookup(name)?.kind === 'function' ? guessLocal(context, name, context.span(node), null) : null;
}

/** A place of unknown type that is used as a struct. */
function asOpenStruct(context: Context, place: Place, at: Span): Place {
  const value = read(place, at);
  const struct = context.file.undefinedTag('struct', `<${sourceName(value)}>`, at);
  if (struct.kind !== 'struct' || place.kind === 'value') return place;
  unseenLocal(value)?.learn(struct);
  const address = addressOf(place, at);
  if (
    place.kind === 'member' &&
    place.base.type instanceof Aggregate &&
    place.member.name !== null &&
    place.base.type.isMadeUp(place.member.name)
  ) {
    const refined = place.base.type.undeclared(place.member.name, struct, at);
    return { ...place, member: refined, type: refined.type };
  }
  return { kind: 'deref', pointer: convert(address, pointerTo(struct)), type: struct, at };
}

/** The member of a struct that is used without having been declared; `used`: as what. */
export function usedMember(context: Context, struct: Aggregate, name: string, used: CType | null, at: Span): Member {
  const member = struct.undeclared(name, used, at);
  if (struct.isTaught) context.file.teach(struct);
  return member;
}

/** A member that what is stored in it tells more about. */
export function isOpenToUse(place: Place): boolean {
  // An element of an array that no visible line declares.
  if (place.kind === 'deref') return place.type.kind === 'unknown';
  if (place.kind !== 'member') return false;
  return place.type.kind === 'unknown' || (place.type.kind === 'pointer' && isOfUse(place.type.to));
}

/** The member `name` of the struct at `base`. */
export function memberOf(context: Context, base: Place, name: string, hint: CType | null, at: Span): Operand {
  const { type } = base;
  if (type.kind !== 'struct') return { value: unknown(`'.${name}' on what is not a struct`, at) };
  const found = findMember(type.members, name);
  if (isOfVariableLayout.has(type)) return { value: unknown(VARIABLE_LAYOUT, at) };
  if (found !== null && !(type instanceof Aggregate && type.isMadeUp(name))) {
    let place = base;
    for (const member of found.path) place = { kind: 'member', base: place, member, type: member.type, at };
    return { place };
  }
  if (type instanceof Aggregate && (type.open || !type.complete)) {
    const usable = hint !== null && hint.kind !== 'void' && hint.kind !== 'function' ? hint : null;
    const member = usedMember(context, type, name, usable, at);
    return { place: { kind: 'member', base, member, type: member.type, at } };
  }
  const what = `${type.union ? 'union' : 'struct'} ${type.tag}`;
  context.say('unknown-member', 'error', `${what} has no member '${name}'`, at);
  // Our own C knows all generations of the kernel's structs: what the one at hand does not have, nobody set.
  if (context.file.isOpen && !context.file.fragment)
    return { value: { kind: 'constant', value: 0, type: pointerTo(VOID), at } };
  return { value: unknown(`${what} has no member '${name}'`, at) };
}
