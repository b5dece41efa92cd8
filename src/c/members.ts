/** Bodies of structs, unions and enums. */
import { Aggregate, type Definition } from './aggregate.ts';
import { INT, LONG, narrow, UINT, ULONG, unknownType } from './basicTypes.ts';
import type { PlacedAttribute } from './chunk.ts';
import type { Context } from './context.ts';
import { readDeclarator } from './declarators.ts';
import { lowerExpression } from './expressions.ts';
import { fold } from './fold.ts';
import { alignOf, Placement } from './layout.ts';
import { readSpecifiers, readType, readTypeName } from './specifiers.ts';
import { child, type SyntaxNode } from './syntax.ts';
import type { CType, IntType } from './types.ts';
import { hasVariableSize, isOfVariableLayout, withAssumedLengths } from './variableArrays.ts';

/** Largest of the `aligned(n)` attributes in a token range at a depth; 0 when there is none. */
export function alignedIn(context: Context, from: number, to: number, depth: number): number {
  const { chunk } = context;
  return chunk.attributes.length === 0 ? 0 : alignedBy(context, chunk.attributesIn(from, to, depth));
}

/** Largest of the `aligned(n)` among attributes; 0 when there is none. */
export function alignedBy(context: Context, attributes: readonly PlacedAttribute[]): number {
  let aligned = 0;
  for (const attribute of attributes) {
    if (attribute.name !== 'aligned') continue;
    if (attribute.to === attribute.from) {
      aligned = Math.max(aligned, 16);
      continue;
    }
    const found = context.typeOrExpression(attribute.from, attribute.to);
    const type = found?.type;
    const value =
      found === null || found === undefined
        ? null
        : type != null
          ? alignOfTypeName(found.context, type)
          : found.value === null
            ? null
            : fold(lowerExpression(found.context, found.value));
    if (value !== null && Number(value) > 0) aligned = Math.max(aligned, Number(value));
  }
  return aligned;
}

/** What `aligned` gives to all that a declaration or typedef declares; 0 when there is none. */
export function alignmentOf(context: Context, node: SyntaxNode): number {
  const { chunk, parsed } = context;
  if (chunk.attributes.length === 0) return 0;
  return alignedIn(context, parsed.start(node), parsed.to(node) + 1, chunk.depth(parsed.from(node)));
}

function alignOfTypeName(context: Context, node: SyntaxNode): number {
  const inner = child(node, 'type');
  const type = inner === null ? INT : readTypeName(context, node);
  return Math.max(type.kind === 'unknown' ? 8 : alignOf(type), alignmentOf(context, node));
}

function hasAttribute(context: Context, name: string, from: number, to: number, depth: number): boolean {
  const { chunk } = context;
  return chunk.attributes.length > 0 && chunk.attributesIn(from, to, depth).some((each) => each.name === name);
}

/** A struct or union specifier, with or without a body. */
export function readAggregate(context: Context, node: SyntaxNode): CType {
  const union = node.type === 'union_specifier';
  const kind = union ? 'union' : 'struct';
  const nameNode = child(node, 'name');
  const body = child(node, 'body');
  const at = context.span(node);
  const name = nameNode === null ? null : context.word(nameNode);
  if (body === null) {
    if (name === null) return unknownType('a struct without a name');
    const found = context.scope.lookupTag(kind, name);
    if (found !== null) return found;
    if (context.fn !== null && definesTag(context.chunk, kind, name)) return declareTag(context, union, name);
    return context.file.undefinedTag(kind, name, at);
  }
  const aggregate = aggregateToDefine(context, union, name, at);
  if (aggregate.isDefined) return aggregate;
  const scope = context.scope;
  aggregate.defineBy(
    () => {
      const outer = context.shared.scope;
      context.shared.scope = scope;
      const definition = context.deeper<Definition>(
        () => readMembers(context, node, body, union),
        () => {
          context.say('nesting', 'warning', 'structs are nested too deep here; the inner ones are left out', at);
          return { members: [], size: 0, align: 1 };
        },
      );
      context.shared.scope = outer;
      if (definition.members.some((each) => hasVariableSize(each.type))) isOfVariableLayout.add(aggregate);
      return definition;
    },
    at,
    context.file.isOpen,
  );
  // Nobody can ask for a nameless struct because of an enumerator in it.
  if (context.fn !== null || (name === null && definesEnum(body))) void aggregate.size;
  return aggregate;
}

