/** A mapping stack without a machine, for tests and benches: reports are collected, RAM pages are named by number. */
import { RAM_WINDOW } from '../../topology/address-map.ts';
import { presetTopology } from '../../topology/presets.ts';
import type { Topology } from '../../topology/topology.ts';
import { Fabrics } from '../fabric/fabric.ts';
import { DMA_BIDIRECTIONAL } from './constants.ts';
import { type Access, deviceAccess, type Reached } from './device-access.ts';
import { IovaStates } from './iova-state.ts';
import type { DmaReport } from './report.ts';
import { mapPhys, unmapPhys } from './streaming.ts';
import { type DmaDevice, DmaWorld } from './world.ts';

export const PAGE = 4096;

/** Physical address of RAM page `index`. */
export function ram(index: number): number {
  return RAM_WINDOW.start + index * PAGE;
}

export class TestWorld {
  readonly reports: DmaReport[] = [];
  readonly world: DmaWorld;
  readonly states: IovaStates;
  readonly fabrics: Fabrics;

  constructor(topology: string | Topology) {
    const built = typeof topology === 'string' ? presetTopology(topology) : topology;
    if (built === null) throw new Error(`no preset ${String(topology)}`);
    this.world = new DmaWorld(built, (report) => this.reports.push(report));
    this.states = new IovaStates(this.world);
    this.fabrics = new Fabrics(this.world);
  }

  device(name = 'gpu0'): DmaDevice {
    const device = this.world.topology.byName.get(name);
    if (device === undefined) throw new Error(`no device ${name}`);
    return this.world.of(device);
  }

  /** Rules reported since the last call. */
  rules(): string[] {
    return this.reports.splice(0).map((report) => report.rule);
  }

  map(device: DmaDevice, phys: number, size: number, direction = DMA_BIDIRECTIONAL, attrs = 0): number | null {
    const address = mapPhys(this.world, device, {
      api: 'dma_map_phys',
      kind: 'phys',
      phys,
      size,
      direction,
      attrs,
      at: null,
    });
    if (address !== null) for (const mapping of device.ledger.startingAt(address)) mapping.errorChecked = true;
    return address;
  }

  unmap(device: DmaDevice, address: number | null, size: number, direction = DMA_BIDIRECTIONAL, attrs = 0): void {
    unmapPhys(this.world, device, { api: 'dma_unmap_phys', kind: 'phys', address, size, direction, attrs });
  }

  access(device: DmaDevice, access: Partial<Access> & Pick<Access, 'address'>): readonly Reached[] {
    return deviceAccess(this, device, { size: PAGE, write: false, route: 'pcie', ...access });
  }
}
