/** Reading a text up to its terminating zero. Everything that is wrong with a byte is `access.ts`'s to say. */
import { Kind } from '../kinds.ts';
import { OBJECT_BASE, type Scalar } from '../model.ts';
import type { Access, AccessHost } from './access.ts';
import { INITIALISED } from './arena.ts';

/**
 * The text at an address, without its zero; null when some byte of it is not known.
 * @param most bytes that are read, if no zero comes before
 */
export function terminatedText(host: AccessHost, access: Access, address: Scalar, most: number): string | null {
  const start = host.unknowns.resolve(address);
  if (typeof start !== 'number' || start < OBJECT_BASE) return null;
  const { memory } = host;
  const bytes: number[] = [];
  let ascii = true;
  // What is plainly there is there as a whole, up to the end of what is known of its object.
  const first = memory.watch === null ? memory.find(start, 1) : -1;
  const object = first < 0 ? null : memory.owner(start);
  const near = object === null ? 0 : object.address + object.windowHigh - start;
  for (let i = 0; i < most; i++) {
    const there = i < near && memory.arena.shadow[first + i] === INITIALISED;
    const byte = there ? memory.arena.u8[first + i] : access.load(start + i, Kind.U8, null);
    if (typeof byte !== 'number') return null;
    if (byte === 0) break;
    if (byte >= 128) ascii = false;
    bytes.push(byte);
  }
  return ascii ? String.fromCharCode(...bytes) : new TextDecoder().decode(Uint8Array.from(bytes));
}
