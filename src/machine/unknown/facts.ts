/**
 * What is known about unknown values in this run: the range each can have, and its known bits. Facts of an operation follow from its
 * operands; what is learnt about an operation flows back to them where that is exact. Deciding conditions: `decide.ts`.
 */
import { compute, type Integer, rangeOf } from '../integers.ts';
import { FACTLESS, is64, Kind, withoutFacts } from '../kinds.ts';
import type { Scalar } from '../model.ts';
import { convertRanges, fullRange, preimage } from './conversions.ts';
import { fold } from './fold.ts';
import { roundedUp } from './forms.ts';
import { add, highest, intersect, lowest, multiply, type Ranges, shifted, single, union } from './ranges.ts';
import { fitting, oneMore, partOf, sumOf, takenFrom, wholeOf } from './sums.ts';
import { type Node, UnknownValue } from './value.ts';

/** Nobody aligns to more. */
const LARGEST_ALIGNMENT = 2 ** 31;
/** Operations are looked through this far; beyond it a value may be anything its type allows. */
const DEPTH = 12;

/** Bits that are certainly 0 and certainly 1. */
export interface Bits {
  readonly zeros: bigint;
  readonly ones: bigint;
}

const NO_BITS: Bits = { zeros: 0n, ones: 0n };
const ALL_64 = 2n ** 64n - 1n;

/** What is known at one moment, and which unknowns had been settled since the seal before. */
interface Known {
  readonly ranges: ReadonlyMap<number, Ranges>;
  readonly bits: ReadonlyMap<number, Bits>;
  readonly sums: ReadonlyMap<number, readonly UnknownValue[]>;
  readonly settled: UnknownValue[];
}

export class Facts {
  private ranges = new Map<number, Ranges>();
  private bits = new Map<number, Bits>();
  /** Sums of unknown values of which something is known, by their parts: what is learnt about one part says something of the other. */
  private sums = new Map<number, readonly UnknownValue[]>();
  /** What each seal found, the last one last. */
  private readonly seals: Known[] = [];
  /** Unknowns found to be a single value since the last seal, to be told to whoever keeps values by identity. */
  private settled: UnknownValue[] = [];
  /** How many were, in all runs: what was open at the same number is open still. */
  private found = 0;

  seal(): void {
    const { ranges, bits, sums, settled } = this;
    this.seals.push({ ranges: new Map(ranges), bits: new Map(bits), sums: new Map(sums), settled });
    this.settled = [];
  }

  reset(): void {
    const seal = this.seals.at(-1);
    this.ranges = new Map(seal?.ranges);
    this.bits = new Map(seal?.bits);
    this.sums = new Map(seal?.sums);
    for (const value of this.settled) value.concrete = null;
    this.settled = [];
  }

  /** Forgets the last seal: `reset` comes back to the one before. */
  unseal(): void {
    this.settled.push(...(this.seals.pop()?.settled ?? []));
  }

  /** The value itself when it is known by now. */
  resolve(value: Scalar, depth = 0): Scalar {
    if (!(value instanceof UnknownValue)) return value;
    if (value.concrete !== null) return value.concrete;
    const { node } = value;
    // The same values are asked about again and again, and only one that was found meanwhile can make a difference.
    if (node === null || value.openAt === this.found) return value;
    if (depth > DEPTH || FACTLESS[node.kind] === 1 || FACTLESS[value.kind] === 1) return value;
    const left = typeof node.left === 'object' ? this.resolve(node.left, depth + 1) : node.left;
    const right = typeof node.right === 'object' ? this.resolve(node.right, depth + 1) : node.right;
    if (typeof left === 'object' || typeof right === 'object') {
      if (depth === 0) value.openAt = this.found;
      return value;
    }
    const result = fold(node, value.kind, left, right);
    if (result === null) return value;
    this.settle(value, result);
    return result;
  }

  settle(value: UnknownValue, result: Integer): void {
    if (value.concrete !== null) return;
    value.concrete = result;
    this.found++;
    this.settled.push(value);
  }

