/**
 * Four-level I/O page tables with 4 KiB, 2 MiB and 1 GiB leaves over a 48-bit address space. Responsible for entries only: who may map what
 * is the domain's matter, and caching of entries the IOTLB's. Entries are numbers: physical address plus flag bits below 4096.
 */
import type { Costs } from './costs.ts';

/** Access rights and kind of a mapping. */
export const PROT_READ = 1;
export const PROT_WRITE = 2;
export const PROT_CACHE = 4;
export const PROT_MMIO = 8;
const PRESENT = 16;

const ENTRIES = 512;
/** Bytes that one entry of level 0 (leaf tables) to 3 (root) spans. */
const SPAN: readonly number[] = [2 ** 12, 2 ** 21, 2 ** 30, 2 ** 39];
export const ADDRESS_LIMIT = 2 ** 48;

export interface Translation {
  readonly phys: number;
  readonly prot: number;
  /** Size of the leaf that translates, and where it begins. */
  readonly pageSize: number;
  readonly pageStart: number;
}

/** One table. `leaves[i]` is 0 or a leaf entry; `tables[i]` a lower table. Lowest level tables have no `tables`. */
class Table {
  readonly leaves = new Float64Array(ENTRIES);
  readonly tables: (Table | undefined)[] | null;
  used = 0;

  constructor(level: number) {
    this.tables = level === 0 ? null : new Array<Table | undefined>(ENTRIES);
  }
}

export class PageTable {
  private readonly root = new Table(3);
  private readonly sizes: ReadonlySet<number>;
  private readonly costs: Costs;
  /** The leaf table used last: consecutive pages share it. */
  private lastLeafTable: Table | null = null;
  private lastLeafBase = -1;

  constructor(pageSizes: readonly number[], costs: Costs) {
    this.sizes = new Set(pageSizes);
    this.costs = costs;
  }

  /**
   * Maps `[iova, iova + size)`, all granule-aligned, with the largest leaves that fit. Returns the bytes mapped: less than `size` when an
   * entry in the way is present already or the address space ends.
   */
  map(iova: number, phys: number, size: number, prot: number): number {
    let done = 0;
    while (done < size) {
      const level = this.levelFor(iova + done, phys + done, size - done);
      if (!this.setLeaf(iova + done, phys + done, level, prot)) break;
      done += SPAN[level] ?? 0;
    }
    return done;
  }

  /**
   * Clears entries from `iova` on, until `size` bytes are done or a hole stops it, as `iommu_unmap` does. A large leaf that reaches beyond
   * the range goes as a whole, so the result can exceed `size`.
   */
  unmap(iova: number, size: number): number {
    let done = 0;
    while (done < size) {
      const cleared = this.clearLeaf(iova + done);
      if (cleared === 0) break;
      done += cleared;
    }
    return done;
  }

  /** The leaf that translates `iova`, or null. */
  lookup(iova: number): Translation | null {
    if (iova < 0 || iova >= ADDRESS_LIMIT) return null;
    let table = this.root;
    for (let level = 3; level >= 0; level--) {
      const span = SPAN[level] ?? 1;
      const index = Math.floor(iova / span) % ENTRIES;
      const leaf = table.leaves[index] ?? 0;
      if (leaf !== 0) {
        const pageStart = Math.floor(iova / span) * span;
        const flags = leaf % 4096;
        return { phys: leaf - flags + (iova - pageStart), prot: flags - PRESENT, pageSize: span, pageStart };
      }
      const next = table.tables?.[index];
      if (next === undefined) return null;
      table = next;
    }
    return null;
  }

  /** Bytes from `iova` on that no entry translates, at most `limit`; a cheap way past holes. */
  gapAt(iova: number, limit: number): number {
    let at = iova;
    while (at < iova + limit && at < ADDRESS_LIMIT) {
      let table: Table | undefined = this.root;
      let level = 3;
      for (; table !== undefined && level >= 0; level--) {
        const index = Math.floor(at / (SPAN[level] ?? 1)) % ENTRIES;
        if ((table.leaves[index] ?? 0) !== 0) return Math.min(at - iova, limit);
        const next: Table | undefined = table.tables?.[index];
        if (next === undefined) break;
        table = next;
      }
      const span = SPAN[Math.max(level, 0)] ?? 1;
      at = (Math.floor(at / span) + 1) * span;
    }
    return Math.min(at - iova, limit);
  }

