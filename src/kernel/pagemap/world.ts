/**
 * Device memory, a process and an SVM as they are before a scenario begins: pagemaps with the addresses of the run's topology, pages of both
 * kinds, address spaces, and the SVM whose notifier lock has the class that the kernel teaches.
 */
import { isUnknown, type MachineServices } from '../../machine/model.ts';
import { DEVICE_PRIVATE_WINDOW, DPA_WINDOW, MMIO_WINDOW } from '../../topology/address-map.ts';
import type { Device } from '../../topology/topology.ts';
import { functionsOf, makeDrmDevice, type WorldDevice } from '../dmabuf/world.ts';
import { locking } from '../locking/state.ts';
import { makePages } from '../memory/pages.ts';
import { PAGE_SIZE, type PageRange, pageTable } from '../memory/pageTable.ts';
import { registerRange } from '../memory/zoneDevice.ts';
import { S32 } from '../modelling.ts';
import {
  driverObject,
  embeddedObject,
  emptyList,
  memberOfDriverObject,
  plainObject,
  setCounter,
  setFields,
  structType,
  worldLock,
} from '../worldObject.ts';
import { mapProcessPage } from './addressSpace.ts';

const PAGEMAP = 'struct drm_pagemap';
const DEV_PAGEMAP = 'struct dev_pagemap';
const GPUSVM = 'struct drm_gpusvm';
const ZDD = 'struct drm_pagemap_zdd';
const MEMORY_DEVICE_PRIVATE = 1;
/** Device memory that gets struct pages; the rest of a device's memory is never touched by a scenario. */
const REGISTERED_BYTES = 32 * 2 ** 20;
const DEFAULT_MEMORY = 2 ** 30;

export interface PagemapOptions {
  /** Address of the `struct drm_pagemap_ops`. */
  readonly ops: number;
  /** Owner of the memory. */
  readonly device: WorldDevice;
  /** Whose structure the pagemap is embedded in: `xe` uses that driver's own layout. */
  readonly driver?: 'xe' | 'other';
  /** Owner that it shares with a pagemap whose device can reach it; its own when absent. */
  readonly owner?: number;
}

export interface WorldPagemap {
  readonly dpagemap: number;
  /** `struct dev_pagemap`. */
  readonly pagemap: number;
  readonly drm: number;
  readonly device: WorldDevice;
  /** Value of `owner` that makes its pages visible to a reader. */
  readonly owner: number;
  readonly pages: PageRange;
  /** First page not handed out yet. */
  next: number;
}

/** Physical ranges of a device's memory: as pages, as the device sees it, as its BAR shows it. */
function memoryOf(device: Device | null): { hpa: number; dpa: number; io: number; size: number } {
  const memory = device?.memory ?? null;
  const bar = device?.bars.find((each) => each.shows === 'vram');
  return {
    hpa: device?.privateBase ?? DEVICE_PRIVATE_WINDOW.end - DEFAULT_MEMORY,
    dpa: memory?.dpaBase ?? DPA_WINDOW.start,
    io: bar?.start ?? MMIO_WINDOW.end - DEFAULT_MEMORY,
    size: memory?.size ?? DEFAULT_MEMORY,
  };
}

