/**
 * Expressions: from syntax to typed IR. An operand is either a place (it has an address) or a value; `lowerExpression` gives the value of
 * either. Calls, names, members and GNU's special forms are in files of their own.
 */
import { DOUBLE, INT, pointerTo, VOID } from './basicTypes.ts';
import { lowerCall } from './calls.ts';
import { sameType } from './compare.ts';
import { type Context, NESTING_LIMIT } from './context.ts';
import { settleInExpression } from './declarations.ts';
import { lowerCompoundLiteral } from './initialisers.ts';
import type { BinaryOp, CompareOp, Expr, Place } from './ir.ts';
import { sizeOf } from './layout.ts';
import { lowerNumber, lowerString } from './literalExpressions.ts';
import { isOpenToUse, lowerMember, lowerSubscript, pointee } from './memberAccess.ts';
import { lowerName } from './names.ts';
import {
  addressOf,
  binary,
  bitWidth,
  commonType,
  compare,
  condition,
  conditionalType,
  constant,
  convert,
  promote,
  read,
  steps,
  unary,
  unknown,
  unsupportedType,
} from './operators.ts';
import { lowerSizeof } from './sizeofExpressions.ts';
import { lowerSpecial } from './specialForms.ts';
import { readTypeName } from './specifiers.ts';
import { lowerStatementExpression } from './statements.ts';
import { child, type SyntaxNode } from './syntax.ts';
import type { CType } from './types.ts';
import { UnseenLocal } from './unseenLocal.ts';

/** Something with an address, or a value. */
export type Operand = { readonly place: Place } | { readonly value: Expr };

export interface ExpressionOptions {
  /** False for `sizeof` and `typeof`: arrays and functions keep their type. */
  readonly decay?: boolean;
  /** The type the surroundings would have: gives undeclared things a type. */
  readonly hint?: CType | null;
}

/** Lowers an expression to its value. */
export function lowerExpression(context: Context, node: SyntaxNode, options: ExpressionOptions = {}): Expr {
  const operand = lowerOperand(context, node, options.hint ?? null);
  if (!('value' in operand)) {
    const { place } = operand;
    const at = context.span(node);
    return options.decay === false ? { kind: 'load', place, type: place.type, at } : read(place, at);
  }
  const { value } = operand;
  if (options.decay === false) {
    if (value.kind === 'string' && value.type.kind === 'pointer') {
      const size = Math.max(sizeOf(value.type.to), 1);
      return {
        ...value,
        type: { kind: 'array', of: value.type.to, length: Math.floor(value.bytes.length / size) + 1 },
      };
    }
    if (value.kind === 'function' && context.chunk.text(context.parsed.from(node)) !== '&')
      return { ...value, type: value.symbol.type };
  }
  return value;
}

/** Lowers an expression to a place if it has one, else to its value. */
export function lowerOperand(context: Context, node: SyntaxNode, hint: CType | null = null): Operand {
  if (node.type === 'ERROR') return { value: broken(context, node) };
  const { shared } = context;
  if (shared.depth >= NESTING_LIMIT) return { value: unknown('an expression nested too deep', context.span(node)) };
  // As `deeper`, without what would be made for each of the parts of every expression.
  shared.depth++;
  try {
    return dispatch(context, node, hint);
  } finally {
    shared.depth--;
  }
}

function broken(context: Context, node: SyntaxNode): Expr {
  const reason = node.broken ?? 'syntax error';
  const at = context.span(node);
  context.say('syntax-error', 'error', reason, at);
  return unknown(`${reason} in this expression`, at);
}

/** Parts that are broken themselves are reported where they are; a break between them makes the whole unknown. */
function brokenHere(node: SyntaxNode): boolean {
  return node.broken !== null && !node.children.some((each) => each.broken !== null && each.type !== 'ERROR');
}

/** Only a closing bracket is missing: the parser's reading of the rest is the only one there is. */
function isRepaired(node: SyntaxNode): boolean {
  return (
    (node.broken === "missing ')'" || node.broken === "missing ']'") &&
    !node.children.some((each) => each.type === 'ERROR' || each.broken !== null)
  );
}

