/**
 * The life of a dma-buf through the simulated core: export, attach, pin, map, CPU access, move, unmap, detach, release. The core's own
 * (bundled) C calls the exporter's ops with the locks it holds; when the document changes the core, the document's functions are the core.
 * Every failure goes down the importer's error path.
 */
import type { FunctionSymbol } from '../c/ir.ts';
import type { OpsTable } from '../contracts/opsTables.ts';
import { setTopology } from '../kernel/dma/run-state.ts';
import { makeDevice } from '../kernel/dmabuf/world.ts';
import type { MachineServices, Scalar } from '../machine/model.ts';
import { presetTopology } from '../topology/presets.ts';
import { embed } from './arguments.ts';
import { CallerWorld, within } from './contexts.ts';
import { isErrorPointer, type Scenario, type ScenarioSteps } from './scenario.ts';
import { endOfOp } from './settle.ts';

export const DMA_BUF_TOPOLOGY = 'two-gpus-p2p-cpu';
const DMA_BIDIRECTIONAL = 0;
const SIZE = 2 * 4096;

interface Core {
  readonly machine: MachineServices;
  readonly call: (name: string, args: readonly Scalar[]) => ScenarioSteps<Scalar>;
}

/** Scenarios for an exporter's table. */
export function dmaBufScenarios(table: OpsTable, topology: string = DMA_BUF_TOPOLOGY): Scenario[] {
  const has = (member: string): boolean => table.ops.some((op) => op.member === member);
  if (!has('map_dma_buf') || !has('unmap_dma_buf') || !has('release')) return [];
  const scenario = (name: string, title: string, importer: 'static' | 'dynamic'): Scenario => ({
    name,
    title,
    table: table.symbol.name,
    ops: table.ops,
    functions: table.ops.map((op) => op.function),
    topology,
    run: (machine) => life(machine, table, topology, importer),
  });
  return [
    scenario(
      'buffer-life.dynamic',
      'export, attach a dynamic importer, pin, map, CPU access, move, unmap, detach, release',
      'dynamic',
    ),
    scenario(
      'buffer-life.static',
      'export, attach a static importer, map, CPU access, unmap, detach, release',
      'static',
    ),
  ];
}

function* life(
  machine: MachineServices,
  table: OpsTable,
  topology: string,
  importer: 'static' | 'dynamic',
): ScenarioSteps<void> {
  const chosen = presetTopology(topology);
  if (chosen) setTopology(machine, chosen);
  const core: Core = {
    machine,
    *call(name, args) {
      const target: FunctionSymbol | null = machine.program.function(name);
      if (!target) {
        machine.emit({ kind: 'note', message: `the simulated core has no \`${name}\`` });
        return 0;
      }
      const value = yield { kind: 'call', target, args, why: `the core's \`${name}\`` };
      endOfOp(machine, [value]);
      return value;
    },
  };
  const device = makeDevice(machine).dev;
  const ops = machine.addressOf(table.symbol.name) ?? 0;
  const info = machine.allocate(0x100, {
    label: 'struct dma_buf_export_info',
    storage: 'world',
    content: 'zero',
    at: null,
    tag: 'caller',
  });
  const set = (member: string, value: Scalar): void =>
    machine.writeField(info, 'struct dma_buf_export_info', member, value);
  const priv = embed(machine, 'the exporter’s private data');
  set('ops', ops);
  set('size', SIZE);
  set('priv', priv);
  const dmabuf = yield* core.call('dma_buf_export', [info]);
  if (isErrorPointer(dmabuf)) return;
  yield* attached(core, dmabuf, device, importer);
  if (has(table, 'begin_cpu_access') || has(table, 'end_cpu_access')) {
    const begun = yield* core.call('dma_buf_begin_cpu_access', [dmabuf, DMA_BIDIRECTIONAL]);
    if (begun === 0) yield* core.call('dma_buf_end_cpu_access', [dmabuf, DMA_BIDIRECTIONAL]);
  }
  if (has(table, 'vmap')) {
    const map = machine.allocate(32, {
      label: 'struct iosys_map of the caller',
      storage: 'world',
      content: 'zero',
      at: null,
      tag: 'caller',
    });
    const mapped = yield* core.call('dma_buf_vmap_unlocked', [dmabuf, map]);
    if (mapped === 0) yield* core.call('dma_buf_vunmap_unlocked', [dmabuf, map]);
  }
  if (has(table, 'mmap')) {
    const caller = new CallerWorld(machine);
    const vma = embed(machine, 'struct vm_area_struct of the caller');
    machine.writeField(vma, 'struct vm_area_struct', 'vm_start', 0x7f0000000000);
    machine.writeField(vma, 'struct vm_area_struct', 'vm_end', 0x7f0000000000 + SIZE);
    machine.writeField(vma, 'struct vm_area_struct', 'vm_pgoff', 0);
    yield* within(machine, 'mmap', caller, () => core.call('dma_buf_mmap', [dmabuf, vma, 0]));
  }
  yield* core.call('dma_buf_put', [dmabuf]);
}

/** One attachment from attach to detach. */
function* attached(core: Core, dmabuf: Scalar, device: Scalar, importer: 'static' | 'dynamic'): ScenarioSteps<void> {
  const { machine } = core;
  const attach =
    importer === 'static'
      ? yield* core.call('dma_buf_attach', [dmabuf, device])
      : yield* core.call('dma_buf_dynamic_attach', [
          dmabuf,
          device,
          importerOps(machine),
          embed(machine, 'the importer’s private data'),
        ]);
  if (isErrorPointer(attach)) return;
  const resv = machine.readField(dmabuf, 'struct dma_buf', 'resv');
  const caller = new CallerWorld(machine);
  if (typeof resv === 'number') caller.useReservation(resv);
  yield* within(machine, 'resv', caller, function* () {
    const pinned = importer === 'dynamic' ? yield* core.call('dma_buf_pin', [attach]) : 0;
    if (pinned !== 0) return;
    const table = yield* core.call('dma_buf_map_attachment', [attach, DMA_BIDIRECTIONAL]);
    if (!isErrorPointer(table)) {
      if (importer === 'dynamic') yield* core.call('dma_buf_move_notify', [dmabuf]);
      yield* core.call('dma_buf_unmap_attachment', [attach, table, DMA_BIDIRECTIONAL]);
    }
    if (importer === 'dynamic') yield* core.call('dma_buf_unpin', [attach]);
  });
  yield* core.call('dma_buf_detach', [dmabuf, attach]);
}

/** An importer that does nothing when told to move. */
function importerOps(machine: MachineServices): Scalar {
  const ops = machine.allocate(64, {
    label: 'dma_buf_attach_ops of the importer',
    storage: 'world',
    content: 'zero',
    at: null,
    tag: 'caller',
  });
  const notify = machine.addressOf('interlock_importer_move_notify');
  for (const member of ['move_notify', 'invalidate_mappings']) {
    if (notify !== null && machine.fieldAddress(ops, 'struct dma_buf_attach_ops', member))
      machine.writeField(ops, 'struct dma_buf_attach_ops', member, notify);
  }
  return ops;
}

function has(table: OpsTable, member: string): boolean {
  return table.ops.some((op) => op.member === member);
}