/** A pagemap with one reference, its device memory registered as device-private pages. */
export function makePagemap(machine: MachineServices, options: PagemapOptions): WorldPagemap {
  const { device } = options;
  const memory = memoryOf(device.device);
  const own = options.driver === 'xe' ? xePagemap(machine, device, memory) : null;
  const drm = own?.drm ?? makeDrmDevice(machine, device.dev);
  const dpagemap =
    own?.dpagemap ?? driverObject(machine, PAGEMAP, functionsOf(machine, options.ops, 'struct drm_pagemap_ops'));
  const pagemap = own?.pagemap ?? embeddedObject(machine, DEV_PAGEMAP);
  const owner = options.owner ?? pagemap;
  setFields(machine, pagemap, DEV_PAGEMAP, {
    type: MEMORY_DEVICE_PRIVATE,
    owner,
    nr_range: 1,
    // The core's own table when the document or a tree brings it.
    ops: machine.addressOf('drm_pagemap_pagemap_ops') ?? machine.addressOf('__drm_pagemap_pagemap_ops') ?? 0,
  });
  const range = machine.fieldAddress(pagemap, DEV_PAGEMAP, 'range');
  if (range !== null)
    setFields(machine, range.address, 'struct range', { start: memory.hpa, end: memory.hpa + memory.size - 1 });
  setFields(machine, dpagemap, PAGEMAP, { ops: options.ops, drm, pagemap, dev: device.dev, dev_hold: 0, cache: 0 });
  emptyList(machine, dpagemap, PAGEMAP, 'shrink_link');
  setCounter(machine, dpagemap, PAGEMAP, 'ref', 1);
  const pages = registerRange(machine, pagemap, memory.hpa, Math.min(memory.size, REGISTERED_BYTES));
  return { dpagemap, pagemap, drm, device, owner, pages, next: 0 };
}

/** Xe's pagemap with its memory region, so that its page arithmetic finds the device's real ranges. */
function xePagemap(
  machine: MachineServices,
  device: WorldDevice,
  memory: { hpa: number; dpa: number; io: number; size: number },
): { dpagemap: number; pagemap: number; drm: number } | null {
  const own = memberOfDriverObject(machine, 'struct xe_pagemap', ['dpagemap'], 'struct xe_pagemap');
  const pagemap = own === null ? null : machine.fieldAddress(own.object, 'struct xe_pagemap', 'pagemap');
  if (own === null || pagemap === null) return null;
  const drm = makeDrmDevice(machine, device.dev, { struct: 'struct xe_device', member: 'drm' });
  const region = plainObject(machine, 'struct xe_vram_region', 'struct xe_vram_region', 'unknown');
  const xe = machine.objectAt(drm)?.address ?? drm;
  setFields(machine, region, 'struct xe_vram_region', {
    xe,
    io_start: memory.io,
    io_size: memory.size,
    dpa_base: memory.dpa,
    usable_size: memory.size,
    actual_physical_size: memory.size,
    hpa_base: memory.hpa,
    xpagemap: own.object,
    id: 0,
  });
  setFields(machine, own.object, 'struct xe_pagemap', { hpa_base: memory.hpa, vr: region });
  return { dpagemap: own.member, pagemap: pagemap.address, drm };
}

export interface WorldPage {
  /** `struct page *` of the first page. */
  readonly page: number;
  readonly pfn: number;
  readonly order: number;
}

/**
 * A block of device-private pages in use, with the pagemap's data behind it.
 * @param data the `struct drm_pagemap_zdd` behind it; made when absent
 */
export function makeDevicePrivatePage(
  machine: MachineServices,
  pagemap: WorldPagemap,
  order: number,
  data?: number,
): WorldPage {
  const table = pageTable(machine);
  const count = 2 ** order;
  const index = Math.ceil(pagemap.next / count) * count;
  pagemap.next = index + count;
  const page = pagemap.pages.pages + index * table.pageBytes;
  table.blocks.set(page, {
    range: pagemap.pages,
    head: page,
    order,
    compound: order > 0,
    live: true,
    memory: 0,
    numbered: true,
    open: false,
    at: null,
  });
  const count1 = machine.fieldAddress(page, 'struct page', '_refcount');
  if (count1 !== null) machine.write(count1.address, S32, 1);
  setFields(machine, page, 'struct page', {
    pgmap: pagemap.pagemap,
    zone_device_data: data ?? zddOf(machine, pagemap),
  });
  return { page, pfn: pagemap.pages.firstPfn + index, order };
}

