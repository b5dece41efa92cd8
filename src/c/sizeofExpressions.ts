/** `sizeof` and `alignof`. */
import { ULONG } from './basicTypes.ts';
import type { Context } from './context.ts';
import { lowerExpression } from './expressions.ts';
import type { Expr } from './ir.ts';
import { alignOf, sizeOf } from './layout.ts';
import { constant, unknown } from './operators.ts';
import { readTypeName } from './specifiers.ts';
import { child, type SyntaxNode } from './syntax.ts';
import type { CType } from './types.ts';
import { hasVariableSize, isOfVariableLayout, sizeExpression } from './variableArrays.ts';

/** Lowers it to a constant, or for a variable-length array to the size worked out at its declaration. */
export function lowerSizeof(context: Context, node: SyntaxNode): Expr {
  const at = context.span(node);
  const align = context.parsed.special(node)?.kind === 'alignof';
  const typeNode = child(node, 'type');
  const valueNode = child(node, 'value');
  let type: CType;
  if (typeNode !== null) type = readTypeName(context, typeNode);
  else {
    if (valueNode === null) return unknown('sizeof of nothing', at, ULONG);
    type = lowerExpression(context, valueNode, { decay: false }).type;
  }
  if (type.kind === 'struct' && !type.complete && !type.open)
    return unknown(`the size of ${type.union ? 'union' : 'struct'} ${type.tag}, which is not defined here`, at, ULONG);
  if (type.kind === 'struct' && type.size >= 0 && isOfVariableLayout.has(type))
    return unknown('the size of a struct with a member whose size is known only when it runs', at, ULONG);
  if (!align && hasVariableSize(type)) return sizeExpression(type, at);
  return constant(align ? alignOf(type) : sizeOf(type), ULONG, at);
}
