/**
 * Address space and life of objects. Each small object has a 64 KiB slot of its own with unowned space around it, so that an overrun
 * finds nobody; large objects and those of unknown extent have 1 GiB strides and make their bytes lazily. Also the journal that takes
 * memory back to the sealed state after a run. Typed access, with faults, is in `access.ts`.
 */
import { type AllocateOptions, OBJECT_BASE, type Scalar } from '../model.ts';
import { Arena, type ArenaImage, INITIALISED, NO_IMAGE, UNINITIALISED, UNREAD } from './arena.ts';
import { CHUNK, type Content, type Fill, MemoryObject } from './object.ts';
import { SlotTable } from './slots.ts';

export const SLOT = 65536;
/** Offset of an object in its slot: room for pointers that were moved before its start. */
export const LEAD = 4096;
export const STRIDE = 2 ** 30;
export const LARGE_BASE = OBJECT_BASE + 2 ** 50;
/** Objects above this size make their bytes on first touch. */
const DENSE_LIMIT = 2 ** 24;
/** Dead objects whose slot stays recognisable before it is used again. */
const QUARANTINE = 4096;

const STATE: Readonly<Record<Content, number>> = {
  zero: INITIALISED,
  uninitialised: UNINITIALISED,
  unknown: UNREAD,
};

const NOTHING: Seal = { objects: 0, top: 16, slots: 0, strides: 0, strays: [], image: NO_IMAGE, undo: [] };

/** Told of each access of a run that somebody records; a free is a write of the whole object. */
export type AccessWatch = (object: MemoryObject, offset: number, size: number, write: boolean) => void;

/** What there was when the world was sealed, and how to take back what had changed since the seal before. */
interface Seal {
  readonly objects: number;
  readonly top: number;
  readonly slots: number;
  readonly strides: number;
  readonly strays: readonly Scalar[];
  /** All bytes up to `top`, and their shadow. */
  readonly image: ArenaImage;
  readonly undo: (() => void)[];
}

export class Memory {
  /** While set, every access goes through `access.ts`, which tells it. */
  watch: AccessWatch | null = null;
  readonly arena: Arena;
  readonly small = new SlotTable();
  readonly large = new SlotTable();
  readonly objects: MemoryObject[] = [];
  /** Set when an allocation met the limit: the machine turns it into a `limit` event. */
  exhausted = false;
  /** What was stored at places that cannot be told (`table[index]` with an index nobody knows): it stands somewhere. */
  readonly strays: Scalar[] = [];
  private slotEnd = 0;
  private quarantine: MemoryObject[] = [];
  private quarantineHead = 0;
  /** What each seal found, the last one last. */
  private readonly seals: Seal[] = [];
  /** Objects that were there when the world was sealed last. */
  private sealedObjects = 0;
  private run = 0;
  private undo: (() => void)[] = [];

  constructor(limit: number) {
    this.arena = new Arena(limit);
  }

  /** Arena index of `size` readable bytes at `address`; -1: not plainly there, `access.ts` finds out why. */
  find(address: number, size: number): number {
    const distance = address - OBJECT_BASE;
    if (distance >= 0 && distance < this.slotEnd) {
      const slot = (distance / SLOT) | 0;
      const low = (distance - slot * SLOT) | 0;
      const table = this.small;
      if (low >= (table.low[slot] as number) && low + size <= (table.high[slot] as number))
        return (table.base[slot] as number) + low;
      return -1;
    }
    return address >= LARGE_BASE ? this.findLarge(address - LARGE_BASE, size, this.large.high) : -1;
  }

  /** As `find`, for bytes that may be overwritten without further ado. */
  findWritable(address: number, size: number): number {
    const distance = address - OBJECT_BASE;
    if (distance >= 0 && distance < this.slotEnd) {
      const slot = (distance / SLOT) | 0;
      const low = (distance - slot * SLOT) | 0;
      const table = this.small;
      if (low >= (table.low[slot] as number) && low + size <= (table.write[slot] as number))
        return (table.base[slot] as number) + low;
      return -1;
    }
    return address >= LARGE_BASE ? this.findLarge(address - LARGE_BASE, size, this.large.write) : -1;
  }

