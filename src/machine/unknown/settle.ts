/**
 * Gives the leaves of an open number one value, so that the number is a definite one: what a caller could have given. Responsible for finding
 * such a value among those offered and for making it a fact; who may ask for one is the caller's business.
 */

import type { Integer } from '../integers.ts';
import { withoutFacts } from '../kinds.ts';
import type { Scalar } from '../model.ts';
import type { Facts } from './facts.ts';
import { noteConstant } from './families.ts';
import { fold } from './fold.ts';
import { contains } from './ranges.ts';
import { UnknownValue } from './value.ts';

/** Leaves that may stand in one expression: more of them are hardly the same thing twice. */
const MOST_LEAVES = 2;
const DEPTH = 12;

/**
 * The number that the value comes to with the first of the offered values for its leaves that contradicts no fact and gives one that fits;
 * null, and nothing is learnt, when none does.
 */
export function settledValue(
  facts: Facts,
  value: Scalar,
  offered: readonly number[],
  fits: (result: number) => boolean,
): number | null {
  const known = facts.resolve(value);
  if (!(known instanceof UnknownValue)) return typeof known === 'number' ? known : null;
  const leaves = new Set<UnknownValue>();
  if (!collect(facts, known, leaves, 0) || leaves.size > MOST_LEAVES) return null;
  for (const each of offered) {
    if ([...leaves].some((leaf) => !contains(facts.rangesOf(leaf, leaf.kind), each))) continue;
    const result = evaluate(facts, known, each, 0);
    if (typeof result !== 'number' || !fits(result) || !contains(facts.rangesOf(known, known.kind), result)) continue;
    for (const leaf of leaves) {
      facts.constrain(leaf, [[each, each]]);
      facts.settle(leaf, each);
      noteConstant(facts, leaf, each);
    }
    return result;
  }
  return null;
}

function collect(facts: Facts, value: Scalar, leaves: Set<UnknownValue>, depth: number): boolean {
  const known = facts.resolve(value);
  if (!(known instanceof UnknownValue)) return typeof known === 'number' || typeof known === 'bigint';
  if (depth > DEPTH || withoutFacts(known.kind)) return false;
  if (known.node === null) {
    leaves.add(known);
    // What no visible line declares is the number that it is used as.
    return known.type.kind === 'int' || known.type.kind === 'unknown';
  }
  return collect(facts, known.node.left, leaves, depth + 1) && collect(facts, known.node.right, leaves, depth + 1);
}

function evaluate(facts: Facts, value: Scalar, leaf: number, depth: number): Integer | null {
  const known = facts.resolve(value);
  if (!(known instanceof UnknownValue)) return typeof known === 'object' ? null : known;
  if (known.node === null) return leaf;
  const left = depth > DEPTH ? null : evaluate(facts, known.node.left, leaf, depth + 1);
  const right = left === null ? null : evaluate(facts, known.node.right, leaf, depth + 1);
  return left === null || right === null ? null : fold(known.node, known.kind, left, right);
}
