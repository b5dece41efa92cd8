/**
 * Initialisers, flattened to stores: designators (nested and ranges), brace elision, strings into arrays, flexible and unsized arrays,
 * compound literals.
 */

import { Aggregate } from './aggregate.ts';
import type { Context } from './context.ts';
import { lowerExpression, type Operand } from './expressions.ts';
import { fold } from './fold.ts';
import type { Expr, Init, InitStore } from './ir.ts';
import { findMember, sizeOf } from './layout.ts';
import { joinStrings } from './literals.ts';
import { convert, unknown } from './operators.ts';
import { readTypeName } from './specifiers.ts';
import { child, type SyntaxNode } from './syntax.ts';
import type { ArrayType, CType, Member, StructType } from './types.ts';

/** Most stores one initialiser may flatten to (`[0 ... 1000000] = x`). */
const STORE_LIMIT = 70_000;

/** A place inside the object being initialised. */
interface Spot {
  readonly type: CType;
  readonly offset: number;
  readonly member: string | null;
  readonly bits?: { readonly offset: number; readonly width: number };
}

export interface Initialised {
  readonly init: Init;
  /** The type, with the length of an unsized array filled in. */
  readonly type: CType;
}

class Flattener {
  readonly stores: InitStore[] = [];
  /** Highest index written of the outermost unsized array. */
  highest = -1;
  private overflow = false;

  constructor(private readonly context: Context) {}

  private store(spot: Spot, value: Expr, node: SyntaxNode): void {
    if (this.stores.length >= STORE_LIMIT) {
      if (!this.overflow)
        this.context.say(
          'initialiser-too-large',
          'warning',
          'an initialiser is too large; its rest is left out',
          this.context.span(node),
        );
      this.overflow = true;
      return;
    }
    this.stores.push({
      offset: spot.offset,
      type: spot.type,
      ...(spot.bits === undefined ? {} : { bits: spot.bits }),
      value: convert(value, spot.type),
      member: spot.member,
      at: this.context.span(node),
    });
  }

  /** Stores one initialiser (a list or an expression) to a spot. */
  whole(spot: Spot, node: SyntaxNode): void {
    this.context.deeper(
      () => this.wholeInner(spot, node),
      () => this.store(spot, unknown('an initialiser nested too deep', this.context.span(node)), node),
    );
  }

  private wholeInner(spot: Spot, node: SyntaxNode): void {
    const { type } = spot;
    if (node.type === 'initializer_list') {
      if (type.kind === 'array' || type.kind === 'struct') {
        const [only] = items(node);
        if (type.kind === 'array' && only !== undefined && items(node).length === 1 && this.string(spot, type, only))
          return;
        this.list(spot, node);
        return;
      }
      // `int x = { 1 };`
      const [first] = items(node);
      if (first !== undefined) this.whole(spot, first);
      return;
    }
    if (type.kind === 'array') {
      if (this.string(spot, type, node)) return;
      const value = lowerExpression(this.context, node, { decay: false });
      if (value.type.kind === 'array' && value.kind === 'load') this.store(spot, { ...value, type }, node);
      else this.store(spot, unknown('an array needs a list or a string', this.context.span(node), type), node);
      return;
    }
    this.store(spot, lowerExpression(this.context, node, { hint: type }), node);
  }

