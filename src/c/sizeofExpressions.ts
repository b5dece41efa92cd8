/** `sizeof` and `alignof`. */
import { ULONG, VOID } from './basicTypes.ts';
import type { Context } from './context.ts';
import { lowerExpression } from './expressions.ts';
import type { Expr } from './ir.ts';
import { alignOf, sizeOf } from './layout.ts';
import { constant, convert, unknown } from './operators.ts';
import { readTypeName } from './specifiers.ts';
import { child, type SyntaxNode } from './syntax.ts';
import type { CType } from './types.ts';
import { effectOfPlace, hasVariableSize, isOfVariableLayout, sizeExpression } from './variableArrays.ts';

/** Lowers it to a constant, or for a variable-length array to the size worked out at its declaration. */
export function lowerSizeof(context: Context, node: SyntaxNode): Expr {
  const at = context.span(node);
  const align = context.parsed.special(node)?.kind === 'alignof';
  const typeNode = child(node, 'type');
  const valueNode = child(node, 'value');
  let type: CType;
  let effect: Expr | null = null;
  if (typeNode !== null) type = readTypeName(context, typeNode);
  else {
    if (valueNode === null) return unknown('sizeof of nothing', at, ULONG);
    const value = lowerExpression(context, valueNode, { decay: false });
    type = value.type;
    // Of an array whose size only the run tells the operand is evaluated.
    if (value.kind === 'load') effect = effectOfPlace(value.place);
  }
  if (type.kind === 'struct' && !type.complete && !type.open)
    return unknown(`the size of ${type.union ? 'union' : 'struct'} ${type.tag}, which is not defined here`, at, ULONG);
  if (type.kind === 'struct' && type.size >= 0 && isOfVariableLayout.has(type))
    return unknown('the size of a struct with a member whose size is known only when it runs', at, ULONG);
  if (!align && hasVariableSize(type)) {
    const size = sizeExpression(type, at);
    return effect === null ? size : { kind: 'comma', left: convert(effect, VOID), right: size, type: ULONG, at };
  }
  if (!Number.isSafeInteger(sizeOf(type))) return unknown('the size of an object that no memory holds', at, ULONG);
  return constant(align ? alignOf(type) : sizeOf(type), ULONG, at);
}
