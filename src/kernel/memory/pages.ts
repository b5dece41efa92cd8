/**
 * Life of pages: allocating blocks, reference counts, the last put (with the callback of device memory), freeing, page locks, and the
 * kernel memory behind a page. The C names of these are in `pageModels.ts` and `zoneDevice.ts`.
 */
import { isUnknown, type MachineServices, type Scalar } from '../../machine/model.ts';
import { reportFreedWhileMapped } from '../dma/freed.ts';
import { debug_check_no_locks_freed } from '../locking/context.ts';
import { locking } from '../locking/state.ts';
import { mapState, places, type Routine, S32, setState, settled } from '../modelling.ts';
import { allocationSucceeds, release } from './allocation.ts';
import { __GFP_COMP, __GFP_NOWARN, __GFP_ZERO } from './gfp.ts';
import { PAGE_SIZE, type PageBlock, pageTable } from './pageTable.ts';
import { report } from './rules.ts';

export const MAX_PAGE_ORDER = 10;
const PAGE = 'struct page';

export interface PagesWanted {
  readonly what: string;
  readonly gfp: Scalar;
  /** null: the code leaves open how many. */
  readonly order: number | null;
  readonly compound: boolean;
}

/** 2^order pages with one reference; 0 when it fails. */
export function allocatePages(machine: MachineServices, wanted: PagesWanted): number {
  const { what } = wanted;
  const open = wanted.order === null;
  const order = wanted.order ?? 0;
  const gfp = settled(machine, wanted.gfp);
  const name = what.replace('()', '');
  const size = PAGE_SIZE * 2 ** order;
  const failed = (injected: boolean): number => {
    machine.emit({ kind: 'alloc', function: name, address: 0, size, gfp, failed: true, injected });
    return 0;
  };
  if (order > MAX_PAGE_ORDER) {
    if (((gfp ?? 0) & __GFP_NOWARN) === 0)
      report(machine, 'allocation-too-large', `\`${what}\` of order ${order} can never succeed`, [], { order });
    return failed(false);
  }
  if (!allocationSucceeds(machine, what, wanted.gfp, true)) return failed(true);
  // As many as there can be, where that is open: each of them may be asked for.
  const pages = makePages(machine, 2 ** (open ? MAX_PAGE_ORDER : order), `page of ${name}()`, 'heap');
  const table = pageTable(machine);
  const block = table.blockOf(pages);
  if (block !== null) {
    block.open = open;
    block.compound = order > 0 && (wanted.compound || ((gfp ?? 0) & __GFP_COMP) !== 0);
  }
  if (((gfp ?? 0) & __GFP_ZERO) === 0) zeroed(machine).delete(pages);
  else zeroed(machine).add(pages);
  machine.emit({ kind: 'alloc', function: name, address: pages, size, gfp, failed: false, injected: false });
  return pages;
}

const zeroedPages = setState<number>('memory.zeroed-pages');
const openPages = mapState<number, PageBlock>('memory.open-pages');

function zeroed(machine: MachineServices): Set<number> {
  return machine.state(zeroedPages);
}

/** RAM pages with one reference, without asking anybody: for allocations that succeeded, and for scenarios. */
export function makePages(
  machine: MachineServices,
  count: number,
  label: string,
  storage: 'heap' | 'world' = 'world',
): number {
  const table = pageTable(machine);
  const order = Math.ceil(Math.log2(count));
  const at = machine.callerSite() ?? machine.site();
  const pages = machine.allocate(table.pageBytes * count, {
    label,
    storage,
    tag: 'struct page',
    content: 'zero',
    at,
    type: table.pageType,
  });
  const range = table.add({ firstPfn: table.takeRam(2 ** order), count, pages, pgmap: 0 });
  table.blocks.set(pages, {
    range,
    head: pages,
    order,
    compound: false,
    live: true,
    memory: 0,
    numbered: false,
    open: false,
    at,
  });
  setCount(machine, pages, 1);
  return pages;
}

function countAddress(machine: MachineServices, page: number): number | null {
  return machine.fieldAddress(page, PAGE, '_refcount')?.address ?? null;
}