  /** All leaves in ascending order: what is still mapped. */
  *leaves(): Generator<{ readonly iova: number; readonly phys: number; readonly size: number; readonly prot: number }> {
    yield* leavesOf(this.root, 3, 0);
  }

  get isEmpty(): boolean {
    return this.leaves().next().done === true;
  }

  private levelFor(iova: number, phys: number, size: number): number {
    for (let level = 2; level > 0; level--) {
      const span = SPAN[level] ?? 1;
      if (size >= span && this.sizes.has(span) && iova % span === 0 && phys % span === 0) return level;
    }
    return 0;
  }

  private setLeaf(iova: number, phys: number, wanted: number, prot: number): boolean {
    if (iova + (SPAN[wanted] ?? 0) > ADDRESS_LIMIT) return false;
    const leafBase = Math.floor(iova / 2 ** 21);
    let table = this.root;
    if (wanted === 0 && leafBase === this.lastLeafBase && this.lastLeafTable !== null) table = this.lastLeafTable;
    else {
      for (let level = 3; level > wanted; level--) {
        const index = Math.floor(iova / (SPAN[level] ?? 1)) % ENTRIES;
        if ((table.leaves[index] ?? 0) !== 0) return false;
        let next = table.tables?.[index];
        if (next === undefined) {
          next = new Table(level - 1);
          if (table.tables !== null) table.tables[index] = next;
          table.used++;
          this.costs.tableAllocations++;
        }
        table = next;
      }
      if (wanted === 0) {
        this.lastLeafBase = leafBase;
        this.lastLeafTable = table;
      }
    }
    const index = Math.floor(iova / (SPAN[wanted] ?? 1)) % ENTRIES;
    if ((table.leaves[index] ?? 0) !== 0) return false;
    const below = table.tables?.[index];
    // An empty lower table left behind by earlier pages gives way to a large leaf; a used one is in the way.
    if (below !== undefined) {
      if (!isEmptyTable(below)) return false;
      if (table.tables !== null) table.tables[index] = undefined;
      table.used--;
      this.lastLeafBase = -1;
    }
    table.leaves[index] = phys + prot + PRESENT;
    table.used++;
    this.costs.entryWrites++;
    return true;
  }

  /** Clears the leaf that contains `iova`; returns the bytes from `iova` to its end, 0 for a hole. */
  private clearLeaf(iova: number): number {
    if (iova < 0 || iova >= ADDRESS_LIMIT) return 0;
    let table = this.root;
    let level = 3;
    const leafBase = Math.floor(iova / 2 ** 21);
    if (leafBase === this.lastLeafBase && this.lastLeafTable !== null) {
      table = this.lastLeafTable;
      level = 0;
    }
    for (; level >= 0; level--) {
      const span = SPAN[level] ?? 1;
      const index = Math.floor(iova / span) % ENTRIES;
      if ((table.leaves[index] ?? 0) !== 0) {
        table.leaves[index] = 0;
        table.used--;
        this.costs.entryClears++;
        return span - (iova % span);
      }
      const next = table.tables?.[index];
      if (next === undefined) return 0;
      table = next;
      if (level === 1) {
        this.lastLeafBase = leafBase;
        this.lastLeafTable = next;
      }
    }
    return 0;
  }
}

function isEmptyTable(table: Table): boolean {
  if (table.used === 0) return true;
  if (table.tables === null) return false;
  let tables = 0;
  for (const below of table.tables) {
    if (below === undefined) continue;
    if (!isEmptyTable(below)) return false;
    tables++;
  }
  return tables === table.used;
}

function* leavesOf(
  table: Table,
  level: number,
  base: number,
): Generator<{ readonly iova: number; readonly phys: number; readonly size: number; readonly prot: number }> {
  const span = SPAN[level] ?? 1;
  for (let index = 0; index < ENTRIES; index++) {
    const leaf = table.leaves[index] ?? 0;
    const iova = base + index * span;
    if (leaf !== 0) yield { iova, phys: leaf - (leaf % 4096), size: span, prot: (leaf % 4096) - PRESENT };
    const below = table.tables?.[index];
    if (below !== undefined) yield* leavesOf(below, level - 1, iova);
  }
}