  private findLarge(distance: number, size: number, high: Int32Array): number {
    const slot = Math.floor(distance / STRIDE);
    if (slot >= this.large.count) return -1;
    const low = distance - slot * STRIDE;
    return low >= (this.large.low[slot] as number) && low + size <= (high[slot] as number)
      ? (this.large.base[slot] as number) + low
      : -1;
  }

  /** The object whose own space (guard included) holds `address`; it need not contain it. */
  owner(address: number): MemoryObject | null {
    const distance = address - OBJECT_BASE;
    if (distance < 0 || !(distance < 2 ** 52)) return null;
    const large = address >= LARGE_BASE;
    const table = large ? this.large : this.small;
    const slot = Math.floor(large ? (address - LARGE_BASE) / STRIDE : distance / SLOT);
    if (slot >= table.count) return null;
    return this.objects[table.owner[slot] ?? -1] ?? null;
  }

  /** Makes an object; null when the memory limit is reached (`exhausted` is set then). */
  allocate(size: number, options: AllocateOptions): MemoryObject | null {
    if (!(size <= 2 ** 40)) return this.full();
    const state = STATE[options.content];
    const storage = options.storage ?? 'heap';
    const readOnly = options.readOnly === true;
    if (size > DENSE_LIMIT) return this.allocateLarge(size, options);
    const base = this.arena.take(size, state);
    if (base < 0) return this.full();
    const slots = Math.ceil((LEAD + size + LEAD) / SLOT);
    const old = slots === 1 ? this.longDead() : null;
    const slot = old ? (old.address - OBJECT_BASE - LEAD) / SLOT : this.small.take(slots);
    this.slotEnd = this.small.count * SLOT;
    const id = old ? old.id : this.objects.length;
    const address = OBJECT_BASE + slot * SLOT + LEAD;
    const object = new MemoryObject(id, address, size, options.label, storage, readOnly, options.content, options.at);
    object.base = base;
    object.windowHigh = size;
    if (options.type) object.type = options.type;
    if (options.tag !== undefined) object.tag = options.tag;
    this.objects[id] = object;
    for (let k = 0; k < slots; k++) this.small.owner[slot + k] = id;
    this.open(object);
    return object;
  }

  private allocateLarge(size: number, options: AllocateOptions): MemoryObject {
    const slot = this.large.take(Math.ceil((LEAD + size + LEAD) / STRIDE));
    const object = this.newLarge(slot, LEAD, size, options);
    object.chunks = new Map();
    return object;
  }

  /** Makes an object of which only `known` bytes are certain to exist: what an unknown pointer points to, inside something bigger. */
  allocateOpen(known: number, options: AllocateOptions): MemoryObject | null {
    const window = Math.min(Math.max(known, 8), DENSE_LIMIT);
    const base = this.arena.take(window, STATE[options.content]);
    if (base < 0) return this.full();
    const slot = this.large.take(1);
    const middle = STRIDE / 2;
    const object = this.newLarge(slot, middle, known, options);
    object.base = base;
    object.windowHigh = window;
    object.chunks = new Map();
    object.low = -middle;
    object.high = middle;
    this.open(object);
    return object;
  }

  private newLarge(slot: number, lead: number, size: number, options: AllocateOptions): MemoryObject {
    const address = LARGE_BASE + slot * STRIDE + lead;
    const object = new MemoryObject(
      this.objects.length,
      address,
      size,
      options.label,
      options.storage ?? 'heap',
      options.readOnly === true,
      options.content,
      options.at,
    );
    if (options.type) object.type = options.type;
    if (options.tag !== undefined) object.tag = options.tag;
    this.objects.push(object);
    const strides = Math.ceil((lead + size) / STRIDE);
    for (let k = 0; k < strides; k++) this.large.owner[slot + k] = object.id;
    return object;
  }