  /** Everything the value can be. */
  rangesOf(value: Scalar, kind: Kind, depth = 0): Ranges {
    if (typeof value !== 'object') return [[value as Integer, value as Integer]];
    if (!(value instanceof UnknownValue)) return fullRange(kind);
    if (value.concrete !== null) return [[value.concrete, value.concrete]];
    let result = this.ranges.get(value.id) ?? null;
    if (value.node !== null && depth < DEPTH) {
      const derived = this.ofSum(value, depth) ?? this.derivedRanges(value.node, value.kind, depth);
      result = result === null ? derived : intersect(result, derived);
    }
    if (result === null) result = fullRange(value.kind);
    if (value.kind === kind) return result;
    // The same bits looked at in another kind of the same size.
    return convertRanges(result, value.kind, kind);
  }

  private ofSum(value: UnknownValue, depth: number): Ranges | null {
    const sum = sumOf(value);
    if (sum === null) return null;
    const { left, right, kind } = sum;
    return wholeOf(this.rangesOf(left, kind, depth + 1), this.rangesOf(right, kind, depth + 1), kind);
  }

  private derivedRanges(node: Node, kind: Kind, depth: number): Ranges {
    const all = fullRange(kind);
    if (withoutFacts(node.kind) || withoutFacts(kind)) return all;
    const { left, right } = node;
    switch (node.op) {
      case '==':
      case '<':
      case 'not':
        return [[0, 1]];
      case 'convert':
        return convertRanges(
          fitting(left, this.rangesOf(left, kindOfScalar(left, kind), depth + 1), kind),
          kindOfScalar(left, kind),
          kind,
        );
      case 'extract':
      case 'insert':
      case 'bytes':
      case 'neg':
      case 'complement':
        return all;
      default:
        break;
    }
    if (typeof right === 'object') {
      // One bit moved up stays there: what is shifted out is no size that anybody means.
      if (node.op === '<<' && typeof left === 'number' && left > 0 && Number.isInteger(Math.log2(left)))
        return intersect([[left, rangeOf(kind)[1]]], all);
      if (node.op === '-' && typeof left !== 'object')
        return takenFrom(left as Integer, this.rangesOf(right, kindOfScalar(right, kind), depth + 1), kind) ?? all;
      const rounded = node.op === '&' ? roundedUp(left, right) : null;
      const ranges = rounded === null ? [] : this.rangesOf(rounded, node.kind, depth + 1);
      const [least, most] = [lowest(ranges), highest(ranges)];
      if (least === null || most === null || least < 0) return all;
      return intersect([[least, add(most, LARGEST_ALIGNMENT)]], all);
    }
    const operand = this.rangesOf(left, node.kind, depth + 1);
    const [low, high] = rangeOf(kind);
    const c = right as Integer;
    switch (node.op) {
      case '+':
        return oneMore(left, operand, c, kind) ?? shifted(operand, c, low, high);
      case '-':
        return shifted(operand, multiply(c, -1), low, high);
      case '&':
        return c >= 0 ? intersect([[0, c]], all) : all;
      case '%': {
        const lowestValue = lowest(operand);
        return c > 0 && lowestValue !== null && lowestValue >= 0 ? [[0, add(c, -1)]] : all;
      }
      case '|':
        return c >= 0 && low === 0 ? [[c, high]] : all;
      case '*':
      case '<<':
      case '>>':
      case '/':
        return this.monotone(node.op, operand, c, kind) ?? all;
      case '^':
        return all;
    }
  }

  /** `x op c` for an operation that keeps order, when no value of x overflows. */
  private monotone(op: '*' | '<<' | '>>' | '/', operand: Ranges, c: Integer, kind: Kind): Ranges | null {
    const [low, high] = rangeOf(kind);
    if (c < 0 || (op === '/' && c === 0) || (op !== '*' && op !== '/' && c > 63)) return null;
    const factor = op === '*' ? c : op === '<<' ? 2n ** BigInt(c) : null;
    const result: [Integer, Integer][] = [];
    for (const [from, to] of operand) {
      if (factor !== null) {
        const start = multiply(from, factor);
        const end = multiply(to, factor);
        if (start < low || end > high) return null;
        result.push([start, end]);
      } else {
        const start = compute(op, from, c, kind);
        const end = compute(op, to, c, kind);
        if (typeof start === 'string' || typeof end === 'string') return null;
        result.push([start, end]);
      }
    }
    return union(result);
  }

