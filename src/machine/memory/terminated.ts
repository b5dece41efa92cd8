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
  let plain = '';
  for (let i = 0; i < most; i++) {
    const index = memory.watch === null ? memory.find(start + i, 1) : -1;
    const there = index >= 0 && memory.arena.shadow[index] === INITIALISED;
    const byte = there ? memory.arena.u8[index] : access.load(start + i, Kind.U8, null);
    if (typeof byte !== 'number') return null;
    if (byte === 0) break;
    bytes.push(byte);
    plain += String.fromCharCode(byte);
  }
  return bytes.every((byte) => byte < 128) ? plain : new TextDecoder().decode(Uint8Array.from(bytes));
}
