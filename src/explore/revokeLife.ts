/**
 * An exporter that takes its buffer back, against an importer that does all it promised: it maps, its device uses the memory, told of the
 * revocation it gives the mapping back, and later it asks again. What the exporter's own mark says afterwards is held against what it did.
 * Moves that another task makes meanwhile are concurrentActors.ts.
 */
import type { FunctionSymbol } from '../c/ir.ts';
import type { OpsTable } from '../contracts/opsTables.ts';
import { dmaBufSteps } from '../kernel/dmabuf/contexts.ts';
import { liveMappings, report } from '../kernel/dmabuf/ledger.ts';
import { deviceUsesTable } from '../kernel/dmabuf/use.ts';
import { makeDevice, makeDmaBuf, type WorldBuffer, type WorldDevice } from '../kernel/dmabuf/world.ts';
import { enterContext } from '../kernel/locking/scenarioContext.ts';
import { callByName } from '../kernel/modelling.ts';
import { plainObject, setFields } from '../kernel/worldObject.ts';
import type { Event, Site } from '../machine/events.ts';
import type { MachineServices, Scalar } from '../machine/model.ts';
import { argumentOf } from './arguments.ts';
import { DMA_BUF_TOPOLOGY } from './dmaBufLife.ts';
import { ANNOUNCES, privateType, REVOKED, revokersOf } from './exporterMoves.ts';
import { inWorld, isErrorPointer, type Scenario, type ScenarioSteps } from './scenario.ts';
import { endOfLife, endOfOp } from './settle.ts';

const IMPORTER = 'struct interlock_importer';
const ATTACH_OPS = 'struct dma_buf_attach_ops';

/** One scenario per function that marks the exporter's buffers revoked. */
export function revokeScenarios(
  table: OpsTable,
  own: readonly FunctionSymbol[],
  topology: string = DMA_BUF_TOPOLOGY,
): Scenario[] {
  const has = (member: string): boolean => table.ops.some((op) => op.member === member);
  if (table.struct !== 'dma_buf_ops' || !has('map_dma_buf') || !has('unmap_dma_buf') || !has('release')) return [];
  return revokersOf(table, own).map((revoker) => ({
    name: `revoke.${revoker.name}`,
    title: `a mapped buffer, and \`${revoker.name}\` takes it back`,
    table: table.symbol.name,
    ops: table.ops,
    functions: [revoker, ...table.ops.map((op) => op.function)],
    topology,
    maxDeviations: 1,
    ...inWorld((machine) => {
      const start = worldOf(machine, table);
      return () => endOfLife(machine, life(machine, table, revoker, start));
    }),
  }));
}

interface Import {
  readonly buffer: WorldBuffer;
  readonly device: WorldDevice;
  readonly attachment: Scalar;
  readonly importer: number;
}

/** A buffer and an importer before they know of each other. */
type Start = Omit<Import, 'attachment'> & { readonly importerOps: number };

function worldOf(machine: MachineServices, table: OpsTable): Start {
  const ops = machine.addressOf(table.symbol.name) ?? 0;
  const buffer = makeDmaBuf(machine, { ops, released: true, fences: 'none' });
  const device = makeDevice(machine);
  const importer = plainObject(machine, IMPORTER, 'data of the importer', 'zero');
  return { buffer, device, importer, importerOps: importerOps(machine) };
}

function* life(
  machine: MachineServices,
  table: OpsTable,
  revoker: FunctionSymbol,
  { buffer, device, importer, importerOps }: Start,
): ScenarioSteps<void> {
  const args = [buffer.dmabuf, device.dev, importerOps, importer];
  const attachment = yield* callByName(machine, 'dma_buf_dynamic_attach', args, 'an importer attaches');
  const known = machine.concrete(attachment);
  if (known !== null && known !== 0 && !isErrorPointer(known)) {
    yield* imported(machine, table, revoker, { buffer, device, attachment, importer });
    yield* callByName(machine, 'dma_buf_detach', [buffer.dmabuf, attachment], 'the importer detaches');
  }
  yield* callByName(machine, 'dma_buf_put', [buffer.dmabuf], 'the exporter lets go');
  yield* callByName(machine, 'close_fd', [buffer.fd], 'the process lets go');
  yield* callByName(machine, 'flush_delayed_fput', [], 'the last reference went');
  endOfOp(machine, []);
}

