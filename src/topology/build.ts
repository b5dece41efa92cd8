/**
 * Turns a topology description into hardware: enumerates buses, assigns BARs, device-memory and device-private ranges, makes VFs, checks
 * references. Wrong descriptions give problems with a JSON pointer (`parse.ts` turns it into a line); what could be built is still built.
 */
import { BUS_OFFSET, DEVICE_PRIVATE_WINDOW, DPA_WINDOW, MMIO_WINDOW, RAM_WINDOW, type Window } from './address-map.ts';
import type {
  DeviceDescription,
  HostBridgeDescription,
  NodeDescription,
  SriovDescription,
  TopologyDescription,
} from './description.ts';
import type { Bar, Bdf, Device, Fabric, HostBridge, Iommu, Port, Sriov, Topology } from './topology.ts';

export interface BuildProblem {
  /** JSON pointer of the value that is wrong: `/hostBridges/0/below/1/iommu`. */
  readonly pointer: string;
  readonly message: string;
}

export interface Built {
  readonly topology: Topology;
  readonly problems: readonly BuildProblem[];
}

const REGISTER_BAR = 16 * 2 ** 20;
/** Register BARs get a part of the MMIO window of their own, so that they do not break up the room for naturally aligned VRAM BARs. */
const REGISTERS: Window = { ...MMIO_WINDOW, end: MMIO_WINDOW.start + 2 ** 40 };
const APERTURES: Window = { ...MMIO_WINDOW, start: REGISTERS.end };
const UNITS: Readonly<Record<string, number>> = { K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };
/** Kernel defaults for PCI devices (`drivers/pci/probe.c:pci_device_add`). */
export const DEFAULT_MAX_SEGMENT = 65536;
const DEFAULT_BOUNDARY = 2 ** 32;

/** `16G` in bytes. The schema has already held the text to its form. */
export function sizeInBytes(text: string): number {
  return Number.parseInt(text, 10) * (UNITS[text.at(-1) ?? ''] ?? 1);
}

/** Builds the hardware that the description describes. */
export function buildTopology(description: TopologyDescription): Built {
  return new Builder(description).build();
}

class Builder {
  private readonly problems: BuildProblem[] = [];
  private readonly iommus = new Map<string, Iommu>();
  private readonly devices: Device[] = [];
  private readonly byName = new Map<string, Device>();
  private readonly names = new Set<string>();
  private segment = 0;
  private bus = 0;
  private registers = REGISTERS.start;
  private apertures = APERTURES.start;
  private dpa = DPA_WINDOW.start;
  private private = DEVICE_PRIVATE_WINDOW.end;
  private readonly description: TopologyDescription;

  constructor(description: TopologyDescription) {
    this.description = description;
  }

  build(): Built {
    const { description } = this;
    description.iommus?.forEach((iommu, index) => {
      const sizes = (iommu.pageSizes ?? ['4K', '2M', '1G']).map(sizeInBytes).sort((a, b) => a - b);
      if (this.iommus.has(iommu.name)) this.wrong(`/iommus/${index}/name`, `there are two IOMMUs named ${iommu.name}`);
      if (sizes[0] !== 4096) this.wrong(`/iommus/${index}/pageSizes`, 'the smallest page must be 4K');
      this.iommus.set(iommu.name, {
        name: iommu.name,
        mode: iommu.mode,
        cachingMode: iommu.cachingMode ?? false,
        pageSizes: sizes,
        flushQueueSize: iommu.flushQueueSize ?? 256,
      });
    });
    const hostBridges = description.hostBridges.map((host, index) => this.hostBridge(host, `/hostBridges/${index}`));
    const fabrics = (description.fabrics ?? []).map((_, index) => this.fabric(index));
    const ramSize = sizeInBytes(description.ram?.size ?? '64G');
    if (RAM_WINDOW.start + ramSize > RAM_WINDOW.end)
      this.wrong('/ram/size', 'more RAM than the simulated map has room for');
    const topology: Topology = {
      name: description.name,
      description: description.description ?? '',
      ramSize,
      cpuSupportsP2pdma: description.cpuSupportsP2pdma ?? false,
      iommus: [...this.iommus.values()],
      hostBridges,
      devices: this.devices,
      byName: this.byName,
      fabrics,
    };
    return { topology, problems: this.problems };
  }

  private wrong(pointer: string, message: string): void {
    this.problems.push({ pointer, message });
  }

  private hostBridge(description: HostBridgeDescription, pointer: string): HostBridge {
    const host: HostBridge = {
      name: description.name,
      whitelist: description.whitelist ?? 'none',
      busOffset: description.busOffset === true ? BUS_OFFSET : 0,
    };
    this.uniqueName(host.name, `${pointer}/name`);
    if (this.bus > 0) this.nextSegment();
    description.below.forEach((node, index) => {
      this.node(node, null, host, `${description.name}.rp${index}`, `${pointer}/below/${index}`, false);
    });
    return host;
  }

