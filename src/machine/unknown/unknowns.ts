/**
 * The unknown values of a run: makes them, combines them (the same operation on the same operands is the same unknown), and decides
 * conditions on them once, from facts where they suffice, else by one question. The facts themselves: `facts.ts`.
 */

import type { BinaryOp, CompareOp } from '../../c/ir.ts';
import type { CType } from '../../c/types.ts';
import type { Site } from '../events.ts';
import { compare, compute, type Integer, rangeOf, wrap } from '../integers.ts';
import { Kind, typeOfKind, withoutFacts } from '../kinds.ts';
import { OBJECT_BASE, type Scalar } from '../model.ts';
import { Facts, kindOfScalar } from './facts.ts';
import { constantsDiffer } from './families.ts';
import { field } from './fold.ts';
import { base, except, normal, pointerType, sameSize, sizeAtLeast, typeOfResult } from './forms.ts';
import { isNoNull, liesInside } from './inside.ts';
import { Made } from './made.ts';
import { add, enumRange, highest, intersect, lowest, multiply, single } from './ranges.ts';
import { FIRST_ERROR, type NameOf, render } from './render.ts';
import { type DerivedOp, keyOf, type Node, UnknownValue } from './value.ts';

/** The lowest negative int, as a pointer. */
const LOWEST_INT = 2n ** 64n - 2n ** 31n;

/** Asks for an answer to a question with two options: the run's list of decisions. */
export type Ask = (question: string, at: Site | null) => boolean;

export class Unknowns {
  /** Answers of functions that only step from one struct to another, by name and argument. */
  readonly steppedTo = new Map<string, Map<Scalar, Scalar>>();
  readonly facts = new Facts();
  private readonly made = new Made();
  /** Answers to comparisons by key; equal pointers are kept so that settling one settles the other. */
  private answers = new Map<string, boolean>();
  private equals = new Map<number, UnknownValue[]>();
  /** Known objects that an open pointer was found to lead to. */
  private readonly met = new Set<number>();

  constructor(
    private readonly ask: Ask,
    private readonly nameOf: NameOf,
    /** Whether two values are different whatever the first is. */
    private readonly neverMeet: (left: Scalar, right: Scalar) => boolean,
  ) {}

  seal(): void {
    this.made.seal();
    this.facts.seal();
  }

  /** Nothing was asked or compared so far that a seal would not keep. */
  get untold(): boolean {
    return this.steppedTo.size + this.answers.size + this.equals.size + this.met.size === 0;
  }

  /** Forgets the last seal: `reset` comes back to the one before. */
  unseal(): void {
    this.made.unseal();
    this.facts.unseal();
  }

  reset(): void {
    this.steppedTo.clear();
    this.made.reset();
    this.answers = new Map();
    this.equals = new Map();
    this.met.clear();
    this.facts.reset();
  }

  fresh(type: CType, source: string): UnknownValue {
    const value = new UnknownValue(this.made.number(), type, source, null);
    // What is declared as an enum is one of its constants.
    const constants = type.kind === 'int' ? enumRange(type) : null;
    if (constants !== null) this.facts.constrain(value, constants);
    return value;
  }

  /** How many there are by now: their numbers are below this. */
  get count(): number {
    return this.made.count;
  }

  resolve(value: Scalar): Scalar {
    if (!(value instanceof UnknownValue)) return value;
    return value.concrete ?? (value.node === null ? value : this.facts.resolve(value));
  }

  /** The unknown is this value from now on; whatever was found equal to it is too. */
  settle(value: UnknownValue, result: Integer): void {
    this.facts.constrain(value, [[result, result]]);
    this.facts.settle(value, result);
    for (const other of this.equals.get(value.id) ?? []) if (other.concrete === null) this.settle(other, result);
  }

  // combining --------------------------------------------------------------------------------------------------------------

  private derive(
    op: DerivedOp,
    left: Scalar,
    right: Scalar,
    kind: Kind,
    type: CType,
    shift = 0,
    width = 0,
    name: string | null = null,
  ): UnknownValue {
    const key = `${op}|${kind}|${typeOfResult(type)}|${keyOf(left)}|${keyOf(right)}|${shift}|${width}`;
    return this.made.once(key, () => {
      const node: Node = { op, left, right, kind, shift, width };
      return new UnknownValue(this.made.number(), type, name ?? op, node);
    });
  }

