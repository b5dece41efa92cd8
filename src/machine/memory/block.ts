/** Copying and filling bytes with everything that belongs to them: initialisation, unknown values, faults at the edges. */
import type { Scalar } from '../model.ts';
import { UnknownValue } from '../unknown/value.ts';
import type { Access, AccessHost } from './access.ts';
import { CELL, INITIALISED, UNINITIALISED, UNREAD } from './arena.ts';
import { CHUNK, type MemoryObject } from './object.ts';

/** Copies as memmove does: uninitialised bytes stay so without a fault, unknown values move as they are. */
export function copyBytes(host: AccessHost, access: Access, to: Scalar, from: Scalar, bytes: number): void {
  if (bytes <= 0) return;
  const source = access.locate(from, bytes, false, null);
  const target = access.locate(to, bytes, true, null);
  if (target === null) return;
  if (source === null) {
    fillUnread(host, target.object, target.offset, bytes);
    return;
  }
  const { memory } = host;
  const whole = memory.piece(source.object, source.offset, bytes);
  const into = memory.piece(target.object, target.offset, bytes);
  if (whole >= 0 && into >= 0) {
    copyRun(host, source.object, source.offset, whole, target.object, target.offset, into, bytes);
    return;
  }
  // Some side is made of pieces: go in runs that lie in one piece on both sides, through a copy of the source.
  const forward = source.object !== target.object || target.offset <= source.offset;
  const step = 256;
  for (let done = 0; done < bytes; done += step) {
    const at = forward ? done : Math.max(0, bytes - done - step);
    const length = forward ? Math.min(step, bytes - done) : Math.min(step, bytes - done);
    copyPieces(host, source.object, source.offset + at, target.object, target.offset + at, length, forward);
    if (memory.exhausted) {
      host.outOfMemory();
      return;
    }
  }
}

function copyPieces(
  host: AccessHost,
  from: MemoryObject,
  fromOffset: number,
  to: MemoryObject,
  toOffset: number,
  length: number,
  forward: boolean,
): void {
  const { memory } = host;
  const a = memory.piece(from, fromOffset, length);
  const b = memory.piece(to, toOffset, length);
  if (a >= 0 && b >= 0) {
    copyRun(host, from, fromOffset, a, to, toOffset, b, length);
    return;
  }
  for (let k = 0; k < length; k++) {
    const i = forward ? k : length - 1 - k;
    const x = memory.piece(from, fromOffset + i, 1);
    const y = memory.piece(to, toOffset + i, 1);
    if (x < 0 || y < 0) return;
    copyRun(host, from, fromOffset + i, x, to, toOffset + i, y, 1);
  }
}

function copyRun(
  host: AccessHost,
  from: MemoryObject,
  fromOffset: number,
  source: number,
  to: MemoryObject,
  toOffset: number,
  target: number,
  bytes: number,
): void {
  const { arena } = host.memory;
  host.memory.touch(to, target, bytes);
  const cells: [number, { size: number; value: UnknownValue }][] = [];
  if (from.cells !== null && from.cells.size > 0) {
    for (const [offset, cell] of from.cells) {
      if (offset + cell.size <= fromOffset || offset >= fromOffset + bytes) continue;
      if (arena.shadow[source + Math.max(0, offset - fromOffset)] !== CELL) continue;
      if (cell.value instanceof UnknownValue) cells.push([offset - fromOffset, { size: cell.size, value: cell.value }]);
    }
  }
  arena.u8.copyWithin(target, source, source + bytes);
  arena.shadow.copyWithin(target, source, source + bytes);
  if (cells.length === 0) return;
  to.cells ??= new Map();
  for (const [offset, cell] of cells) {
    if (offset >= 0 && offset + cell.size <= bytes) {
      for (let i = 1; i < cell.size; i++) to.cells.delete(toOffset + offset + i);
      to.cells.set(toOffset + offset, cell);
    } else {
      // A part of an unknown value was copied: what the part is, nobody knows.
      const start = Math.max(0, offset);
      const end = Math.min(bytes, offset + cell.size);
      arena.shadow.fill(UNREAD, target + start, target + end);
    }
  }
}

/** Sets all bytes to one value; null: to unread unknown content. */
export function fillBytes(host: AccessHost, access: Access, to: Scalar, byte: number | null, bytes: number): void {
  if (bytes <= 0) return;
  const place = access.locate(to, bytes, true, null);
  if (place === null) return;
  if (byte === null) fillUnread(host, place.object, place.offset, bytes);
  else fillRun(host, place.object, place.offset, bytes, byte, INITIALISED);
}

/** Forgets what stands there: reads give fresh unknown values. */
export function fillUnread(host: AccessHost, object: MemoryObject, offset: number, bytes: number): void {
  fillRun(host, object, offset, bytes, 0, UNREAD);
}

const WORD = 8;

/**
 * Somebody not seen may have filled in what is empty: words that are uninitialised or zero become unknown, what has a value keeps it.
 * (Code that is not seen fills structures in all the time; that it replaces a lock, an owner or a flag behind its caller's back is rare,
 * and taking it for granted would doubt every lock that is taken before and released after a call.)
 */
export function fillEmpty(host: AccessHost, object: MemoryObject, offset: number, bytes: number): void {
  const { memory } = host;
  for (let done = 0; done < bytes; done += WORD) {
    const at = offset + done;
    const length = Math.min(WORD, bytes - done);
    const index = memory.piece(object, at, length);
    if (index >= 0 && isEmpty(host, index, length)) fillUnread(host, object, at, length);
  }
}

function isEmpty(host: AccessHost, index: number, length: number): boolean {
  const { u8, shadow } = host.memory.arena;
  for (let i = index; i < index + length; i++) {
    if (shadow[i] !== UNINITIALISED && !(shadow[i] === INITIALISED && u8[i] === 0)) return false;
  }
  return true;
}

function fillRun(
  host: AccessHost,
  object: MemoryObject,
  offset: number,
  bytes: number,
  byte: number,
  state: number,
): void {
  const { memory } = host;
  let done = 0;
  while (done < bytes) {
    const at = offset + done;
    const all = memory.piece(object, at, bytes - done);
    const room = CHUNK - (((at % CHUNK) + CHUNK) % CHUNK);
    let length = all >= 0 ? bytes - done : Math.min(room, bytes - done);
    let index = all >= 0 ? all : memory.piece(object, at, length);
    if (index < 0) {
      length = 1;
      index = memory.piece(object, at, 1);
    }
    if (index < 0) {
      if (memory.exhausted) host.outOfMemory();
      return;
    }
    memory.touch(object, index, length);
    memory.arena.u8.fill(byte, index, index + length);
    memory.arena.shadow.fill(state, index, index + length);
    done += length;
  }
}