function setCount(machine: MachineServices, page: number, count: number): void {
  const address = countAddress(machine, page);
  if (address !== null) machine.write(address, S32, count);
}

/** References to the block of a page; null: nobody knows. */
export function pageCount(machine: MachineServices, page: Scalar): Scalar {
  const table = pageTable(machine);
  const head = table.blockOf(table.address(page))?.head ?? table.address(page);
  const address = countAddress(machine, head);
  return address === null ? machine.unknown(S32, 'page reference count') : machine.read(address, S32);
}

/** A page that this run allocated and that nobody but its one holder refers to. */
export function onlyOurs(machine: MachineServices, page: Scalar): boolean {
  const table = pageTable(machine);
  const block = table.blockOf(table.address(page));
  if (block === null || machine.objectAt(block.head)?.storage !== 'heap') return false;
  return settled(machine, pageCount(machine, block.head)) === 1;
}

/** The page that carries the count: the head of a compound block, otherwise the page itself. */
function counted(block: PageBlock, page: number): number {
  return block.compound || block.range.pgmap !== 0 ? block.head : page;
}

/** `get_page`, `folio_get`, `folio_ref_add`. */
export function getPage(machine: MachineServices, page: Scalar, references: number, what: string): void {
  const table = pageTable(machine);
  const address = table.address(page);
  const block = table.blockOf(address);
  if (block === null) return;
  const head = counted(block, address);
  const count = settled(machine, pageCount(machine, head));
  if (count === null) return;
  if (count <= 0)
    report(machine, 'page-refcount', `\`${what}\` of a page that nobody holds`, places(['allocated here', block.at]), {
      what,
    });
  setCount(machine, head, count + references);
}

/** `folio_try_get`, `get_page_unless_zero`. */
export function tryGetPage(machine: MachineServices, page: Scalar): boolean {
  const table = pageTable(machine);
  const block = table.blockOf(table.address(page));
  if (block === null) return machine.truth(machine.unknown(S32, 'page still has references'), machine.site());
  const count = settled(machine, pageCount(machine, block.head)) ?? 1;
  if (count <= 0) return false;
  setCount(machine, block.head, count + 1);
  return true;
}

/** `put_page`, `folio_put`: the last reference frees, or gives device memory back to its driver. */
export function* putPage(machine: MachineServices, page: Scalar, references: number, what: string): Routine<void> {
  const table = pageTable(machine);
  const address = table.address(page);
  const block = table.blockOf(address);
  if (block === null) return;
  const head = counted(block, address);
  const count = settled(machine, pageCount(machine, head));
  if (count === null) return;
  if (count < references) {
    report(
      machine,
      'page-refcount',
      `\`${what}\` drops a reference that was not taken`,
      places(['allocated here', block.at]),
      { what },
    );
    return;
  }
  setCount(machine, head, count - references);
  if (count > references) return;
  if (block.range.pgmap === 0) endBlock(machine, block, what);
  else yield* deviceCallback(machine, block, what);
}

/** `free_zone_device_folio` (mm/memremap.c): the driver is told; the pages stay, free. */
function* deviceCallback(machine: MachineServices, block: PageBlock, what: string): Routine<void> {
  block.live = false;
  machine.emit({ kind: 'free', function: what.replace('()', ''), address: block.head });
  const ops = machine.readField(block.range.pgmap, 'struct dev_pagemap', 'ops');
  if (settled(machine, ops) === 0) return;
  for (const member of ['folio_free', 'page_free']) {
    const callback = machine.readField(ops, 'struct dev_pagemap_ops', member);
    if (settled(machine, callback) === 0) continue;
    yield { kind: 'call', target: callback, args: [block.head], why: `last reference of a device page: ${member}` };
    return;
  }
}

