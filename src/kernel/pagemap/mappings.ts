/**
 * What a driver's `device_map` handed out and what is undone later: the core trusts both blindly. Responsible for these books and for
 * reading a table's generation off its functions; which address a device may use is judged by the mapping stack and by checks.
 */
import type { Site } from '../../machine/events.ts';
import type { MachineServices, ModelCall, ModelResult, StateKey } from '../../machine/model.ts';
import { isUnknown } from '../../machine/model.ts';
import { addressKind, hex, kindInWords } from '../../topology/address-map.ts';
import { dmaRun } from '../dma/run-state.ts';
import type { DocumentedModel } from '../subsystem.ts';
import { addressArgument, integerArgument, integerField, NO_EFFECTS, report } from './report.ts';
import { isPagemapRule } from './rules.ts';

const ADDR = 'struct drm_pagemap_addr';
const DIRECTIONS = ['DMA_BIDIRECTIONAL', 'DMA_TO_DEVICE', 'DMA_FROM_DEVICE', 'DMA_NONE'];

interface Mapping {
  readonly order: bigint | null;
  readonly direction: bigint | null;
  readonly protocol: bigint | null;
  readonly site: Site | null;
}

interface Mappings {
  readonly live: Map<string, Mapping>;
  readonly undone: Map<string, Site | null>;
}

const key: StateKey<Mappings> = { name: 'pagemap.mappings', create: () => ({ live: new Map(), undone: new Map() }) };

/** Mappings of pagemap ops that are still live, with where each was made. */
export function livePagemapMappings(machine: MachineServices): readonly { key: string; site: Site | null }[] {
  return [...machine.state(key).live].map(([name, { site }]) => ({ key: name, site }));
}

function name(direction: bigint | null): string {
  return direction === null ? 'unknown' : (DIRECTIONS[Number(direction)] ?? String(direction));
}

function place(pagemap: number, device: number, address: bigint): string {
  return `${pagemap}/${device}/${address}`;
}

function mapped(call: ModelCall): ModelResult {
  checkMapped(call.machine, {
    pagemap: addressArgument(call, 0),
    device: addressArgument(call, 1),
    at: addressArgument(call, 2),
    order: integerArgument(call, 3),
    direction: integerArgument(call, 4),
  });
  return undefined;
}

/** A successful `device_map`: what was asked, and where the address struct lies that it returned. */
export interface MapCall {
  readonly pagemap: number;
  readonly device: number;
  readonly at: number;
  readonly order: bigint | null;
  readonly direction: bigint | null;
}

/** Looks at what `device_map` returned, as the core will use it, and remembers it for the unmap. */
export function checkMapped(machine: MachineServices, asked: MapCall): void {
  const { pagemap, device, at } = asked;
  const address = checkReturned(machine, asked);
  if (address === null) return;
  judge(machine, address);
  machine.state(key).live.set(place(pagemap, device, address), {
    order: integerField(machine, at, ADDR, 'order'),
    direction: integerField(machine, at, ADDR, 'dir'),
    protocol: integerField(machine, at, ADDR, 'proto'),
    site: machine.callerSite(),
  });
}

/** The address struct against what was asked: its order, direction and protocol, and what is mapped at its address. */
export function checkReturned(machine: MachineServices, asked: MapCall): bigint | null {
  const { device, at } = asked;
  const address = integerField(machine, at, ADDR, 'addr');
  const order = integerField(machine, at, ADDR, 'order');
  const direction = integerField(machine, at, ADDR, 'dir');
  const protocol = integerField(machine, at, ADDR, 'proto');
  const { order: askedOrder, direction: askedDirection } = asked;
  if (order !== null && askedOrder !== null && order !== askedOrder)
    report(machine, 'pagemap-map-order', `asked to map order ${askedOrder}, returned order ${order}`, [], {
      asked: Number(askedOrder),
      returned: Number(order),
    });
  if (direction !== null && askedDirection !== null && direction !== askedDirection)
    report(
      machine,
      'pagemap-map-direction',
      `asked to map \`${name(askedDirection)}\`, returned \`${name(direction)}\``,
    );
  if (protocol === 0n)
    report(machine, 'pagemap-map-protocol', 'device memory is returned as `DRM_INTERCONNECT_SYSTEM`');
  if (address !== null) againstLedger(machine, device, { address, order, protocol });
  return address;
}