/** An importer that gives back what it is asked for, in both spellings of the op. */
function importerOps(machine: MachineServices): number {
  const ops = plainObject(machine, ATTACH_OPS, 'dma_buf_attach_ops of the importer', 'zero');
  const told = machine.addressOf('interlock_importer_gives_back') ?? 0;
  setFields(machine, ops, ATTACH_OPS, { allow_peer2peer: 1, move_notify: told, invalidate_mappings: told });
  return ops;
}

function* imported(
  machine: MachineServices,
  table: OpsTable,
  revoker: FunctionSymbol,
  it: Import,
): ScenarioSteps<void> {
  if (!(yield* maps(machine, it))) return;
  deviceUsesTable(machine, it.device.dev, machine.readField(it.importer, IMPORTER, 'sgt'), 0);
  const from = machine.trace.length;
  const { parameters, parameterNames } = revoker.type;
  const args = parameters.map((type, i) =>
    i === 0 ? it.buffer.priv : argumentOf(machine, type, parameterNames[i] ?? `${i + 1}`),
  );
  yield { kind: 'call', target: revoker, args, why: 'the exporter takes its buffer back' };
  endOfOp(machine, [...args, it.attachment]);
  const revoked = isRevoked(machine, table, it.buffer.priv);
  const told = machine.concrete(machine.readField(it.importer, IMPORTER, 'told'));
  const live = liveMappings(machine).some(({ attachment }) => attachment === it.attachment);
  if (revoked) judge(machine, revoker, told !== null && told !== 0, live, machine.trace.slice(from));
  // What the exporter has taken down although nobody was told is not there for the device.
  if (live) deviceUsesTable(machine, it.device.dev, machine.readField(it.importer, IMPORTER, 'sgt'), 0);
  if (live) yield* locked(machine, it, 'interlock_importer_unmaps');
  if (!(yield* maps(machine, it))) return;
  if (revoked)
    report(machine, 'dma-buf-map-revoked', `\`map_dma_buf\` maps a buffer that \`${revoker.name}\` has revoked`);
  else deviceUsesTable(machine, it.device.dev, machine.readField(it.importer, IMPORTER, 'sgt'), 0);
  yield* locked(machine, it, 'interlock_importer_unmaps');
}

function* maps(machine: MachineServices, it: Import): ScenarioSteps<boolean> {
  return machine.equals(yield* locked(machine, it, 'interlock_importer_maps'), 0, null);
}

function* locked(machine: MachineServices, it: Import, what: string): ScenarioSteps<Scalar> {
  const leave = yield* enterContext(machine, dmaBufSteps(machine, 'locked', { resv: it.buffer.resv }));
  const result = yield* callByName(machine, what, [it.attachment], 'the importer');
  leave();
  return result;
}

/** The exporter's own mark, where it is decided. */
function isRevoked(machine: MachineServices, table: OpsTable, priv: number): boolean {
  const type = privateType(table);
  const mark = type?.members.find((member) => member.type.kind === 'int' && REVOKED.test(member.name ?? ''));
  if (type === null || mark?.name == null) return false;
  const value = machine.concrete(machine.readField(priv, type, mark.name));
  return value !== null && value !== 0;
}

const WAITS = /^(?:dma_resv_wait_timeout|dma_fence_wait(?:_timeout|_any_timeout)?|ttm_bo_wait(?:_ctx)?)$/;

/** Who marks a buffer revoked has told its importers, and waits for what their devices still do. */
function judge(
  machine: MachineServices,
  revoker: FunctionSymbol,
  told: boolean,
  live: boolean,
  trace: readonly Event[],
): void {
  // What a function that nobody sees did is not known.
  if (trace.some((event) => event.kind === 'assumption')) return;
  const notice = trace.findLastIndex((event) => event.kind === 'call' && ANNOUNCES.has(event.function));
  if (notice < 0 && live && !told) {
    report(
      machine,
      'dma-buf-revoke-unannounced',
      `\`${revoker.name}\` revokes a buffer and does not tell the importer that has it mapped`,
      [{ message: 'the function that revokes', at: siteOf(revoker) }],
    );
    return;
  }
  if (notice < 0 || trace.slice(notice).some((event) => event.kind === 'call' && WAITS.test(event.function))) return;
  report(
    machine,
    'dma-buf-revoke-unwaited',
    `\`${revoker.name}\` revokes a buffer and returns without a wait for its fences`,
    [{ message: 'importers are told here', at: trace[notice]?.at ?? null }],
  );
}

function siteOf(symbol: FunctionSymbol): Site | null {
  return symbol.at === null ? null : { span: symbol.at, function: symbol.name };
}
