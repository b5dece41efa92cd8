/**
 * Two sides of an interconnect (the proposal of 2025): an exporter of a virtual function's memory and an importer, as the core lets them find
 * each other, map, use and unmap. Both tables of the document are driven together; where it brings one side only, a bundled counterpart
 * (kernel/drivers/interconnect_peers.c) is the other. What the importer makes of the ranges is done by the document's own functions.
 */
import type { FunctionSymbol } from '../c/ir.ts';
import type { CType } from '../c/types.ts';
import type { Op, OpsTable } from '../contracts/opsTables.ts';
import { dmaRun } from '../kernel/dma/run-state.ts';
import { dmaBufSteps } from '../kernel/dmabuf/contexts.ts';
import {
  importedThrough,
  makeDevice,
  makeDmaBuf,
  makeDrmDevice,
  makeImporterPrivate,
  type WorldBuffer,
  type WorldDevice,
} from '../kernel/dmabuf/world.ts';
import { enterContext } from '../kernel/locking/scenarioContext.ts';
import { memberOfDriverObject, plainObject, setFields } from '../kernel/worldObject.ts';
import type { MachineServices, Scalar } from '../machine/model.ts';
import { argumentOf } from './arguments.ts';
import { judgeAgreement, judgeRanges } from './interconnectJudge.ts';
import { usesXe } from './pagemapDriver.ts';
import { inWorld, isErrorPointer, type Scenario, type ScenarioSteps } from './scenario.ts';
import { endOfLife, endOfOp } from './settle.ts';

const TOPOLOGIES = ['sriov-pf-4vf-one-bus', 'sriov-pf-4vf'] as const;
const RANGES = 'dma_buf_ranges';

const EXPORTER = 'interlock_vf_exporter';
/** Importers of ours, and what their scenario is called. */
const IMPORTERS = [
  ['match', 'interlock_pf_importer', 'that supports its interconnect'],
  ['two-types', 'interlock_two_types_importer', 'that supports two kinds'],
  ['mismatch', 'interlock_other_bar_importer', 'that asks for another BAR'],
  ['none', 'interlock_no_interconnect_importer', 'that supports none'],
] as const;

interface Pair {
  readonly exporter: string;
  readonly importer: string;
  /** On whose behalf the importer maps. */
  readonly side: 'physical' | 'virtual';
}

/** Scenarios for the interconnect tables of a document, in order; none when it has no such table. */
export function interconnectScenarios(
  tables: readonly OpsTable[],
  functions: readonly FunctionSymbol[],
  topology?: string,
): Scenario[] {
  const exporters = tables.filter((table) => table.struct === 'dma_buf_ops' && namesInterconnect(table));
  const importers = tables.filter(
    (table) => table.struct === 'dma_buf_attach_ops' && table.ops.some((op) => op.member === 'supports_interconnects'),
  );
  const offered = tables.filter((table) => table.struct === 'dma_buf_interconnect_ops');
  const consumers = functions.filter(consumes);
  const scenario = (name: string, title: string, own: readonly OpsTable[], pair: Pair, where: string): Scenario => {
    const ops: readonly Op[] = own.flatMap((table) => table.ops);
    return {
      name: `interconnect-life.${name}`,
      title: `an interconnect: ${title}`,
      table: own[0]?.symbol.name ?? pair.exporter,
      ops,
      functions: [...ops.map((op) => op.function), ...consumers],
      topology: where,
      ...inWorld((machine) => {
        const start = worldOf(machine, pair, consumers);
        return () => endOfLife(machine, life(machine, start, consumers));
      }),
    };
  };
  const on = (name: string, title: string, own: readonly OpsTable[], pair: Pair): Scenario[] =>
    (topology === undefined ? TOPOLOGIES : [topology]).map((where) => scenario(name, title, own, pair, where));
  const scenarios: Scenario[] = [];
  for (const exporter of exporters) {
    const own = [exporter, ...offered];
    for (const importer of importers) {
      const pair = { exporter: exporter.symbol.name, importer: importer.symbol.name };
      const both = [...own, importer];
      scenarios.push(
        ...on('pair.match', 'a virtual function exports, its physical function imports', both, {
          ...pair,
          side: 'physical',
        }),
        ...on('pair.mismatch', 'a virtual function exports, another imports', both, { ...pair, side: 'virtual' }).slice(
          0,
          1,
        ),
      );
    }
    for (const [name, importer, words] of IMPORTERS)
      scenarios.push(
        ...on(name, `an importer ${words}`, own, {
          exporter: exporter.symbol.name,
          importer,
          side: 'physical',
        }).slice(0, 1),
      );
  }
  if (exporters.length === 0)
    for (const importer of importers)
      for (const side of ['physical', 'virtual'] as const)
        scenarios.push(
          ...on(
            side === 'physical' ? 'match' : 'mismatch',
            `a virtual function’s memory is imported by ${side === 'physical' ? 'its physical function' : 'another'}`,
            [importer],
            { exporter: EXPORTER, importer: importer.symbol.name, side },
          ),
        );
  return scenarios;
}

