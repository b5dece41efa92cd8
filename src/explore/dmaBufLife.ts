/**
 * The life of a dma-buf through the simulated core, for an exporter's table: attached, pinned, mapped, accessed by the CPU, moved, unmapped,
 * detached, released, by dynamic and by static importers. The core's (bundled) C calls the ops with the locks it holds; when the document
 * changes the core, the document's functions are the core. The steps are `kernel/dmabuf/lifecycle.ts`.
 */
import type { OpsTable } from '../contracts/opsTables.ts';
import { attachmentLife, type LifecycleOptions, physicalAddresses } from '../kernel/dmabuf/lifecycle.ts';
import { makeDevice, makeDmaBuf } from '../kernel/dmabuf/world.ts';
import { makeMm, makeVma } from '../kernel/pagemap/world.ts';
import { plainObject, setFields } from '../kernel/worldObject.ts';
import type { MachineServices } from '../machine/model.ts';
import { inWorld, type Scenario, type ScenarioSteps } from './scenario.ts';
import { afterEachCall, endOfLife } from './settle.ts';

export const DMA_BUF_TOPOLOGY = 'two-gpus-p2p-cpu';

/**
 * Scenarios for an exporter's table; none when it lacks what the core demands at export.
 * @param tables all of the document: what a matched mapping type is mapped with stands in another one
 */
export function dmaBufScenarios(
  table: OpsTable,
  topology: string = DMA_BUF_TOPOLOGY,
  tables: readonly OpsTable[] = [],
): Scenario[] {
  const has = (member: string): boolean => table.ops.some((op) => op.member === member);
  const typed = has('match_mapping') || hasOneMatch(table);
  if (!((has('map_dma_buf') && has('unmap_dma_buf')) || typed) || !has('release')) return [];
  const byType = typed ? tables.filter((each) => each.struct === 'dma_buf_mapping_sgt_exp_ops') : [];
  const ops = [...table.ops, ...byType.flatMap((each) => each.ops)];
  const scenario = (
    name: string,
    title: string,
    importer: 'static' | 'dynamic',
    options: Partial<LifecycleOptions>,
  ): Scenario => ({
    name,
    title,
    table: table.symbol.name,
    ops,
    functions: ops.map((op) => op.function),
    topology,
    ...inWorld((machine) => life(machine, table, importer, options)),
  });
  const cpu = {
    cpuAccess: has('begin_cpu_access') || has('end_cpu_access'),
    vmap: has('vmap'),
    afterwards: has('attach') || has('detach'),
  };
  return [
    scenario('buffer-life.dynamic', 'a dynamic importer: attach, pin, map, move, unmap, detach, release', 'dynamic', {
      pin: true,
      move: true,
    }),
    scenario('buffer-life.static', 'a static importer: attach, map twice, unmap, detach, release', 'static', {
      twice: true,
      direction: 'to-device',
    }),
    scenario('buffer-life.cpu', 'CPU access around a mapping', 'static', cpu),
    ...(typed
      ? [
          {
            ...scenario(
              'buffer-life.pal',
              'an importer of physical addresses: match, map, unmap, detach',
              'static',
              {},
            ),
            ...inWorld((machine) => physicalLife(machine, table)),
          },
        ]
      : []),
  ];
}

/** A table that names the only way in which it can be mapped. */
function hasOneMatch(table: OpsTable): boolean {
  const init = table.symbol.init();
  return init?.kind === 'aggregate' && init.stores.some((store) => store.member === 'single_exporter_match');
}

/** An importer that asks for physical addresses and for nothing else (2026 proposal: iommufd). */
function physicalLife(machine: MachineServices, table: OpsTable): () => ScenarioSteps<void> {
  const buffer = makeDmaBuf(machine, { ops: machine.addressOf(table.symbol.name) ?? 0, released: true });
  const match = plainObject(machine, 'struct dma_buf_mapping_match', 'what the importer takes', 'zero');
  const type = machine.addressOf('dma_buf_mapping_pal_type') ?? 0;
  setFields(machine, match, 'struct dma_buf_mapping_match', { type });
  const importerOps = dynamicImporter(machine);
  return () => {
    const steps = physicalAddresses(machine, { buffer, match, importerOps });
    return endOfLife(machine, afterEachCall(machine, steps, [buffer.dmabuf, buffer.file]));
  };
}

function life(
  machine: MachineServices,
  table: OpsTable,
  importer: 'static' | 'dynamic',
  options: Partial<LifecycleOptions>,
): () => ScenarioSteps<void> {
  const buffer = makeDmaBuf(machine, { ops: machine.addressOf(table.symbol.name) ?? 0 });
  const importerOps = importer === 'dynamic' ? dynamicImporter(machine) : 0;
  const mmap =
    table.ops.some((op) => op.member === 'mmap') && options.vmap !== undefined
      ? makeVma(machine, makeMm(machine), 0x7f0000000000, 0x7f0000001000, true)
      : undefined;
  const device = makeDevice(machine);
  return () => {
    const steps = attachmentLife(machine, {
      buffer,
      device,
      importerOps,
      release: true,
      use: true,
      ...options,
      ...(mmap === undefined ? {} : { mmap }),
    });
    return endOfLife(machine, afterEachCall(machine, steps, []));
  };
}

/** A dynamic importer that does nothing when told to move. */
export function dynamicImporter(machine: MachineServices): number {
  const ops = plainObject(machine, 'struct dma_buf_attach_ops', 'dma_buf_attach_ops of the importer', 'zero');
  const notify = machine.addressOf('interlock_importer_move_notify') ?? 0;
  setFields(machine, ops, 'struct dma_buf_attach_ops', { move_notify: notify, invalidate_mappings: notify });
  // Whether it takes memory without pages is decided where an exporter asks: one that has nothing else lets no other importer in.
  const peer = machine.fieldAddress(ops, 'struct dma_buf_attach_ops', 'allow_peer2peer');
  if (peer !== null) machine.write(peer.address, peer.type, machine.unknown(peer.type, 'attach->peer2peer'));
  return ops;
}