  /** `left op right`, at least one of them unknown (or not foldable). */
  binary(op: BinaryOp, left: Scalar, right: Scalar, kind: Kind): Scalar {
    left = this.resolve(left);
    right = this.resolve(right);
    if (withoutFacts(kind)) return this.derive(op, left, right, kind, typeOfKind(kind));
    if (typeof left !== 'object' && typeof right !== 'object') {
      const result = compute(op, left, right, kind);
      if (typeof result !== 'string') return result;
      return this.derive(op, left, right, kind, typeOfKind(kind));
    }
    if (typeof left !== 'object' && (op === '+' || op === '*' || op === '&' || op === '|' || op === '^'))
      [left, right] = [right, left];
    const simple = this.simplify(op, left, right, kind);
    if (simple !== null) return simple;
    const type = kind === Kind.Pointer && typeof left === 'object' ? left.type : typeOfKind(kind);
    return this.derive(op, left, right, kind, type.kind === 'unknown' ? typeOfKind(kind) : type);
  }

  private simplify(op: BinaryOp, left: Scalar, right: Scalar, kind: Kind): Scalar | null {
    const node = left instanceof UnknownValue ? left.node : null;
    if (right === 0) {
      if (op === '+' || op === '-' || op === '|' || op === '^' || op === '<<' || op === '>>') return left;
      if (op === '&' || op === '*') return 0;
    }
    if (right === 1 && (op === '*' || op === '/')) return left;
    if (left === right && typeof left === 'object') {
      if (op === '-' || op === '^') return 0;
      if (op === '&' || op === '|') return left;
    }
    if (op === '-') {
      const [a, x] = base(left);
      const [b, y] = base(right);
      if (a === b) return wrap(add(x, multiply(y, -1)), kind);
    }
    if ((op === '+' || op === '-') && typeof right !== 'object') {
      // (x + a) + b is x + (a + b): pointers into one object compare as such.
      const by = wrap(op === '+' ? right : multiply(right as Integer, -1), kind);
      if (node && node.op === '+' && node.kind === kind && typeof node.right !== 'object')
        return this.binary('+', node.left, wrap(add(node.right as Integer, by), kind), kind);
      if (op === '-') return by === 0 ? left : this.derive('+', left, by, kind, pointerType(left, kind));
    }
    if (op === '&' && typeof right !== 'object') {
      const bits = this.facts.bitsOf(left);
      const mask = BigInt.asUintN(64, BigInt(right));
      if ((mask & ~(bits.zeros | bits.ones)) === 0n) return wrap(bits.ones & mask, kind);
    }
    return null;
  }

  unary(op: 'neg' | 'complement', value: Scalar, kind: Kind): Scalar {
    value = this.resolve(value);
    return this.derive(op, value, 0, kind, typeOfKind(kind));
  }

  convert(value: Scalar, type: CType, kind: Kind): Scalar {
    value = this.resolve(value);
    if (typeof value !== 'object') return value;
    const from = kindOfScalar(value, kind);
    if (from === kind) return value;
    if (kind === Kind.Bool) return this.boolean(value);
    if (!withoutFacts(from) && !withoutFacts(kind)) {
      // A value that fits keeps its identity through widening and back.
      const node = value instanceof UnknownValue ? value.node : null;
      if (node?.op === 'convert' && node.left instanceof UnknownValue && node.left.kind === kind) {
        const [low, high] = rangeOf(kind);
        const ranges = this.facts.rangesOf(value, from);
        const [min, max] = [lowest(ranges), highest(ranges)];
        if ((min !== null && max !== null && min >= low && max <= high) || sizeAtLeast(from, kind)) return node.left;
      }
      if (sameSize(from, kind) && (from === Kind.Pointer || kind === Kind.Pointer) && value instanceof UnknownValue)
        if (from !== Kind.I64 && kind !== Kind.I64) return value;
    }
    return this.derive('convert', value, 0, kind, type);
  }

  private boolean(value: Scalar): Scalar {
    const op = value instanceof UnknownValue ? value.node?.op : undefined;
    if (op === '==' || op === '<' || op === 'not') return value;
    const known = this.decide(value);
    if (known !== null) return known ? 1 : 0;
    return this.derive('convert', value, 0, Kind.Bool, typeOfKind(Kind.Bool));
  }

  /** `!value` as an int. */
  not(value: Scalar): Scalar {
    const known = this.decide(value);
    if (known !== null) return known ? 0 : 1;
    return this.derive('not', value, 0, kindOfScalar(value, Kind.I32), typeOfKind(Kind.I32));
  }

  compare(op: CompareOp, left: Scalar, right: Scalar, kind: Kind): Scalar {
    const known = this.decideCompare(op, left, right, kind);
    if (known !== null) return known ? 1 : 0;
    const { base: canonicalOp, left: l, right: r, negated } = normal(op, this.resolve(left), this.resolve(right));
    const value = this.derive(canonicalOp, l, r, kind, typeOfKind(Kind.I32));
    return negated ? this.not(value) : value;
  }

