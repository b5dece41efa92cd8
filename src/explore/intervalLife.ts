/**
 * An interval notifier's table, called as mm/mmu_notifier.c calls it: once for a range that may block, once for one that may not. What
 * `invalidate` answers and what it stores is looked at after it. Readers of the interval are `concurrentNotifier.ts`.
 */
import type { Op, OpsTable } from '../contracts/opsTables.ts';
import { callByName } from '../kernel/modelling.ts';
import { makeMm } from '../kernel/pagemap/world.ts';
import { plainObject, setFields } from '../kernel/worldObject.ts';
import type { MachineServices } from '../machine/model.ts';
import { embeddedIn } from './embedded.ts';
import { forgetInitialData } from './initialisedElsewhere.ts';
import type { Scenario, ScenarioSteps } from './scenario.ts';
import { DEFAULT_TOPOLOGY } from './singleOp.ts';

const SUB = 'struct mmu_interval_notifier';
const RANGE = 'struct mmu_notifier_range';

/** The two calls of a table's `invalidate`. */
export function intervalScenarios(table: OpsTable, topology: string = DEFAULT_TOPOLOGY): Scenario[] {
  const op = table.ops.find(({ member }) => member === 'invalidate');
  if (op === undefined || table.symbol.isExtern) return [];
  return [true, false].map((blockable) => ({
    name: blockable ? 'interval.may-block' : 'interval.no-block',
    title: `an invalidation that ${blockable ? 'may' : 'must not'} block`,
    table: table.symbol.name,
    ops: [op],
    functions: [op.function],
    topology,
    run: (machine) => invalidate(machine, op, blockable),
  }));
}

function* invalidate(machine: MachineServices, op: Op, blockable: boolean): ScenarioSteps<void> {
  const ops = machine.addressOf(op.table.symbol.name) ?? 0;
  if (ops === 0) return;
  forgetInitialData(machine, op.function);
  const mm = makeMm(machine);
  const sub = embeddedIn(machine, SUB, [op.function]);
  setFields(machine, sub, SUB, { mm });
  const range = plainObject(machine, RANGE, RANGE, 'unknown');
  const flag = Number(machine.program.constant('MMU_NOTIFIER_RANGE_BLOCKABLE') ?? 1);
  setFields(machine, range, RANGE, { mm, flags: blockable ? flag : 0 });
  yield* callByName(machine, 'interlock_mmu_invalidate', [sub, ops, range], 'the interval is invalidated');
}