  /** PCI numbers 256 buses per segment; a big pod spreads over several. */
  private nextBus(): number {
    if (this.bus === 255) this.nextSegment();
    return ++this.bus;
  }

  private nextSegment(): void {
    this.segment++;
    this.bus = 0;
  }

  private uniqueName(name: string, pointer: string): void {
    if (this.names.has(name)) this.wrong(pointer, `the name ${name} is used twice`);
    this.names.add(name);
  }

  private node(
    node: NodeDescription,
    parent: Port | null,
    host: HostBridge,
    portName: string,
    pointer: string,
    redirect: boolean,
  ): void {
    const port = (name: string, acsRedirect: boolean): Port => ({
      kind: parent === null ? 'root-port' : 'switch-downstream',
      name,
      parent,
      host,
      acsRedirect: acsRedirect || redirect,
    });
    if ('switch' in node) {
      this.uniqueName(node.switch, `${pointer}/switch`);
      const above = port(portName, false);
      const upstream: Port = { kind: 'switch-upstream', name: node.switch, parent: above, host, acsRedirect: false };
      node.below.forEach((below, index) => {
        const name = `${node.switch}.dp${index}`;
        this.node(below, upstream, host, name, `${pointer}/below/${index}`, node.acsRedirect ?? false);
      });
      return;
    }
    if ('slot' in node) {
      this.uniqueName(node.slot, `${pointer}/slot`);
      const above = port(portName, node.acsRedirect ?? false);
      const bus = this.nextBus();
      node.functions.forEach((description, index) => {
        const at = `${pointer}/functions/${index}`;
        if ((description.count ?? 1) !== 1) this.wrong(`${at}/count`, 'a function of a slot cannot have a count');
        this.device(
          description,
          description.device,
          above,
          { segment: this.segment, bus, device: 0, function: index },
          at,
        );
      });
      return;
    }
    const count = node.count ?? 1;
    for (let index = 0; index < count; index++) {
      const name = node.count === undefined ? node.device : `${node.device}${index}`;
      const above = port(count === 1 ? portName : `${portName}.${index}`, node.acsRedirect ?? false);
      const bus = this.nextBus();
      this.device(node, name, above, { segment: this.segment, bus, device: 0, function: 0 }, pointer);
    }
  }

  private iommuNamed(name: string | undefined, pointer: string): Iommu | null {
    if (name === undefined) return null;
    const iommu = this.iommus.get(name);
    if (iommu === undefined) this.wrong(pointer, `there is no IOMMU named ${name}`);
    return iommu ?? null;
  }

  private take(next: number, size: number, window: Window, pointer: string, what: string): number {
    const alignment = 2 ** Math.ceil(Math.log2(size));
    const start = Math.ceil(next / alignment) * alignment;
    if (start + size <= window.end) return start;
    this.wrong(pointer, `the ${what} of all devices together is more than the simulated map has room for`);
    return window.start;
  }

  private device(node: DeviceDescription, name: string, port: Port, bdf: Bdf, pointer: string): void {
    this.uniqueName(name, `${pointer}/device`);
    const vramSize = node.vram === undefined ? 0 : sizeInBytes(node.vram);
    const dpaBase = vramSize === 0 ? 0 : this.take(this.dpa, vramSize, DPA_WINDOW, `${pointer}/vram`, 'device memory');
    if (vramSize > 0) this.dpa = dpaBase + vramSize;
    const bars = this.bars(node, vramSize, pointer);
    const iommu = this.iommuNamed(node.iommu, `${pointer}/iommu`);
    let privateBase: number | null = null;
    if (vramSize > 0) {
      privateBase = Math.floor((this.private - vramSize) / 2 ** 30) * 2 ** 30;
      if (privateBase < DEVICE_PRIVATE_WINDOW.start) this.wrong(`${pointer}/vram`, 'too much device memory in total');
      else this.private = privateBase;
    }
    const { sriov } = node;
    const quota = sriov?.quota === undefined ? 0 : sizeInBytes(sriov.quota);
    const pf: Device & { readonly vfs: number[] } = {
      index: this.devices.length,
      name,
      kind: node.kind ?? 'gpu',
      bdf,
      port,
      host: port.host,
      bars,
      memory: vramSize === 0 ? null : { dpaBase, size: vramSize },
      privateBase,
      iommu,
      dmaMask: 2 ** Math.min(node.dmaMaskBits ?? 64, 52) - 1,
      coherent: node.coherent ?? true,
      untrusted: node.untrusted ?? false,
      maxSegmentSize: node.maxSegmentSize === undefined ? DEFAULT_MAX_SEGMENT : sizeInBytes(node.maxSegmentSize),
      segmentBoundary: node.segmentBoundaryBits === undefined ? DEFAULT_BOUNDARY : 2 ** node.segmentBoundaryBits,
      sriov: sriov === undefined ? null : { offset: sriov.offset ?? 1, stride: sriov.stride ?? 1, quota },
      physfn: null,
      vfs: [],
    };
    this.add(pf);
    if (sriov !== undefined && pf.sriov !== null) this.virtualFunctions(pf, sriov, pf.sriov, pointer);
  }

