/** All scenarios of a document: a life for the tables whose callers are known, single ops for the rest. */
import type { OpsTable } from '../contracts/opsTables.ts';
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
  const covered = new Set(lives.flatMap((scenario) => scenario.ops.map((op) => op.member)));
  return [...lives, ...singleOpScenarios(table, covered, topology)];
}
