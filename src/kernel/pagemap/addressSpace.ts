/**
 * Which pages a simulated process has, and what faulting and migration find there. Page tables are not modelled: an address space is a map
 * from virtual page number to page frame, filled by the scenario (world.ts). An address space that no scenario filled gives unknown pages.
 */
import {
  isUnknown,
  type MachineServices,
  type ModelCall,
  type ModelResult,
  type StateKey,
} from '../../machine/model.ts';
import { callerSite } from '../callerSite.ts';
import { headOf, makePages, orderOf, splitFolio } from '../memory/pages.ts';
import { pageTable } from '../memory/pageTable.ts';
import { callByName, type Routine } from '../modelling.ts';
import type { DocumentedModel } from '../subsystem.ts';
import { plainObject, setFields } from '../worldObject.ts';
import { addressArgument, integerArgument, integerField, NO_EFFECTS } from './report.ts';

const PAGE_SHIFT = 12n;
const HMM_VALID = 1n << 63n;
const HMM_WRITE = 1n << 62n;
const HMM_ORDER_SHIFT = 53n;
const MIGRATE_VALID = 1n;
const MIGRATE_MIGRATE = 2n;
const MIGRATE_WRITE = 8n;
const MIGRATE_COMPOUND = 16n;
const MIGRATE_SHIFT = 6n;
const SELECT_SYSTEM = 1n;
const SELECT_DEVICE = 2n | 4n;
const SELECT_COMPOUND = 8n;
const REQUEST_FAULT = HMM_VALID;
const EBUSY = 16;
const EFAULT = 14;
/** More pages than this in one call are not written one by one. */
const MAX_PAGES = 65_536n;

/** A mapped page of a process. */
export interface ProcessPage {
  readonly pfn: bigint;
  /** Order of the folio it is in; only the folio's first page carries it. */
  readonly order: number;
  readonly writable: boolean;
  /** `owner` of the pagemap for a device-private page, null for system memory. */
  readonly owner: number | null;
}

interface Spaces {
  readonly pages: Map<number, Map<bigint, ProcessPage>>;
  /** Where in which address space a migration collected its pages, by the array that it collected them into. */
  readonly moving: Map<number, { readonly mm: number; readonly first: bigint }>;
  retried: boolean;
  /** Somebody uses the first page for good: it never moves away from a device. */
  held: boolean;
}

