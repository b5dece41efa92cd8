/** Initialisers of variables, members and compound literals: single values here, braced lists in `flatten.ts`. */
import type { Context } from './context.ts';
import { lowerExpression, type Operand } from './expressions.ts';
import { Flattener, items } from './flatten.ts';
import type { Init } from './ir.ts';
import { convert, unknown } from './operators.ts';
import { readTypeName } from './specifiers.ts';
import { child, type SyntaxNode } from './syntax.ts';
import type { CType } from './types.ts';

export interface Initialised {
  readonly init: Init;
  /** The type, with the length of an unsized array filled in. */
  readonly type: CType;
}

/** Lowers an initialiser for an object of `type`. */
export function lowerInitialiser(context: Context, type: CType, node: SyntaxNode): Initialised {
  if (type.kind !== 'array' && type.kind !== 'struct') {
    const inner = node.type === 'initializer_list' ? items(node)[0] : node;
    if (inner === undefined) return { init: { kind: 'aggregate', stores: [] }, type };
    if (inner.type === 'initializer_list' || inner.type === 'initializer_pair') {
      if (type.kind === 'unknown')
        return {
          init: { kind: 'scalar', value: unknown('a list for what has no known type', context.span(node)) },
          type,
        };
      return lowerInitialiser(
        context,
        type,
        inner.type === 'initializer_list' ? inner : (child(inner, 'value') ?? inner),
      );
    }
    const value = lowerExpression(context, inner, { hint: type });
    return { init: { kind: 'scalar', value: convert(value, type) }, type };
  }
  if (type.kind === 'struct' && node.type !== 'initializer_list') {
    const value = lowerExpression(context, node, { hint: type });
    return { init: { kind: 'scalar', value: convert(value, type) }, type };
  }
  const flattener = new Flattener(context);
  flattener.whole({ type, offset: 0, member: null }, node);
  const complete: CType =
    type.kind === 'array' && type.length === null ? { ...type, length: flattener.highest + 1 } : type;
  return { init: { kind: 'aggregate', stores: flattener.stores }, type: complete };
}

/** `(T){ ... }`: a hidden variable, or outside a function a hidden static object. */
export function lowerCompoundLiteral(context: Context, node: SyntaxNode): Operand {
  const at = context.span(node);
  const typeNode = child(node, 'type');
  const valueNode = child(node, 'value');
  if (typeNode === null || valueNode === null) return { value: unknown('a compound literal that cannot be read', at) };
  const declared = readTypeName(context, typeNode);
  const { init, type } = lowerInitialiser(context, declared, valueNode);
  const { fn } = context;
  if (fn === null) {
    const symbol = context.file.defineGlobal(context.file.uniqueName('literal', at), type, false, at, [], () => init);
    return { place: { kind: 'global', symbol, type, at } };
  }
  const variable = fn.local('', type, at, false);
  return { place: { kind: 'literal', variable, init, type, at } };
}
