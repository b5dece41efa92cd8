/** Resources that a device owns until its driver is unbound, newest last. The C names are in `devres.ts`. */
import type { Site } from '../../machine/events.ts';
import type { MachineServices, Scalar } from '../../machine/model.ts';
import { mapState, settled } from '../modelling.ts';

export interface ManagedResource {
  readonly kind: 'memory' | 'action' | 'drm-action' | 'region' | 'pagemap';
  /** The memory, the action's data, the resource or the pagemap. */
  readonly address: number;
  /** Start of a region. */
  readonly start: number;
  readonly device?: Scalar;
  readonly action?: Scalar;
  readonly data?: Scalar;
  readonly at: Site | null;
}

const key = mapState<string, ManagedResource[]>('memory.devres', (list) => [...list]);

function idOf(machine: MachineServices, device: Scalar): string {
  const known = settled(machine, device);
  return known !== null ? String(known) : typeof device === 'object' ? `u${device.id}` : '0';
}

export function addDevres(machine: MachineServices, device: Scalar, resource: ManagedResource): void {
  const all = machine.state(key);
  const id = idOf(machine, device);
  const list = all.get(id) ?? [];
  list.push(resource);
  all.set(id, list);
}

/** Takes the newest resource that fits off the device's list. */
export function removeDevres(
  machine: MachineServices,
  device: Scalar,
  fits: (resource: ManagedResource) => boolean,
): ManagedResource | null {
  const list = machine.state(key).get(idOf(machine, device)) ?? [];
  const index = list.findLastIndex(fits);
  return index < 0 ? null : (list.splice(index, 1)[0] ?? null);
}

/** Everything the device owns, newest first, taken off its list. */
export function takeAllDevres(machine: MachineServices, device: Scalar): readonly ManagedResource[] {
  const all = machine.state(key);
  const id = idOf(machine, device);
  const list = all.get(id) ?? [];
  all.delete(id);
  return list.reverse();
}

/** Memory that devices own: reachable for as long as the device is bound. */
export function managedMemory(machine: MachineServices): readonly number[] {
  const addresses: number[] = [];
  for (const list of machine.state(key).values())
    for (const resource of list) {
      addresses.push(resource.address);
      const data = resource.data === undefined ? null : settled(machine, resource.data);
      if (data !== null) addresses.push(data);
    }
  return addresses;
}
