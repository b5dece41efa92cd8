/** All scenarios of a document: a life for the tables whose callers are known, single ops for the rest and for what the document promises beyond them. */
import { bundledContract, type OpsTable } from '../contracts/opsTables.ts';
import { dmaBufScenarios } from './dmaBufLife.ts';
import { pagemapScenarios } from './pagemapLife.ts';
import type { Scenario } from './scenario.ts';
import { singleOpScenarios } from './singleOp.ts';

/** Scenarios of one table, in the order in which they are run and listed. */
export function scenariosOf(table: OpsTable, topology?: string): Scenario[] {
  const lives =
    table.struct === 'drm_pagemap_ops'
      ? pagemapScenarios(table, topology)
      : table.struct === 'dma_buf_ops'
        ? dmaBufScenarios(table, topology)
        : [];
  const lived = new Set(lives.flatMap((scenario) => scenario.ops.map((op) => op.member)));
  // A life calls its ops where today's callers do. A context that only the document's kernel-doc allows is tried on its own.
  const alone = singleOpScenarios(
    table,
    (op, context) =>
      !lived.has(op.member) || !(bundledContract(table.struct, op.member)?.contexts.includes(context) ?? false),
    topology,
  );
  return [...lives, ...alone];
}
