/** Calls: direct, through pointers, of functions nobody declares, and of compiler builtins (`builtins.ts`). */
import { pointerTo, unknownType, unprototyped } from './basicTypes.ts';
import { isBuiltin, lowerBuiltin } from './builtins.ts';
import type { Context } from './context.ts';
import { defaultPromotion, lowerExpression, lowerOperand, type Operand } from './expressions.ts';
import type { Callee, Expr, FunctionSymbol } from './ir.ts';
import { convert, unknown } from './operators.ts';
import { isEarlier } from './otherVersions.ts';
import type { Span } from './source.ts';
import { child, type SyntaxNode } from './syntax.ts';
import type { CType, FunctionType } from './types.ts';

/** Lowers a call. `hint`: the type its surroundings would have. */
export function lowerCall(context: Context, node: SyntaxNode, hint: CType | null): Operand {
  const at = context.span(node);
  const target = child(node, 'function');
  const list = child(node, 'arguments');
  if (target === null || list === null) return { value: unknown('a call that cannot be read', at) };
  const nodes = list.children.filter((each) => each.type !== 'comment');
  const inner = calledName(target);
  if (inner !== null && context.parsed.special(inner) === null) {
    const name = context.word(inner);
    const meaning = context.scope.lookup(name);
    // A declaration alone does not make it a function: its memory is the caller's.
    if (name === 'alloca' && meaning?.kind === 'function') return lowerBuiltin(context, name, nodes, at);
    if (meaning === null || (meaning.kind === 'function' && !meaning.declared)) {
      if (isBuiltin(name) && meaning === null) return lowerBuiltin(context, name, nodes, at);
      const typed = nodes.find(
        (each) => each.type === 'identifier' && context.parsed.special(each)?.kind === 'typeArgument',
      );
      if (typed !== undefined) {
        // With a value first it asks for one (`rdma_udata_to_drv_context(udata, struct foo, member)`); with a type first it may declare.
        const values = nodes.filter((each) => each !== typed && !isNobodysName(context, each));
        if (nodes[0] === typed || values[0] !== nodes[0])
          return { value: unknown(`'${name}' takes a type and has no definition here`, at) };
        return { value: implicitCall(context, name, values, hint, at, context.span(inner)) };
      }
      if (nodes.some((each) => each.type === 'compound_statement'))
        return { value: unknown(`'${name}' takes a block and has no definition here`, at) };
      return { value: implicitCall(context, name, nodes, hint, at, context.span(inner)) };
    }
    if (meaning.kind === 'typedef') return { value: unknown(`type '${name}' is called`, at) };
  }
  const operand = lowerOperand(context, target);
  let callee = 'value' in operand ? operand.value : null;
  if (callee === null) callee = lowerExpression(context, target);
  if (callee.kind === 'unknown') {
    for (const each of nodes) lowerExpression(context, each);
    return { value: callee };
  }
  if (callee.kind === 'function') {
    const { symbol } = callee;
    return { value: finish(context, { kind: 'direct', symbol }, symbol.type, nodes, at, symbol.name) };
  }
  return { value: indirect(context, callee, nodes, hint, at) };
}

function calledName(node: SyntaxNode): SyntaxNode | null {
  let at = node;
  while (at.type === 'parenthesized_expression' && at.children.length === 1 && at.children[0] !== undefined)
    at = at.children[0];
  return at.type === 'identifier' ? at : null;
}

/** A word that nothing declares: a member's name, for a macro that nobody shows. */
function isNobodysName(context: Context, node: SyntaxNode): boolean {
  return (
    node.type === 'identifier' &&
    context.parsed.special(node) === null &&
    context.scope.lookup(context.word(node)) === null
  );
}

