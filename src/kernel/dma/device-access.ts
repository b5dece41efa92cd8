/**
 * A device that uses an address after software said it is ready: it sends reads and writes where its own page tables say (over PCIe, to its
 * own memory, or over a private link) and sees what the hardware there makes of them. What should not have happened is reported with the
 * bytes concerned. Pure; `access.ts` is the entry for scenarios.
 */
import { hex } from '../../topology/address-map.ts';
import type { Device } from '../../topology/topology.ts';
import type { Fabrics } from '../fabric/fabric.ts';
import type { Walk } from '../iommu/domain.ts';
import { reach } from '../pci/p2pdma.ts';
import { complain, liveMapping } from './checks.ts';
import { wrongMemory } from './device-memory.ts';
import type { IovaStates } from './iova-state.ts';
import { sayOnce } from './reservation.ts';
import type { DmaRule } from './rules.ts';
import type { DmaDevice, DmaWorld } from './world.ts';

/** Which bit the device's own page-table entry has: plain (system or peer over PCIe), local memory, or the private link. */
export type Route = 'pcie' | 'local' | 'link';

export interface Access {
  readonly address: number;
  readonly size: number;
  readonly write: boolean;
  readonly route: Route;
  /**
   * What the first byte was meant to be: the physical address of RAM or a BAR, or device memory of `owner`. Given by whoever asked for the
   * mapping; other bytes follow it.
   */
  readonly meant?: { readonly phys: number };
}

/** Consecutive bytes that went the same way. `target` is a physical address or one of device memory; null: the access failed. */
export interface Reached {
  readonly start: number;
  readonly end: number;
  readonly target: number | null;
}

export interface AccessContext {
  readonly world: DmaWorld;
  readonly states: IovaStates;
  readonly fabrics: Fabrics;
}

/** One access; in order of addresses, where each part of it went. */
export function deviceAccess(context: AccessContext, device: DmaDevice, access: Access): readonly Reached[] {
  const reached = route(context, device, access);
  const { meant } = access;
  const wrong = meant === undefined ? null : wrongMemory(context.world, device, access, reached, meant.phys);
  if (wrong !== null) {
    const { actual, wanted, start, end } = wrong;
    const found = context.world.resolve(actual).text;
    const message = `${device.name} ${verb(access)} ${hex(end - start)} bytes of ${found}, not of ${context.world.resolve(wanted).text}`;
    say(context, device, access, 'device-wrong-memory', message, wrong);
  }
  return reached;
}

function route(context: AccessContext, device: DmaDevice, access: Access): readonly Reached[] {
  switch (access.route) {
    case 'pcie':
      return overPcie(context, device, access);
    case 'local':
      return inOwnMemory(context.world, device, access);
    case 'link':
      return overLink(context, device, access);
    default:
      return access.route satisfies never;
  }
}

function failed(access: Access): readonly Reached[] {
  return [{ start: access.address, end: access.address + access.size, target: null }];
}

function reached(access: Access, target: number): readonly Reached[] {
  return [{ start: access.address, end: access.address + access.size, target }];
}

function say(
  context: { readonly world: DmaWorld },
  device: DmaDevice,
  access: Access,
  rule: DmaRule,
  message: string,
  range: { readonly start: number; readonly end: number } | null = null,
): void {
  const start = range?.start ?? access.address;
  const size = range === null ? access.size : range.end - range.start;
  const made = liveMapping(context.world, start);
  complain(context.world, rule, message, made === null ? [] : [[`\`${made.api}\` made this address here`, made.at]], {
    device: device.name,
    address: hex(start),
    bytes: size,
    offset: start - access.address,
    write: access.write,
  });
}

function verb(access: Access): string {
  return access.write ? 'writes' : 'reads';
}

// ---------------------------------------------------------------------------------------------------------------------- PCIe

