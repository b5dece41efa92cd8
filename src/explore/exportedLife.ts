/**
 * The life of a buffer that the document's own exporter makes: the function that hands the table to the core is called with arguments of the
 * world, and what it returns is attached, mapped, used and released. So what the exporter set up (or forgot) is what its ops find, and what
 * the release leaves behind is lost. Buffers that somebody else made are dmaBufLife.ts.
 */
import type { FunctionSymbol, Program } from '../c/ir.ts';
import type { CType } from '../c/types.ts';
import { walkFunctions } from '../c/walk.ts';
import type { OpsTable } from '../contracts/opsTables.ts';
import { attachmentLife, type LifecycleOptions } from '../kernel/dmabuf/lifecycle.ts';
import { exportedIsOwn } from '../kernel/dmabuf/privateData.ts';
import { makeDevice, makeReservation, type WorldBuffer } from '../kernel/dmabuf/world.ts';
import { heldLocks } from '../kernel/locking/context.ts';
import { callByName } from '../kernel/modelling.ts';
import { setFields } from '../kernel/worldObject.ts';
import { isUnknown, type MachineServices, type Scalar } from '../machine/model.ts';
import { argumentOf } from './arguments.ts';
import { DMA_BUF_TOPOLOGY, dynamicImporter } from './dmaBufLife.ts';
import { revokeScenarios } from './revokeLife.ts';
import { isErrorPointer, type Scenario, type ScenarioSteps } from './scenario.ts';
import { afterEachCall, endOfLife, endOfOp } from './settle.ts';

const BUFFER = 'struct dma_buf';
/** Exporters of one table that are tried. */
const MAX_EXPORTERS = 2;

/** Functions that the document shows. */
function shownIn(program: Program): readonly FunctionSymbol[] {
  return program.functions.filter(
    (symbol) => symbol.at !== null && program.units[symbol.at.unit]?.origin === 'document',
  );
}

/** Functions of the document that name the table and return a buffer: its exporters. */
function exportersOf(program: Program, table: OpsTable): readonly FunctionSymbol[] {
  return shownIn(program)
    .filter(
      ({ type: { result } }) => result.kind === 'pointer' && result.to.kind === 'struct' && result.to.tag === 'dma_buf',
    )
    .filter((symbol) => !(symbol.body()?.partial ?? true) && names(symbol, table))
    .slice(0, MAX_EXPORTERS);
}

function names(symbol: FunctionSymbol, table: OpsTable): boolean {
  let found = false;
  walkFunctions([symbol], 0, (expression) => {
    if (expression.kind !== 'address') return false;
    const { place } = expression;
    found = place.kind === 'global' && place.symbol === table.symbol;
    return found;
  });
  return found;
}

/** One scenario per exporter, and per function that takes a buffer back; none for another kind of table. */
export function exportedScenarios(program: Program, table: OpsTable, topology: string = DMA_BUF_TOPOLOGY): Scenario[] {
  if (table.struct !== 'dma_buf_ops') return [];
  const has = (member: string): boolean => table.ops.some((op) => op.member === member);
  const use = {
    pin: true,
    move: true,
    use: true,
    release: true,
    cpuAccess: has('begin_cpu_access') || has('end_cpu_access'),
    vmap: has('vmap'),
  };
  const lives = exportersOf(program, table).map(
    (exporter): Scenario => ({
      name: `exported-life.${exporter.name}`,
      title: `a buffer of ${exporter.name}(): attach, pin, map, move, unmap, detach, release`,
      table: table.symbol.name,
      ops: table.ops,
      functions: [exporter, ...table.ops.map((op) => op.function)],
      topology,
      maxDeviations: 1,
      run: (machine) =>
        endOfLife(
          machine,
          life(
            machine,
            exporter,
            table.ops.map((op) => op.function),
            use,
          ),
        ),
    }),
  );
  return [...lives, ...revokeScenarios(table, shownIn(program), topology)];
}

/** As for any function; a GEM object has had a reservation and a size of whole pages since its driver initialised it (drm_gem_private_object_init()). */
function argumentOfExporter(machine: MachineServices, type: CType, name: string): Scalar {
  const value = argumentOf(machine, type, name);
  if (
    typeof value === 'number' &&
    type.kind === 'pointer' &&
    type.to.kind === 'struct' &&
    type.to.tag === 'drm_gem_object'
  )
    setFields(machine, value, 'struct drm_gem_object', { resv: makeReservation(machine), size: BUFFER_BYTES });
  return type.kind === 'int' && isUnknown(value) && LENGTH.test(name) ? BUFFER_BYTES : value;
}

/** Names of the length that an exporter is asked for. Whoever asks has seen to it that it is pages (drivers/dma-buf/dma-heap.c:dma_heap_buffer_alloc). */
const LENGTH = /^(?:len|length|size|bytes)$/;
const BUFFER_BYTES = 0x2000;

function* life(
  machine: MachineServices,
  exporter: FunctionSymbol,
  functions: readonly FunctionSymbol[],
  use: Partial<LifecycleOptions>,
): ScenarioSteps<void> {
  const { parameters, parameterNames } = exporter.type;
  const args = parameters.map((type, i) => argumentOfExporter(machine, type, parameterNames[i] ?? `${i + 1}`));
  const made = yield { kind: 'call', target: exporter, args, why: 'the scenario exports a buffer' };
  lockedAtReturn(machine, exporter);
  endOfOp(machine, [...args, made]);
  // What is not known of the buffer is not ours to drive.
  if (isUnknown(made) || made === 0 || isErrorPointer(made)) return;
  const buffer = yield* openBuffer(machine, made);
  if (buffer === null) return;
  exportedIsOwn(machine, functions, buffer.priv);
  const steps = attachmentLife(machine, {
    buffer,
    device: makeDevice(machine),
    importerOps: dynamicImporter(machine),
    ...use,
  });
  yield* afterEachCall(machine, steps, args);
}

/** An exporter came without locks, and whoever asked for the buffer, or for an error, gives none back. */
function lockedAtReturn(machine: MachineServices, exporter: FunctionSymbol): void {
  for (const { class: name, at } of heldLocks(machine).slice(0, 1))
    machine.emit({
      kind: 'report',
      rule: 'lock-held-at-exit',
      message: `\`${exporter.name}\` returns with \`${name}\` held`,
      related: [{ message: `\`${name}\` was taken here`, at }],
      held: heldLocks(machine),
      data: { lock: name },
    });
}

/** The buffer with a descriptor of user space and a reference of the scenario's own; null when there was no descriptor for it. */
function* openBuffer(machine: MachineServices, made: Scalar): ScenarioSteps<WorldBuffer | null> {
  const install = machine.program.function('dma_buf_fd');
  const get = machine.program.function('dma_buf_get');
  const put = machine.program.function('dma_buf_put');
  if (install === null || get === null || put === null || typeof made !== 'number') return null;
  const why = 'the scenario opens the buffer';
  const fd = yield { kind: 'call', target: install, args: [made, 0], why };
  if (isUnknown(fd) || BigInt.asIntN(32, BigInt(fd)) < 0n) {
    yield { kind: 'call', target: put, args: [made], why };
    yield* callByName(machine, 'flush_delayed_fput', [], 'the task goes back to user space');
    return null;
  }
  yield { kind: 'call', target: get, args: [fd], why };
  const field = (member: string): number => {
    const value = machine.readField(made, BUFFER, member);
    return typeof value === 'number' ? value : 0;
  };
  return { dmabuf: made, priv: field('priv'), resv: field('resv'), file: field('file'), fd: Number(fd) };
}
