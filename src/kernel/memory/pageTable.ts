/**
 * Which struct page stands for which page frame: ranges of frames with their array of struct pages (RAM as it is allocated, device memory
 * as it is registered), blocks with their order, and the memory behind RAM pages. Counts and locks are in `pages.ts`.
 */
import type { CType } from '../../c/types.ts';
import type { Site } from '../../machine/events.ts';
import { isUnknown, type MachineServices, type Scalar, type StateKey, type Unknown } from '../../machine/model.ts';
import { DEVICE_PRIVATE_WINDOW, RAM_WINDOW } from '../../topology/address-map.ts';
import { settled, U64, VOID } from '../modelling.ts';

export const PAGE_SIZE = 4096;

/** Consecutive page frames whose struct pages are consecutive too. */
export interface PageRange {
  readonly firstPfn: number;
  readonly count: number;
  /** Address of the first struct page. */
  readonly pages: number;
  /** `struct dev_pagemap *`; 0 for RAM. */
  readonly pgmap: number;
}

/** Pages that were allocated together and are freed together. */
export interface PageBlock {
  readonly range: PageRange;
  readonly head: number;
  order: number;
  compound: boolean;
  live: boolean;
  /** Memory behind the pages, once somebody asked for its address. */
  memory: number;
  /** A page frame number of it was handed out: a number may then be the last reference to it. */
  numbered: boolean;
  /** How it was allocated is not shown, so no order is wrong for it. */
  open: boolean;
  readonly at: Site | null;
}

export class PageTable {
  readonly ranges: PageRange[] = [];
  readonly blocks = new Map<number, PageBlock>();
  /** Blocks by the address of the memory behind them. */
  readonly byMemory = new Map<number, PageBlock>();
  private nextRam = RAM_WINDOW.start / PAGE_SIZE;
  private nextDevice = DEVICE_PRIVATE_WINDOW.end;
  /** Struct pages that the document leaves open, with their made-up frame numbers. */
  private readonly openPfns = new Map<number, Scalar>();
  private readonly openPages = new Map<string, number>();
  private type: CType | null = null;

  constructor(private readonly machine: MachineServices) {}

  get pageType(): CType {
    this.type ??= this.machine.program.type('struct page') ?? VOID;
    return this.type;
  }

  get pageBytes(): number {
    const type = this.pageType;
    return type.kind === 'struct' && type.size > 0 ? type.size : 64;
  }

  /** A copy that a run may change, of the pages that a world was made with. */
  fork(machine: MachineServices): PageTable {
    const copy = new PageTable(machine);
    copy.type = this.type;
    copy.nextRam = this.nextRam;
    copy.nextDevice = this.nextDevice;
    copy.ranges.push(...this.ranges);
    for (const [head, block] of this.blocks) copy.blocks.set(head, { ...block });
    for (const [memory, block] of this.byMemory) copy.byMemory.set(memory, copy.blocks.get(block.head) ?? { ...block });
    for (const [page, pfn] of this.openPfns) copy.openPfns.set(page, pfn);
    for (const [pfn, page] of this.openPages) copy.openPages.set(pfn, page);
    return copy;
  }

  /**
   * Frames of RAM for a fresh block, aligned to its size. Whose neighbour it is nobody may rely on: there is a frame of somebody else's
   * between two blocks, so that pages taken one by one do not happen to be one piece.
   */
  takeRam(count: number): number {
    const first = Math.ceil(this.nextRam / count) * count;
    this.nextRam = first + count + 1;
    return first;
  }

  /** A free physical range for device-private memory, from the top down (kernel/resource.c:request_free_mem_region). */
  takeDeviceRange(size: number): number {
    const bytes = Math.ceil(size / 2 ** 27) * 2 ** 27;
    this.nextDevice -= bytes;
    return this.nextDevice;
  }

  add(range: PageRange): PageRange {
    this.ranges.push(range);
    return range;
  }

  remove(pgmap: number): void {
    for (let i = this.ranges.length - 1; i >= 0; i--) if (this.ranges[i]?.pgmap === pgmap) this.ranges.splice(i, 1);
  }

  rangeOfPage(page: number): PageRange | null {
    const bytes = this.pageBytes;
    return this.ranges.find((range) => page >= range.pages && page < range.pages + range.count * bytes) ?? null;
  }

  /** Whether a frame number is one that a struct page was made for. */
  hasFrame(pfn: number): boolean {
    return this.ranges.some((range) => pfn >= range.firstPfn && pfn < range.firstPfn + range.count);
  }

