/** Ops whose core takes NULL as well as an error pointer for a failure: a driver that mixes the two is understood. */
import type { OpsTable } from './opsTables.ts';

/** By struct and member, with the core's function that asks for both. */
const TAKES_BOTH: ReadonlyMap<string, RegExp> = new Map([
  // drivers/iommu/iommu.c:__iommu_domain_alloc
  ['iommu_ops', /^domain_alloc/],
]);

/** Names of the document's functions of which the core looks at the result both ways. */
export function takenBothWays(tables: readonly OpsTable[]): ReadonlySet<string> {
  return new Set(
    tables.flatMap((table) =>
      table.ops.flatMap((op) => (TAKES_BOTH.get(table.struct)?.test(op.member) === true ? [op.function.name] : [])),
    ),
  );
}