function overPcie(context: AccessContext, device: DmaDevice, access: Access): readonly Reached[] {
  const { world } = context;
  const mapping = device.ledger.containing(access.address);
  if (mapping?.bus === true) return toPeer(context, device, access, mapping.phys + (access.address - mapping.address));
  const found = world.resolve(access.address);
  if (found.kind === 'bus' && found.device !== null)
    return toPeer(context, device, access, access.address - found.device.host.busOffset);
  if (mapping !== null && !mapping.errorChecked) {
    mapping.errorChecked = true;
    say(
      context,
      device,
      access,
      'dma-error-unchecked',
      `${device.name} uses an address that \`dma_mapping_error\` was not asked about`,
    );
  }
  // A number that is an address of nothing known, unmapped: nobody can say what the hardware would find.
  if (found.kind === 'unknown') return failed(access);
  if (device.domain === null) return untranslated(context, device, access);
  if (found.kind !== 'iova') {
    if (found.kind === 'mmio' && found.device !== null && peerWay(world, device, found.device) === 'bus-address') {
      if (found.device.host.busOffset === 0) return toPeer(context, device, access, access.address);
      notBusAddress(context, device, access, found.text);
      return failed(access);
    }
    say(
      context,
      device,
      access,
      'address-kind',
      `${device.name} is given ${found.text}, needs a DMA address of its own`,
    );
    return failed(access);
  }
  if (found.device !== null && found.device !== device.device) {
    const owner = context.states.reservations.containing(world.of(found.device), access.address);
    const known = owner !== null && !sayOnce(owner, `device ${device.name}`);
    if (!known && !world.mayBeSame(found.device, device.device))
      say(context, device, access, 'dma-wrong-device', `${device.name} is given ${found.text}`);
    return failed(access);
  }
  // What is linked there is not known: neither is what the device finds.
  if (context.states.reservations.containing(device, access.address)?.blind === true) return failed(access);
  const walks = device.domain.walk(access.address, access.size, access.write);
  return walks.map((walk) => judge(context, device, access, walk));
}

function judge(context: AccessContext, device: DmaDevice, access: Access, walk: Walk): Reached {
  const { start, end } = walk;
  // An IOVA whose missing sync was reported needs no report per access.
  const link = context.states.reservations.containing(device, start);
  const unsyncedKnown = link?.said.has('not synced') === true;
  const bytes = `${hex(end - start)} bytes at ${hex(start)}`;
  if (walk.kind === 'fault') {
    switch (walk.why) {
      case 'not-mapped':
        say(
          context,
          device,
          access,
          'device-fault',
          `${device.name} ${verb(access)} ${bytes}, which are not mapped: IOMMU fault`,
          walk,
        );
        break;
      case 'not-synced':
        if (!unsyncedKnown)
          say(
            context,
            device,
            access,
            'iova-not-synced',
            `${device.name} ${verb(access)} ${bytes}, linked but not synced: IOMMU fault`,
            walk,
          );
        break;
      case 'no-permission':
        say(
          context,
          device,
          access,
          'device-permission',
          `${device.name} ${verb(access)} ${bytes} against the direction they are mapped for`,
          walk,
        );
        break;
      default:
        walk.why satisfies never;
    }
    return { start, end, target: null };
  }
  if (walk.stale) {
    const queued = device.domain?.queued.some((range) => start < range.iova + range.size && end > range.iova) ?? false;
    const why = queued ? ', unmapped and waiting for the flush' : '';
    say(
      context,
      device,
      access,
      'device-stale-tlb',
      `${device.name} ${verb(access)} ${bytes} through a stale IOTLB entry${why}`,
      walk,
    );
  } else if (walk.unsynced && !unsyncedKnown)
    say(
      context,
      device,
      access,
      'iova-not-synced',
      `${device.name} ${verb(access)} ${bytes}, linked but not synced: works on this IOMMU only`,
      walk,
    );
  const peer = context.world.resolve(walk.phys);
  if (peer.kind === 'mmio' && peer.device !== null && peerWay(context.world, device, peer.device) === 'not-supported') {
    say(
      context,
      device,
      access,
      'p2p-unreachable',
      `${device.name} ${verb(access)} ${peer.text}, which it cannot reach over PCIe`,
      walk,
    );
    return { start, end, target: null };
  }
  return { start, end, target: walk.phys };
}