  extract(unit: Scalar, shift: number, width: number, type: CType, kind: Kind, name: string | null = null): Scalar {
    unit = this.resolve(unit);
    for (let level = 0; level < 64; level++) {
      if (typeof unit !== 'object') return field(unit as Integer, shift, width, kind);
      const node: Node | null = unit instanceof UnknownValue ? unit.node : null;
      if (node?.op !== 'insert') break;
      if (node.shift === shift && node.width === width) return this.convert(node.right, type, kind);
      if (node.shift < shift + width && shift < node.shift + node.width) break;
      unit = this.resolve(node.left);
    }
    const bits = this.facts.bitsOf(unit);
    const mask = ((1n << BigInt(width)) - 1n) << BigInt(shift);
    if ((mask & ~(bits.zeros | bits.ones)) === 0n) return field(bits.ones, shift, width, kind);
    return this.derive('extract', unit, 0, kind, type, shift, width, name);
  }

  insert(unit: Scalar, shift: number, width: number, value: Scalar, kind: Kind): Scalar {
    return this.derive('insert', this.resolve(unit), this.resolve(value), kind, typeOfKind(kind), shift, width);
  }

  /** Several pieces of memory read as one value; the same pieces give the same unknown. */
  bytes(key: string, type: CType, source: string): Scalar {
    return this.made.once(`bytes|${key}`, () => this.fresh(type, source));
  }

  // deciding ---------------------------------------------------------------------------------------------------------------

  /** True or false when that follows from what is known; null otherwise. */
  decide(value: Scalar): boolean | null {
    value = this.resolve(value);
    if (typeof value !== 'object') return value !== 0;
    const node = value instanceof UnknownValue ? value.node : null;
    if (node?.op === 'not') {
      const inner = this.decide(node.left);
      return inner === null ? null : !inner;
    }
    if (node?.op === '==' || node?.op === '<') return this.decideCompare(node.op, node.left, node.right, node.kind);
    if (node?.op === 'convert' && !withoutFacts(kindOfScalar(node.left, Kind.I32))) {
      const inner = this.decide(node.left);
      if (
        inner === false ||
        (inner === true && sizeAtLeast(kindOfScalar(value, Kind.I64), kindOfScalar(node.left, Kind.I8)))
      )
        return inner;
    }
    const answer = this.answers.get(`?${keyOf(value)}`);
    if (answer !== undefined) return answer;
    if (node !== null && isNoNull(node, this.facts)) return true;
    const kind = kindOfScalar(value, Kind.I64);
    if (withoutFacts(kind)) return null;
    const ranges = this.facts.rangesOf(value, kind);
    if (!ranges.some(([low, high]) => low <= 0 && high >= 0)) return true;
    if (single(ranges) === 0) return false;
    return this.facts.bitsOf(value).ones !== 0n ? true : null;
  }

  decideCompare(op: CompareOp, left: Scalar, right: Scalar, kind: Kind): boolean | null {
    left = this.resolve(left);
    right = this.resolve(right);
    if (typeof left !== 'object' && typeof right !== 'object') return compare(op, left, right);
    const form = normal(op, left, right);
    const known = this.decideNormal(form.base, form.left, form.right, kind);
    return known === null ? null : known !== form.negated;
  }

  private decideNormal(op: '==' | '<', left: Scalar, right: Scalar, kind: Kind): boolean | null {
    const answer = this.answers.get(`${op}${keyOf(left)},${keyOf(right)}`);
    if (answer !== undefined) return answer;
    if (withoutFacts(kind)) return null;
    if (left === right) return op === '==';
    const inverse = this.answers.get(`<${keyOf(right)},${keyOf(left)}`);
    const before = this.answers.get(`<${keyOf(left)},${keyOf(right)}`);
    const same =
      this.answers.get(`==${keyOf(left)},${keyOf(right)}`) ?? this.answers.get(`==${keyOf(right)},${keyOf(left)}`);
    if (op === '<' && (inverse === true || same === true)) return false;
    if (op === '<' && inverse === false && same === false) return true;
    if (op === '==' && (inverse === true || before === true)) return false;
    if (op === '==' && inverse === false && before === false) return true;
    const [leftBase, leftBy] = base(left);
    const [rightBase, rightBy] = base(right);
    if (op === '==' && leftBase === rightBase && typeof leftBase === 'object') return leftBy === rightBy;
    const a = this.facts.rangesOf(left, kind);
    const b = this.facts.rangesOf(right, kind);
    if (op === '==') {
      if (intersect(a, b).length === 0) return false;
      const x = this.facts.bitsOf(left);
      const y = this.facts.bitsOf(right);
      return (x.ones & y.zeros) !== 0n || (x.zeros & y.ones) !== 0n ? false : null;
    }
    const [lowA, highA, lowB, highB] = [lowest(a), highest(a), lowest(b), highest(b)];
    if (lowA === null || highA === null || lowB === null || highB === null) return null;
    // A negative int that became a pointer is an error number, whatever int would be less than any of these: no memory lies there.
    if (right === FIRST_ERROR && lowA >= LOWEST_INT) return false;
    if (right === FIRST_ERROR && left instanceof UnknownValue && left.node && liesInside(left.node, this.facts))
      return true;
    return highA < lowB ? true : lowA >= highB ? false : null;
  }

