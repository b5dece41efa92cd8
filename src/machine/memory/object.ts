/**
 * One object of simulated memory: what it is, where it lies, and what is known of its life. Bytes are in the arena (`arena.ts`).
 */
import type { CType } from '../../c/types.ts';
import type { Site } from '../events.ts';
import type { ObjectInfo, Unknown } from '../model.ts';

/** An unknown value that stands in memory instead of bytes. */
export interface Cell {
  readonly size: number;
  readonly value: Unknown;
}

/** `outside` an object's known window: how bytes that were never touched read. */
export type Content = 'zero' | 'uninitialised' | 'unknown';

/** Bytes of lazily made storage in objects that are too big, or of unknown extent, are made in pieces of this size. */
export const CHUNK = 4096;

/** Pieces `from` to `to` were filled with one byte, in one state. */
export interface Fill {
  readonly from: number;
  readonly to: number;
  readonly byte: number;
  readonly state: number;
}

/** The end of an object that the code did not make: seen by frames of this task at this depth and below. */
export interface EndOfLife {
  readonly task: number;
  readonly depth: number;
}

export class MemoryObject implements ObjectInfo {
  freed = false;
  freedAt: Site | null = null;
  /** An object of the world that the code freed: who may know of it. It stays for everybody else. */
  ended: EndOfLife | null = null;
  /** A local whose scope was left. */
  dead = false;
  /** How many unknown values there were when it was made: none of these leads to it. */
  born = 0;
  /** A function that nobody sees was given it, or something that leads to it. */
  handed = false;
  type: CType | null = null;
  tag = '';
  /** Arena index of offset `windowLow`; -1: no dense window. */
  base = -1;
  windowLow = 0;
  windowHigh = 0;
  /** Pieces outside the window, by floor(offset / CHUNK); null: everything is in the window. */
  chunks: Map<number, number> | null = null;
  /** What ran over pieces that were not made then, the latest last: that is what they hold when they are made. */
  fills: readonly Fill[] = [];
  cells: Map<number, Cell> | null = null;
  /** First and past-last valid offset; an object behind an unknown pointer reaches both ways. */
  low = 0;
  high: number;
  /** As a C expression that names the object: `xe` for a pointer's target (then members are `xe->x`), `foo` for a variable. */
  path: string;
  viaPointer = false;
  /** Of a global: what tells it from all others, in every run. */
  symbol?: string;
  /** Run in which the object was journaled; see `Memory.journal`. */
  savedIn = -1;

  constructor(
    readonly id: number,
    readonly address: number,
    readonly size: number,
    readonly label: string,
    readonly storage: ObjectInfo['storage'],
    public readOnly: boolean,
    readonly content: Content,
    readonly allocatedAt: Site | null,
  ) {
    this.high = size;
    this.path = label;
  }
}