function dispatch(context: Context, node: SyntaxNode, hint: CType | null): Operand {
  if (node.broken !== null && brokenHere(node)) {
    if (!isRepaired(node)) return { value: broken(context, node) };
    context.say('syntax-repaired', 'error', `${node.broken} here; it is read as if it stood there`, context.span(node));
  }
  const at = context.span(node);
  switch (node.type) {
    case 'identifier': {
      const special = context.parsed.special(node);
      if (special !== null && special.kind !== 'base') return lowerSpecial(context, special, at, hint);
      return lowerName(context, context.word(node), at, hint);
    }
    case 'number_literal':
    case 'char_literal':
      return { value: lowerNumber(context, node) };
    case 'string_literal':
    case 'concatenated_string':
      return { value: lowerString(context, node) };
    case 'parenthesized_expression': {
      const [inner] = node.children;
      if (inner === undefined) return { value: broken(context, node) };
      if (inner.type === 'compound_statement') return { value: lowerStatementExpression(context, inner) };
      return lowerOperand(context, inner, hint);
    }
    case 'comma_expression': {
      const [left, right] = node.children;
      if (left === undefined || right === undefined) return { value: broken(context, node) };
      const first = lowerExpression(context, left);
      const second = lowerExpression(context, right, { hint });
      return { value: { kind: 'comma', left: convert(first, VOID), right: second, type: second.type, at } };
    }
    case 'conditional_expression':
      return { value: lowerConditional(context, node, hint) };
    case 'assignment_expression':
      return { value: lowerAssignment(context, node) };
    case 'update_expression':
      return { value: lowerIncrement(context, node) };
    case 'unary_expression':
      return { value: lowerUnary(context, node) };
    case 'pointer_expression':
      return lowerPointerExpression(context, node, hint);
    case 'binary_expression':
      return lowerBinary(context, node);
    case 'cast_expression':
      return { value: lowerCast(context, node) };
    case 'sizeof_expression':
      return { value: lowerSizeof(context, node) };
    case 'subscript_expression':
      return lowerSubscript(context, node, hint);
    case 'field_expression':
      return lowerMember(context, node, hint);
    case 'call_expression':
      return lowerCall(context, node, hint);
    case 'compound_literal_expression':
      return lowerCompoundLiteral(context, node);
    default:
      return { value: unknown(`'${node.type.replaceAll('_', ' ')}' is not supported here`, at) };
  }
}

function lowerConditional(context: Context, node: SyntaxNode, hint: CType | null): Expr {
  const at = context.span(node);
  const conditionNode = child(node, 'condition');
  const thenNode = child(node, 'consequence');
  const otherwiseNode = child(node, 'alternative');
  if (conditionNode === null || otherwiseNode === null) return broken(context, node);
  const test = condition(lowerExpression(context, conditionNode, { hint: thenNode === null ? hint : null }));
  const then = thenNode === null ? null : lowerExpression(context, thenNode, { hint });
  const otherwise = lowerExpression(context, otherwiseNode, { hint });
  const type = conditionalType(then ?? test, otherwise);
  return {
    kind: 'conditional',
    condition: test,
    then: then === null ? null : convert(then, type),
    otherwise: convert(otherwise, type),
    type,
    at,
  };
}

/** The place an assignment stores to, or the reason there is none. */
function assignable(context: Context, node: SyntaxNode, hint: CType | null): Place | Expr {
  const operand = lowerOperand(context, node, hint);
  if ('place' in operand) return operand.place;
  return operand.value.kind === 'unknown' ? operand.value : unknown('this cannot be assigned to', context.span(node));
}

function isPlace(value: Place | Expr): value is Place {
  switch (value.kind) {
    case 'local':
    case 'global':
    case 'deref':
    case 'member':
    case 'literal':
    case 'value':
      return true;
    default:
      return false;
  }
}

const COMPOUND: ReadonlyMap<string, BinaryOp> = new Map([
  ['+=', '+'],
  ['-=', '-'],
  ['*=', '*'],
  ['/=', '/'],
  ['%=', '%'],
  ['&=', '&'],
  ['|=', '|'],
  ['^=', '^'],
  ['<<=', '<<'],
  ['>>=', '>>'],
]);