  /** Decides as a branch does: by facts, else by asking once; the answer is a fact afterwards. */
  truth(value: Scalar, at: Site | null): boolean {
    value = this.resolve(value);
    const known = this.decide(value);
    if (known !== null) return known;
    const node = value instanceof UnknownValue ? value.node : null;
    if (node?.op === 'not') return !this.truth(node.left, at);
    if (node && (node.op === '==' || node.op === '<'))
      return this.truthOf(node.op, node.left, node.right, node.kind, at);
    if (node?.op === 'convert' && !withoutFacts(kindOfScalar(node.left, Kind.F64))) {
      const [to, from] = [kindOfScalar(value, Kind.I64), kindOfScalar(node.left, Kind.I64)];
      if (to === Kind.Bool || sizeAtLeast(to, from)) return this.truth(node.left, at);
    }
    // What happens when nobody asks for anything else is the usual thing: a pointer is there, a flag or an error is not.
    const pointer = typeof value === 'object' && value.type.kind === 'pointer';
    const text = `\`${render(value, 0, this.nameOf)}\``;
    const answer = this.ask(pointer ? `${text} is NULL` : `${text} is true`, at) !== pointer;
    this.answers.set(`?${keyOf(value)}`, answer);
    this.facts.constrainTruth(value, answer);
    return answer;
  }

  truthOf(op: CompareOp, left: Scalar, right: Scalar, kind: Kind, at: Site | null): boolean {
    const known = this.decideCompare(op, left, right, kind);
    if (known !== null) return known;
    const form = normal(op, this.resolve(left), this.resolve(right));
    // `b == 0` for something that is itself a condition is the same question as `b`.
    if (form.base === '==' && form.right === 0 && !withoutFacts(kind))
      return this.truth(form.left, at) === form.negated;
    let answer = false;
    if (form.base === '<' && form.right === FIRST_ERROR)
      answer = !this.ask(`\`IS_ERR(${render(form.left, 0, this.nameOf)})\` is true`, at);
    else if (form.base === '<' || !this.areDistinct(form.left, form.right)) {
      const value = this.derive(form.base, form.left, form.right, kind, typeOfKind(Kind.I32));
      answer = this.ask(`\`${render(value, 0, this.nameOf)}\` is true`, at);
    }
    this.assume(form.base, form.left, form.right, kind, answer);
    return answer !== form.negated;
  }

  private areDistinct(left: Scalar, right: Scalar): boolean {
    return this.neverMeet(left, right) || constantsDiffer(this.facts, left, right);
  }

  /** Makes a comparison true (or false) from now on. */
  assume(op: '==' | '<', left: Scalar, right: Scalar, kind: Kind, answer: boolean): void {
    this.answers.set(`${op}${keyOf(left)},${keyOf(right)}`, answer);
    if (withoutFacts(kind)) return;
    const a = this.facts.rangesOf(left, kind);
    const b = this.facts.rangesOf(right, kind);
    const [low, high] = rangeOf(kind);
    if (op === '==') {
      if (answer) {
        this.facts.constrain(left, b);
        this.facts.constrain(right, a);
        this.alias(left, right);
      } else {
        const one = single(b);
        if (one !== null) this.facts.constrain(left, except(low, high, one));
        const other = single(a);
        if (other !== null) this.facts.constrain(right, except(low, high, other));
      }
      return;
    }
    const [lowA, highB, highA, lowB] = [lowest(a), highest(b), highest(a), lowest(b)];
    if (lowA === null || highB === null || highA === null || lowB === null) return;
    if (answer) {
      this.facts.constrain(left, [[low, add(highB, -1)]]);
      this.facts.constrain(right, [[add(lowA, 1), high]]);
    } else {
      this.facts.constrain(left, [[lowB, high]]);
      this.facts.constrain(right, [[low, highA]]);
    }
  }

  /** Whether a pointer that nobody set was found equal to this address. */
  isMet(address: number): boolean {
    return this.met.has(address);
  }

  private alias(left: Scalar, right: Scalar): void {
    for (const side of [left, right]) if (typeof side === 'number' && side >= OBJECT_BASE) this.met.add(side);
    if (!(left instanceof UnknownValue) || !(right instanceof UnknownValue)) return;
    this.equals.set(left.id, [...(this.equals.get(left.id) ?? []), right]);
    this.equals.set(right.id, [...(this.equals.get(right.id) ?? []), left]);
    if (left.concrete !== null) this.settle(right, left.concrete);
    else if (right.concrete !== null) this.settle(left, right.concrete);
  }
}