  /** The block whose head or tail this struct page is. */
  blockOf(page: number): PageBlock | null {
    const exact = this.blocks.get(page);
    if (exact !== undefined) return exact;
    const range = this.rangeOfPage(page);
    if (range === null) return null;
    if (range.pgmap === 0) return this.blocks.get(range.pages) ?? this.enclosing(page, range);
    return this.enclosing(page, range);
  }

  private enclosing(page: number, range: PageRange): PageBlock | null {
    const bytes = this.pageBytes;
    const index = Math.floor((page - range.pages) / bytes);
    for (let order = 0; order <= 18; order++) {
      const head = range.pages + (index - (index % 2 ** order)) * bytes;
      const block = this.blocks.get(head);
      if (block !== undefined && block.order >= order) return block;
    }
    return null;
  }

  /** Address of a struct page argument, making the object behind an open pointer. 0 for NULL. */
  address(page: Scalar): number {
    if (!isUnknown(page)) return Number(page);
    return settled(this.machine, page) ?? this.machine.materialise(page, this.pageType) ?? this.somewhere(page);
  }

  /** A page so many behind a known one, where nobody knows how many: always the same. */
  private somewhere(page: Unknown): number {
    const key = `s${page.id}`;
    return this.openPages.get(key) ?? this.open(key, 'page of a block', null);
  }

  /** Frame number of a page; an open one gets an open number, always the same. */
  pfn(page: Scalar): Scalar {
    const address = this.address(page);
    const range = this.rangeOfPage(address);
    if (range !== null) {
      const block = this.blockOf(address);
      if (block !== null) block.numbered = true;
      return range.firstPfn + Math.floor((address - range.pages) / this.pageBytes);
    }
    let pfn = this.openPfns.get(address);
    if (pfn === undefined) {
      pfn = this.machine.unknown(U64, 'page frame number');
      this.openPfns.set(address, pfn);
      if (isUnknown(pfn)) this.openPages.set(`u${pfn.id}`, address);
    }
    return pfn;
  }

  /** Struct page of a frame number; an open one gets an open page, always the same. */
  page(pfn: Scalar): number {
    const known = settled(this.machine, pfn);
    if (known !== null)
      for (const range of this.ranges)
        if (known >= range.firstPfn && known < range.firstPfn + range.count)
          return range.pages + (known - range.firstPfn) * this.pageBytes;
    const key = isUnknown(pfn) ? `u${pfn.id}` : `n${String(pfn)}`;
    return this.openPages.get(key) ?? this.open(key, 'page of a frame number', pfn);
  }

  /** Struct page behind a kernel address that nobody knows, always the same. */
  behind(pointer: Unknown): number {
    const key = `m${pointer.id}`;
    return this.openPages.get(key) ?? this.open(key, 'page of kernel memory', null);
  }

  private open(key: string, label: string, pfn: Scalar | null): number {
    const pointer = this.machine.unknown({ kind: 'pointer', to: this.pageType, toConst: false }, label);
    const address = this.machine.materialise(pointer, this.pageType) ?? 0;
    this.openPages.set(key, address);
    if (pfn !== null) this.openPfns.set(address, pfn);
    return address;
  }
}

const key: StateKey<PageTable> = {
  name: 'memory.pages',
  create: (machine) => new PageTable(machine),
  fork: (sealed, machine) => sealed.fork(machine),
};

/** This run's pages. */
export function pageTable(machine: MachineServices): PageTable {
  return machine.state(key);
}

/** Bytes from the beginning of a page to the end of the block that the run allocated it in; null: nobody knows. */
export function bytesFromPage(machine: MachineServices, page: Scalar): number | null {
  const table = pageTable(machine);
  const address = isUnknown(page) ? settled(machine, page) : Number(page);
  const block = address === null ? null : table.blockOf(address);
  if (address === null || block === null || block.range.pgmap !== 0) return null;
  if (block.open || machine.objectAt(block.head)?.storage !== 'heap') return null;
  return PAGE_SIZE * 2 ** block.order - ((address - block.head) / table.pageBytes) * PAGE_SIZE;
}

/** The same over blocks that lie behind one another: pages that were allocated one by one may be neighbours. */
export function bytesOfNeighbours(machine: MachineServices, page: number, wanted: number): number | null {
  const table = pageTable(machine);
  const pfn = settled(machine, table.pfn(page));
  let bytes = bytesFromPage(machine, page);
  while (pfn !== null && bytes !== null && bytes < wanted) {
    const frame = Number(pfn) + bytes / PAGE_SIZE;
    const next = table.hasFrame(frame) ? bytesFromPage(machine, table.page(frame)) : null;
    if (next === null || next <= 0) break;
    bytes += next;
  }
  return bytes;
}