function lowerAssignment(context: Context, node: SyntaxNode): Expr {
  const at = context.span(node);
  const left = child(node, 'left');
  const right = child(node, 'right');
  if (left === null || right === null) return broken(context, node);
  const operator = context.chunk.text(context.parsed.before(right));
  let place = assignable(context, left, null);
  if (!isPlace(place)) {
    lowerExpression(context, right);
    return place;
  }
  const value = lowerExpression(context, right, { hint: place.type });
  if (place.kind === 'local' && place.variable instanceof UnseenLocal && operator === '=')
    place.variable.learn(value.type);
  // Only now is it plain what an undeclared member holds.
  if (isOpenToUse(place) && value.type.kind !== 'unknown') {
    const again = assignable(context, left, value.type);
    if (isPlace(again)) place = again;
  }
  if (operator === '=') {
    if (place.type.kind === 'array') return unknown('an array cannot be assigned to', at);
    return { kind: 'assign', place, value: convert(value, place.type), type: place.type, at };
  }
  const op = COMPOUND.get(operator);
  if (op === undefined) return broken(context, node);
  return update(context, op, place, value, false, node);
}

function update(context: Context, op: BinaryOp, place: Place, value: Expr, post: boolean, node: SyntaxNode): Expr {
  const at = context.span(node);
  const type = place.type;
  if (value.kind === 'unknown') return value;
  if (type.kind === 'pointer') {
    if (op !== '+' && op !== '-') return unknown(`'${op}=' on a pointer`, at);
    const [by, scale] = steps(type, value, at);
    return { kind: 'update', op, place, value: by, operandType: type, scale, post, type, at };
  }
  if (type.kind !== 'int' && type.kind !== 'float' && type.kind !== 'unknown')
    return unknown(`'${op}=' on this type`, at);
  const current = read(place, at);
  const shift = op === '<<' || op === '>>';
  const operandType = shift ? promote(current).type : commonType(current, value);
  const operand = shift ? promote(value) : convert(value, operandType);
  return { kind: 'update', op, place, value: operand, operandType, scale: 1, post, type, at };
}

function lowerIncrement(context: Context, node: SyntaxNode): Expr {
  const at = context.span(node);
  const argument = child(node, 'argument');
  if (argument === null) return broken(context, node);
  const first = context.chunk.text(context.parsed.from(node));
  const prefix = first === '++' || first === '--';
  // The parser reads `!x++` as `(!x)++`; C reads it as `!(x++)`.
  if (!prefix && argument.type === 'unary_expression') {
    const operand = child(argument, 'argument');
    if (operand !== null) {
      const inner: SyntaxNode = { ...node, first: operand.first, children: [{ ...operand, field: 'argument' }] };
      return unary(context.chunk.text(context.parsed.from(argument)), lowerIncrement(context, inner), at);
    }
  }
  const place = assignable(context, argument, null);
  if (!isPlace(place)) return place;
  const operator = prefix ? first : context.chunk.text(context.parsed.to(node) - 1);
  return update(context, operator === '++' ? '+' : '-', place, constant(1, INT, at), !prefix, node);
}

function lowerUnary(context: Context, node: SyntaxNode): Expr {
  const at = context.span(node);
  const argument = child(node, 'argument');
  if (argument === null) return broken(context, node);
  return unary(context.chunk.text(context.parsed.from(node)), lowerExpression(context, argument), at);
}

function lowerPointerExpression(context: Context, node: SyntaxNode, hint: CType | null): Operand {
  const at = context.span(node);
  const argument = child(node, 'argument');
  if (argument === null) return { value: broken(context, node) };
  if (context.chunk.text(context.parsed.from(node)) === '&') {
    const inner = lowerOperand(context, argument, hint?.kind === 'pointer' && hint.to.kind !== 'void' ? hint.to : null);
    if ('place' in inner) {
      if (inner.place.kind === 'member' && inner.place.member.bits !== undefined)
        return { value: unknown('the address of a bit-field', at) };
      return { value: { ...addressOf(inner.place, at) } };
    }
    if (inner.value.kind === 'function' || inner.value.kind === 'unknown') return { value: inner.value };
    if (inner.value.kind === 'string' && inner.value.type.kind === 'pointer') {
      const of = inner.value.type.to;
      const length = Math.floor(inner.value.bytes.length / Math.max(sizeOf(of), 1)) + 1;
      return { value: convert(inner.value, pointerTo({ kind: 'array', of, length })) };
    }
    return { value: unknown('the address of a value', at) };
  }
  const pointer = lowerExpression(context, argument, { hint: hint === null ? null : pointerTo(hint) });
  if (pointer.kind === 'unknown') return { value: pointer };
  if (pointer.type.kind === 'pointer' && pointer.type.to.kind === 'function') return { value: pointer };
  return pointee(pointer, at, hint);
}

