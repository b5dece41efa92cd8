/**
 * A driver's tables as the core drives them from end to end, where the document has the driver and not the core: ranges of a process are
 * mapped, invalidated and given up by GPU SVM, pages go to device memory and come back. The bundled core is the caller; when the document
 * defines core functions itself, its own are (coreScenarios.ts). What each op promises on its own is singleOp.ts and pagemapLife.ts.
 */
import type { Program } from '../c/ir.ts';
import type { Op, OpsTable } from '../contracts/opsTables.ts';
import { CoreTable } from './coreCalls.ts';
import { isWhole, MIGRATION_FUNCTIONS, migrationLife } from './migrationLife.ts';
import { MIGRATION_VARIANTS } from './migrationWorld.ts';
import { PAGEMAP_TOPOLOGY } from './pagemapLife.ts';
import { canMap } from './rangeScenarios.ts';
import { inWorld, type Scenario } from './scenario.ts';
import { SVM_FUNCTIONS, svmLife } from './svmLife.ts';
import { SVM_VARIANTS } from './svmWorld.ts';

/** Ways of a range that ask something of a pagemap's table: whose memory it is, and what ends the mapping. */
const PAGEMAP_WAYS: ReadonlySet<string> = new Set([
  'svm.device',
  'svm.peer',
  'svm.two',
  'svm.mixed-allowed',
  'svm.mixed-last',
]);

/** Ways that come to a driver's `invalidate`. */
const INVALIDATE_WAYS: ReadonlySet<string> = new Set([
  'svm.blocks',
  'svm.part',
  'svm.clear',
  'svm.device',
  'svm.mixed-last',
]);

/** Ways of pages to the device and back that differ for a driver: the rest is the core's business. */
const MIGRATION_WAYS: ReadonlySet<string> = new Set([
  'migrate.fault',
  'migrate.evict',
  'migrate.unmap',
  'migrate.part',
  'migrate.blocks',
  'migrate.peer',
]);

/** Lives of the tables of a document that brings no core of its own; none for other tables. */
export function driverLives(program: Program, tables: readonly OpsTable[], topology?: string): Scenario[] {
  const core = new CoreTable(program, [...MIGRATION_FUNCTIONS, ...SVM_FUNCTIONS]);
  const hardware = topology ?? PAGEMAP_TOPOLOGY;
  return tables
    .filter((table) => !table.symbol.isExtern)
    .flatMap((table): Scenario[] => {
      switch (table.struct) {
        case 'drm_pagemap_ops':
          return core.ops.length > 0 || !canMap(table)
            ? []
            : [...ranges(core, table, tables, PAGEMAP_WAYS, hardware), ...asPeer(core, table, hardware)];
        case 'drm_gpusvm_ops':
          return core.ops.length > 0 || !table.ops.some((op) => op.member === 'invalidate')
            ? []
            : ranges(core, table, tables, INVALIDATE_WAYS, hardware);
        case 'drm_pagemap_devmem_ops':
          return core.ops.length > 0 ? [] : migrations(core, table, tables, hardware);
        default:
          return [];
      }
    });
}

/** Ops that the core calls in these lives. */
const CALLED: ReadonlySet<string> = new Set([
  'device_map',
  'device_unmap',
  'map_dma',
  'unmap_dma',
  'destroy',
  'invalidate',
  'devmem_release',
  'populate_devmem_pfn',
  'copy_to_devmem',
  'copy_to_ram',
]);

/** The ops of a table that lives under the core call. */
export function calledByCore(table: OpsTable): readonly Op[] {
  return table.ops.filter((op) => CALLED.has(op.member));
}

/** What a scenario says of itself, whoever the core calls in it. */
function about(table: OpsTable, name: string, title: string, topology: string): Omit<Scenario, 'run'> {
  const ops = calledByCore(table);
  return {
    name,
    title,
    table: table.symbol.name,
    ops,
    functions: ops.map((op) => op.function),
    topology,
    maxDeviations: 1,
  };
}

function ranges(
  core: CoreTable,
  table: OpsTable,
  tables: readonly OpsTable[],
  ways: ReadonlySet<string>,
  topology: string,
): Scenario[] {
  const first = [table, ...tables.filter((other) => other.struct !== table.struct)];
  return SVM_VARIANTS.filter((variant) => ways.has(variant.name)).map((variant) => ({
    ...about(table, variant.name, variant.title, topology),
    ...inWorld((machine) => svmLife(machine, core, variant, first)),
  }));
}

/** Pages of this table's memory are moved to another device: it maps them with no notifier lock around it. */
function asPeer(core: CoreTable, table: OpsTable, topology: string): Scenario[] {
  return MIGRATION_VARIANTS.filter((variant) => variant.name === 'migrate.peer').map((variant) => ({
    ...about(table, variant.name, variant.title, topology),
    ...inWorld((machine) => migrationLife(machine, core, variant, null, [table])),
  }));
}

function migrations(core: CoreTable, table: OpsTable, tables: readonly OpsTable[], topology: string): Scenario[] {
  if (!isWhole(table)) return [];
  return MIGRATION_VARIANTS.filter((variant) => MIGRATION_WAYS.has(variant.name)).map((variant) => ({
    ...about(table, variant.name, variant.title, topology),
    ...inWorld((machine) => migrationLife(machine, core, variant, table, tables)),
  }));
}