/** A call of a function that no visible text declares: its type is what this call shows. */
function implicitCall(
  context: Context,
  name: string,
  nodes: readonly SyntaxNode[],
  hint: CType | null,
  at: Span,
  nameAt: Span,
): Expr {
  const args = nodes.map((each) => defaultPromotion(lowerExpression(context, each)));
  const result = hint !== null && hint.kind !== 'array' && hint.kind !== 'function' ? hint : unknownResult(name);
  const symbol = context.file.implicitFunction(
    name,
    args.map((each) => each.type),
    result,
    nameAt,
  );
  const type = symbol.type.result.kind === 'unknown' ? result : symbol.type.result;
  return { kind: 'call', callee: { kind: 'direct', symbol }, args, type, at };
}

/** The function type behind a called value, or null. */
function signatureOf(type: CType): FunctionType | null {
  if (type.kind === 'function') return type;
  if (type.kind === 'pointer' && type.to.kind === 'function') return type.to;
  return null;
}

function indirect(context: Context, pointer: Expr, nodes: readonly SyntaxNode[], hint: CType | null, at: Span): Expr {
  const member = pointer.kind === 'load' && pointer.place.kind === 'member' ? pointer.place.member.name : null;
  const signature = signatureOf(pointer.type);
  if (signature !== null) {
    return finish(
      context,
      { kind: 'indirect', pointer, signature, member },
      signature,
      nodes,
      at,
      member ?? 'the function',
    );
  }
  const args = nodes.map((each) => defaultPromotion(lowerExpression(context, each)));
  if (pointer.type.kind !== 'unknown' && pointer.type.kind !== 'pointer')
    return unknown('what is no function is called', at);
  const result =
    hint !== null && hint.kind !== 'array' && hint.kind !== 'function' ? hint : unknownResult(member ?? 'pointer');
  const shown: FunctionType = {
    ...unprototyped(result),
    parameters: args.map((each) => each.type),
    parameterNames: args.map(() => null),
  };
  const callee: Callee = { kind: 'indirect', pointer: convert(pointer, pointerTo(shown)), signature: shown, member };
  return { kind: 'call', callee, args, type: result, at };
}

function finish(
  context: Context,
  callee: Callee,
  signature: FunctionType,
  nodes: readonly SyntaxNode[],
  at: Span,
  name: string,
): Expr {
  const values = nodes.map((node, index) =>
    lowerExpression(context, node, { hint: signature.parameters[index] ?? null }),
  );
  if (callee.kind === 'direct' && nodes.every((node) => node.broken === null)) {
    const symbol = context.file.called(callee.symbol, values);
    if (symbol !== callee.symbol) {
      const args = values.map(defaultPromotion);
      return { kind: 'call', callee: { kind: 'direct', symbol }, args, type: symbol.type.result, at };
    }
  }
  const args = values.map((value, index) => {
    const type = signature.parameters[index];
    return type === undefined || type.kind === 'unknown' ? defaultPromotion(value) : convert(value, type);
  });
  const { length } = signature.parameters;
  if (callee.kind === 'direct' && isEarlier(callee.symbol, args.length))
    for (const type of signature.parameters.slice(args.length)) args.push({ kind: 'constant', value: 0, type, at });
  if (args.length < length || (args.length > length && !signature.variadic))
    context.say('argument-count', 'warning', `'${name}' takes ${length} arguments, ${args.length} are given`, at);
  return { kind: 'call', callee, args, type: signature.result, at };
}

/** A call of a known function with values that are already lowered (cleanup functions, `__builtin_printf`). */
export function callSymbol(symbol: FunctionSymbol, args: readonly Expr[], at: Span): Expr {
  const { type } = symbol;
  const converted = args.map((each, index) => {
    const parameter = type.parameters[index];
    return parameter === undefined ? defaultPromotion(each) : convert(each, parameter);
  });
  return { kind: 'call', callee: { kind: 'direct', symbol }, args: converted, type: type.result, at };
}

/** What a function that nobody declares gives. */
function unknownResult(name: string): CType {
  return unknownType(`result of undeclared function '${name}'`);
}
