/**
 * Can one PCI device reach another's memory, and how: `drivers/pci/p2pdma.c:calc_map_type_and_dist`, its whitelist and the choice between bus
 * address and host bridge. Pure functions of the topology.
 */
import type { Device, HostBridge, Port, Topology } from '../../topology/topology.ts';

export type MapType = 'bus-address' | 'through-host-bridge' | 'not-supported';

export interface Reach {
  readonly type: MapType;
  /** Ports on the path, however it is mapped; `pci_p2pdma_distance` gives -1 when `type` is `not-supported`. */
  readonly distance: number;
  /** Names of the ports that redirect the traffic upwards. */
  readonly redirects: readonly string[];
}

/** A step on the way from a device to the root: the device itself, then its ports. */
type Step = Device | Port;

/** How `client` reaches memory of `provider`. */
export function reach(topology: Topology, provider: Device, client: Device): Reach {
  const up = pathOf(provider);
  const down = pathOf(client);
  const redirects: string[] = [];
  for (const [distanceUp, step] of up.entries()) {
    if (redirectsPeers(step)) redirects.push(step.name);
    const meeting = down.indexOf(step);
    if (meeting < 0) continue;
    for (const below of down.slice(0, meeting)) if (redirectsPeers(below)) redirects.push(below.name);
    const distance = distanceUp + meeting;
    if (redirects.length === 0) return { type: 'bus-address', distance, redirects };
    return throughHostBridge(topology, provider, client, distance, redirects);
  }
  return throughHostBridge(topology, provider, client, up.length + down.length, redirects);
}

/** `pci_p2pdma_distance`: ports on the path, or -1. */
export function p2pdmaDistance(topology: Topology, provider: Device, client: Device): number {
  const found = reach(topology, provider, client);
  return found.type === 'not-supported' ? -1 : found.distance;
}

/** A VF hangs below the port of its PF. */
function pathOf(device: Device): readonly Step[] {
  const path: Step[] = [device];
  for (let port: Port | null = device.port; port !== null; port = port.parent) path.push(port);
  return path;
}

function redirectsPeers(step: Step): boolean {
  return 'acsRedirect' in step && step.acsRedirect;
}

function throughHostBridge(
  topology: Topology,
  provider: Device,
  client: Device,
  distance: number,
  redirects: readonly string[],
): Reach {
  const forwards = topology.cpuSupportsP2pdma || whitelisted(provider.host, client.host);
  return { type: forwards ? 'through-host-bridge' : 'not-supported', distance, redirects };
}

/** `host_bridge_whitelist`: both must be listed; some entries hold only below the same bridge. */
function whitelisted(a: HostBridge, b: HostBridge): boolean {
  if (a === b) return a.whitelist !== 'none';
  return a.whitelist === 'any' && b.whitelist === 'any';
}

/** `pci_p2pdma_bus_addr_map`: what a peer below the same switch must use for this CPU address. */
export function busAddress(provider: Device, phys: number): number {
  return phys + provider.host.busOffset;
}
