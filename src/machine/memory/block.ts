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
  if (copyLarge(host, access, source, target, bytes)) return;
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
  host.memory.touch(to);
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
  const whole = memory.piece(object, offset, bytes);
  if (whole >= 0) {
    fillEmptyRun(host, object, whole, bytes);
    return;
  }
  for (let done = 0; done < bytes; done += WORD) {
    const length = Math.min(WORD, bytes - done);
    const index = memory.piece(object, offset + done, length);
    if (index >= 0) fillEmptyRun(host, object, index, length);
  }
}

/** The same for bytes that lie in one piece. */
function fillEmptyRun({ memory }: AccessHost, object: MemoryObject, index: number, bytes: number): void {
  const { u8, shadow } = memory.arena;
  const end = index + bytes;
  // Where the empty words began that are not filled yet.
  let from = index;
  for (let word = index; word < end; word += WORD) {
    const next = Math.min(word + WORD, end);
    let i = word;
    while (i < next && (shadow[i] === UNINITIALISED || (shadow[i] === INITIALISED && u8[i] === 0))) i++;
    if (i === next && next < end) continue;
    const to = i === next ? next : word;
    if (to > from) {
      memory.touch(object);
      u8.fill(0, from, to);
      shadow.fill(UNREAD, from, to);
    }
    from = next;
  }
}

/** Bytes that nobody has written become unknown: whoever was shown the way to them was shown it to write them. */
export function fillUninitialised(host: AccessHost, object: MemoryObject): void {
  const { shadow } = host.memory.arena;
  const index = host.memory.piece(object, 0, object.size);
  for (let i = 0; index >= 0 && i < object.size; i++)
    if (shadow[index + i] === UNINITIALISED) fillUnread(host, object, i, 1);
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
  if (object.chunks !== null && bytes > LARGE) {
    fillLarge(host, object, offset, bytes, byte, state);
    return;
  }
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
    memory.touch(object);
    memory.arena.u8.fill(byte, index, index + length);
    memory.arena.shadow.fill(state, index, index + length);
    done += length;
  }
}

/** Fills and copies of more than this leave pieces unmade that nobody has touched: a length that nobody knows may be anything. */
const LARGE = 16 * CHUNK;

/** A fill of many pieces: those that are made are filled, the others when they are made. */
function fillLarge(
  host: AccessHost,
  object: MemoryObject,
  offset: number,
  bytes: number,
  byte: number,
  state: number,
): void {
  const end = offset + bytes;
  const first = Math.ceil(offset / CHUNK);
  const last = Math.floor(end / CHUNK) - 1;
  const small = (from: number, to: number): void => {
    if (to > from) fillRun(host, object, from, to - from, byte, state);
  };
  small(offset, first * CHUNK);
  small((last + 1) * CHUNK, end);
  for (const number of touched(object, first, last)) small(number * CHUNK, (number + 1) * CHUNK);
  host.memory.fillLater(object, { from: first, to: last, byte, state });
}

/** Pieces in this range that are made, or that the object's window reaches into. */
function touched(object: MemoryObject, first: number, last: number): readonly number[] {
  const made = [...(object.chunks?.keys() ?? [])].filter((number) => number >= first && number <= last);
  if (object.base < 0) return made;
  const low = Math.max(first, Math.floor(object.windowLow / CHUNK));
  const high = Math.min(last, Math.floor((object.windowHigh - 1) / CHUNK));
  for (let number = low; number <= high; number++) if (!made.includes(number)) made.push(number);
  return made;
}

/** A copy of many pieces of one object to another: of those that are not made only what they would hold is copied. False: not such a one. */
function copyLarge(
  host: AccessHost,
  access: Access,
  from: { readonly object: MemoryObject; readonly offset: number },
  to: { readonly object: MemoryObject; readonly offset: number },
  bytes: number,
): boolean {
  const { object } = from;
  if (bytes <= LARGE || object.chunks === null || object === to.object) return false;
  fillRun(host, to.object, to.offset, bytes, 0, host.memory.stateOf(object));
  const end = from.offset + bytes;
  for (const fill of object.fills) {
    const low = Math.max(from.offset, fill.from * CHUNK);
    const length = Math.min(end, (fill.to + 1) * CHUNK) - low;
    if (length > 0) fillRun(host, to.object, to.offset + low - from.offset, length, fill.byte, fill.state);
  }
  const pieces = touched(object, Math.floor(from.offset / CHUNK), Math.floor((end - 1) / CHUNK));
  for (const number of pieces) {
    const low = Math.max(from.offset, number * CHUNK);
    const high = Math.min(end, (number + 1) * CHUNK);
    const target = to.object.address + to.offset + low - from.offset;
    copyBytes(host, access, target, object.address + low, high - low);
  }
  return true;
}