/** The data behind a device page: which pagemap and which allocation it belongs to. */
function zddOf(machine: MachineServices, pagemap: WorldPagemap): number {
  const zdd = plainObject(machine, ZDD, ZDD, 'zero');
  const allocation = embeddedObject(machine, 'struct drm_pagemap_devmem');
  setFields(machine, allocation, 'struct drm_pagemap_devmem', { dpagemap: pagemap.dpagemap, dev: pagemap.device.dev });
  setFields(machine, zdd, ZDD, {
    devmem_allocation: allocation,
    device_private_page_owner: pagemap.owner,
    dpagemap: pagemap.dpagemap,
  });
  setCounter(machine, zdd, ZDD, 'refcount', 1);
  return zdd;
}

/** System pages with one reference; of an order above 0, a large folio. */
export function makeSystemPage(machine: MachineServices, order: number): WorldPage {
  const page = makePages(machine, 2 ** order, 'system page');
  const block = pageTable(machine).blockOf(page);
  if (block !== null) block.compound = order > 0;
  const pfn = pageTable(machine).pfn(page);
  return { page, pfn: isUnknown(pfn) ? 0 : Number(pfn), order };
}

/** A process's address space, without areas, that nobody watches yet. */
export function makeMm(machine: MachineServices): number {
  const mm = plainObject(machine, 'struct mm_struct', 'struct mm_struct', 'zero');
  setCounter(machine, mm, 'struct mm_struct', 'mm_users', 2);
  setCounter(machine, mm, 'struct mm_struct', 'mm_count', 2);
  worldLock(machine, mm, 'struct mm_struct', 'mmap_lock', 'rwsem');
  return mm;
}

/** `vm_flags` of an area that is read and written: of nobody else's, and of a file that others see, too (include/linux/mm.h). */
const ANONYMOUS_AREA = 0x73;
const SHARED_AREA = 0xfb;

/** The area is a file's: it has operations, which are empty before its `mmap` sets its own (include/linux/mm.h:vma_init, `vma_dummy_vm_ops`). */
export function mapsFile(machine: MachineServices, vma: number): void {
  const vm_ops = plainObject(machine, 'struct vm_operations_struct', 'vma_dummy_vm_ops', 'zero');
  setFields(machine, vma, 'struct vm_area_struct', { vm_ops });
}

/** An area of the process: anonymous, or of a file that is mapped shared. */
export function makeVma(machine: MachineServices, mm: number, start: number, end: number, shared = false): number {
  const vma = plainObject(machine, 'struct vm_area_struct', 'struct vm_area_struct', 'zero');
  setFields(machine, vma, 'struct vm_area_struct', {
    vm_start: start,
    vm_end: end,
    vm_mm: mm,
    vm_flags: shared ? SHARED_AREA : ANONYMOUS_AREA,
    __next: machine.readField(mm, 'struct mm_struct', '__mmap'),
  });
  setFields(machine, mm, 'struct mm_struct', { __mmap: vma });
  if (shared) mapsFile(machine, vma);
  return vma;
}

/** Maps a page into the process at `virtual`. */
export function mapPage(
  machine: MachineServices,
  mm: number,
  virtual: number,
  page: WorldPage,
  pagemap: WorldPagemap | null,
): void {
  mapProcessPage(machine, mm, BigInt(virtual), {
    pfn: BigInt(page.pfn),
    order: page.order,
    writable: true,
    owner: pagemap?.owner ?? null,
  });
}

export interface GpusvmOptions {
  /** Address of the `struct drm_gpusvm_ops`, 0 when the document has none. */
  readonly ops: number;
  readonly mm: number;
  readonly drm: number;
  readonly driver?: 'xe' | 'other';
  readonly start: number;
  readonly end: number;
}

export interface WorldSvm {
  readonly gpusvm: number;
  readonly notifier: number;
  readonly range: number;
  readonly pages: number;
  /** The driver's lock around everything, 0 when its struct is not known. */
  readonly driverLock: number;
  readonly notifierLock: number;
}