/** Without translation a DMA address is a physical one; only the ledger tells a mapped one from one that was never mapped. */
function untranslated(context: AccessContext, device: DmaDevice, access: Access): readonly Reached[] {
  const { world } = context;
  const found = world.resolve(access.address);
  if (found.kind !== 'ram' && found.kind !== 'mmio') {
    say(
      context,
      device,
      access,
      'address-kind',
      `${device.name} is given ${found.text}, needs a DMA address of its own`,
    );
    return failed(access);
  }
  const mapping = device.ledger.containing(access.address);
  if (mapping === null) {
    const other = liveMapping(world, access.address);
    if (other === null)
      say(
        context,
        device,
        access,
        'address-kind',
        `${device.name} is given ${found.text} that was never mapped for it`,
      );
    else
      say(
        context,
        device,
        access,
        'dma-wrong-device',
        `${device.name} is given an address mapped for ${other.device.name}`,
      );
  }
  if (found.kind === 'mmio' && found.device !== null) {
    const way = peerWay(world, device, found.device);
    if (way === 'not-supported') {
      say(
        context,
        device,
        access,
        'p2p-unreachable',
        `${device.name} ${verb(access)} ${found.text}, which it cannot reach over PCIe`,
      );
      return failed(access);
    }
    if (way === 'bus-address' && found.device.host.busOffset !== 0) notBusAddress(context, device, access, found.text);
  }
  return reached(access, access.address);
}

function notBusAddress(context: AccessContext, device: DmaDevice, access: Access, what: string): void {
  const message = `${device.name} is given ${what}, its peer answers to the bus address`;
  say(context, device, access, 'p2p-bus-address', message);
}

function peerWay(world: DmaWorld, device: DmaDevice, owner: Device): ReturnType<typeof reach>['type'] {
  return owner === device.device ? 'bus-address' : reach(world.topology, owner, device.device).type;
}

function toPeer(context: AccessContext, device: DmaDevice, access: Access, phys: number): readonly Reached[] {
  const { world } = context;
  const found = world.resolve(phys);
  if (found.device === null || peerWay(world, device, found.device) !== 'bus-address') {
    say(
      context,
      device,
      access,
      'p2p-unreachable',
      `${device.name} is given a bus address of ${found.text} without a direct path to it`,
    );
    return failed(access);
  }
  return reached(access, phys);
}

// --------------------------------------------------------------------------------------------------------- device memory, link

function inOwnMemory(world: DmaWorld, device: DmaDevice, access: Access): readonly Reached[] {
  const { memory } = device.device;
  const inside =
    memory !== null && access.address >= memory.dpaBase && access.address + access.size <= memory.dpaBase + memory.size;
  if (inside) return reached(access, access.address);
  const found = world.resolve(access.address);
  say({ world }, device, access, 'address-kind', `${device.name} takes ${found.text} for an address in its own memory`);
  return failed(access);
}

function overLink(context: AccessContext, device: DmaDevice, access: Access): readonly Reached[] {
  const { world, fabrics } = context;
  const fabric = fabrics.fabricOf(device.device);
  if (fabric === null) {
    say(context, device, access, 'fabric-no-link', `${device.name} is on no fabric, but its entry routes over one`);
    return failed(access);
  }
  const found = world.resolve(access.address);
  const wanted = fabric.mode === 'physical' ? 'dpa' : 'fabric';
  if (found.kind !== wanted || found.device === null) {
    const need = wanted === 'dpa' ? 'a device physical address of a peer' : 'a fabric virtual address';
    say(
      context,
      device,
      access,
      'address-kind',
      `${device.name} sends ${found.text} over ${fabric.name}, which needs ${need}`,
    );
    return failed(access);
  }
  if (fabrics.distance(device.device, found.device) < 0) {
    say(
      context,
      device,
      access,
      'fabric-no-link',
      `${device.name} and ${found.device.name} are not on the same fabric`,
    );
    return failed(access);
  }
  if (wanted === 'dpa') return reached(access, access.address);
  if (fabrics.rangeAt(access.address)?.blind === true) return failed(access);
  const pieces: Reached[] = [];
  for (let at = access.address; at < access.address + access.size; ) {
    const translation = fabrics.translate(at);
    const step = translation === null ? 4096 : translation.to.pageSize;
    const end = Math.min(access.address + access.size, Math.floor(at / step + 1) * step);
    if (translation === null)
      say(
        context,
        device,
        access,
        'device-fault',
        `${device.name} ${verb(access)} ${hex(end - at)} bytes at ${hex(at)}, which ${found.device.name} does not translate`,
        { start: at, end },
      );
    else if (translation.unsynced)
      say(
        context,
        device,
        access,
        'fabric-not-synced',
        `${device.name} ${verb(access)} ${hex(end - at)} bytes at ${hex(at)} before \`ual_iova_sync\``,
        { start: at, end },
      );
    pieces.push({ start: at, end, target: translation?.to.phys ?? null });
    at = end;
  }
  return pieces;
}
