/** Declarations inside functions: variables with their initialisers and cleanup, statics, typedefs, local prototypes. */
import { pointerTo, ULONG, VOID } from './basicTypes.ts';
import type { PlacedAttribute } from './chunk.ts';
import type { Context } from './context.ts';
import { type Declarator, readDeclarator } from './declarators.ts';
import { lowerExpression } from './expressions.ts';
import { lowerInitialiser } from './initialisers.ts';
import type { Attribute, Expr, FunctionSymbol, Init, Stmt } from './ir.ts';
import { sizeOf } from './layout.ts';
import { declareTag } from './members.ts';
import { binary, constant, convert, unknown } from './operators.ts';
import type { Span } from './source.ts';
import { readSpecifiers, type Specifiers } from './specifiers.ts';
import { child, type SyntaxNode } from './syntax.ts';
import type { CType } from './types.ts';

/** Attributes as the IR carries them. */
export function attributesOf(context: Context, placed: readonly PlacedAttribute[]): Attribute[] {
  return placed.map((each) => ({
    name: each.name,
    args: context.chunk.argsText(each),
    at: context.chunk.span(each.at, Math.max(each.to, each.at + 1)),
  }));
}

/** `typedef` in a block. */
export function lowerBlockTypedef(context: Context, node: SyntaxNode, out: Stmt[]): void {
  const specifiers = readSpecifiers(context, node);
  for (const each of node.children) {
    if (each.field !== 'declarator') continue;
    const declarator = readDeclarator(context, each, specifiers.type, specifiers.isConst);
    if (declarator.name === null) continue;
    context.scope.define(declarator.name, { kind: 'typedef', type: declarator.type });
    if (declarator.variable || declarator.dynamicLength !== null)
      out.push({
        kind: 'unknown',
        reason: `the size of type '${declarator.name}' is known only when it runs`,
        at: context.span(each),
      });
  }
}

/** `a * b;` is read as a declaration of `b` when nothing says that `a` is no type; the scope says it. */
function isReallyExpression(context: Context, node: SyntaxNode): boolean {
  const type = child(node, 'type');
  if (type === null) return false;
  if (type.type === 'macro_type_specifier') return true;
  if (type.type !== 'type_identifier') return false;
  const meaning = context.scope.lookup(context.word(type));
  return meaning !== null && meaning.kind !== 'typedef';
}

/** What the parser took for a declaration, as the expression it is; null when it is a declaration. */
export function asExpression(
  context: Context,
  node: SyntaxNode,
): { readonly context: Context; readonly node: SyntaxNode } | null {
  if (node.type !== 'declaration' || !isReallyExpression(context, node)) return null;
  return context.expressionPiece(context.parsed.from(node), context.parsed.to(node) - 1);
}

/** A declaration in a block: appends one `declare` for each variable. */
export function lowerBlockDeclaration(context: Context, node: SyntaxNode, out: Stmt[]): void {
  const { parsed, chunk } = context;
  const at = context.span(node);
  const piece = asExpression(context, node);
  if (piece !== null) {
    out.push({ kind: 'expr', value: lowerExpression(piece.context, piece.node), at });
    return;
  }
  const bare = node.children.length === 1 ? child(node, 'type') : null;
  if (bare?.type === 'struct_specifier' || bare?.type === 'union_specifier') {
    // `struct s;` alone: from here on the tag is this block's own.
    const name = child(bare, 'name');
    if (name !== null && child(bare, 'body') === null) {
      declareTag(context, bare.type === 'union_specifier', context.word(name));
      return;
    }
  }
  const specifiers = readSpecifiers(context, node);
  const depth = chunk.depth(parsed.from(node));
  const nodes = node.children.filter((each) => each.field === 'declarator');
  const firstFrom = nodes[0] === undefined ? parsed.to(node) : parsed.from(nodes[0]);
  const shared = chunk.attributesIn(parsed.start(node), firstFrom, depth);
  nodes.forEach((each, index) => {
    const next = nodes[index + 1];
    const end = next === undefined ? parsed.to(node) : parsed.from(next);
    const attributes = [...shared, ...chunk.attributesIn(parsed.from(each), end, depth)];
    lowerOne(context, specifiers, each, attributes, out);
  });
}

