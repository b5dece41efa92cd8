/**
 * Braced lists, flattened to stores: designators (nested and ranges), brace elision, strings into arrays, flexible and unsized arrays.
 * A later item takes the place of an earlier one as C has it. Initialisers of single values are in `initialisers.ts`.
 */

import { Aggregate } from './aggregate.ts';
import { sameType } from './compare.ts';
import type { Context } from './context.ts';
import { lowerExpression } from './expressions.ts';
import { fold } from './fold.ts';
import type { Expr, InitStore, Place } from './ir.ts';
import { findMember, sizeOf } from './layout.ts';
import { joinStrings } from './literals.ts';
import { convert, unknown } from './operators.ts';
import { child, type SyntaxNode } from './syntax.ts';
import type { ArrayType, Bits, CType, IntType, Member, StructType } from './types.ts';
import { changesNothing } from './variableArrays.ts';

/** Most stores one initialiser may flatten to (`[0 ... 1000000] = x`). */
const STORE_LIMIT = 70_000;

/** A place inside the object being initialised. */
interface Spot {
  readonly type: CType;
  readonly offset: number;
  readonly member: string | null;
  readonly bits?: Bits;
}

/** An aggregate that a braced list is in the middle of, and the position in it that comes next. */
interface Level {
  readonly spot: Spot;
  position: number;
}