const COMPARISONS: ReadonlySet<string> = new Set(['==', '!=', '<', '<=', '>', '>=']);

function isComparison(operator: string): operator is CompareOp {
  return COMPARISONS.has(operator);
}

const ARITHMETIC: ReadonlySet<string> = new Set(['+', '-', '*', '/', '%', '&', '|', '^', '<<', '>>']);

function isArithmetic(operator: string): operator is BinaryOp {
  return ARITHMETIC.has(operator);
}

/** Longest chain of binary operators: what reads the IR may recurse along it. */
const CHAIN_LIMIT = 1000;

/** A chain `a + b + c + ...` leans left as deep as it is long, so it is followed in a loop. */
function lowerBinary(context: Context, node: SyntaxNode): Operand {
  const chain: SyntaxNode[] = [];
  let at: SyntaxNode = node;
  while (at.type === 'binary_expression') {
    if (chain.length >= CHAIN_LIMIT)
      return { value: unknown(`an expression of more than ${CHAIN_LIMIT} operands`, context.span(node)) };
    chain.push(at);
    const left = child(at, 'left');
    if (left === null || brokenHere(at)) return { value: broken(context, at) };
    at = left;
  }
  let left = lowerExpression(context, at);
  for (const each of chain.reverse()) {
    const right = child(each, 'right');
    if (right === null) return { value: broken(context, each) };
    const operator = context.chunk.text(context.parsed.before(right));
    const span = context.span(each);
    const value = lowerExpression(context, right, { hint: isComparison(operator) ? left.type : null });
    if (operator === '&&' || operator === '||')
      left = { kind: 'logical', op: operator, left: condition(left), right: condition(value), type: INT, at: span };
    else if (isComparison(operator)) left = compare(operator, left, value, span);
    else if (isArithmetic(operator)) left = binary(operator, left, value, span);
    else return { value: broken(context, each) };
  }
  return { value: left };
}

function lowerCast(context: Context, node: SyntaxNode): Expr {
  const at = context.span(node);
  const typeNode = child(node, 'type');
  const valueNode = child(node, 'value');
  if (typeNode === null || valueNode === null) return broken(context, node);
  return settleInExpression(context, readTypeName(context, typeNode), (type) =>
    cast(context, lowerExpression(context, valueNode, { hint: type }), type, at),
  );
}

function cast(context: Context, value: Expr, type: CType, at: Expr['at']): Expr {
  if (value.kind === 'unknown') return { ...value, type };
  if (type.kind === 'void') return { kind: 'convert', value, explicit: true, type, at };
  if (type.kind === 'struct') {
    if (value.type.kind === 'struct' && sameType(value.type, type)) return value;
    const member = type.union ? type.members.find((each) => sameType(each.type, value.type)) : undefined;
    const fn = context.fn;
    if (member === undefined || fn === null) return unknown(unsupportedType(type) ?? 'a cast to a struct', at, type);
    const variable = fn.local('', type, at, false);
    const init = {
      kind: 'aggregate',
      stores: [{ offset: 0, type: member.type, value, member: member.name, at }],
    } as const;
    return { kind: 'load', place: { kind: 'literal', variable, init, type, at }, type, at };
  }
  // A cast ends the special promotion of a bit-field, even to its own type.
  if (bitWidth(value) !== undefined && value.type.kind === 'int' && type.kind === 'int')
    return { kind: 'convert', value, explicit: true, type, at };
  return { ...convert(value, type, true), at };
}

/** What a variadic argument, or one for an undeclared parameter, is converted to. */
export function defaultPromotion(value: Expr): Expr {
  if (value.type.kind === 'float' && value.type.size === 4) return convert(value, DOUBLE);
  if (value.type.kind === 'int') return promote(value);
  return value;
}
