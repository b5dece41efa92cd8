/**
 * Code that collects pages of an interval, and an invalidation of that interval meanwhile. The invalidation calls the document's own
 * `invalidate` as mm/mmu_notifier.c does; it may come at any point after the reader took the sequence number, unless a lock keeps it away.
 * A reader that succeeds without having asked after it whether its pages are still good uses pages that may be somebody else's.
 */
import type { FunctionSymbol, Place } from '../c/ir.ts';
import { walkFunctions } from '../c/walk.ts';
import type { OpsTable } from '../contracts/opsTables.ts';
import { callByName } from '../kernel/modelling.ts';
import { type IntervalReader, intervalReaders, invalidationComes } from '../kernel/pagemap/notifier.ts';
import { plainObject, setFields } from '../kernel/worldObject.ts';
import { isUnknown, type MachineServices, type Scalar } from '../machine/model.ts';
import { argumentsOf } from './arguments.ts';
import { isErrorPointer, type Scenario, type ScenarioSteps } from './scenario.ts';
import { DEFAULT_TOPOLOGY } from './singleOp.ts';
import { together } from './together.ts';

const BEGIN = 'mmu_interval_read_begin';
const RANGE = 'struct mmu_notifier_range';
const CALL_DEPTH = 3;
const SUCCESS = 0;

/** A scenario per function of the document that reads an interval's sequence, for a table of interval notifiers. */
export function notifierScenarios(
  table: OpsTable,
  own: readonly FunctionSymbol[],
  topology: string = DEFAULT_TOPOLOGY,
): Scenario[] {
  const invalidate = table.ops.find((op) => op.member === 'invalidate');
  if (invalidate === undefined) return [];
  return readersOf(own).map((reader) => ({
    name: `concurrent.invalidate.${reader.name}`,
    title: `\`${reader.name}\`, and an invalidation of its interval meanwhile`,
    table: table.symbol.name,
    ops: [invalidate],
    functions: [reader, invalidate.function],
    topology,
    concurrent: true,
    run: (machine) => readAndInvalidate(machine, table, reader),
  }));
}

function* readAndInvalidate(machine: MachineServices, table: OpsTable, reader: FunctionSymbol): ScenarioSteps<void> {
  invalidationComes(machine);
  let returned = false;
  const args = argumentsOf(machine, reader);
  yield* together(machine, [
    {
      name: `${reader.name}()`,
      *script() {
        const value = yield { kind: 'call', target: reader, args, why: 'a reader of the interval' };
        returned = true;
        if (succeeded(machine, reader, value)) reportStale(machine, reader);
      },
    },
    {
      name: 'an invalidation',
      *script() {
        const readers = intervalReaders(machine);
        yield { kind: 'block', ready: () => returned || readers.length > 0, on: 'a reader of the interval' };
        const [read] = readers;
        if (read === undefined) return;
        const range = plainObject(machine, RANGE, RANGE, 'unknown');
        const blockable = machine.program.constant('MMU_NOTIFIER_RANGE_BLOCKABLE') ?? 1;
        setFields(machine, range, RANGE, { mm: read.mm, flags: Number(blockable) });
        const ops = machine.addressOf(table.symbol.name) ?? 0;
        yield* callByName(machine, 'interlock_mmu_invalidate', [read.sub, ops, range], 'the interval is invalidated');
      },
    },
  ]);
}

function succeeded(machine: MachineServices, reader: FunctionSymbol, value: Scalar): boolean {
  const { result } = reader.type;
  if (result.kind === 'void') return true;
  if (isUnknown(value)) return machine.concrete(value) === SUCCESS;
  if (result.kind === 'pointer') return value !== 0 && !isErrorPointer(value);
  return value === SUCCESS;
}

/** An invalidation came after the sequence was read, pages were collected, and nobody asked afterwards. */
function reportStale(machine: MachineServices, reader: FunctionSymbol): void {
  const stale = intervalReaders(machine).find((read) => read.invalidated && collected(machine, read));
  if (stale === undefined) return;
  machine.emit({
    kind: 'report',
    rule: 'mmu-interval-not-rechecked',
    message: `\`${reader.name}\` succeeds with pages that were invalidated since they were collected`,
    related: [{ message: 'the sequence was read here, and asked about no more', at: stale.at }],
    held: [],
    data: { function: reader.name },
  });
}

/** Only who collects or maps pages depends on the sequence. */
function collected(machine: MachineServices, read: IntervalReader): boolean {
  return machine.trace.some(
    (event) =>
      event.seq >= read.since &&
      event.task === read.task &&
      (event.kind === 'map' || (event.kind === 'call' && event.function.startsWith('hmm_range_fault'))),
  );
}

/** Functions that read a sequence and keep it to themselves, outermost callers only: who stores it has it checked by somebody else. */
function readersOf(own: readonly FunctionSymbol[]): readonly FunctionSymbol[] {
  const readers = own.filter((symbol) => calls(symbol, (callee) => callee.name === BEGIN));
  return readers.filter(
    (symbol) =>
      !keepsSequence(symbol) &&
      !readers.some((other) => other !== symbol && calls(other, (callee) => callee === symbol)),
  );
}

function calls(symbol: FunctionSymbol, wanted: (callee: FunctionSymbol) => boolean): boolean {
  let found = false;
  walkFunctions([symbol], CALL_DEPTH, (expression) => {
    found = expression.kind === 'call' && expression.callee.kind === 'direct' && wanted(expression.callee.symbol);
    return found;
  });
  return found;
}

/** Whether a sequence number is stored where others find it. */
function keepsSequence(symbol: FunctionSymbol): boolean {
  let found = false;
  walkFunctions([symbol], 0, (expression) => {
    found = expression.kind === 'assign' && outlives(expression.place) && /seq/.test(nameOf(expression.place));
    return found;
  });
  return found;
}

function outlives(place: Place): boolean {
  if (place.kind === 'member') return outlives(place.base);
  return place.kind === 'deref' || place.kind === 'global';
}

function nameOf(place: Place): string {
  if (place.kind === 'member') return place.member.name ?? '';
  if (place.kind === 'deref' && place.pointer.kind === 'load' && place.pointer.place.kind === 'local')
    return place.pointer.place.variable.name;
  return place.kind === 'global' ? place.symbol.name : '';
}
