/**
 * The bytes of all objects, one buffer with typed views, and beside it one shadow byte per byte that says what stands there. A store
 * of raw bytes makes them INITIALISED; everything else is handled by `access.ts`.
 */

/** Shadow states. */
export const UNINITIALISED = 0;
export const INITIALISED = 1;
/** Part of an unknown value; the object's `cells` has it. */
export const CELL = 2;
/** Content unknown and not asked for yet. */
export const UNREAD = 3;

export const INITIALISED_2 = 0x0101;
export const INITIALISED_4 = 0x01010101;

/** What stood in the arena at one moment. */
export interface ArenaImage {
  readonly u8: Uint8Array;
  readonly shadow: Uint8Array;
}

export const NO_IMAGE: ArenaImage = { u8: new Uint8Array(0), shadow: new Uint8Array(0) };

export class Arena {
  u8: Uint8Array;
  i8: Int8Array;
  u16: Uint16Array;
  i16: Int16Array;
  u32: Uint32Array;
  i32: Int32Array;
  f32: Float32Array;
  f64: Float64Array;
  /** For what is not aligned, or wider than a number. */
  view: DataView;
  shadow: Uint8Array;
  shadow16: Uint16Array;
  shadow32: Int32Array;
  /** First free byte; 0..15 are never used, so that an index is never 0. */
  top = 16;
  private readonly free = new Map<number, number[]>();

  constructor(readonly limit: number) {
    const bytes = new ArrayBuffer(1 << 16);
    const shadow = new ArrayBuffer(1 << 16);
    this.u8 = new Uint8Array(bytes);
    this.i8 = new Int8Array(bytes);
    this.u16 = new Uint16Array(bytes);
    this.i16 = new Int16Array(bytes);
    this.u32 = new Uint32Array(bytes);
    this.i32 = new Int32Array(bytes);
    this.f32 = new Float32Array(bytes);
    this.f64 = new Float64Array(bytes);
    this.view = new DataView(bytes);
    this.shadow = new Uint8Array(shadow);
    this.shadow16 = new Uint16Array(shadow);
    this.shadow32 = new Int32Array(shadow);
  }

  /** Index of `size` bytes, 16-aligned, shadow filled with `state`, zeroed when that is INITIALISED; -1 when the limit is reached. */
  take(size: number, state: number): number {
    const rounded = Math.max(16, (size + 15) & ~15);
    const recycled = this.free.get(rounded)?.pop();
    let index: number;
    if (recycled !== undefined) {
      index = recycled;
    } else {
      if (this.top + rounded > this.u8.length && !this.grow(this.top + rounded)) return -1;
      index = this.top;
      this.top += rounded;
    }
    const end = index + rounded;
    if (rounded <= 64) {
      const word = state * INITIALISED_4;
      for (let i = index >> 2; i < end >> 2; i++) this.shadow32[i] = word;
      if (state === INITIALISED) for (let i = index >> 2; i < end >> 2; i++) this.i32[i] = 0;
    } else {
      this.shadow.fill(state, index, end);
      if (state === INITIALISED) this.u8.fill(0, index, end);
    }
    return index;
  }

  /** Gives back what `take(size)` returned. */
  give(index: number, size: number): void {
    const rounded = Math.max(16, (size + 15) & ~15);
    const list = this.free.get(rounded);
    if (list) list.push(index);
    else this.free.set(rounded, [index]);
  }

  /** Forgets everything above `top`; used between runs. */
  rewind(top: number): void {
    this.top = top;
    for (const list of this.free.values()) if (list.length > 0) list.length = 0;
  }

  /** A copy of all bytes below `top`. */
  image(): ArenaImage {
    return { u8: this.u8.slice(0, this.top), shadow: this.shadow.slice(0, this.top) };
  }

  restore({ u8, shadow }: ArenaImage): void {
    this.u8.set(u8);
    this.shadow.set(shadow);
  }

  private grow(needed: number): boolean {
    if (needed > this.limit) return false;
    let length = this.u8.length;
    while (length < needed) length *= 2;
    length = Math.min(length, Math.max(needed + 16, (this.limit + 15) & ~15));
    length = (length + 15) & ~15;
    const bytes = new ArrayBuffer(length);
    const shadow = new ArrayBuffer(length);
    new Uint8Array(bytes).set(this.u8);
    new Uint8Array(shadow).set(this.shadow);
    this.u8 = new Uint8Array(bytes);
    this.i8 = new Int8Array(bytes);
    this.u16 = new Uint16Array(bytes);
    this.i16 = new Int16Array(bytes);
    this.u32 = new Uint32Array(bytes);
    this.i32 = new Int32Array(bytes);
    this.f32 = new Float32Array(bytes);
    this.f64 = new Float64Array(bytes);
    this.view = new DataView(bytes);
    this.shadow = new Uint8Array(shadow);
    this.shadow16 = new Uint16Array(shadow);
    this.shadow32 = new Int32Array(shadow);
    return true;
  }
}