const key: StateKey<Spaces> = {
  name: 'pagemap.spaces',
  create: () => ({ pages: new Map(), moving: new Map(), retried: false, held: false }),
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

/** The page at `virtual`, if the scenario put one there. */
export function processPage(machine: MachineServices, mm: number, virtual: bigint): ProcessPage | null {
  return (
    machine
      .state(key)
      .pages.get(mm)
      ?.get(virtual >> PAGE_SHIFT) ?? null
  );
}

function pfnPage(machine: MachineServices, pfn: bigint): number {
  return pageTable(machine).page(Number(pfn));
}

function writeEntry(machine: MachineServices, array: number, index: bigint, value: bigint): void {
  const type = machine.program.type('unsigned long');
  if (type === null) return;
  const small = value < 2n ** 53n ? Number(value) : value;
  machine.write(array + Number(index) * 8, type, small);
}

function readEntry(machine: MachineServices, array: number, index: bigint): bigint | null {
  const type = machine.program.type('unsigned long');
  if (type === null) return null;
  const value = machine.concrete(machine.read(array + Number(index) * 8, type));
  return value === null ? null : BigInt(value);
}

/** Entries of a device array whose contents nobody knows: each becomes an unknown number. */
function writeUnknown(machine: MachineServices, array: number, count: bigint, source: string): void {
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
  const answer = offered[machine.choose('hmm', 'hmm_range_fault()', offered, callerSite(machine))];
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

function collect(call: ModelCall): ModelResult {
  const { machine } = call;
  const args = addressArgument(call, 0);
  const member = (name: string): bigint => integerField(machine, args, 'struct migrate_vma', name) ?? 0n;
  const vma = Number(member('vma'));
  const mm = Number(integerField(machine, vma, 'struct vm_area_struct', 'vm_mm') ?? 0n);
  const src = Number(member('src'));
  const start = member('start');
  const end = member('end');
  const flags = member('flags');
  const owner = Number(member('pgmap_owner'));
  const space = machine.state(key).pages.get(mm);
  if (space === undefined) {
    writeUnknown(machine, src, (end - start) >> PAGE_SHIFT, 'migrate_vma_setup() of an address space not described');
    return machine.unknown(call.signature.result, 'migrate_vma_setup(): pages that can move');
  }
  machine.state(key).moving.set(src, { mm, first: start >> PAGE_SHIFT });
  const stuck = machine.choose(
    'migrate-partial',
    'migrate_vma_setup(): which pages can move?',
    ['all', 'all but the first', 'none'],
    callerSite(machine),
  );
  let moving = 0;
  for (let at = start; at < end && (at - start) >> PAGE_SHIFT < MAX_PAGES; ) {
    const index = (at - start) >> PAGE_SHIFT;
    const page = space.get(at >> PAGE_SHIFT);
    const wanted =
      page === undefined
        ? (flags & SELECT_SYSTEM) !== 0n
        : page.owner === null
          ? (flags & SELECT_SYSTEM) !== 0n
          : (flags & SELECT_DEVICE) !== 0n && page.owner === owner;
    const room = (end - at) >> PAGE_SHIFT;
    const whole =
      page !== undefined && page.order > 0 && (flags & SELECT_COMPOUND) !== 0n && room >= 1n << BigInt(page.order);
    // Who cannot take a large folio gets its pages (mm/migrate_device.c:migrate_vma_collect_pmd).
    if (page !== undefined && !whole) split(machine, space, at >> PAGE_SHIFT);
    const held = stuck === 2 || (stuck === 1 && index === 0n);
    if (wanted && !held) {
      const identity =
        page === undefined ? 0n : (page.pfn << MIGRATE_SHIFT) | MIGRATE_VALID | (page.writable ? MIGRATE_WRITE : 0n);
      writeEntry(machine, src, index, identity | MIGRATE_MIGRATE | (whole ? MIGRATE_COMPOUND : 0n));
      moving += whole ? 2 ** page.order : 1;
    } else writeEntry(machine, src, index, 0n);
    at += whole ? 4096n << BigInt(page.order) : 4096n;
  }
  return moving;
}

/** The folio that this page of the process is in becomes single pages. */
function split(machine: MachineServices, space: Map<bigint, ProcessPage>, index: bigint): void {
  const page = space.get(index);
  if (page === undefined || page.owner !== null) return;
  const struct = pfnPage(machine, page.pfn);
  if (orderOf(machine, struct) === 0) return;
  splitFolio(machine, struct);
  for (const [at, each] of space) if (each.order > 0 && each.pfn === page.pfn) space.set(at, { ...each, order: 0 });
}

/** Plain page frame numbers become entries that can move. */
function collectPfns(call: ModelCall): ModelResult {
  const { machine } = call;
  const array = addressArgument(call, 0);
  const count = integerArgument(call, 1);
  if (array === 0 || count === null) return undefined;
  for (let index = 0n; index < count && index < MAX_PAGES; index++) {
    const pfn = readEntry(machine, array, index);
    if (pfn === null) continue;
    const order = pfn === 0n ? 0 : orderOf(machine, pfnPage(machine, pfn));
    const whole = order > 0 && index + (1n << BigInt(order)) <= count;
    const flags = MIGRATE_VALID | MIGRATE_MIGRATE | (whole ? MIGRATE_COMPOUND : 0n);
    writeEntry(machine, array, index, pfn === 0n ? 0n : (pfn << MIGRATE_SHIFT) | flags);
    if (!whole) continue;
    // One entry stands for a large folio; those behind it are empty.
    const last = index + (1n << BigInt(order)) - 1n;
    while (index < last) writeEntry(machine, array, ++index, 0n);
  }
  return undefined;
}

/** Order of the folio that begins with this frame; 0 for any other page of it. */
function headOrder(machine: MachineServices, pfn: bigint): number {
  const page = pfnPage(machine, pfn);
  return headOf(machine, page) === page ? orderOf(machine, page) : 0;
}

/** The page tables get the new page where the old one was. */
function replacePage(
  machine: MachineServices,
  at: { mm: number; index: bigint } | null,
  from: bigint,
  to: bigint,
): void {
  const { pages } = machine.state(key);
  const fresh = (old: ProcessPage | undefined): ProcessPage => ({
    pfn: to >> MIGRATE_SHIFT,
    order: headOrder(machine, to >> MIGRATE_SHIFT),
    writable: old?.writable ?? true,
    owner: ownerOf(machine, to >> MIGRATE_SHIFT),
  });
  const space = at === null ? undefined : pages.get(at.mm);
  if (at !== null) {
    space?.set(at.index, fresh(space.get(at.index)));
    return;
  }
  for (const each of pages.values())
    for (const [index, page] of each) if (page.pfn === from >> MIGRATE_SHIFT) each.set(index, fresh(page));
}

/** `owner` of the pagemap that a frame belongs to; null for RAM. */
function ownerOf(machine: MachineServices, pfn: bigint): number | null {
  const pgmap = pageTable(machine).ranges.find(
    (range) => range.pgmap !== 0 && pfn >= range.firstPfn && pfn < range.firstPfn + range.count,
  )?.pgmap;
  return pgmap === undefined ? null : Number(integerField(machine, pgmap, 'struct dev_pagemap', 'owner') ?? 0n);
}

/** Pages without a destination stay; the first of the rest may turn out to be in use. */
function commit(call: ModelCall): ModelResult {
  const { machine } = call;
  const src = addressArgument(call, 0);
  const dst = addressArgument(call, 1);
  const count = integerArgument(call, 2);
  if (src === 0 || dst === 0 || count === null) return undefined;
  const evicted = integerArgument(call, 3) === 0n;
  const stays =
    evicted && machine.state(key).held
      ? 1
      : machine.choose(
          'migrate-race',
          `${call.name}: did the first page stay behind?`,
          ['no', 'yes'],
          callerSite(machine),
        );
  const from = evicted ? null : (machine.state(key).moving.get(src) ?? null);
  let seen = false;
  for (let index = 0n; index < count && index < MAX_PAGES; index++) {
    const entry = readEntry(machine, src, index);
    if (entry === null || (entry & MIGRATE_MIGRATE) === 0n) continue;
    const target = readEntry(machine, dst, index);
    if (target === null) continue;
    if (target === 0n || (stays === 1 && !seen)) writeEntry(machine, src, index, entry & ~MIGRATE_MIGRATE);
    else {
      const folio = pfnPage(machine, entry >> MIGRATE_SHIFT);
      const pages = (entry & target & MIGRATE_COMPOUND) === 0n ? 1n : 1n << BigInt(orderOf(machine, folio));
      for (let i = 0n; i < pages; i++)
        replacePage(
          machine,
          from && { mm: from.mm, index: from.first + index + i },
          entry + (i << MIGRATE_SHIFT),
          target + (i << MIGRATE_SHIFT),
        );
    }
    if (target !== 0n) seen = true;
  }
  return undefined;
}

export const addressSpaceModels: readonly DocumentedModel[] = [
  { name: '__hmm_fill', run: hmmFill, effects: { ...NO_EFFECTS, fails: '-errno' }, source: 'mm/hmm.c:hmm_range_fault' },
  {
    name: '__migrate_collect',
    run: collect,
    effects: NO_EFFECTS,
    source: 'mm/migrate_device.c:migrate_vma_collect',
  },
  {
    name: '__migrate_collect_pfns',
    run: collectPfns,
    effects: NO_EFFECTS,
    source: 'mm/migrate_device.c:migrate_device_pfns',
  },
  { name: '__migrate_commit', run: commit, effects: NO_EFFECTS, source: 'mm/migrate_device.c:__migrate_device_pages' },
];
