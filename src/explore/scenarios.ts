/** All scenarios of a document: a life for the tables whose callers are known, single ops for the rest and for what the document promises beyond them. */
import { walkFunctions } from '../c/walk.ts';
import { bundledContract, type OpsTable } from '../contracts/opsTables.ts';
import { dmaBufScenarios } from './dmaBufLife.ts';
import { importerScenarios } from './importerLife.ts';
import { intervalScenarios } from './intervalLife.ts';
import { pagemapScenarios } from './pagemapLife.ts';
import type { Scenario } from './scenario.ts';
import { singleOpScenarios } from './singleOp.ts';

/**
 * Scenarios of one table, in the order in which they are run and listed.
 * @param tables all of the document, for ops that a life reaches through another table
 */
export function scenariosOf(table: OpsTable, topology?: string, tables: readonly OpsTable[] = []): Scenario[] {
  const lives =
    table.struct === 'drm_pagemap_ops'
      ? hardwareFor(table, topology)
          .flatMap((each) => pagemapScenarios(table, each))
          .filter((life) => shown(table, life))
      : table.struct === 'dma_buf_ops'
        ? dmaBufScenarios(table, topology, tables)
        : [];
  const lived = new Set(lives.flatMap((scenario) => scenario.ops.map((op) => op.member)));
  // A life calls its ops where today's callers do. A context that only the document's kernel-doc allows is tried on its own.
  const alone = singleOpScenarios(
    table,
    (op, context) =>
      !lived.has(op.member) || !(bundledContract(table.struct, op.member)?.contexts.includes(context) ?? false),
    topology,
  );
  const intervals = table.struct === 'mmu_interval_notifier_ops' ? intervalScenarios(table, topology) : [];
  return [...lives, ...importerScenarios(table, topology), ...intervals, ...alone];
}

const FABRIC = /^ual_/;
/** Calls of an op that are looked through for what it asks the fabric. */
const DEPTH = 2;

/** Hardware that the table's ops tell apart: what asks how far a peer is over a fabric runs with and without one, in both of its modes. */
function hardwareFor(table: OpsTable, topology: string | undefined): readonly (string | undefined)[] {
  if (topology !== undefined) return [topology];
  let fabric = false;
  walkFunctions(
    table.ops.map((op) => op.function),
    DEPTH,
    (expression) => {
      fabric ||=
        expression.kind === 'call' && expression.callee.kind === 'direct' && FABRIC.test(expression.callee.symbol.name);
      return fabric;
    },
  );
  return fabric ? [undefined, 'ual-pair-physical', 'ual-pair-virtual'] : [undefined];
}

/** The core's own C reads the table: it can be driven only where the document shows one. */
function shown(table: OpsTable, life: Scenario): boolean {
  return !table.symbol.isExtern || !life.name.startsWith('range-life');
}