function endBlock(machine: MachineServices, block: PageBlock, what: string): void {
  const object = machine.objectAt(block.head);
  block.live = false;
  if (block.numbered && object?.storage === 'heap') {
    const pfn = settled(machine, pageTable(machine).pfn(block.head));
    if (pfn !== null)
      reportFreedWhileMapped(machine, pfn * PAGE_SIZE, PAGE_SIZE * 2 ** block.order, `a page given to \`${what}\``);
  }
  if (block.memory !== 0) {
    const memory = machine.objectAt(block.memory);
    if (memory !== null && !memory.freed) {
      debug_check_no_locks_freed(machine, memory.address, memory.size);
      machine.free(memory.address, machine.site());
    }
  }
  const { range } = block;
  // Pages of a folio that was split lie in one object, which goes with the last of them.
  if ([...pageTable(machine).blocks.values()].some((other) => other.range === range && other.live)) return;
  if (object !== null && !object.freed) release(machine, object, what);
}

/** `split_folio`: each page of a large folio of RAM becomes one of its own, with the references that the folio had. */
export function splitFolio(machine: MachineServices, page: number): void {
  const table = pageTable(machine);
  const block = table.blockOf(page);
  if (block === null || block.order === 0 || block.range.pgmap !== 0) return;
  const { head, order } = block;
  const count = settled(machine, pageCount(machine, head)) ?? 1;
  block.order = 0;
  block.compound = false;
  for (let index = 1; index < 2 ** order; index++) {
    const tail = head + index * table.pageBytes;
    table.blocks.set(tail, { ...block, head: tail, memory: 0 });
    setCount(machine, tail, count);
  }
}

/** `__free_pages(page, order)`; a null order is not checked. */
export function freePages(machine: MachineServices, page: Scalar, order: number | null, what: string): void {
  const table = pageTable(machine);
  if (settled(machine, page) === 0) return;
  const address = table.address(page);
  const block = table.blockOf(address);
  const object = machine.objectAt(address);
  if (block === null) {
    if (object === null || object.storage === 'heap')
      machine.fault('invalid-free', `\`${what}\` of something that is no page`);
    return;
  }
  if (!block.live || object?.freed === true) {
    machine.free(block.head, machine.site());
    return;
  }
  if (order !== null && order !== block.order && !block.open)
    report(
      machine,
      'page-order',
      `\`${what}\` with order ${order} of pages allocated with order ${block.order}`,
      places(['allocated here', block.at]),
      { order, allocated: block.order },
    );
  const count = settled(machine, pageCount(machine, block.head)) ?? 1;
  if (count > 1) setCount(machine, block.head, count - 1);
  else endBlock(machine, block, what);
}

/** A page that went back to the allocator is nobody's to look at: the next owner may have made anything of it. */
export function checkPageAlive(machine: MachineServices, page: Scalar, what: string): void {
  if (isUnknown(page) && settled(machine, page) === null) return;
  const object = machine.objectAt(page);
  if (object === null || !object.freed || object.tag !== PAGE) return;
  machine.fault(
    'use-after-free',
    `\`${what}\` of a page that was freed`,
    places(['allocated here', object.allocatedAt], ['freed here', object.freedAt]),
  );
}

/** Order of the folio that a page belongs to; 0 for one that the document leaves open. */
export function orderOf(machine: MachineServices, page: Scalar): number {
  const table = pageTable(machine);
  const block = table.blockOf(table.address(page));
  return block !== null && (block.compound || block.range.pgmap !== 0) ? block.order : 0;
}

/** First page of the folio that a page belongs to. */
export function headOf(machine: MachineServices, page: Scalar): Scalar {
  if (isUnknown(page) && settled(machine, page) === null && !machine.truth(page, machine.site())) return 0;
  const table = pageTable(machine);
  const address = table.address(page);
  const block = table.blockOf(address);
  return block !== null && (block.compound || block.range.pgmap !== 0) ? block.head : address;
}

/** Frame number when it is decided. */
export function pfnOf(machine: MachineServices, page: Scalar): number | null {
  return settled(machine, pageTable(machine).pfn(page));
}

// ---------------------------------------------------------------------------------------------------------------------- memory