  /** A string literal into an array of characters. */
  private string(spot: Spot, type: ArrayType, node: SyntaxNode): boolean {
    if (type.of.kind !== 'int') return false;
    let inner = node;
    while (inner.type === 'parenthesized_expression' && inner.children[0] !== undefined) inner = inner.children[0];
    if (inner.type !== 'string_literal') return false;
    const tokens = [];
    for (let i = this.context.parsed.from(inner); this.context.chunk.tokens[i]?.kind === 'string'; i++) {
      const token = this.context.chunk.tokens[i];
      if (token !== undefined) tokens.push(token);
    }
    const { bytes, element } = joinStrings(tokens);
    if (element.size !== type.of.size) return false;
    const count = bytes.length / element.size;
    const length = type.length ?? count + 1;
    const at = this.context.span(node);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let i = 0; i < Math.min(count, length); i++) {
      const value =
        element.size === 1
          ? (bytes[i] ?? 0)
          : element.size === 2
            ? view.getUint16(2 * i, true)
            : view.getInt32(4 * i, true);
      if (value === 0) continue;
      const character = convert({ kind: 'constant', value, type: element, at }, type.of);
      this.store({ type: type.of, offset: spot.offset + i * element.size, member: spot.member }, character, node);
    }
    if (type.length === null) this.highest = Math.max(this.highest, count);
    return true;
  }

  /** A braced list for an aggregate. */
  private list(spot: Spot, node: SyntaxNode): void {
    const nodes = items(node);
    let position = 0;
    for (let i = 0; i < nodes.length; ) {
      const each = nodes[i];
      if (each === undefined) break;
      if (each.type === 'ERROR') {
        this.store(spot, unknown('syntax error in an initialiser', this.context.span(each)), each);
        i++;
        continue;
      }
      if (each.type === 'initializer_pair') {
        const next = this.designated(spot, each);
        i++;
        if (next === null) continue;
        position = next;
        // Elided braces after a designator go on inside what it named; the common form is that they do not.
        continue;
      }
      const target = this.at(spot, position);
      if (target === null) {
        this.context.say(
          'excess-initialiser',
          'warning',
          'more initialisers than there is room for',
          this.context.span(each),
        );
        return;
      }
      this.note(spot, position);
      i = this.elided(target, nodes, i);
      position++;
    }
  }

  /** One positional item; an aggregate without its own braces takes several. Returns the index after what was used. */
  private elided(target: Spot, nodes: readonly SyntaxNode[], index: number): number {
    const node = nodes[index];
    if (node === undefined) return index + 1;
    const aggregate = target.type.kind === 'array' || target.type.kind === 'struct';
    if (
      !aggregate ||
      node.type === 'initializer_list' ||
      (target.type.kind === 'array' &&
        node.type === 'string_literal' &&
        target.type.of.kind === 'int' &&
        target.type.of.rank <= 1)
    ) {
      this.whole(target, node);
      return index + 1;
    }
    if (target.type.kind === 'struct') {
      const value = lowerExpression(this.context, node, { hint: target.type });
      if (value.type.kind === 'struct' || value.kind === 'unknown') {
        this.store(target, value, node);
        return index + 1;
      }
    }
    let at = index;
    for (let position = 0; at < nodes.length; position++) {
      if (nodes[at]?.type === 'initializer_pair') break;
      const inner = this.at(target, position);
      if (inner === null) break;
      at = this.elided(inner, nodes, at);
      if (target.type.kind === 'struct' && target.type.union) break;
    }
    return Math.max(at, index + 1);
  }

  private note(spot: Spot, position: number): void {
    if (spot.type.kind === 'array' && spot.type.length === null) this.highest = Math.max(this.highest, position);
  }

  /** The sub-object at a position of an aggregate, or null past its end. */
  private at(spot: Spot, position: number): Spot | null {
    const { type } = spot;
    if (type.kind === 'array') {
      if (type.length !== null && position >= type.length) return null;
      return { type: type.of, offset: spot.offset + position * sizeOf(type.of), member: spot.member };
    }
    if (type.kind !== 'struct') return null;
    const member = initialisable(type)[type.union ? (position === 0 ? 0 : -1) : position];
    return member === undefined ? null : inMember(spot, member);
  }

  /** `.a.b[2] = x`, `[1 ... 3] = x`, `a: x`. Returns the position after it in the outer aggregate. */
  private designated(spot: Spot, pair: SyntaxNode): number | null {
    const value = child(pair, 'value');
    const designators = pair.children.filter((each) => each !== value);
    if (value === null) return null;
    let spots: Spot[] = [spot];
    let next: number | null = null;
    designators.forEach((designator, depth) => {
      const result: Spot[] = [];
      for (const each of spots) {
        const found = this.designate(each, designator);
        if (found === null) continue;
        result.push(...found.spots);
        if (depth === 0) {
          next = found.next;
          this.note(each, found.next - 1);
        }
      }
      spots = result;
    });
    if (spots.length === 0) {
      this.stores.push({
        offset: spot.offset,
        type: spot.type,
        value: unknown(
          `'${this.context.chunk.source(this.context.parsed.from(pair), this.context.parsed.from(value))}' names nothing here`,
          this.context.span(pair),
          spot.type,
        ),
        member: null,
        at: this.context.span(pair),
      });
      return next;
    }
    for (const each of spots) this.whole(each, value);
    return next;
  }

  private designate(spot: Spot, designator: SyntaxNode): { spots: Spot[]; next: number } | null {
    const { context } = this;
    if (designator.type === 'subscript_designator' || designator.type === 'subscript_range_designator') {
      if (spot.type.kind !== 'array') return null;
      const [first, last] = designator.children;
      const from = first === undefined ? null : fold(lowerExpression(context, first));
      const to = last === undefined ? from : fold(lowerExpression(context, last));
      if (from === null || to === null || Number(to) < Number(from)) return null;
      const spots: Spot[] = [];
      for (let i = Number(from); i <= Number(to) && spots.length <= STORE_LIMIT; i++) {
        const inner = this.at(spot, i);
        if (inner !== null) spots.push(inner);
      }
      return { spots, next: Number(to) + 1 };
    }
    const name = context.word(designator.children[0] ?? designator);
    const field = name === '.' ? context.chunk.text(context.parsed.from(designator) + 1) : name;
    if (spot.type.kind !== 'struct') return null;
    const found = findMember(spot.type.members, field);
    const path =
      found?.path ??
      (spot.type instanceof Aggregate && (spot.type.open || !spot.type.complete)
        ? [spot.type.undeclared(field, null, context.span(designator))]
        : null);
    if (path === null) {
      const what = `${spot.type.union ? 'union' : 'struct'} ${spot.type.tag}`;
      context.say('unknown-member', 'error', `${what} has no member '${field}'`, context.span(designator));
      return null;
    }
    const outermost = path[0];
    const next = outermost === undefined ? 0 : initialisable(spot.type).indexOf(outermost) + 1;
    return { spots: [path.reduce<Spot>((inner, member) => inMember(inner, member), spot)], next };
  }
}

function inMember(spot: Spot, member: Member): Spot {
  return {
    type: member.type,
    offset: spot.offset + member.offset,
    member: member.name ?? spot.member,
    ...(member.bits === undefined ? {} : { bits: member.bits }),
  };
}

function initialisable(type: StructType): readonly Member[] {
  return type.members;
}

function items(list: SyntaxNode): readonly SyntaxNode[] {
  return list.children;
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