/** A tag that the current block declares and completes later, if it does. */
export function declareTag(context: Context, union: boolean, name: string): CType {
  const own = context.scope.ownTag(name);
  if (own instanceof Aggregate && own.union === union) return own;
  const fresh = new Aggregate(union, name, false);
  context.scope.defineTag(name, fresh);
  return fresh;
}

/** Somewhere in the function, `struct name {` stands. */
function definesTag(chunk: Context['chunk'], kind: string, name: string): boolean {
  return chunk.tokens.some(
    (token, i) => token.text === kind && chunk.text(i + 1) === name && chunk.text(i + 2) === '{',
  );
}

function definesEnum(node: SyntaxNode): boolean {
  const stack = [node];
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    if (at.type === 'enum_specifier' && child(at, 'body') !== null) return true;
    stack.push(...at.children);
  }
  return false;
}

function aggregateToDefine(
  context: Context,
  union: boolean,
  name: string | null,
  at: { start: number; end: number; unit: number },
): Aggregate {
  if (name === null) return new Aggregate(union, context.file.uniqueName(union ? 'union' : 'struct', at), false);
  if (context.scope.parent === null) return context.file.definingAggregate(union, name);
  const declared = declareTag(context, union, name);
  return declared instanceof Aggregate ? declared : new Aggregate(union, name, false);
}

function readMembers(context: Context, node: SyntaxNode, body: SyntaxNode, union: boolean): Definition {
  const { parsed, chunk } = context;
  const from = parsed.from(node);
  const bodyFrom = parsed.from(body);
  const bodyTo = parsed.to(body);
  const depth = chunk.depth(from);
  // `struct __packed s {` or `} __packed`: attributes directly around the body, up to the declarator that may follow.
  let after = bodyTo;
  while (chunk.attributes.some((each) => each.at === after)) after = nextAfterAttribute(chunk, after);
  const packed =
    hasAttribute(context, 'packed', from, bodyFrom, depth) || hasAttribute(context, 'packed', bodyTo, after, depth);
  const aligned = Math.max(alignedIn(context, from, bodyFrom, depth), alignedIn(context, bodyTo, after, depth));
  const place = new Placement(union, packed, context.file.packAt(chunk.tokens[from]?.start ?? 0));
  for (const field of body.children) {
    if (field.type === 'field_declaration') readField(context, field, place, depth + 1);
    else if (field.type === 'ERROR' || field.broken !== null)
      context.say('unreadable-member', 'warning', 'a member could not be read', context.span(field));
  }
  const { size, align } = place.finish(aligned);
  return { members: place.members, size, align };
}

function nextAfterAttribute(chunk: Context['chunk'], at: number): number {
  const depth = chunk.depth(at);
  let i = at + 1;
  while (i < chunk.tokens.length && (chunk.depth(i) > depth || chunk.text(i) === '(' || chunk.text(i) === ')')) i++;
  return i;
}

function readField(context: Context, field: SyntaxNode, place: Placement, depth: number): void {
  const { parsed } = context;
  const specifiers = readSpecifiers(context, field);
  const from = parsed.start(field);
  const to = parsed.to(field);
  const declarators = field.children.filter((each) => each.field === 'declarator');
  if (field.broken !== null)
    context.say('unreadable-member', 'warning', 'a member could not be read exactly', context.span(field));
  if (declarators.length === 0) {
    if (specifiers.type.kind === 'struct')
      place.add({
        name: null,
        type: specifiers.type,
        width: null,
        aligned: alignedIn(context, from, to, depth),
        packed: false,
        at: context.span(field),
      });
    return;
  }
  // Attributes before the first declarator belong to all, those after one belong to it.
  let start = from;
  const first = declarators[0] === undefined ? from : parsed.from(declarators[0]);
  const shared = alignedIn(context, from, first, depth);
  const allPacked = hasAttribute(context, 'packed', from, first, depth);
  declarators.forEach((node, index) => {
    const next = declarators[index + 1];
    const end = next === undefined ? to : parsed.from(next);
    const widthNode = field.children[field.children.indexOf(node) + 1];
    const widthExpr = widthNode?.type === 'bitfield_clause' ? widthNode.children[0] : undefined;
    const read = readDeclarator(context, node, specifiers.type, specifiers.isConst);
    const name = context.chunk.text(parsed.from(node)) === ':' ? null : read.name;
    let width: number | null = null;
    if (widthExpr !== undefined) {
      const value = fold(lowerExpression(context, widthExpr));
      if (value === null)
        context.say(
          'unknown-width',
          'warning',
          `the width of bit-field '${name ?? ''}' is not known`,
          context.span(widthExpr),
        );
      width = value === null ? 1 : Number(value);
    }
    const packed = allPacked || hasAttribute(context, 'packed', start, end, depth);
    place.add({
      name,
      type: context.fn === null ? withAssumedLengths(read.type) : read.type,
      width,
      aligned: Math.max(shared, alignedIn(context, start, end, depth)),
      packed,
      at: context.span(node),
    });
    start = index === 0 ? parsed.to(node) : end;
  });
}

