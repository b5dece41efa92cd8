/**
 * How much an IOMMU mapped, which is a negative errno where it mapped nothing: a test for 0 takes that for a size (drivers/iommu/iommu.c:
 * iommu_map_sg). Read, not run.
 */
import type { Expr } from '../c/ir.ts';
import type { DocumentReport } from './documentView.ts';
import { callsOf } from './flowSides.ts';
import { bare, constantOf, valueName } from './irNames.ts';
import { type ReadFunction, told } from './readFunctions.ts';

const SIZES = /^iommu_map_sg(?:table|_atomic)?$/;

/** What a condition asks to be 0, or not to be; null: it asks something else. */
function askedForZero(condition: Expr): Expr | null {
  const value = bare(condition);
  if (value.kind === 'unary' && value.op === '!') return bare(value.operand);
  if (value.kind === 'compare')
    return (value.op === '==' || value.op === '!=') && constantOf(value.right) === 0 ? bare(value.left) : null;
  return value;
}

/** Sizes that are tested for 0 only. */
export function sizesTestedForZero(read: ReadFunction): DocumentReport[] {
  return callsOf(read, SIZES).flatMap(({ at, call, name }) => {
    const kept = at.stores.find(({ value }) => bare(value) === call)?.to ?? null;
    const same = (expr: Expr): boolean => {
      const value = bare(expr);
      return value === call || (kept !== null && valueName(value) === kept);
    };
    const compared = read.nodes.some(({ all }) =>
      all.some((expr) => expr.kind === 'compare' && (same(expr.left) || same(expr.right)) && !/^[!=]=$/.test(expr.op)),
    );
    const asked = read.nodes.flatMap(({ node }) => {
      const [condition] = node.kind === 'branch' ? node.values : [];
      const zero = condition === undefined ? null : askedForZero(condition);
      return condition !== undefined && zero !== null && same(zero) ? [condition] : [];
    });
    const [first] = asked;
    if (compared || first === undefined) return [];
    return [
      told(
        read,
        first.at,
        `0 is tested of what \`${name}()\` returned: it fails with a negative errno`,
        `\`${name}()\` returns a \`ssize_t\`, as it does since Linux 5.16`,
        [{ message: 'mapped here', at: call.at }],
      ),
    ];
  });
}