/** What the device's own mapping at the address says: its size, and whether it is one at all. */
function againstLedger(
  machine: MachineServices,
  device: number,
  returned: { readonly address: bigint; readonly order: bigint | null; readonly protocol: bigint | null },
): void {
  const { address, order, protocol } = returned;
  const { byAddress, world } = dmaRun(machine);
  const known = byAddress.get(device);
  if (known === undefined) return;
  const mapping = world.of(known).ledger.startingAt(Number(address))[0];
  if (mapping !== undefined && order !== null && order < 32n && mapping.size !== 4096 * 2 ** Number(order))
    report(
      machine,
      'pagemap-map-order',
      `returned order ${order}, where \`${mapping.api}\` mapped ${hex(mapping.size)} bytes`,
      [{ message: 'mapped here', at: mapping.at }],
      { returned: Number(order) },
    );
  // xe_res_cursor.h:xe_res_is_vram takes this protocol for memory of the device that maps.
  const mapped = mapping !== undefined || addressKind(Number(address)) === 'iova';
  if (mapped && protocol === machineConstant(machine, 'XE_INTERCONNECT_VRAM') && isXe(machine))
    report(machine, 'pagemap-map-protocol', 'an address that the DMA API made is returned as `XE_INTERCONNECT_VRAM`');
}

function machineConstant(machine: MachineServices, name: string): bigint | null {
  const value = machine.program.constant(name);
  return value === null || value === undefined ? null : BigInt(value);
}

/** Protocols beyond the core's mean what the driver makes of them: only Xe's are known. */
function isXe(machine: MachineServices): boolean {
  return machine.trace.some((event) => event.kind === 'call' && event.function.startsWith('xe_page_to_'));
}

/** Numbers that are an address of nothing a device can reach. */
function judge(machine: MachineServices, address: bigint): void {
  if (address === 0n) {
    report(machine, 'pagemap-map-zero', 'success with address 0, which the core takes for a hole');
    return;
  }
  const kind = addressKind(Number(address));
  switch (kind) {
    case 'device-private':
    case 'kernel-virtual':
    case 'user-virtual':
    case 'gpu-virtual':
    case 'ram':
    case 'null':
      report(machine, 'pagemap-map-address', `device memory is mapped as ${kindInWords(kind)} (${hex(address)})`, [], {
        kind,
      });
      return;
    case 'mmio':
    case 'dpa':
    case 'bus':
    case 'iova':
    case 'fabric':
    case 'unknown':
      return;
  }
}

function unmapping(call: ModelCall): ModelResult {
  const { machine } = call;
  const at = addressArgument(call, 2);
  const address = integerField(machine, at, ADDR, 'addr');
  if (address === null) return undefined;
  const where = place(addressArgument(call, 0), addressArgument(call, 1), address);
  const books = machine.state(key);
  const made = books.live.get(where);
  if (made === undefined) {
    const before = books.undone.get(where);
    if (before !== undefined)
      report(machine, 'pagemap-unmap-unknown', 'unmapped a second time', [{ message: 'unmapped here', at: before }]);
    return undefined;
  }
  for (const [what, member, was] of [
    ['order', 'order', made.order],
    ['direction', 'dir', made.direction],
    ['protocol', 'proto', made.protocol],
  ] as const) {
    const now = integerField(machine, at, ADDR, member);
    if (now !== null && was !== null && now !== was)
      report(machine, 'pagemap-unmap-mismatch', `unmapped with ${what} ${now}, mapped with ${what} ${was}`, [
        { message: 'mapped here', at: made.site },
      ]);
  }
  books.live.delete(where);
  books.undone.set(where, machine.callerSite());
  return undefined;
}

/** True when the function's parameter is a struct; a function that nobody defined is taken for the newer form. */
function takesValue(call: ModelCall): ModelResult {
  const target = call.args[0];
  const index = integerArgument(call, 1);
  if (target === undefined || isUnknown(target) || index === null) return 0;
  const parameter = call.machine.functionAt(target)?.type.parameters[Number(index)];
  return parameter?.kind === 'struct' ? 1 : 0;
}

export const mappingModels: readonly DocumentedModel[] = [
  {
    name: '__pagemap_report',
    run: (call) => {
      const rule = call.machine.readString(call.args[0] ?? 0) ?? '';
      const message = call.machine.readString(call.args[1] ?? 0) ?? '';
      if (isPagemapRule(rule)) report(call.machine, rule, message);
      return undefined;
    },
    effects: NO_EFFECTS,
    source: 'drivers/gpu/drm/drm_pagemap.c',
  },
  {
    name: '__driver_fails',
    run: (call) => {
      const op = call.machine.readString(call.args[0] ?? 0) ?? 'an op';
      return call.machine.choose(
        'driver',
        `does \`${op}\` of the driver fail?`,
        ['no', 'yes'],
        call.machine.callerSite(),
      );
    },
    effects: { ...NO_EFFECTS, fails: 'true: the op fails' },
    source: 'include/drm/drm_pagemap.h',
  },
  { name: '__pagemap_takes_value', run: takesValue, effects: NO_EFFECTS, source: 'include/drm/drm_pagemap.h' },
  { name: '__pagemap_mapped', run: mapped, effects: NO_EFFECTS, source: 'drivers/gpu/drm/drm_gpusvm.c' },
  { name: '__pagemap_unmapping', run: unmapping, effects: NO_EFFECTS, source: 'drivers/gpu/drm/drm_gpusvm.c' },
];