/** Kernel address of a page's content. */
export function memoryOfPage(machine: MachineServices, page: Scalar, what: string): number {
  const table = pageTable(machine);
  const address = table.address(page);
  const block = table.blockOf(address) ?? openBlock(machine, address);
  if (block.range.pgmap !== 0) {
    report(machine, 'page-not-mapped-here', `\`${what}\` of a device page, which the CPU cannot access`, []);
    return 0;
  }
  if (block.memory === 0) {
    // Of a page that nobody showed, how many lie behind it is open, unless it is mapped on its own.
    const open = (block.open || machine.state(openPages).get(block.head) === block) && !/kmap/.test(what);
    block.memory = machine.allocate(open ? OPEN_BYTES : PAGE_SIZE * 2 ** block.order, {
      label: 'memory of a page',
      storage: block.live && machine.objectAt(block.head)?.storage === 'heap' ? 'heap' : 'world',
      tag: 'page memory',
      content: zeroed(machine).has(block.head) ? 'zero' : 'unknown',
      at: block.at,
    });
    table.byMemory.set(block.memory, block);
  }
  return block.memory + Math.floor((address - block.range.pages) / table.pageBytes) * PAGE_SIZE;
}

const OPEN_BYTES = 2 ** 29;

/** A page that somebody else owns: it has memory, but no count that is known here. */
function openBlock(machine: MachineServices, address: number): PageBlock {
  const blocks = machine.state(openPages);
  let block = blocks.get(address);
  if (block === undefined) {
    const range = { firstPfn: 0, count: 1, pages: address, pgmap: 0 };
    block = {
      range,
      head: address,
      order: 0,
      compound: false,
      live: true,
      memory: 0,
      numbered: true,
      open: false,
      at: null,
    };
    blocks.set(address, block);
  }
  return block;
}

/** Pages in which memory of the world outside is told apart: more than that are one block. */
const PAGES_APART = 512;

/** Nobody shows how memory of the world outside was allocated: each of its pages may have been got, and is given back, for itself. */
function apart(machine: MachineServices, block: PageBlock): PageBlock {
  const table = pageTable(machine);
  const { count } = block.range;
  if (count > PAGES_APART) return block;
  for (let index = count - 1; index >= 0; index--) {
    const head = block.head + index * table.pageBytes;
    table.blocks.set(head, { ...block, head, order: 0, memory: block.memory + index * PAGE_SIZE, open: true });
    setCount(machine, head, 1);
  }
  return table.blocks.get(block.head) ?? block;
}

/** The struct page behind a kernel address (`virt_to_page`); makes frames for memory that has none yet. */
export function pageOfMemory(machine: MachineServices, pointer: Scalar): number {
  const table = pageTable(machine);
  const object = machine.objectAt(pointer);
  const exact = settled(machine, pointer);
  if (object === null && exact === null && isUnknown(pointer)) return table.behind(pointer);
  const address = exact ?? object?.address ?? 0;
  let base = object?.address ?? address;
  let block = table.byMemory.get(base);
  // Behind what is known of memory of the world outside there may be more of it.
  if (block?.open && address >= block.memory + block.range.count * PAGE_SIZE) {
    base = address - (address % PAGE_SIZE);
    block = table.byMemory.get(base);
  }
  if (block === undefined) {
    const offset = base % PAGE_SIZE;
    const pages = makePages(
      machine,
      base === object?.address ? Math.max(1, Math.ceil((object.size + offset) / PAGE_SIZE)) : 1,
      'page of kernel memory',
    );
    block = table.blocks.get(pages);
    if (block === undefined) return pages;
    block.memory = base - offset;
    if (object?.storage === 'world') block = apart(machine, block);
    table.byMemory.set(base, block);
  }
  return block.head + Math.floor((address - block.memory) / PAGE_SIZE) * table.pageBytes;
}

/** Whether somebody holds the folio lock (kept with the other locks, kernel/locking). */
export function pageLocked(machine: MachineServices, page: Scalar): boolean {
  const head = settled(machine, headOf(machine, page)) ?? 0;
  return (locking(machine).objects.known(head)?.owner ?? null) !== null;
}