/** An enum specifier, with or without a body. */
export function readEnum(context: Context, node: SyntaxNode): CType {
  const nameNode = child(node, 'name');
  const body = child(node, 'body');
  const name = nameNode === null ? null : context.word(nameNode);
  if (body === null) {
    const found = name === null ? null : context.scope.lookupTag('enum', name);
    return found ?? { ...UINT, name: `enum ${name ?? ''}` };
  }
  const constants = new Map<string, number | bigint>();
  const entries: { name: string; value: bigint }[] = [];
  let next = 0n;
  for (const each of body.children) {
    if (each.type !== 'enumerator') continue;
    const label = child(each, 'name');
    const valueNode = child(each, 'value');
    if (label === null) continue;
    if (valueNode !== null) {
      const value = fold(lowerExpression(context, valueNode));
      if (value === null)
        context.say(
          'unknown-enumerator',
          'warning',
          `the value of '${context.word(label)}' is not known`,
          context.span(valueNode),
        );
      else next = BigInt(value);
    }
    const entry = { name: context.word(label), value: next };
    entries.push(entry);
    // Visible to the enumerators after it.
    context.scope.define(entry.name, { kind: 'constant', value: narrow(next), type: fitting(next) });
    next++;
  }
  const negative = entries.some((each) => each.value < 0n);
  const wide = entries.some((each) => each.value > (negative ? 0x7fffffffn : 0xffffffffn) || each.value < -0x80000000n);
  const fixed = child(node, 'underlying_type');
  const chosen = fixed === null ? null : readType(context, fixed);
  const packed = hasAttribute(
    context,
    'packed',
    context.parsed.from(node),
    context.parsed.to(node) + 12,
    context.chunk.depth(context.parsed.from(node)),
  );
  const base =
    chosen?.kind === 'int'
      ? chosen
      : packed
        ? smallest(
            entries.map((each) => each.value),
            negative,
          )
        : wide
          ? negative
            ? LONG
            : ULONG
          : negative
            ? INT
            : UINT;
  for (const each of entries) constants.set(each.name, narrow(each.value));
  const type: IntType = { ...base, name: name === null ? base.name : `enum ${name}`, constants };
  for (const each of entries) {
    // An enumerator that fits has type int, whatever the enum's own type; if one does not, all have the enum's.
    const own = wide ? { ...base } : INT;
    const fits = each.value >= -0x80000000n && each.value <= 0x7fffffffn;
    context.scope.define(each.name, { kind: 'constant', value: narrow(each.value), type: fits ? own : base });
  }
  if (name !== null) context.scope.defineTag(name, type);
  return type;
}

function fitting(value: bigint): IntType {
  if (value >= -0x80000000n && value <= 0x7fffffffn) return INT;
  if (value >= 0n && value <= 0xffffffffn) return UINT;
  return value < 0n || value <= 0x7fffffffffffffffn ? LONG : ULONG;
}

function smallest(values: readonly bigint[], signed: boolean): IntType {
  for (const size of [1, 2, 4, 8] as const) {
    const bits = BigInt(size * 8);
    const low = signed ? -(1n << (bits - 1n)) : 0n;
    const high = signed ? (1n << (bits - 1n)) - 1n : (1n << bits) - 1n;
    if (values.every((each) => each >= low && each <= high))
      return {
        kind: 'int',
        size,
        signed,
        bool: false,
        rank: size === 1 ? 1 : size === 2 ? 2 : size === 4 ? 3 : 4,
        name: 'enum',
      };
  }
  return INT;
}
