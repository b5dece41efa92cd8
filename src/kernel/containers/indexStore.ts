/**
 * Entries by index, sorted, in one block of simulated memory (`struct __xa_block`): the storage of xarray, idr and ida. An entry may stand
 * for several indices. In simulated memory, so that a stored pointer is a reference like any other. Knows no locks, gfp or limits.
 */
import type { MachineServices, Scalar } from '../../machine/model.ts';
import { POINTER, settled, U64 } from '../modelling.ts';

const HEADER = 16;
const SLOT = 32;

export class IndexStore {
  /** `head`: address of the pointer to the block. */
  constructor(
    private readonly machine: MachineServices,
    private readonly head: number,
  ) {}

  /** Address of the block; 0: empty; null: the document leaves the array's content open. */
  block(): number | null {
    return settled(this.machine, this.machine.read(this.head, POINTER));
  }

  get count(): number {
    const block = this.block();
    return block === null || block === 0 ? 0 : (settled(this.machine, this.machine.read(block, U64)) ?? 0);
  }

  indexAt(position: number): number {
    return settled(this.machine, this.machine.read((this.block() ?? 0) + HEADER + position * SLOT, U64)) ?? 0;
  }

  /** The last of the indices that the entry stands for. */
  lastAt(position: number): number {
    return settled(this.machine, this.machine.read((this.block() ?? 0) + HEADER + position * SLOT + 24, U64)) ?? 0;
  }

  entryAt(position: number): Scalar {
    return this.machine.read((this.block() ?? 0) + HEADER + position * SLOT + 8, POINTER);
  }

  marksAt(position: number): number {
    return settled(this.machine, this.machine.read((this.block() ?? 0) + HEADER + position * SLOT + 16, U64)) ?? 0;
  }

  setEntry(position: number, entry: Scalar): void {
    this.machine.write((this.block() ?? 0) + HEADER + position * SLOT + 8, POINTER, entry);
  }

  setMarks(position: number, marks: number): void {
    this.machine.write((this.block() ?? 0) + HEADER + position * SLOT + 16, U64, marks);
  }

  /** First position whose entry does not end below `index`. */
  lowerBound(index: number): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.lastAt(middle) < index) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Position of the entry that stands for this index, or -1. */
  find(index: number): number {
    const position = this.lowerBound(index);
    return position < this.count && this.indexAt(position) <= index ? position : -1;
  }

  /** An entry for indices that are free. */
  insert(index: number, entry: Scalar, last = index): void {
    const { machine } = this;
    const count = this.count;
    const position = this.lowerBound(index);
    const block = this.reserve(count + 1);
    const at = block + HEADER + position * SLOT;
    if (position < count) {
      for (let i = count - 1; i >= position; i--) this.move(block, i, i + 1);
    }
    machine.write(at, U64, index);
    machine.write(at + 8, POINTER, entry);
    machine.write(at + 16, U64, 0);
    machine.write(at + 24, U64, last);
    machine.write(block, U64, count + 1);
  }

  remove(position: number): void {
    const count = this.count;
    const block = this.block() ?? 0;
    for (let i = position + 1; i < count; i++) this.move(block, i, i - 1);
    this.machine.write(block, U64, count - 1);
    if (count === 1) this.clear();
  }

  /** Gives the block back; entries are the owner's affair. */
  clear(): void {
    const block = this.block();
    this.machine.write(this.head, POINTER, 0);
    if (block !== null && block !== 0 && this.machine.objectAt(block)?.freed === false) this.machine.free(block, null);
  }

  private move(block: number, from: number, to: number): void {
    this.machine.copy(block + HEADER + to * SLOT, block + HEADER + from * SLOT, SLOT);
  }

  private reserve(wanted: number): number {
    const { machine } = this;
    const block = this.block() ?? 0;
    const capacity = block === 0 ? 0 : (settled(machine, machine.read(block + 8, U64)) ?? 0);
    if (wanted <= capacity) return block;
    const size = Math.max(8, capacity * 2);
    const bigger = machine.allocate(HEADER + size * SLOT, {
      label: 'nodes of an xarray',
      storage: 'heap',
      tag: 'internal',
      content: 'zero',
      at: machine.site(),
    });
    if (block !== 0) {
      machine.copy(bigger, block, HEADER + capacity * SLOT);
      machine.free(block, null);
    }
    machine.write(bigger + 8, U64, size);
    machine.write(this.head, POINTER, bigger);
    return bigger;
  }
}