function lowerOne(
  context: Context,
  specifiers: Specifiers,
  node: SyntaxNode,
  placed: readonly PlacedAttribute[],
  out: Stmt[],
): void {
  const at = context.span(node);
  const initialised = node.type === 'init_declarator';
  const declaratorNode = initialised ? child(node, 'declarator') : node;
  const valueNode = initialised ? child(node, 'value') : null;
  const { fn } = context;
  if (declaratorNode === null || fn === null) {
    out.push({ kind: 'unknown', reason: 'a declaration that cannot be read', at });
    return;
  }
  let base = specifiers.type;
  let automatic: Expr | null = null;
  if (specifiers.auto && valueNode !== null) {
    automatic = lowerExpression(context, valueNode);
    base = automatic.type;
  }
  const declarator = readDeclarator(context, declaratorNode, base, specifiers.isConst);
  const { name } = declarator;
  if (name === null) return;
  const attributes = attributesOf(context, placed);
  if (declarator.type.kind === 'function' || specifiers.storage === 'extern') {
    context.scope.define(name, context.file.declareExtern(name, declarator.type, at));
    return;
  }
  if (specifiers.storage === 'static') {
    staticLocal(context, name, declarator, valueNode, attributes, at);
    return;
  }
  if (declarator.variable)
    out.push({ kind: 'unknown', reason: `part of the type of '${name}' has a size known only when it runs`, at });
  if (declarator.dynamicLength !== null) {
    dynamicArray(context, name, declarator.type, declarator.dynamicLength, at, out);
    return;
  }
  // The name is in scope in its own initialiser (`struct s *p = kmalloc(sizeof(*p), ...)`), but an unsized array gets its length from it.
  const unsized = declarator.type.kind === 'array' && declarator.type.length === null;
  if (unsized && valueNode !== null) {
    const read = lowerInitialiser(context, declarator.type, valueNode);
    const variable = fn.local(name, read.type, at, false, cleanupOf(context, attributes));
    context.scope.define(name, { kind: 'variable', variable });
    out.push({ kind: 'declare', variable, init: read.init, at });
    return;
  }
  if (declarator.type.kind === 'void') {
    out.push({ kind: 'unknown', reason: `variable '${name}' of type void`, at });
    return;
  }
  if (declarator.type.kind === 'struct' && !declarator.type.complete && !declarator.type.open)
    context.say('incomplete-type', 'warning', `'${name}' has a type that is not defined here`, at);
  const variable = fn.local(name, declarator.type, at, false, cleanupOf(context, attributes));
  context.scope.define(name, { kind: 'variable', variable });
  let init: Init | null = null;
  if (automatic !== null) init = { kind: 'scalar', value: automatic };
  else if (valueNode !== null) init = lowerInitialiser(context, declarator.type, valueNode).init;
  if (init === null) fn.unset.add(variable);
  out.push({ kind: 'declare', variable, init, at });
}

function cleanupOf(context: Context, attributes: readonly Attribute[]): FunctionSymbol | null {
  const cleanup = attributes.find((each) => each.name === 'cleanup');
  if (cleanup === undefined) return null;
  const name = cleanup.args.trim();
  const meaning = context.scope.lookup(name);
  if (meaning?.kind === 'function') return meaning;
  return context.file.implicitFunction(name, [pointerTo(VOID)], VOID, cleanup.at);
}

function staticLocal(
  context: Context,
  name: string,
  declarator: Declarator,
  valueNode: SyntaxNode | null,
  attributes: readonly Attribute[],
  at: Span,
): void {
  const unique = `${name}@${context.fn?.symbol.name ?? ''}.${at.start}`;
  let init: Init | null = null;
  const symbol = context.file.defineGlobal(unique, declarator.type, declarator.isConst, at, attributes, () => init);
  context.scope.define(name, symbol);
  if (valueNode === null) return;
  const read = lowerInitialiser(context, declarator.type, valueNode);
  init = read.init;
  symbol.type = read.type;
}

/** `T a[n]`: memory from the stack, its size worked out once where the declaration stands. */
function dynamicArray(context: Context, name: string, type: CType, length: Expr, at: Span, out: Stmt[]): void {
  const { fn } = context;
  if (fn === null || type.kind !== 'array') return;
  if (length.kind === 'unknown' || sizeOf(type.of) === 0) {
    out.push({ kind: 'unknown', reason: `the size of '${name}' is not known`, at });
    const variable = fn.local(name, pointerTo(type.of), at, false);
    context.scope.define(name, { kind: 'variable', variable });
    return;
  }
  const size = fn.local(`sizeof(${name})`, ULONG, at, false);
  const pointer = fn.local(name, pointerTo(type.of), at, false);
  const bytes = binary('*', convert(length, ULONG), constant(sizeOf(type.of), ULONG, at), at);
  out.push({ kind: 'declare', variable: size, init: { kind: 'scalar', value: bytes }, at });
  const load: Expr = { kind: 'load', place: { kind: 'local', variable: size, type: ULONG, at }, type: ULONG, at };
  const memory: Expr = {
    kind: 'builtin',
    name: 'alloca',
    args: [load],
    places: [],
    typeArg: null,
    type: pointerTo(VOID),
    at,
  };
  const value =
    type.of.kind === 'array' && type.of.length === null ? unknown('an array of arrays of unknown size', at) : memory;
  out.push({ kind: 'declare', variable: pointer, init: { kind: 'scalar', value: convert(value, pointer.type) }, at });
  context.scope.define(name, { kind: 'dynamic array', pointer, size, of: type.of });
}
