/** Declarations inside functions: variables with their initialisers and cleanup, statics, typedefs, local prototypes. */
import { CHAR, INT, LONG, pointerTo, ULONG, VOID } from './basicTypes.ts';
import type { PlacedAttribute } from './chunk.ts';
import type { Context, FunctionState } from './context.ts';
import { type Declarator, readDeclarator } from './declarators.ts';
import { lowerExpression } from './expressions.ts';
import { lowerInitialiser } from './initialisers.ts';
import type { Attribute, Expr, FunctionSymbol, Init, Place, Stmt } from './ir.ts';
import { alignedType } from './layout.ts';
import { alignedBy, alignmentOf, declareTag } from './members.ts';
import { lowerName } from './names.ts';
import { constant, convert, read } from './operators.ts';
import type { Span } from './source.ts';
import { readSpecifiers, type Specifiers } from './specifiers.ts';
import { child, type SyntaxNode } from './syntax.ts';
import type { CType } from './types.ts';
import {
  changesNothing,
  hasVariableSize,
  isOfVariableLayout,
  openCounts,
  settle,
  sizeExpression,
} from './variableArrays.ts';

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
    const settled =
      context.fn === null ? declarator.type : settleHere(context.fn, declarator.type, declarator.name, out);
    const type = alignedType(settled, alignmentOf(context, node));
    context.scope.define(declarator.name, { kind: 'typedef', type });
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

/** GNU's operators on complex numbers: before a variable they look like the name of its type. */
const COMPLEX_PARTS: ReadonlySet<string> = new Set(['__real__', '__imag__', '__real', '__imag']);

/** A declaration in a block: appends one `declare` for each variable. */
export function lowerBlockDeclaration(context: Context, node: SyntaxNode, out: Stmt[]): void {
  const { parsed, chunk } = context;
  const at = context.span(node);
  const piece = asExpression(context, node);
  if (piece !== null) {
    out.push({ kind: 'expr', value: lowerExpression(piece.context, piece.node), at });
    return;
  }
  const first = chunk.text(parsed.from(node));
  if (COMPLEX_PARTS.has(first)) {
    out.push({ kind: 'unknown', reason: `'${first}' of a complex number is not supported`, at });
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
  const read = readDeclarator(context, declaratorNode, base, specifiers.isConst);
  const { name } = read;
  if (name === null) return;
  const declarator = { ...read, type: alignedType(settleHere(fn, read.type, name, out), alignedBy(context, placed)) };
  const attributes = attributesOf(context, placed);
  if (declarator.type.kind === 'function' || specifiers.storage === 'extern') {
    context.scope.define(name, context.file.declareExtern(name, declarator.type, at));
    return;
  }
  if (specifiers.storage === 'static') {
    staticLocal(context, name, declarator, valueNode, attributes, at);
    return;
  }
  if (hasVariableSize(declarator.type)) {
    dynamicArray(fn, context, name, declarator.type, at, out);
    if (valueNode !== null) initialiseDynamic(context, name, declarator.type, valueNode, at, out);
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
  if (
    declarator.type.kind === 'struct' &&
    declarator.type.members.length > 0 &&
    isOfVariableLayout.has(declarator.type)
  )
    out.push({ kind: 'unknown', reason: `'${name}' has a member whose size is known only when it runs`, at });
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

/** A declared type with its sizes worked out, each into a variable of its own that `out` declares. */
export function settleHere(fn: FunctionState, type: CType, name: string, out: Stmt[]): CType {
  return settle(type, (count) => {
    const variable = fn.local(`size of ${name}`, ULONG, count.at, false);
    out.push({ kind: 'declare', variable, init: { kind: 'scalar', value: count }, at: count.at });
    return variable;
  });
}

/**
 * A type named in an expression whose counts change something when they are worked out (`(int (*)[n++])p`): that is done once, before what
 * uses the type.
 */
export function settleInExpression(context: Context, type: CType, use: (settled: CType) => Expr): Expr {
  const { fn } = context;
  const counts = openCounts(type);
  if (fn === null || counts.every(changesNothing)) return use(type);
  let before: Expr | null = null;
  const evaluate = (value: Expr): void => {
    const { at } = value;
    before =
      before === null ? value : { kind: 'comma', left: convert(before, VOID), right: value, type: value.type, at };
  };
  const settled = settle(type, (count) => {
    const variable = fn.local('', ULONG, count.at, false);
    const place: Place = { kind: 'local', variable, type: ULONG, at: count.at };
    evaluate({ kind: 'assign', place, value: count, type: ULONG, at: count.at });
    return variable;
  });
  if (before === null) for (const count of counts) evaluate(count);
  const value = use(settled);
  return before === null
    ? value
    : { kind: 'comma', left: convert(before, VOID), right: value, type: value.type, at: value.at };
}

/** `T a[n]`: memory from the stack, given back when the declaration is met again. */
function dynamicArray(fn: FunctionState, context: Context, name: string, type: CType, at: Span, out: Stmt[]): void {
  const pointer = fn.local(name, pointerTo(type), at, false);
  const args = [sizeExpression(type, at)];
  const memory: Expr = {
    kind: 'builtin',
    name: 'alloca',
    args,
    places: [],
    typeArg: type,
    type: pointerTo(VOID),
    at,
  };
  out.push({ kind: 'declare', variable: pointer, init: { kind: 'scalar', value: convert(memory, pointer.type) }, at });
  context.scope.define(name, { kind: 'dynamic array', pointer, type });
}

/** `T a[n] = { ... }`, where `n` may just be a constant that nobody shows: all zero, then what the list gives. */
function initialiseDynamic(
  context: Context,
  name: string,
  type: CType,
  valueNode: SyntaxNode,
  at: Span,
  out: Stmt[],
): void {
  const array = lowerName(context, name, at, null);
  if (type.kind !== 'array' || !('place' in array)) return;
  const start = read(array.place, at);
  const { init } = lowerInitialiser(context, { kind: 'array', of: type.of, length: null }, valueNode);
  const bytes = pointerTo(CHAR);
  const zero: Expr = {
    kind: 'builtin',
    name: 'memset',
    args: [convert(start, pointerTo(VOID), true), constant(0, INT, at), sizeExpression(type, at)],
    places: [],
    typeArg: null,
    type: pointerTo(VOID),
    at,
  };
  out.push({ kind: 'expr', value: zero, at });
  if (init.kind === 'scalar') {
    out.push({ kind: 'unknown', reason: `'${name}' of variable size is given a value that is no list`, at });
    return;
  }
  for (const store of init.stores) {
    const place: Expr = {
      kind: 'offset',
      pointer: convert(start, bytes, true),
      index: constant(store.offset, LONG, at),
      scale: 1,
      type: bytes,
      at: store.at,
    };
    const element = { name: store.member, type: store.type, offset: 0, at: store.at };
    const base: Place = { kind: 'deref', pointer: convert(place, pointerTo(store.type), true), type: store.type, at };
    const target: Place =
      store.bits === undefined
        ? base
        : { kind: 'member', base, member: { ...element, bits: store.bits }, type: store.type, at };
    const value: Expr = { kind: 'assign', place: target, value: store.value, type: store.type, at: store.at };
    out.push({ kind: 'expr', value, at: store.at });
  }
}
