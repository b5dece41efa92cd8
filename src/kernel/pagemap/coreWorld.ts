/**
 * The world around the core's own migration functions: a process with pages, device memory that they can move to, and an allocation of it
 * as a driver makes it. Whose driver that is, the table of the document or the stand-in decides.
 */
import type { FunctionSymbol } from '../../c/ir.ts';
import type { MachineServices } from '../../machine/model.ts';
import { functionsOf } from '../dmabuf/world.ts';
import { PAGE_SIZE } from '../memory/pageTable.ts';
import { callByName, type Routine, S32 } from '../modelling.ts';
import { driverObject, plainObject, setCounter, setFields, structType } from '../worldObject.ts';
import { countPages, describeSpace, unmapProcessPages } from './addressSpace.ts';
import { makeDevicePrivatePage, makeMm, makeSystemPage, makeVma, mapPage, type WorldPagemap } from './world.ts';

const DEVMEM = 'struct drm_pagemap_devmem';
const ZDD = 'struct drm_pagemap_zdd';
const STANDIN = 'struct interlock_devmem';

/** A process with an anonymous area. */
export interface WorldProcess {
  readonly mm: number;
  readonly vma: number;
  readonly start: number;
  readonly end: number;
}

/** A process with an area of `pages` pages, none of them there yet. */
export function makeProcess(machine: MachineServices, start: number, pages: number): WorldProcess {
  const mm = makeMm(machine);
  describeSpace(machine, mm);
  const end = start + pages * PAGE_SIZE;
  return { mm, vma: makeVma(machine, mm, start, end), start, end };
}

/** Fills the area with pages of system memory, in blocks of these orders; what lies behind the last is left unpopulated. */
export function populateSystem(machine: MachineServices, process: WorldProcess, orders: readonly number[]): void {
  let at = process.start;
  for (const order of orders) {
    mapPage(machine, process.mm, at, makeSystemPage(machine, order), null);
    at += PAGE_SIZE * 2 ** order;
  }
}

/**
 * An allocation of `pages` pages of device memory, held by one reference.
 * @param freed the core's callers are done with it when its last page is: the driver may free it
 */
export function makeDevmem(
  machine: MachineServices,
  pagemap: WorldPagemap,
  process: WorldProcess,
  pages: number,
  ops: number,
  freed = false,
): number {
  const functions: readonly FunctionSymbol[] = functionsOf(machine, ops, 'struct drm_pagemap_devmem_ops');
  const ownOps = functions.some(
    (each) => each.at !== null && machine.program.units[each.at.unit]?.origin !== 'bundled',
  );
  const devmem = ownOps
    ? driverObject(machine, DEVMEM, functions, freed ? 'heap' : 'world')
    : standinDevmem(machine, pagemap, pages);
  setCounter(machine, devmem, DEVMEM, 'detached', 0);
  setFields(machine, devmem, DEVMEM, {
    dev: pagemap.device.dev,
    mm: process.mm,
    ops,
    dpagemap: pagemap.dpagemap,
    size: pages * PAGE_SIZE,
    timeslice_expiration: 0,
    pre_migrate_fence: 0,
  });
  return devmem;
}

/** Puts pages of device memory into the process that an earlier migration of the stand-in driver left there. */
export function populateDevice(
  machine: MachineServices,
  process: WorldProcess,
  pagemap: WorldPagemap,
  at: number,
  pages: number,
): void {
  const devmem = makeDevmem(machine, pagemap, process, pages, machine.addressOf('interlock_standin_devmem_ops') ?? 0);
  const zdd = heapObject(machine, ZDD, 'the data behind device pages');
  setCounter(machine, zdd, ZDD, 'refcount', pages);
  setFields(machine, zdd, ZDD, {
    devmem_allocation: devmem,
    device_private_page_owner: pagemap.owner,
    dpagemap: pagemap.dpagemap,
  });
  const references = machine.fieldAddress(pagemap.dpagemap, 'struct drm_pagemap', 'ref');
  const held = references === null ? null : machine.concrete(machine.read(references.address, S32));
  if (references !== null && held !== null) machine.write(references.address, S32, Number(held) + 1);
  pagemap.next -= pages;
  for (let i = 0; i < pages; i++)
    mapPage(machine, process.mm, at + i * PAGE_SIZE, makeDevicePrivatePage(machine, pagemap, 0, zdd), pagemap);
}

/** An object as kzalloc makes it. */
function heapObject(machine: MachineServices, struct: string, label: string): number {
  const type = structType(machine, struct);
  return machine.allocate(type?.size ?? 64, {
    label,
    storage: 'heap',
    tag: 'slab',
    content: 'zero',
    at: null,
    ...(type === null ? {} : { type }),
  });
}

/** The last reference frees it. */
function standinDevmem(machine: MachineServices, pagemap: WorldPagemap, pages: number): number {
  const object = heapObject(machine, STANDIN, 'the device memory allocation');
  const first = Math.ceil(pagemap.next / pages) * pages;
  pagemap.next = first + pages;
  setFields(machine, object, STANDIN, { first_pfn: pagemap.pages.firstPfn + first });
  setCounter(machine, object, STANDIN, 'refcount', 1);
  return machine.fieldAddress(object, STANDIN, 'devmem')?.address ?? object;
}

/** A fault of the CPU on a device page of the process. */
export function makeFault(machine: MachineServices, process: WorldProcess, address: number, page: number): number {
  const fault = plainObject(machine, 'struct vm_fault', 'struct vm_fault', 'zero');
  setFields(machine, fault, 'struct vm_fault', { vma: process.vma, address, real_address: address, page });
  return fault;
}

/** The process gives its pages up (munmap, exit): each loses the reference that its page tables held. */
export function* dropPages(machine: MachineServices, process: WorldProcess): Routine<void> {
  for (const page of unmapProcessPages(machine, process.mm, BigInt(process.start), BigInt(process.end))) {
    const struct = yield* callByName(machine, 'pfn_to_page', [Number(page.pfn)], 'munmap');
    yield* callByName(machine, 'put_page', [struct], 'munmap');
  }
}

/** Where the pages of the process are, in words. */
export function pagesInWords(machine: MachineServices, process: WorldProcess): string {
  const { system, device } = countPages(machine, process.mm);
  return `the process has ${system} page${system === 1 ? '' : 's'} in system memory and ${device} in device memory`;
}
