/**
 * An interval notifier's table, called as mm/mmu_notifier.c calls it: once for a range that may block, once for one that may not. What
 * `invalidate` answers and what it stores is looked at after it. Readers of the interval are `concurrentNotifier.ts`.
 */
import type { Expr, FunctionSymbol, Program } from '../c/ir.ts';
import { walkFunctions } from '../c/walk.ts';
import type { Op, OpsTable } from '../contracts/opsTables.ts';
import { callByName } from '../kernel/modelling.ts';
import { nobodyReads } from '../kernel/pagemap/notifier.ts';
import { makeMm } from '../kernel/pagemap/world.ts';
import { plainObject, setFields } from '../kernel/worldObject.ts';
import type { MachineServices } from '../machine/model.ts';
import { embeddedIn } from './embedded.ts';
import { forgetInitialData } from './initialisedElsewhere.ts';
import { inWorld, type Scenario, type ScenarioSteps } from './scenario.ts';
import { DEFAULT_TOPOLOGY } from './singleOp.ts';

const SUB = 'struct mmu_interval_notifier';
const RANGE = 'struct mmu_notifier_range';
/** What compares the sequence with the one that was stored. Who only waits with it compares nothing. */
const READERS = ['mmu_interval_read_retry', 'mmu_interval_check_retry', 'hmm_range_fault'];
/** Calls that are looked through. */
const DEPTH = 4;

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
    ...inWorld((machine) => invalidated(machine, op, blockable)),
  }));
}

/** Whether a function of that name is called. */
function calls(functions: readonly FunctionSymbol[], name: string): boolean {
  let found = false;
  walkFunctions(functions, DEPTH, (expression) => {
    found = expression.kind === 'call' && expression.callee.kind === 'direct' && expression.callee.symbol.name === name;
    return found;
  });
  return found;
}

/** Whether the sequence that `invalidate` gets is handed to a function that nobody sees: that one may store it. */
function handsOn({ function: symbol }: Op): boolean {
  const sequence = symbol.body()?.parameters[2];
  let found = sequence === undefined;
  walkFunctions([symbol], 0, (expression) => {
    if (expression.kind !== 'call') return false;
    const unseen = expression.callee.kind !== 'direct' || expression.callee.symbol.body() === null;
    found ||= unseen && expression.args.some((each) => reads(each, sequence?.id));
    return found;
  });
  return found;
}

function reads(expression: Expr, variable: number | undefined): boolean {
  let value = expression;
  while (value.kind === 'convert') value = value.value;
  return value.kind === 'load' && value.place.kind === 'local' && value.place.variable.id === variable;
}

/** Functions of the document itself. */
function own({ functions, units }: Program): readonly FunctionSymbol[] {
  return functions.filter(({ at }) => at !== null && units[at.unit]?.origin === 'document');
}

function invalidated(machine: MachineServices, op: Op, blockable: boolean): () => ScenarioSteps<void> {
  // A driver whose `invalidate` stores the sequence on some path knows when it need not.
  const read = READERS.some((name) => calls(own(machine.program), name));
  if (!read || handsOn(op) || calls([op.function], 'mmu_interval_set_seq')) nobodyReads(machine);
  const ops = machine.addressOf(op.table.symbol.name) ?? 0;
  forgetInitialData(machine, op.function);
  const mm = makeMm(machine);
  const sub = embeddedIn(machine, SUB, [op.function]);
  setFields(machine, sub, SUB, { mm });
  const range = plainObject(machine, RANGE, RANGE, 'unknown');
  const flag = Number(machine.program.constant('MMU_NOTIFIER_RANGE_BLOCKABLE') ?? 1);
  setFields(machine, range, RANGE, { mm, flags: blockable ? flag : 0 });
  return function* () {
    if (ops === 0) return;
    yield* callByName(machine, 'interlock_mmu_invalidate', [sub, ops, range], 'the interval is invalidated');
  };
}