  bitsOf(value: Scalar, depth = 0): Bits {
    if (typeof value !== 'object') {
      if (typeof value === 'number' && !Number.isInteger(value)) return NO_BITS;
      const ones = BigInt.asUintN(64, BigInt(value));
      return { ones, zeros: ~ones & ALL_64 };
    }
    if (!(value instanceof UnknownValue)) return NO_BITS;
    if (value.concrete !== null) return this.bitsOf(value.concrete);
    const own = this.bits.get(value.id) ?? NO_BITS;
    const { node } = value;
    if (node === null || depth >= DEPTH || withoutFacts(value.kind)) return own;
    const derived = this.derivedBits(node, value.kind, depth);
    return { zeros: own.zeros | derived.zeros, ones: own.ones | derived.ones };
  }

  private derivedBits(node: Node, kind: Kind, depth: number): Bits {
    const left = () => this.bitsOf(node.left, depth + 1);
    const right = () => this.bitsOf(node.right, depth + 1);
    switch (node.op) {
      case '&': {
        const a = left();
        const b = right();
        return { zeros: a.zeros | b.zeros, ones: a.ones & b.ones };
      }
      case '|': {
        const a = left();
        const b = right();
        return { zeros: a.zeros & b.zeros, ones: a.ones | b.ones };
      }
      case '<<':
      case '>>': {
        if (typeof node.right !== 'number' || node.right < 0 || node.right > 63) return NO_BITS;
        if (node.op === '>>' && !is64(kind) && kind !== Kind.U32) return NO_BITS;
        if (node.op === '>>' && kind === Kind.I64) return NO_BITS;
        const a = left();
        const by = BigInt(node.right);
        const low = (1n << by) - 1n;
        if (node.op === '<<') return { zeros: ((a.zeros << by) & ALL_64) | low, ones: (a.ones << by) & ALL_64 };
        return { zeros: (a.zeros >> by) | (ALL_64 ^ (ALL_64 >> by)), ones: a.ones >> by };
      }
      case 'convert': {
        const [low, high] = rangeOf(kind);
        const a = left();
        if (kind === Kind.Bool) return NO_BITS;
        if (low !== 0) return is64(kind) ? a : NO_BITS;
        const mask = BigInt(high);
        return { zeros: (a.zeros & mask) | (ALL_64 ^ mask), ones: a.ones & mask };
      }
      case 'extract': {
        const a = left();
        const mask = (1n << BigInt(node.width)) - 1n;
        const by = BigInt(node.shift);
        if (rangeOf(kind)[0] !== 0) return NO_BITS;
        return { zeros: ((a.zeros >> by) & mask) | (ALL_64 ^ mask), ones: (a.ones >> by) & mask };
      }
      default:
        return NO_BITS;
    }
  }

  /** Learns that the value lies in `allowed`. */
  constrain(value: Scalar, allowed: Ranges, depth = 0): void {
    if (!(value instanceof UnknownValue) || value.concrete !== null || depth > DEPTH || withoutFacts(value.kind))
      return;
    const old = this.rangesOf(value, value.kind);
    const left = intersect(old, allowed);
    if (left.length === 0) return;
    this.ranges.set(value.id, left);
    if (lowest(left) !== lowest(old) || highest(left) !== highest(old)) this.tellSums(value, left, depth);
    const one = single(left);
    if (one !== null) {
      this.settle(value, one);
      if (value.node !== null) this.learnBits(value, BigInt.asUintN(64, BigInt(one)), ALL_64, depth);
    }
    const { node } = value;
    if (node === null) return;
    switch (node.op) {
      case '+':
      case '-': {
        if (typeof node.right === 'object') return;
        const [low, high] = rangeOf(value.kind);
        const by = node.op === '+' ? multiply(node.right as Integer, -1) : (node.right as Integer);
        this.constrain(node.left, shifted(left, by, low, high), depth + 1);
        return;
      }
      case 'convert': {
        const from = kindOfScalar(node.left, value.kind);
        if (withoutFacts(from) || value.kind === Kind.Bool) {
          if (value.kind === Kind.Bool && one !== null) this.constrainTruth(node.left, one !== 0, depth + 1);
          return;
        }
        this.constrain(node.left, fitting(node.left, preimage(left, value.kind, from), value.kind), depth + 1);
        return;
      }
      case 'not':
        if (one !== null) this.constrainTruth(node.left, one === 0, depth + 1);
        return;
      default:
        return;
    }
  }