/** Collects the stores of one initialiser. */
export class Flattener {
  stores: InitStore[] = [];
  /** Highest index written of the outermost unsized array. */
  highest = -1;
  /** End of what has been stored so far. */
  private end = 0;
  /** The member a union was last given, by the union's place. */
  private readonly active = new Map<string, Member>();
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
    this.end = Math.max(this.end, spot.offset + sizeOf(spot.type));
    this.stores.push({
      offset: spot.offset,
      type: spot.type,
      ...(spot.bits === undefined ? {} : { bits: spot.bits }),
      value: convert(value, spot.type),
      member: spot.member,
      at: this.context.span(node),
    });
  }

  /** What an earlier initialiser gave to this place counts no more: the rest of it is zero. */
  private forget(spot: Spot): void {
    if (spot.offset >= this.end) return;
    const end = spot.offset + sizeOf(spot.type);
    this.stores = this.stores.filter((each) => each.offset < spot.offset || each.offset >= end);
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
        this.forget(spot);
        const [only] = items(node);
        if (type.kind === 'array' && only !== undefined && items(node).length === 1 && this.string(spot, type, only))
          return;
        this.list(spot, node);
        return;
      }
      // `int x = { 1 };` A list for what nobody shows leaves open what is in it.
      const [first] = items(node);
      if (type.kind === 'unknown' && (items(node).length > 1 || first?.type === 'initializer_pair')) return;
      if (first !== undefined) this.whole(spot, first);
      return;
    }
    if (type.kind === 'array') {
      if (this.string(spot, type, node)) return;
      const value = lowerExpression(this.context, node, { decay: false });
      if (value.type.kind === 'array' && value.kind === 'load') {
        if (type.length === null) this.highest = Math.max(this.highest, (value.type.length ?? 0) - 1);
        this.store(spot, { ...value, type: type.length === null ? value.type : type }, node);
      } else this.store(spot, unknown('an array needs a list or a string', this.context.span(node), type), node);
      return;
    }
    this.store(spot, lowerExpression(this.context, node, { hint: type }), node);
  }

  /** A string literal into an array of characters. */
  private string(spot: Spot, type: ArrayType, node: SyntaxNode): boolean {
    const text = stringLiteral(this.context, type, node);
    if (text === null) return false;
    this.forget(spot);
    const { bytes, element } = text;
    const count = bytes.length / element.size;
    // The terminating 0 is part of an array that gets its size here.
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
    if (type.length === null) {
      this.highest = Math.max(this.highest, count);
      const end: Expr = { kind: 'constant', value: 0, type: element, at };
      this.store(
        { type: type.of, offset: spot.offset + count * element.size, member: spot.member },
        convert(end, type.of),
        node,
      );
    }
    return true;
  }

  /** A braced list for an aggregate: each item goes to what its designator names, or to what comes after the item before it. */
  private list(spot: Spot, node: SyntaxNode): void {
    let levels: Level[] = [{ spot, position: 0 }];
    for (const each of items(node)) {
      if (each.type === 'ERROR') {
        this.store(spot, unknown('syntax error in an initialiser', this.context.span(each)), each);
        continue;
      }
      if (each.type === 'initializer_pair') {
        const value = child(each, 'value');
        const found = value === null ? null : this.designated(spot, each, value);
        if (value === null || found === null) continue;
        // After a designator the list goes on behind what it named.
        levels = found.levels;
        const last = found.spots[found.spots.length - 1];
        if (found.spots.length > 1 && this.sameForAll(found.spots, value)) continue;
        for (const target of found.spots) this.item(target === last ? levels : [], target, value);
        continue;
      }
      const target = this.next(levels);
      if (target === null) {
        this.context.say(
          'excess-initialiser',
          'warning',
          'more initialisers than there is room for',
          this.context.span(each),
        );
        continue;
      }
      this.item(levels, target, each);
    }
  }

  /** `[0 ... 3] = f()`: a value is calculated once, whatever it is given to; false when calculating it changes nothing. */
  private sameForAll(spots: readonly Spot[], node: SyntaxNode): boolean {
    const { fn } = this.context;
    const type = spots[0]?.type;
    if (fn === null || type === undefined || type.kind === 'array' || type.kind === 'struct') return false;
    if (node.type === 'initializer_list') return false;
    const value = convert(lowerExpression(this.context, node, { hint: type }), type);
    if (changesNothing(value)) return false;
    const { at } = value;
    const place: Place = { kind: 'local', variable: fn.local('', type, at, false), type, at };
    spots.forEach((spot, i) => {
      this.store(spot, i === 0 ? { kind: 'assign', place, value, type, at } : { kind: 'load', place, type, at }, node);
    });
    return true;
  }

  /** What comes next; null behind the end. */
  private next(levels: Level[]): Spot | null {
    for (let top = levels[levels.length - 1]; top !== undefined; top = levels[levels.length - 1]) {
      const inner = this.at(top.spot, top.position);
      if (inner !== null) {
        this.note(top.spot, top.position);
        top.position++;
        return inner;
      }
      if (levels.length === 1) return null;
      levels.pop();
    }
    return null;
  }

  /** One item of a list. An aggregate that has no braces of its own takes as many as it has room for. */
  private item(levels: Level[], target: Spot, node: SyntaxNode): void {
    let spot: Spot | null = target;
    let value: Expr | null = null;
    while (spot !== null) {
      const { type }: Spot = spot;
      if (
        (type.kind !== 'array' && type.kind !== 'struct') ||
        node.type === 'initializer_list' ||
        (type.kind === 'array' && stringLiteral(this.context, type, node) !== null)
      )
        break;
      if (type.kind === 'struct') {
        value ??= lowerExpression(this.context, node, { hint: type });
        if (value.kind === 'unknown' || sameType(value.type, type)) {
          this.store(spot, value, node);
          return;
        }
        // What nobody shows may be a whole row, or several; and a struct without members has room for nothing.
        if (value.type.kind === 'unknown' || initialisable(type).length === 0) return;
      }
      levels.push({ spot, position: 0 });
      spot = this.next(levels);
    }
    if (spot === null) return;
    if (value !== null && value.type.kind !== 'unknown' && spot.type.kind !== 'array') this.store(spot, value, node);
    else this.whole(spot, node);
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
    if (member === undefined) return null;
    this.choose(spot, type, member);
    return inMember(spot, member);
  }

  /** A union holds one member: giving it another one takes back what the first was given. */
  private choose(spot: Spot, type: StructType, member: Member): void {
    if (!type.union) return;
    const key = `${spot.offset}:${type.tag}`;
    const before = this.active.get(key);
    if (before !== undefined && before !== member) this.forget(spot);
    this.active.set(key, member);
  }

  /** `.a.b[2] = x`, `[1 ... 3] = x`, `a: x`: the places named, and where the list goes on. */
  private designated(
    spot: Spot,
    pair: SyntaxNode,
    value: SyntaxNode,
  ): { readonly spots: readonly Spot[]; readonly levels: Level[] } | null {
    let spots: Spot[] = [spot];
    const levels: Level[] = [];
    const designators = pair.children.filter((each) => each !== value);
    for (const [index, designator] of designators.entries()) {
      const result: Spot[] = [];
      for (const each of spots) {
        const found = this.designate(each, designator, namesMembers(designators[index + 1] ?? value));
        if (found === null) continue;
        result.push(...found.spots);
        if (each === spots[spots.length - 1]) levels.push(...found.levels);
      }
      spots = result;
    }
    if (spots.length > 0) return { spots, levels };
    // What our own C fills in of a generation that is not the one at hand, nobody asks for (see memberAccess.ts).
    if (this.context.file.isOpen && !this.context.file.fragment) return null;
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
    return null;
  }

  /** @param inner what is named has members that are named in turn */
  private designate(spot: Spot, designator: SyntaxNode, inner: boolean): { spots: Spot[]; levels: Level[] } | null {
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
      this.note(spot, Number(to));
      return { spots, levels: [{ spot, position: Number(to) + 1 }] };
    }
    const name = context.word(designator.children[0] ?? designator);
    const field = name === '.' ? context.chunk.text(context.parsed.from(designator) + 1) : name;
    if (spot.type.kind !== 'struct') return null;
    const found = findMember(spot.type.members, field);
    const open = spot.type instanceof Aggregate && (spot.type.open || !spot.type.complete) ? spot.type : null;
    const made = open?.isMadeUp(field) === true && found?.path[0]?.type.kind === 'unknown';
    const at = context.span(designator);
    const path =
      open !== null && (found === null || (inner && made))
        ? [open.undeclared(field, inner ? context.file.undefinedTag('struct', `<${open.tag}.${field}>`, at) : null, at)]
        : (found?.path ?? null);
    if (path === null) {
      const what = `${spot.type.union ? 'union' : 'struct'} ${spot.type.tag}`;
      context.say('unknown-member', 'error', `${what} has no member '${field}'`, at);
      return null;
    }
    const levels: Level[] = [];
    let place = spot;
    for (const member of path) {
      if (place.type.kind !== 'struct') break;
      this.choose(place, place.type, member);
      levels.push({ spot: place, position: place.type.union ? 1 : initialisable(place.type).indexOf(member) + 1 });
      place = inMember(place, member);
    }
    return { spots: [place], levels };
  }
}

/** The string that a node is, if an array of this type can be made from it. */
function stringLiteral(
  context: Context,
  type: ArrayType,
  node: SyntaxNode,
): { readonly bytes: Uint8Array; readonly element: IntType } | null {
  if (type.of.kind !== 'int') return null;
  let inner = node;
  while (inner.type === 'parenthesized_expression' && inner.children[0] !== undefined) inner = inner.children[0];
  if (inner.type !== 'string_literal') return null;
  const tokens = [];
  for (let i = context.parsed.from(inner); context.chunk.tokens[i]?.kind === 'string'; i++) {
    const token = context.chunk.tokens[i];
    if (token !== undefined) tokens.push(token);
  }
  const text = joinStrings(tokens);
  return text.element.size === type.of.size ? text : null;
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

/** `.ops.open = x`, `.ops = { .open = x }`: what stands before it is a struct. */
function namesMembers(node: SyntaxNode): boolean {
  const [first] = node.type === 'initializer_list' ? items(node) : [node];
  const designator = first?.type === 'initializer_pair' ? first.children[0] : first;
  return designator?.type === 'field_designator';
}

/** The items of a braced list. */
export function items(list: SyntaxNode): readonly SyntaxNode[] {
  return list.children;
}