/** The table says which interconnects it has. */
function namesInterconnect(table: OpsTable): boolean {
  const init = table.symbol.init();
  return (
    init?.kind === 'aggregate' && init.stores.some((store) => store.member?.replace(/^.*\./, '') === 'interconnect_ops')
  );
}

function points(type: CType, tag: string): boolean {
  return type.kind === 'pointer' && type.to.kind === 'struct' && type.to.tag === tag;
}

/** What an importer calls with the ranges it got; not what stands behind the core's own interface. */
function consumes(symbol: FunctionSymbol): boolean {
  const { parameters } = symbol.type;
  return (
    parameters.some((type) => points(type, RANGES)) &&
    !parameters.some((type) => points(type, 'dma_buf_attachment')) &&
    symbol.body() !== null
  );
}

function* call(machine: MachineServices, name: string, args: readonly Scalar[]): ScenarioSteps<Scalar> {
  const target = machine.program.function(name);
  return target === null ? 0 : yield { kind: 'call', target, args, why: `the scenario calls ${name}()` };
}

function* locked<T>(machine: MachineServices, buffer: WorldBuffer, body: () => ScenarioSteps<T>): ScenarioSteps<T> {
  const leave = yield* enterContext(machine, dmaBufSteps(machine, 'locked', { resv: buffer.resv }));
  const result = yield* body();
  leave();
  return result;
}

function usable(machine: MachineServices, pointer: Scalar): boolean {
  const known = machine.concrete(pointer);
  return known !== null && known !== 0 && !isErrorPointer(known);
}

/** What both sides start from. */
interface Start {
  readonly device: WorldDevice;
  readonly buffer: WorldBuffer;
  readonly importerOps: number;
  readonly importer: Omit<Importer, 'objects'>;
}

function worldOf(machine: MachineServices, pair: Pair, consumers: readonly FunctionSymbol[]): Start {
  const { devices } = dmaRun(machine).world.topology;
  const virtual = devices.findLast((device) => device.physfn !== null);
  const device = makeDevice(machine, pair.side === 'virtual' ? virtual?.name : undefined);
  const buffer = makeDmaBuf(machine, { ops: machine.addressOf(pair.exporter) ?? 0, released: true });
  const importerOps = machine.addressOf(pair.importer) ?? 0;
  return { device, buffer, importerOps, importer: importerOn(machine, device, importerOps, buffer, consumers) };
}

function* life(machine: MachineServices, start: Start, consumers: readonly FunctionSymbol[]): ScenarioSteps<void> {
  const { device, buffer, importerOps } = start;
  const importer: Importer = { ...start.importer, objects: new Map() };
  const attachment = yield* call(machine, 'dma_buf_dynamic_attach', [
    buffer.dmabuf,
    device.dev,
    importerOps,
    importer.priv,
  ]);
  if (usable(machine, attachment)) {
    importedThrough(machine, importer.priv, Number(machine.concrete(attachment)));
    judgeAgreement(machine, attachment);
    yield* locked(machine, buffer, () => mapped(machine, buffer, attachment, importer, consumers));
    yield* call(machine, 'dma_buf_detach', [buffer.dmabuf, attachment]);
  }
  yield* call(machine, 'dma_buf_put', [buffer.dmabuf]);
  yield* call(machine, 'close_fd', [buffer.fd]);
  yield* call(machine, 'flush_delayed_fput', []);
}

