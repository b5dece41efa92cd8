/** The cost counters of a run, as reports and the panel show them. */
import type { MachineServices } from '../../machine/model.ts';
import { costLines, modelledNanoseconds } from '../iommu/costs.ts';
import { dmaRun } from './run-state.ts';

/** Counters that are not zero, in stable order, and last what the stated cost model makes of them. Empty when nothing was mapped. */
export function runCosts(machine: MachineServices): readonly { readonly name: string; readonly value: number }[] {
  const { world } = dmaRun(machine);
  const lines = costLines(world.costs);
  if (lines.length === 0) return [];
  const caching = world.topology.iommus.some((iommu) => iommu.cachingMode);
  return [
    ...lines,
    { name: 'CPU time in the cost model, ns', value: Math.round(modelledNanoseconds(world.costs, caching)) },
  ];
}