  private full(): null {
    this.exhausted = true;
    return null;
  }

  /** A small object that died so long ago that its slot and its number may be used again. */
  private longDead(): MemoryObject | null {
    if (this.quarantine.length - this.quarantineHead <= QUARANTINE) return null;
    const old = this.quarantine[this.quarantineHead++] ?? null;
    if (this.quarantineHead > 2 * QUARANTINE) {
      this.quarantine = this.quarantine.slice(this.quarantineHead);
      this.quarantineHead = 0;
    }
    return old;
  }

  /** Lets the fast paths reach the object's window. */
  open(object: MemoryObject): void {
    const writable = !object.readOnly && !(object.id < this.sealedObjects && object.savedIn !== this.run);
    this.setWindow(object, object.windowHigh, writable ? object.windowHigh : 0);
  }

  /** Keeps the fast paths away: freed, or out of scope. */
  close(object: MemoryObject): void {
    this.setWindow(object, 0, 0);
  }

  private setWindow(object: MemoryObject, high: number, write: number): void {
    if (object.base < 0) return;
    if (object.address >= LARGE_BASE) {
      const slot = Math.floor((object.address - LARGE_BASE) / STRIDE);
      const lead = object.address - LARGE_BASE - slot * STRIDE;
      this.large.set(slot, object.base - lead, lead, high > 0 ? lead + high : 0, write > 0 ? lead + write : 0);
      return;
    }
    let slot = (object.address - OBJECT_BASE - LEAD) / SLOT;
    this.small.set(
      slot,
      object.base - LEAD,
      LEAD,
      high > 0 ? Math.min(SLOT, LEAD + high) : 0,
      write > 0 ? Math.min(SLOT, LEAD + write) : 0,
    );
    for (let offset = SLOT - LEAD; offset < object.windowHigh; offset += SLOT) {
      slot++;
      this.small.set(
        slot,
        object.base + offset,
        0,
        Math.max(0, Math.min(SLOT, high - offset)),
        Math.max(0, Math.min(SLOT, write - offset)),
      );
    }
  }

  /** Ends an object's life; its address stays recognisable. Bytes made in this run are used again. */
  release(object: MemoryObject): void {
    this.close(object);
    if (object.id < this.sealedObjects) return;
    if (object.base >= 0) this.arena.give(object.base, Math.max(object.windowHigh, 0));
    object.base = -1;
    object.cells = null;
    if (object.chunks) for (const chunk of object.chunks.values()) this.arena.give(chunk, CHUNK);
    object.chunks = null;
    object.fills = [];
    if (object.address < LARGE_BASE && object.size <= SLOT - 2 * LEAD) this.quarantine.push(object);
  }

  /**
   * Arena index of `[offset, offset + size)` when it lies in one piece, making lazy pieces; -1 when it straddles two (the caller then
   * goes byte by byte) or the limit is reached. Bounds are the caller's duty.
   */
  piece(object: MemoryObject, offset: number, size: number): number {
    if (object.base >= 0 && offset >= object.windowLow && offset + size <= object.windowHigh)
      return object.base + offset - object.windowLow;
    if (object.chunks === null) return -1;
    // Bytes of the window never live in a chunk, so an access that touches both is not in one piece.
    if (object.base >= 0 && offset < object.windowHigh && offset + size > object.windowLow) return -1;
    const number = Math.floor(offset / CHUNK);
    if (Math.floor((offset + size - 1) / CHUNK) !== number) return -1;
    let chunk = object.chunks.get(number);
    if (chunk === undefined) {
      const fill = object.fills.findLast(({ from, to }) => number >= from && number <= to);
      chunk = this.arena.take(CHUNK, fill?.state ?? STATE[object.content]);
      if (chunk < 0) {
        this.exhausted = true;
        return -1;
      }
      if (fill !== undefined && fill.byte !== 0) this.arena.u8.fill(fill.byte, chunk, chunk + CHUNK);
      const chunks = object.chunks;
      chunks.set(number, chunk);
      if (object.id < this.sealedObjects) this.undo.push(() => chunks.delete(number));
    }
    return chunk + offset - number * CHUNK;
  }

