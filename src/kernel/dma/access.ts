/** The entry for scenarios: a bound device uses an address in the machine's run. */
import type { MachineServices } from '../../machine/model.ts';
import { hex } from '../../topology/address-map.ts';
import { type Access, deviceAccess, type Reached } from './device-access.ts';
import { boundDevice, dmaRun } from './run-state.ts';

/**
 * The device whose `struct device` is at `deviceAddress` reads or writes. What goes wrong is reported; the result says where each part of the
 * access went.
 */
export function accessFromDevice(machine: MachineServices, deviceAddress: number, access: Access): readonly Reached[] {
  const run = dmaRun(machine);
  const device = run.world.of(boundDevice(machine, deviceAddress));
  const way =
    access.route === 'pcie' ? 'over PCIe' : access.route === 'local' ? 'in its own memory' : 'over its private link';
  const verb = access.write ? 'writes' : 'reads';
  machine.emit({
    kind: 'note',
    message: `${device.name} ${verb} ${hex(access.size)} bytes at ${hex(access.address)} ${way}`,
  });
  return deviceAccess(run, device, access);
}