function* mapped(
  machine: MachineServices,
  buffer: WorldBuffer,
  attachment: Scalar,
  importer: Importer,
  consumers: readonly FunctionSymbol[],
): ScenarioSteps<void> {
  if (machine.truth(machine.readField(attachment, 'struct dma_buf_attachment', 'allow_ic'), null)) {
    const ranges = yield* call(machine, 'dma_buf_map_interconnect', [attachment]);
    if (!usable(machine, ranges)) return;
    yield* judgeRanges(machine, buffer, attachment, ranges);
    for (const target of consumers) {
      const args = target.type.parameters.map((type, i) =>
        points(type, RANGES)
          ? ranges
          : (objectFor(machine, importer, type) ??
            argumentOf(machine, type, target.type.parameterNames[i] ?? `${i + 1}`)),
      );
      yield { kind: 'call', target, args, why: 'the importer uses the ranges' };
    }
    yield* call(machine, 'dma_buf_unmap_interconnect', [attachment, ranges]);
    endOfOp(machine, [attachment]);
    return;
  }
  const table = yield* call(machine, 'dma_buf_map_attachment', [attachment, 0]);
  if (usable(machine, table)) yield* call(machine, 'dma_buf_unmap_attachment', [attachment, table, 0]);
}

/** The importer's side of a run: what it handed to attach, and the objects its functions are called with. */
interface Importer {
  readonly priv: number;
  /** Its `struct xe_device`; null for any other driver. */
  readonly xe: number | null;
  readonly objects: Map<string, number>;
}

/** The importer's object as the type wants it: itself, the struct around it, its device, or one of that type on its device. */
function objectFor(machine: MachineServices, importer: Importer, type: CType): number | null {
  if (type.kind !== 'pointer' || type.to.kind !== 'struct' || !type.to.complete) return null;
  const { tag } = type.to;
  if (tag === 'xe_device' && importer.xe !== null) return importer.xe;
  const around = machine.objectAt(importer.priv);
  if (around?.type?.kind === 'struct' && around.type.tag === tag) return around.address;
  let object = importer.objects.get(tag);
  if (object === undefined) {
    object = plainObject(machine, type.to, `struct ${tag}`, 'unknown');
    importer.objects.set(tag, object);
    placeOnDevice(machine, object, tag, importer.xe);
  }
  return object;
}

/** A buffer object of Xe belongs to the importer's device. */
function placeOnDevice(machine: MachineServices, object: number, tag: string, xe: number | null): void {
  const ttm = xe === null ? null : machine.fieldAddress(xe, 'struct xe_device', 'ttm');
  if (ttm !== null && tag === 'xe_bo') setFields(machine, object, 'struct xe_bo', { 'ttm.bdev': ttm.address });
}

/** What the importer hands to attach: its object, on its own DRM device. */
function importerOn(
  machine: MachineServices,
  device: WorldDevice,
  importerOps: number,
  buffer: WorldBuffer,
  consumers: readonly FunctionSymbol[],
): Omit<Importer, 'objects'> {
  const xe = usesXe(consumers, 1)
    ? memberOfDriverObject(machine, 'struct xe_device', ['drm'], 'struct xe_device')
    : null;
  if (xe === null) {
    const drm = makeDrmDevice(machine, device.dev);
    return { priv: makeImporterPrivate(machine, importerOps, buffer, drm), xe: null };
  }
  setFields(machine, xe.member, 'struct drm_device', { dev: device.dev });
  const priv = makeImporterPrivate(machine, importerOps, buffer, xe.member);
  const around = machine.objectAt(priv);
  if (around?.type?.kind === 'struct') placeOnDevice(machine, around.address, around.type.tag, xe.object);
  return { priv, xe: xe.object };
}
