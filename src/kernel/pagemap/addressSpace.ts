/**
 * Which pages a simulated process has, and what faulting and migration find there. Page tables are not modelled: an address space is a map
 * from virtual page number to page frame, filled by the scenario (world.ts). An address space that no scenario filled gives unknown pages.
 */
import { isUnknown, type MachineServices, type ModelCall, type StateKey } from '../../machine/model.ts';
import { makePages } from '../memory/pages.ts';
import { pageTable } from '../memory/pageTable.ts';
import { callByName, type Routine } from '../modelling.ts';
import type { DocumentedModel } from '../subsystem.ts';
import { plainObject, setFields } from '../worldObject.ts';
import { addressArgument, integerField, NO_EFFECTS } from './report.ts';

export const PAGE_SHIFT = 12n;
const HMM_VALID = 1n << 63n;
const HMM_WRITE = 1n << 62n;
const HMM_ORDER_SHIFT = 53n;
const REQUEST_FAULT = HMM_VALID;
const EBUSY = 16;
const EFAULT = 14;
/** More pages than this in one call are not written one by one. */
export const MAX_PAGES = 65_536n;

/** A mapped page of a process. */
export interface ProcessPage {
  readonly pfn: bigint;
  /** Order of the folio it is in; only the folio's first page carries it. */
  readonly order: number;
  readonly writable: boolean;
  /** `owner` of the pagemap for a device-private page, null for system memory. */
  readonly owner: number | null;
}

export interface Spaces {
  readonly pages: Map<number, Map<bigint, ProcessPage>>;
  /** Where in which address space a migration collected its pages, by the array that it collected them into. */
  readonly moving: Map<number, { readonly mm: number; readonly first: bigint }>;
  retried: boolean;
  /** Somebody uses the first page for good: it never moves away from a device. */
  held: boolean;
}

/** What is known of address spaces in this run; for the models of this folder. */
export function spaces(machine: MachineServices): Spaces {
  return machine.state(key);
}

const key: StateKey<Spaces> = {
  name: 'pagemap.spaces',
  create: () => ({ pages: new Map(), moving: new Map(), retried: false, held: false }),
  fork: ({ pages, moving, retried, held }) => ({
    pages: new Map([...pages].map(([mm, own]) => [mm, new Map(own)])),
    moving: new Map(moving),
    retried,
    held,
  }),
};

/** How many pages of the process are its own and how many lie in device memory. */
export function countPages(machine: MachineServices, mm: number): { readonly system: number; readonly device: number } {
  const pages = [...(machine.state(key).pages.get(mm)?.values() ?? [])];
  const device = pages.filter((page) => page.owner !== null).length;
  return { system: pages.length - device, device };
}

/** Takes the pages of `[start, end)` out of the process and says which they were. */
export function unmapProcessPages(machine: MachineServices, mm: number, start: bigint, end: bigint): ProcessPage[] {
  const space = machine.state(key).pages.get(mm);
  const gone: ProcessPage[] = [];
  for (let at = start >> PAGE_SHIFT; at < end >> PAGE_SHIFT; at++) {
    const page = space?.get(at);
    if (page !== undefined) gone.push(page);
    space?.delete(at);
  }
  return gone;
}

/** Somebody else holds the first page of whatever is evicted, however often that is tried. */
export function holdFirstPage(machine: MachineServices): void {
  machine.state(key).held = true;
}

/** From here on it is known which pages the process has: none yet. */
export function describeSpace(machine: MachineServices, mm: number): void {
  const { pages } = machine.state(key);
  if (!pages.has(mm)) pages.set(mm, new Map());
}

/** Puts a page into the process at `virtual`; an order above 0 fills the whole folio. */
export function mapProcessPage(machine: MachineServices, mm: number, virtual: bigint, page: ProcessPage): void {
  describeSpace(machine, mm);
  const space = machine.state(key).pages.get(mm);
  const first = virtual >> PAGE_SHIFT;
  for (let index = 0n; index < 1n << BigInt(page.order); index++)
    space?.set(first + index, { ...page, pfn: page.pfn + index, order: index === 0n ? page.order : 0 });
}

/** The process that has one of these frames mapped, and from where to where; null when nobody has. */
export function whereMapped(
  machine: MachineServices,
  frames: ReadonlySet<bigint>,
): { readonly mm: number; readonly start: bigint; readonly end: bigint } | null {
  for (const [mm, space] of machine.state(key).pages) {
    const at = [...space].flatMap(([index, page]) => (frames.has(page.pfn) ? [Number(index)] : []));
    if (at.length > 0)
      return { mm, start: BigInt(Math.min(...at)) << PAGE_SHIFT, end: BigInt(Math.max(...at) + 1) << PAGE_SHIFT };
  }
  return null;
}

/** The page at `virtual`, if the scenario put one there. */
export function processPage(machine: MachineServices, mm: number, virtual: bigint): ProcessPage | null {
  return (
    machine
      .state(key)
      .pages.get(mm)
      ?.get(virtual >> PAGE_SHIFT) ?? null
  );
}

export function pfnPage(machine: MachineServices, pfn: bigint): number {
  return pageTable(machine).page(Number(pfn));
}

export function writeEntry(machine: MachineServices, array: number, index: bigint, value: bigint): void {
  const type = machine.program.type('unsigned long');
  if (type === null) return;
  const small = value < 2n ** 53n ? Number(value) : value;
  machine.write(array + Number(index) * 8, type, small);
}

export function readEntry(machine: MachineServices, array: number, index: bigint): bigint | null {
  const type = machine.program.type('unsigned long');
  if (type === null) return null;
  const value = machine.concrete(machine.read(array + Number(index) * 8, type));
  return value === null ? null : BigInt(value);
}