  private add(device: Device): void {
    this.devices.push(device);
    this.byName.set(device.name, device);
  }

  private bars(node: DeviceDescription, vramSize: number, pointer: string): readonly Bar[] {
    const bars = [this.bar(0, REGISTER_BAR, 'registers', pointer)];
    const shown = node.vramBar === undefined ? vramSize : sizeInBytes(node.vramBar);
    if (shown > vramSize) this.wrong(`${pointer}/vramBar`, 'the BAR is larger than the device memory');
    if (shown > 0) bars.push(this.bar(2, shown, 'vram', `${pointer}/vram`));
    return bars;
  }

  private bar(index: number, size: number, shows: Bar['shows'], pointer: string): Bar {
    const window = shows === 'registers' ? REGISTERS : APERTURES;
    const next = shows === 'registers' ? this.registers : this.apertures;
    const start = this.take(next, size, window, pointer, 'BAR space');
    if (shows === 'registers') this.registers = start + size;
    else this.apertures = start + size;
    return { index, start, size, shows, vramOffset: 0 };
  }

  /** VFs follow the PF in routing ids by offset and stride, on further buses when 256 ids are used up (`drivers/pci/iov.c`). */
  private virtualFunctions(
    pf: Device & { readonly vfs: number[] },
    node: SriovDescription,
    sriov: Sriov,
    pointer: string,
  ): void {
    const { quota } = sriov;
    const total = pf.memory?.size ?? 0;
    if (quota * node.vfs > total)
      this.wrong(`${pointer}/sriov/quota`, 'the VFs together get more device memory than there is');
    const iommu = node.iommu === undefined ? pf.iommu : this.iommuNamed(node.iommu, `${pointer}/sriov/iommu`);
    const first = pf.bdf.bus * 256 + pf.bdf.device * 8 + pf.bdf.function + sriov.offset;
    for (let vf = 0; vf < node.vfs; vf++) {
      const id = first + vf * sriov.stride;
      const bus = Math.floor(id / 256);
      if (bus > 255) {
        this.wrong(`${pointer}/sriov/offset`, `VF ${vf} would sit on bus ${bus}, beyond the segment`);
        return;
      }
      this.bus = Math.max(this.bus, bus);
      const name = `${pf.name}vf${vf}`;
      this.uniqueName(name, `${pointer}/sriov`);
      // The quotas are carved from the top of the PF's memory; the PF keeps the rest.
      const base = (pf.memory?.dpaBase ?? 0) + total - quota * (node.vfs - vf);
      const bars = [this.bar(0, REGISTER_BAR, 'registers', `${pointer}/sriov`)];
      if (quota > 0) bars.push(this.bar(2, quota, 'vram', `${pointer}/sriov/quota`));
      pf.vfs.push(this.devices.length);
      this.add({
        ...pf,
        index: this.devices.length,
        name,
        bdf: { segment: pf.bdf.segment, bus, device: Math.floor((id % 256) / 8), function: id % 8 },
        bars,
        memory: quota === 0 ? null : { dpaBase: base, size: quota },
        privateBase: null,
        iommu,
        sriov: null,
        physfn: pf.index,
        vfs: [],
      });
    }
  }

  private fabric(index: number): Fabric {
    const pointer = `/fabrics/${index}`;
    const description = this.description.fabrics?.[index];
    const members = new Set<number>();
    description?.members.forEach((member, position) => {
      const prefix = member.endsWith('*') ? member.slice(0, -1) : null;
      const found = this.devices.filter((device) =>
        prefix === null ? device.name === member : device.name.startsWith(prefix) && device.physfn === null,
      );
      if (found.length === 0) this.wrong(`${pointer}/members/${position}`, `there is no device named ${member}`);
      for (const device of found)
        if (device.memory === null)
          this.wrong(`${pointer}/members/${position}`, `${device.name} has no device memory to share over the fabric`);
        else if (members.has(device.index))
          this.wrong(`${pointer}/members/${position}`, `${device.name} is a member already`);
        else members.add(device.index);
    });
    if (members.size === 1) this.wrong(`${pointer}/members`, 'a fabric needs at least two members');
    const name = description?.name ?? '';
    this.uniqueName(name, `${pointer}/name`);
    return {
      index,
      name,
      kind: description?.kind ?? 'ual',
      mode: description?.mode ?? 'physical',
      members: [...members],
      group: description?.group ?? null,
    };
  }
}
