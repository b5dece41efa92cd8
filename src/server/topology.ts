/** A topology by its name as the panel draws it: a tree of what hangs below what, and the fabrics beside it. Pure. */
import type { TopologyLink, TopologyNode, TopologyView } from '../protocol/view.ts';
import type {
  DeviceDescription,
  FabricDescription,
  NodeDescription,
  TopologyDescription,
} from '../topology/description.ts';
import { PRESETS } from '../topology/presets.ts';

/** The preset of that name; a topology of the user's own is shown by its name alone. */
export function topologyView(name: string): TopologyView {
  const description = PRESETS.find((preset) => preset.name === name);
  return description === undefined ? { name, summary: null, nodes: [], links: [] } : describedView(description);
}

function describedView(description: TopologyDescription): TopologyView {
  const nodes: TopologyNode[] = [];
  for (const bridge of description.hostBridges) {
    nodes.push({ id: bridge.name, label: bridge.name, kind: 'host bridge', detail: '', parent: null });
    for (const below of bridge.below) addNode(nodes, below, bridge.name, description);
  }
  return {
    name: description.name,
    summary: description.description ?? null,
    nodes,
    links: (description.fabrics ?? []).map((fabric) => fabricLink(fabric, nodes)),
  };
}

function addNode(nodes: TopologyNode[], node: NodeDescription, parent: string, topology: TopologyDescription): void {
  if ('switch' in node) {
    const detail = node.acsRedirect === true ? 'ACS redirect' : '';
    nodes.push({ id: node.switch, label: node.switch, kind: 'switch', detail, parent });
    for (const below of node.below) addNode(nodes, below, node.switch, topology);
  } else if ('slot' in node) {
    const detail = node.acsRedirect === true ? 'ACS redirect' : '';
    nodes.push({ id: node.slot, label: node.slot, kind: 'slot', detail, parent });
    for (const below of node.functions) addNode(nodes, below, node.slot, topology);
  } else {
    nodes.push(deviceNode(node, parent, topology));
  }
}

/** Devices of one kind are one node: a pod of 72 is read better as one box that says so. */
function deviceNode(device: DeviceDescription, parent: string, topology: TopologyDescription): TopologyNode {
  const count = device.count ?? 1;
  const iommu = topology.iommus?.find(({ name }) => name === device.iommu);
  const details = [
    iommu === undefined ? 'no IOMMU' : `${iommu.name} ${iommu.mode}`,
    ...(device.vram === undefined ? [] : [`${device.vram} VRAM`]),
    ...(device.sriov === undefined ? [] : [`${device.sriov.vfs} VF${device.sriov.vfs === 1 ? '' : 's'}`]),
  ];
  return {
    id: device.device,
    label: count > 1 ? `${device.device}0 … ${device.device}${count - 1}` : device.device,
    kind: count > 1 ? `${count} × ${device.kind ?? 'device'}` : (device.kind ?? 'device'),
    detail: details.join(', '),
    parent,
  };
}

function fabricLink(fabric: FabricDescription, nodes: readonly TopologyNode[]): TopologyLink {
  const isMember = (id: string) =>
    fabric.members.some((member) => (member.endsWith('*') ? id.startsWith(member.slice(0, -1)) : id === member));
  return {
    label: `${fabric.name} (${fabric.kind ?? 'ual'}, ${fabric.mode})`,
    members: nodes.filter(({ id }) => isMember(id)).map(({ id }) => id),
  };
}