  /** Pieces that are not made yet shall hold this when they are. */
  fillLater(object: MemoryObject, fill: Fill): void {
    const before = object.fills;
    // What lies under the new one is never seen again.
    object.fills = [...before.filter(({ from, to }) => from < fill.from || to > fill.to), fill];
    if (object.id < this.sealedObjects)
      this.undo.push(() => {
        object.fills = before;
      });
  }

  /** How bytes of an object read that were never touched. */
  stateOf(object: MemoryObject): number {
    return STATE[object.content];
  }

  // journal --------------------------------------------------------------------------------------------------------------

  /** Everything made so far belongs to the world; `reset` comes back to this. May be done again on top: see `unseal`. */
  seal(): void {
    this.arena.rewind(this.arena.top);
    this.seals.push({
      objects: this.objects.length,
      top: this.arena.top,
      slots: this.small.count,
      strides: this.large.count,
      strays: [...this.strays],
      image: this.arena.image(),
      undo: this.undo,
    });
    this.undo = [];
    this.sealedObjects = this.objects.length;
    this.quarantine = [];
    this.quarantineHead = 0;
    this.run++;
    for (const object of this.objects) if (!object.freed && !object.dead && object.ended === null) this.open(object);
  }

  /** Undoes a run: work proportional to what the run touched. */
  reset(): void {
    const seal = this.seals.at(-1) ?? NOTHING;
    this.run++;
    for (let i = this.undo.length - 1; i >= 0; i--) this.undo[i]?.();
    if (this.undo.length > 0) this.arena.restore(seal.image);
    this.undo = [];
    this.objects.length = seal.objects;
    this.small.rewind(seal.slots);
    this.large.rewind(seal.strides);
    this.slotEnd = this.small.count * SLOT;
    this.arena.rewind(seal.top);
    this.quarantine = [];
    this.quarantineHead = 0;
    this.exhausted = false;
    this.strays.length = 0;
    this.strays.push(...seal.strays);
  }

  /** Forgets the last seal: `reset` then comes back to the one before. */
  unseal(): void {
    const seal = this.seals.pop();
    this.sealedObjects = this.seals.at(-1)?.objects ?? 0;
    if (seal !== undefined) this.undo = [...seal.undo, ...this.undo];
  }

  /** A function that nobody sees was given the object. */
  hand(object: MemoryObject): void {
    if (object.handed) return;
    object.handed = true;
    if (object.id < this.sealedObjects)
      this.undo.push(() => {
        object.handed = false;
      });
  }

  /** Remembers how to take back a change of the sealed world. */
  onUndo(action: () => void): void {
    this.undo.push(action);
  }

  isSealed(object: MemoryObject): boolean {
    return object.id < this.sealedObjects;
  }

  /** Must be called before bytes, shadow, cells or fields of an object change outside the fast paths. */
  touch(object: MemoryObject): void {
    if (object.id >= this.sealedObjects || object.savedIn === this.run) return;
    const cells = object.cells ? new Map(object.cells) : null;
    const { freed, freedAt, ended, dead, type, readOnly } = object;
    // Its bytes are those of the seal's image.
    this.undo.push(() => {
      object.cells = cells;
      object.freed = freed;
      object.freedAt = freedAt;
      object.ended = ended;
      object.dead = dead;
      object.type = type;
      object.readOnly = readOnly;
      object.savedIn = -1;
      if (!freed && !dead && ended === null) this.open(object);
    });
    object.savedIn = this.run;
    if (!object.freed && !object.dead && object.ended === null) this.open(object);
  }
}
