/** Which allocated objects nothing points to any more: the leak question. */

import { OBJECT_BASE, type ObjectInfo, type Scalar } from '../model.ts';
import { UnknownValue } from '../unknown/value.ts';
import type { AccessHost } from './access.ts';
import { INITIALISED } from './arena.ts';
import { CHUNK, type MemoryObject } from './object.ts';

/**
 * Live heap objects that no chain of pointers from the roots reaches. Low tag bits in pointers are tolerated. What is not heap and lives
 * (globals, the world's objects, locals of tasks that still wait) is a root of itself.
 */
export function unreachableObjects(host: AccessHost, roots: readonly number[]): readonly ObjectInfo[] {
  const { memory } = host;
  const seen = new Set<MemoryObject>();
  const queue: MemoryObject[] = [];
  const asked = memory.objects.filter((object) => object.storage === 'heap' && !object.freed && !object.dead);
  let missing = asked.length;
  const visit = (address: number): void => {
    const object = memory.owner(address);
    if (object === null || object.freed || seen.has(object)) return;
    seen.add(object);
    queue.push(object);
    if (object.storage === 'heap' && !object.dead) missing--;
  };
  if (missing === 0) return [];
  for (const root of roots) visit(root);
  strayPointers(host, visit);
  for (const object of memory.objects)
    if (object.storage !== 'heap' && !object.freed && !object.dead) visit(object.address);
  // Mostly nothing is lost, and then what is left need not be looked through.
  for (let object = queue.pop(); object !== undefined && missing > 0; object = queue.pop()) {
    pointersIn(host, object, visit);
  }
  return asked.filter((object) => !seen.has(object));
}

/** Visits every number that was stored at a place which cannot be told. */
export function strayPointers(host: AccessHost, visit: (address: number) => void): void {
  for (const stray of host.memory.strays) addressesIn(host, stray, visit, 0);
}

/** Live objects, other than itself, in which a pointer into the object at `address` stands. */
export function referrers(host: AccessHost, address: number): readonly ObjectInfo[] {
  const { memory } = host;
  const wanted = memory.owner(address);
  if (wanted === null) return [];
  return memory.objects.filter((object) => {
    if (object === wanted || object.freed || object.dead) return false;
    let refers = false;
    pointersIn(host, object, (value) => {
      refers ||= value >= wanted.address && value < wanted.address + wanted.size;
    });
    return refers;
  });
}

/** Visits every number in an object that may be a pointer. */
export function pointersIn(host: AccessHost, object: MemoryObject, visit: (address: number) => void): void {
  if (object.base >= 0) scan(host, object.base, object.windowHigh - object.windowLow, visit);
  if (object.chunks) for (const chunk of object.chunks.values()) scan(host, chunk, CHUNK, visit);
  if (object.cells)
    for (const cell of object.cells.values()) {
      addressesIn(host, cell.value, visit, 0);
    }
}

/** A value computed from an address (`buffer + offset`) refers to what the address does. */
function addressesIn(host: AccessHost, held: Scalar, visit: (address: number) => void, depth: number): void {
  const value = host.unknowns.resolve(held);
  if (typeof value === 'number') {
    if (depth === 0 || value >= OBJECT_BASE) visit(value);
  } else if (value instanceof UnknownValue && value.node !== null && depth < COMPUTED) {
    addressesIn(host, value.node.left, visit, depth + 1);
    addressesIn(host, value.node.right, visit, depth + 1);
  }
}

const PAGE_SHIFT = 12;

/** Operations between an address and what is kept of it. */
const COMPUTED = 4;

function scan(host: AccessHost, from: number, length: number, visit: (address: number) => void): void {
  const { u32, shadow } = host.memory.arena;
  for (let i = from; i + 8 <= from + length; i += 8) {
    // Most of memory is zero: the upper half of a word alone tells what cannot be a pointer.
    const high = u32[(i >> 2) + 1] as number;
    if (high < LOWEST_HIGH || shadow[i] !== INITIALISED || shadow[i + 7] !== INITIALISED) continue;
    const value = high * 4294967296 + (u32[i >> 2] as number);
    if (value >= OBJECT_BASE && value < 2 ** 53) visit(value);
  }
}

/** Upper half of the lowest address of an object. */
const LOWEST_HIGH = Math.floor(OBJECT_BASE / 4294967296);

/**
 * Whether a number stands in memory that lives on: in a global, on the heap, in what the world made. An address may be kept as hardware takes
 * it: its lower half, with flags in the bits below a page, or the number of its page.
 */
export function standsSomewhere(host: AccessHost, wanted: number): boolean {
  const { memory } = host;
  return memory.objects.some((object) => {
    if (object.freed || object.dead || object.storage === 'stack') return false;
    if (object.base >= 0 && stands(host, object.base, object.windowHigh - object.windowLow, wanted)) return true;
    for (const chunk of object.chunks?.values() ?? []) if (stands(host, chunk, CHUNK, wanted)) return true;
    for (const cell of object.cells?.values() ?? []) {
      let found = false;
      addressesIn(host, cell.value, (value) => (found ||= value === wanted), 0);
      if (found) return true;
    }
    return false;
  });
}

function stands(host: AccessHost, from: number, length: number, wanted: number): boolean {
  const { u32, shadow } = host.memory.arena;
  const lower = (wanted % 4294967296) >>> PAGE_SHIFT;
  const page = Math.floor(wanted / 2 ** PAGE_SHIFT);
  for (let i = from; i + 4 <= from + length; i += 4) {
    if (shadow[i] !== INITIALISED || shadow[i + 3] !== INITIALISED) continue;
    const word = u32[i >> 2] ?? 0;
    if ((lower !== 0 && word >>> PAGE_SHIFT === lower) || (page !== 0 && word === page)) return true;
    if (i + 8 > from + length || shadow[i + 7] !== INITIALISED) continue;
    if ((u32[(i >> 2) + 1] ?? 0) * 4294967296 + word === wanted) return true;
  }
  return false;
}
