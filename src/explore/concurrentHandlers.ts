/**
 * What a driver registered to be called at any time, acting on an exporter's private data while its buffer is in use: work items, timers,
 * interrupt handlers. And the other side: functions of an importer that map, while the exporter moves the buffer. Each holds a reference as
 * long as it acts, so that only what they do to shared state meets.
 */
import type { Expr, FunctionSymbol, Program } from '../c/ir.ts';
import { walkFunctions } from '../c/walk.ts';
import type { ContextId } from '../contracts/contract.ts';
import type { OpsTable } from '../contracts/opsTables.ts';
import { registeredFunctions } from '../contracts/registeredFunctions.ts';
import { containerOf, pointeeOf } from '../kernel/inferPointee.ts';
import type { MachineServices, Scalar } from '../machine/model.ts';
import { argumentOf } from './arguments.ts';
import { CallerWorld, within } from './contexts.ts';
import { DMA_BUF_TOPOLOGY } from './dmaBufLife.ts';
import { privateType } from './exporterMoves.ts';
import { attachImporter, moved, underReservation } from './importerLife.ts';
import type { Scenario, ScenarioSteps } from './scenario.ts';
import { together } from './together.ts';

/** Structs by whose member a function is called later, on the object around it. */
const EMBEDDED = ['work_struct', 'timer_list', 'hrtimer', 'tasklet_struct', 'irq_work'] as const;
const CALL_DEPTH = 3;

/** A registered function, where it is called, and what it is given of the private data. */
export interface Handler {
  readonly symbol: FunctionSymbol;
  readonly context: ContextId;
  /** Its arguments, the private data being at this address. */
  readonly args: (machine: MachineServices, priv: number) => readonly Scalar[];
}

/** Registered functions that act on the private data of this table's buffers. */
export function handlersOf(program: Program, table: OpsTable, own: readonly FunctionSymbol[]): readonly Handler[] {
  const priv = privateType(table);
  if (priv === null) return [];
  const found = new Map<FunctionSymbol, Handler>();
  for (const { function: symbol, contract } of registeredFunctions(program, own).ops) {
    const [context] = contract.contexts;
    if (context === undefined || found.has(symbol)) continue;
    const { parameters, parameterNames } = symbol.type;
    const given = (index: number, address: number) => (machine: MachineServices, at: number) =>
      parameters.map((type, i) =>
        i === index ? at + address : argumentOf(machine, type, parameterNames[i] ?? `${i}`),
      );
    for (const struct of EMBEDDED) {
      const around = containerOf([symbol], `struct ${struct}`);
      if (around?.struct.tag === priv.tag && pointsTo(parameters[0], struct))
        found.set(symbol, { symbol, context, args: given(0, around.offset) });
    }
    // An interrupt's handler, in both of its halves, is given what was registered with it.
    if (/irq$/.test(contract.table) && takenFor(symbol, 1, priv.tag))
      found.set(symbol, { symbol, context, args: given(1, 0) });
  }
  return [...found.values()];
}

function pointsTo(type: FunctionSymbol['type']['parameters'][number] | undefined, tag: string): boolean {
  return type?.kind === 'pointer' && type.to.kind === 'struct' && type.to.tag === tag;
}

/** Whether the function takes this parameter, a `void *`, for a pointer to that struct. */
function takenFor(symbol: FunctionSymbol, index: number, tag: string): boolean {
  const parameter = symbol.body()?.parameters[index];
  if (parameter === undefined) return false;
  let found = false;
  walkFunctions([symbol], 0, (expression) => {
    found = expression.kind === 'convert' && pointsTo(expression.type, tag) && reads(expression.value, parameter.id);
    return found;
  });
  return found;
}

function reads(value: Expr, id: number): boolean {
  return value.kind === 'load' && value.place.kind === 'local' && value.place.variable.id === id;
}

/** Lets a handler run in its context. */
export function* handled(machine: MachineServices, handler: Handler, priv: number): ScenarioSteps<void> {
  const caller = new CallerWorld(machine);
  yield* within(machine, handler.context, caller, function* () {
    yield {
      kind: 'call',
      target: handler.symbol,
      args: handler.args(machine, priv),
      why: 'it was registered for this',
    };
  });
}

const MAPS: ReadonlySet<string> = new Set(['dma_buf_map_attachment', 'dma_buf_map_attachment_unlocked']);

/** An importer's functions that map, and its exporter's move meanwhile. */
export function concurrentImports(
  table: OpsTable,
  own: readonly FunctionSymbol[],
  topology: string = DMA_BUF_TOPOLOGY,
): Scenario[] {
  const told = table.ops.filter((op) => op.member === 'move_notify' || op.member === 'invalidate_mappings');
  const priv = pointeeOf(
    table.ops.map((op) => op.function),
    'struct dma_buf_attachment',
    'importer_priv',
  );
  if (table.symbol.isExtern || told.length === 0 || priv === null) return [];
  return own
    .filter((symbol) => pointsTo(symbol.type.parameters[0], priv.tag) && maps(symbol))
    .map((symbol) => ({
      name: `concurrent.import.${symbol.name}`,
      title: `\`${symbol.name}\` of an importer, and its exporter moves the buffer meanwhile`,
      table: table.symbol.name,
      ops: table.ops,
      functions: [symbol, ...told.map((op) => op.function)],
      topology,
      concurrent: true,
      run: (machine) => importAndMove(machine, table, symbol, calledLocked(symbol, own)),
    }));
}

function maps(symbol: FunctionSymbol): boolean {
  let found = false;
  walkFunctions([symbol], CALL_DEPTH, (expression) => {
    found =
      expression.kind === 'call' && expression.callee.kind === 'direct' && MAPS.has(expression.callee.symbol.name);
    return found;
  });
  return found;
}

/** It maps as one must who holds the reservation, and nothing in it takes one. */
function calledLocked(symbol: FunctionSymbol, own: readonly FunctionSymbol[]): boolean {
  let [mapsLocked, locks] = [false, false];
  walkFunctions(
    [symbol],
    CALL_DEPTH,
    (expression) => {
      const name =
        expression.kind === 'call' && expression.callee.kind === 'direct' ? expression.callee.symbol.name : '';
      mapsLocked ||= name === 'dma_buf_map_attachment';
      locks ||= /^(?:dma_resv_|drm_gem_|ttm_bo_|ww_mutex_)\w*(?:lock|reserve)|^drm_exec_/.test(name);
      return false;
    },
    (callee) => own.includes(callee),
  );
  return mapsLocked && !locks;
}

function* importAndMove(
  machine: MachineServices,
  table: OpsTable,
  symbol: FunctionSymbol,
  locked: boolean,
): ScenarioSteps<void> {
  const it = yield* attachImporter(machine, table);
  if (it === null) return;
  const { parameters, parameterNames } = symbol.type;
  const args = parameters.map((type, i) =>
    i === 0 ? it.priv : argumentOf(machine, type, parameterNames[i] ?? `${i + 1}`),
  );
  yield* together(machine, [
    {
      name: `the importer in ${symbol.name}()`,
      *script() {
        const call = function* (): ScenarioSteps<void> {
          yield { kind: 'call', target: symbol, args, why: 'the importer maps' };
        };
        if (locked) yield* underReservation(machine, it.buffer, call);
        else yield* call();
      },
    },
    {
      name: 'the exporter',
      *script() {
        yield* moved(machine, it.buffer);
      },
    },
  ]);
}