  /** What is now known of a value says something of what it is a part of, and of its own parts. */
  private tellSums(value: UnknownValue, ranges: Ranges, depth: number): void {
    for (const whole of this.sums.get(value.id) ?? []) {
      const sum = sumOf(whole);
      if (sum === null) continue;
      const part = partOf(this.rangesOf(whole, sum.kind), ranges, sum.kind);
      if (part !== null) this.constrain(sum.left === value ? sum.right : sum.left, part, depth + 1);
    }
    const own = sumOf(value);
    if (own === null) return;
    for (const [part, other] of [
      [own.left, own.right],
      [own.right, own.left],
    ] as const) {
      const known = this.sums.get(part.id) ?? [];
      if (!known.includes(value)) this.sums.set(part.id, [...known, value]);
      const rest = partOf(ranges, this.rangesOf(other, own.kind), own.kind);
      if (rest !== null) this.constrain(part, rest, depth + 1);
    }
  }

  /** Learns that the value is zero, or that it is not. */
  constrainTruth(value: Scalar, truth: boolean, depth = 0): void {
    if (!(value instanceof UnknownValue) || withoutFacts(value.kind) || depth > DEPTH) return;
    if (!truth) this.constrain(value, [[0, 0]], depth);
    else {
      const [low, high] = rangeOf(value.kind);
      const allowed = [[low, -1] as const, [1, high] as const].filter(([from, to]) => from <= to);
      this.constrain(value, allowed, depth);
      // One bit that is not zero is one.
      const { node } = value;
      if (
        node?.op === '&' &&
        typeof node.right === 'number' &&
        node.right > 0 &&
        Number.isInteger(Math.log2(node.right))
      )
        this.constrain(value, [[node.right, node.right]], depth);
    }
  }

  /** Learns bits of the operand of a mask, or of a field. */
  private learnBits(value: UnknownValue, pattern: bigint, mask: bigint, depth: number): void {
    const old = this.bits.get(value.id) ?? NO_BITS;
    this.bits.set(value.id, { ones: old.ones | (pattern & mask), zeros: old.zeros | (~pattern & mask) });
    const { node } = value;
    if (node === null || depth > DEPTH) return;
    const operand = node.left;
    if (!(operand instanceof UnknownValue)) return;
    if (node.op === '&' && typeof node.right !== 'object') {
      this.learnBits(operand, pattern, mask & BigInt.asUintN(64, BigInt(node.right)), depth + 1);
    } else if (node.op === 'extract') {
      const field = (1n << BigInt(node.width)) - 1n;
      this.learnBits(operand, (pattern & field) << BigInt(node.shift), (mask & field) << BigInt(node.shift), depth + 1);
    } else if (node.op === 'convert' && value.kind !== Kind.Bool && !withoutFacts(operand.kind)) {
      const [, high] = rangeOf(operand.kind);
      this.learnBits(operand, pattern, mask & BigInt(high), depth + 1);
    } else if (node.op === '>>' && typeof node.right === 'number') {
      const by = BigInt(node.right);
      this.learnBits(operand, (pattern << by) & ALL_64, (mask << by) & ALL_64, depth + 1);
    }
  }
}

/** The kind of an operand; a plain number has the kind of the operation it stands in. */
export function kindOfScalar(value: Scalar, otherwise: Kind): Kind {
  return value instanceof UnknownValue ? value.kind : otherwise;
}
