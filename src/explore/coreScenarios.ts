/** Scenarios in which the document's own core code is the caller: of the document's ops, or of a driver that stands in for any. */
import type { FunctionSymbol, Program } from '../c/ir.ts';
import { walkFunctions } from '../c/walk.ts';
import type { OpsTable } from '../contracts/opsTables.ts';
import { CORE_TABLE, CoreTable } from './coreCalls.ts';
import { DMA_BUF_FUNCTIONS, dmaBufCoreScenarios } from './dmaBufCore.ts';
import { driverLives } from './driverLives.ts';
import { MIGRATION_FUNCTIONS, migrationScenarios } from './migrationLife.ts';
import { PAGEMAP_TOPOLOGY } from './pagemapLife.ts';
import type { Scenario } from './scenario.ts';
import { SVM_FUNCTIONS, svmScenarios } from './svmLife.ts';

/** All of them, in the order in which they are run and listed; none for a document that defines no core function. */
export function coreScenarios(program: Program, tables: readonly OpsTable[], topology?: string): Scenario[] {
  const hardware = topology ?? PAGEMAP_TOPOLOGY;
  const core = new CoreTable(program, [...MIGRATION_FUNCTIONS, ...SVM_FUNCTIONS, ...DMA_BUF_FUNCTIONS]);
  return [
    ...migrationScenarios(core, tables, hardware),
    ...svmScenarios(core, tables, hardware),
    ...dmaBufCoreScenarios(core, hardware),
    ...driverLives(program, tables, topology),
  ];
}

/** How many calls deep a core function is followed. */
const DEPTH = 8;

/** Functions that the core's own callers lead to: a call with made-up arguments shows nothing about them that these do not. */
export function drivenByCore(scenarios: readonly Scenario[]): ReadonlySet<FunctionSymbol> {
  const ops = scenarios.filter((scenario) => scenario.table === CORE_TABLE).flatMap((scenario) => scenario.functions);
  const found = new Set(ops);
  if (found.size === 0) return found;
  walkFunctions([...found], DEPTH, (expression) => {
    if (expression.kind === 'function') found.add(expression.symbol);
    if (expression.kind === 'call' && expression.callee.kind === 'direct') found.add(expression.callee.symbol);
    return false;
  });
  return found;
}

/** An op that is a core function itself needs no scenario of its own beside those that drive it. */
export function besides(core: readonly Scenario[], scenarios: readonly Scenario[]): Scenario[] {
  const driven = new Set(core.flatMap(({ table, functions }) => (table === CORE_TABLE ? functions : [])));
  return scenarios.filter(({ ops }) => ops.length !== 1 || !ops.every((op) => driven.has(op.function)));
}
