/** Scenarios in which the document's own core code is the caller: of the document's ops, or of a driver that stands in for any. */
import type { Program } from '../c/ir.ts';
import type { OpsTable } from '../contracts/opsTables.ts';
import { CoreTable } from './coreCalls.ts';
import { MIGRATION_FUNCTIONS, migrationScenarios } from './migrationLife.ts';
import { PAGEMAP_TOPOLOGY } from './pagemapLife.ts';
import type { Scenario } from './scenario.ts';
import { SVM_FUNCTIONS, svmScenarios } from './svmLife.ts';

/** All of them, in the order in which they are run and listed; none for a document that defines no core function. */
export function coreScenarios(program: Program, tables: readonly OpsTable[], topology?: string): Scenario[] {
  const hardware = topology ?? PAGEMAP_TOPOLOGY;
  const core = new CoreTable(program, [...MIGRATION_FUNCTIONS, ...SVM_FUNCTIONS]);
  return [...migrationScenarios(core, tables, hardware), ...svmScenarios(core, tables, hardware)];
}