/** An SVM of the process with one notifier and one range, of which no page is mapped yet. */
export function makeGpusvm(machine: MachineServices, options: GpusvmOptions): WorldSvm {
  const own =
    options.driver === 'xe' ? memberOfDriverObject(machine, 'struct xe_vm', ['svm', 'gpusvm'], 'struct xe_vm') : null;
  const gpusvm = own?.member ?? embeddedObject(machine, GPUSVM);
  const driverLock =
    own === null ? driverLockObject(machine) : worldLock(machine, own.object, 'struct xe_vm', 'lock', 'rwsem');
  setFields(machine, gpusvm, GPUSVM, { mm: options.mm, ops: options.ops, drm: options.drm, lock_dep_map: 0 });
  emptyList(machine, gpusvm, GPUSVM, 'notifier_list');
  const notifierLock = worldLock(machine, gpusvm, GPUSVM, 'notifier_lock', 'rwsem');
  const notifier = embeddedObject(machine, 'struct drm_gpusvm_notifier');
  const range = embeddedObject(machine, 'struct drm_gpusvm_range');
  const interval = machine.fieldAddress(notifier, 'struct drm_gpusvm_notifier', 'notifier');
  setFields(machine, notifier, 'struct drm_gpusvm_notifier', { gpusvm });
  emptyList(machine, notifier, 'struct drm_gpusvm_notifier', 'range_list');
  if (interval !== null)
    setFields(machine, interval.address, 'struct mmu_interval_notifier', {
      mm: options.mm,
      ops: machine.addressOf('__drm_gpusvm_notifier_ops') ?? 0,
      invalidate_seq: 1,
    });
  setFields(machine, range, 'struct drm_gpusvm_range', { gpusvm, notifier });
  setCounter(machine, range, 'struct drm_gpusvm_range', 'refcount', 1);
  for (const [object, struct] of [
    [range, 'struct drm_gpusvm_range'],
    [notifier, 'struct drm_gpusvm_notifier'],
  ] as const) {
    const tree = machine.fieldAddress(object, struct, 'itree');
    if (tree !== null)
      setFields(machine, tree.address, 'struct interval_tree_node', { start: options.start, last: options.end - 1 });
  }
  return { gpusvm, notifier, range, pages: makeSvmPages(machine, options.drm), driverLock, notifierLock };
}

/** Links the range into its notifier, with pages of its own that are not mapped yet. */
export function attachRange(machine: MachineServices, svm: WorldSvm, drm: number): void {
  const pages = machine.fieldAddress(svm.range, 'struct drm_gpusvm_range', 'pages');
  const type = structType(machine, 'struct drm_gpusvm_pages');
  if (pages !== null && type !== null) machine.fill(pages.address, 0, type.size);
  if (pages !== null) setFields(machine, pages.address, 'struct drm_gpusvm_pages', { drm });
  const entry = machine.fieldAddress(svm.range, 'struct drm_gpusvm_range', 'entry');
  const head = machine.fieldAddress(svm.notifier, 'struct drm_gpusvm_notifier', 'range_list');
  if (entry === null || head === null) return;
  setFields(machine, entry.address, 'struct list_head', { next: head.address, prev: head.address });
  setFields(machine, head.address, 'struct list_head', { next: entry.address, prev: entry.address });
}

/** Pages of a range before anything is mapped. */
export function makeSvmPages(machine: MachineServices, drm: number): number {
  const pages = plainObject(machine, 'struct drm_gpusvm_pages', 'struct drm_gpusvm_pages', 'zero');
  setFields(machine, pages, 'struct drm_gpusvm_pages', { drm });
  return pages;
}

/** Stands for the lock of a driver whose structure is not known. */
function driverLockObject(machine: MachineServices): number {
  if (structType(machine, 'struct rw_semaphore') === null) return 0;
  const lock = plainObject(machine, 'struct rw_semaphore', "the driver's SVM lock", 'zero');
  locking(machine).objects.init(lock, 'rwsem', { key: 'driver SVM lock', name: "the driver's SVM lock" });
  return lock;
}

/** How many bytes a block of this order covers. */
export function bytesOf(order: number): number {
  return PAGE_SIZE * 2 ** order;
}
