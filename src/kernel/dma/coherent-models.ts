/** Coherent buffers: memory and mapping made and freed together (`kernel/dma/mapping.c:dma_alloc_attrs`). */
import type { ModelCall, ModelResult } from '../../machine/model.ts';
import { hex } from '../../topology/address-map.ts';
import { atomicReason, might_sleep } from '../locking/context.ts';
import { allocate, free as freeMemory, OPEN_SIZE } from '../memory/allocation.ts';
import { PAGE_SIZE, pageTable } from '../memory/pageTable.ts';
import { effects, model, U64 } from '../modelling.ts';
import type { DocumentedModel } from '../subsystem.ts';
import { DMA_BIDIRECTIONAL } from './constants.ts';
import { withFlushes } from './iova-models.ts';
import { dmaRun } from './run-state.ts';
import { mapPhys, unmapPhys } from './streaming.ts';
import { device, publicName } from './streaming-models.ts';
import { addressArgument, numberArgument, origin } from './values.ts';

/** Name that drivers write: `dma_alloc_coherent` unless attributes are given. */
function coherentName(call: ModelCall, index: number): string {
  return numberArgument(call, index) === 0 ? call.name.replace('_attrs', '_coherent') : publicName(call);
}

function alloc(call: ModelCall): ModelResult {
  const { machine } = call;
  const on = device(call);
  const [, size, handle, gfp, attributes] = call.args;
  if (on === null || size === undefined || handle === undefined || gfp === undefined || attributes === undefined)
    return 0;
  const api = coherentName(call, 4);
  // A buffer of unknown size gets room for every access; its mapping is then judged by that size.
  const bytes = numberArgument(call, 1) ?? OPEN_SIZE;
  const memory = allocate(machine, {
    what: `${api}()`,
    size,
    gfp,
    tag: 'coherent',
    zero: true,
    largest: 2 ** 32,
    label: `${api} buffer`,
  });
  if (memory === 0) return 0;
  const pages = Math.max(1, Math.ceil(bytes / PAGE_SIZE));
  const phys = pageTable(machine).takeRam(pages) * PAGE_SIZE;
  const request = {
    api,
    kind: 'coherent',
    phys,
    size: bytes,
    direction: DMA_BIDIRECTIONAL,
    attrs: 0,
    at: origin(call),
  } as const;
  const address = mapPhys(dmaRun(machine).world, on, { ...request, cpuAddress: memory });
  if (address === null) {
    machine.free(memory, call.at);
    return 0;
  }
  machine.write(handle, U64, address);
  machine.emit({
    kind: 'map',
    api,
    device: on.name,
    address: hex(phys),
    size: hex(bytes),
    result: hex(address),
    failed: false,
  });
  return memory;
}

function free(call: ModelCall): ModelResult {
  const { machine } = call;
  const on = device(call);
  const [, , memory] = call.args;
  // What was allocated in a size that nobody knew is given back in that size, whatever became known of it since.
  const whole = memory === undefined ? null : (machine.objectAt(memory)?.size ?? null);
  const size = whole === OPEN_SIZE ? whole : numberArgument(call, 1);
  const address = addressArgument(call, 3);
  const api = coherentName(call, 4);
  // `WARN_ON(irqs_disabled())` in dma_free_attrs: unmapping a remapped buffer may sleep. Other atomic contexts go unchecked there.
  const reason = atomicReason(machine)?.kind;
  if (reason === 'irqs-off' || reason === 'hardirq') might_sleep(machine, api);
  if (on === null || memory === undefined) return undefined;
  if (size !== null && address !== null) {
    const at = address === 'error' ? null : address;
    const cpuAddress = machine.concrete(memory);
    machine.emit({
      kind: 'unmap',
      api,
      device: on.name,
      address: at === null ? 'DMA_MAPPING_ERROR' : hex(at),
      size: hex(size),
    });
    const request = { api, kind: 'coherent', address: at, size, direction: DMA_BIDIRECTIONAL, attrs: 0 } as const;
    withFlushes(call, () =>
      unmapPhys(
        dmaRun(machine).world,
        on,
        cpuAddress === null ? request : { ...request, cpuAddress: Number(cpuAddress) },
      ),
    );
  }
  freeMemory(machine, memory, { what: `${api}()`, accepts: ['coherent'] });
  return undefined;
}

const SOURCE = 'kernel/dma/mapping.c';

export const coherentModels: readonly DocumentedModel[] = [
  model(
    'dma_alloc_attrs',
    effects({ sleeps: 'gfp', allocates: 'argument', fails: 'NULL' }),
    `${SOURCE}:dma_alloc_attrs`,
    alloc,
  ),
  model('dma_free_attrs', effects({ sleeps: 'yes', locks: 'interrupts must be on' }), `${SOURCE}:dma_free_attrs`, free),
];