/** Entries of a device array whose contents nobody knows: each becomes an unknown number. */
export function writeUnknown(machine: MachineServices, array: number, count: bigint, source: string): void {
  const type = machine.program.type('unsigned long');
  if (type === null) return;
  for (let index = 0n; index < count && index < MAX_PAGES; index++)
    machine.write(array + Number(index) * 8, type, machine.unknown(type, source));
}

function* hmmFill(call: ModelCall): Routine {
  const { machine } = call;
  const range = addressArgument(call, 0);
  const state = machine.state(key);
  const offered = state.retried ? ['pages', '-EFAULT'] : ['pages', '-EFAULT', '-EBUSY'];
  const answer = offered[machine.choose('hmm', 'hmm_range_fault()', offered, machine.callerSite())];
  if (answer === '-EFAULT') return -EFAULT;
  if (answer === '-EBUSY') {
    state.retried = true;
    return -EBUSY;
  }
  const start = integerField(machine, range, 'struct hmm_range', 'start');
  const end = integerField(machine, range, 'struct hmm_range', 'end');
  const array = Number(integerField(machine, range, 'struct hmm_range', 'hmm_pfns') ?? 0n);
  const notifier = Number(integerField(machine, range, 'struct hmm_range', 'notifier') ?? 0n);
  const mm = Number(integerField(machine, notifier, 'struct mmu_interval_notifier', 'mm') ?? 0n);
  const owner = Number(integerField(machine, range, 'struct hmm_range', 'dev_private_owner') ?? 0n);
  if (array === 0) return 0;
  if (start === null || end === null) {
    // A range that is open may be all that the array has room for.
    const object = machine.objectAt(array);
    const room = object === null ? 0 : object.address + object.size - array;
    writeUnknown(machine, array, BigInt(Math.floor(room / 8)), 'hmm_range_fault() of an open range');
    return 0;
  }
  const space = state.pages.get(mm);
  if (space === undefined) {
    writeUnknown(machine, array, (end - start) >> PAGE_SHIFT, 'hmm_range_fault() of an address space not described');
    return 0;
  }
  const wanted = ((integerField(machine, range, 'struct hmm_range', 'default_flags') ?? 0n) & REQUEST_FAULT) !== 0n;
  for (let at = start; at < end && (at - start) >> PAGE_SHIFT < MAX_PAGES; at += 4096n) {
    const page = space.get(at >> PAGE_SHIFT) ?? (wanted ? faultIn(machine, space, at) : undefined);
    const foreign = page !== undefined && page.owner !== null && page.owner !== owner;
    // A look at what is there brings nothing in.
    if (page === undefined || (foreign && !wanted)) {
      writeEntry(machine, array, (at - start) >> PAGE_SHIFT, 0n);
      continue;
    }
    // Another owner's device page comes back in a CPU fault, and whoever asked begins again: its interval was invalidated.
    if (foreign) {
      const back = yield* faultBack(machine, mm, at, page);
      return back && space.get(at >> PAGE_SHIFT)?.pfn !== page.pfn ? -EBUSY : -EFAULT;
    }
    const order = BigInt(page.order) << HMM_ORDER_SHIFT;
    writeEntry(
      machine,
      array,
      (at - start) >> PAGE_SHIFT,
      page.pfn | HMM_VALID | (page.writable ? HMM_WRITE : 0n) | order,
    );
  }
  return 0;
}

/** `hmm_vma_fault()` of a device page: its own driver brings it back, with the page held and locked as `do_swap_page()` does. */
function* faultBack(machine: MachineServices, mm: number, at: bigint, page: ProcessPage): Routine<boolean> {
  const struct = pfnPage(machine, page.pfn);
  const pgmap = pageTable(machine).rangeOfPage(struct)?.pgmap ?? 0;
  const ops = pgmap === 0 ? 0 : machine.readField(pgmap, 'struct dev_pagemap', 'ops');
  if (machine.concrete(ops) === null || machine.equals(ops, 0, null)) return false;
  const handler = machine.readField(ops, 'struct dev_pagemap_ops', 'migrate_to_ram');
  if (machine.concrete(handler) === null || machine.equals(handler, 0, null)) return false;
  const vma = machine.readField(mm, 'struct mm_struct', '__mmap');
  const fault = plainObject(machine, 'struct vm_fault', 'struct vm_fault', 'zero');
  const address = Number(at);
  setFields(machine, fault, 'struct vm_fault', { vma, address, real_address: address, page: struct });
  const why = 'hmm_range_fault() of another device’s page';
  yield* callByName(machine, 'get_page', [struct], why);
  yield* callByName(machine, 'lock_page', [struct], why);
  const result = yield { kind: 'call', target: handler, args: [fault], why };
  yield* callByName(machine, 'unlock_page', [struct], why);
  yield* callByName(machine, 'put_page', [struct], why);
  return machine.equals(result, 0, null);
}

/** A page that was not there yet comes into the process. */
function faultIn(machine: MachineServices, space: Map<bigint, ProcessPage>, at: bigint): ProcessPage | undefined {
  const pfn = pageTable(machine).pfn(makePages(machine, 1, 'page faulted in'));
  if (isUnknown(pfn)) return undefined;
  const page = { pfn: BigInt(pfn), order: 0, writable: true, owner: null };
  space.set(at >> PAGE_SHIFT, page);
  return page;
}

export const addressSpaceModels: readonly DocumentedModel[] = [
  { name: '__hmm_fill', run: hmmFill, effects: { ...NO_EFFECTS, fails: '-errno' }, source: 'mm/hmm.c:hmm_range_fault' },
];
