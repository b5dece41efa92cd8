/** Loads and stores of plain numbers where memory is simply there; everything else is answered with NaN or false, for `access.ts`. */
import { BITS, Kind } from '../kinds.ts';
import { INITIALISED, INITIALISED_2, INITIALISED_4 } from './arena.ts';
import type { Memory } from './memory.ts';

/** The integer (or pointer) at an address; NaN when that needs a closer look. */
export function plainLoad(memory: Memory, kind: Kind, address: number): number {
  if (memory.watch !== null) return Number.NaN;
  const size = (BITS[kind] as number) >> 3;
  const i = size > 8 ? -1 : memory.find(address, size);
  if (i < 0 || (i & (size - 1)) !== 0) return Number.NaN;
  const { arena } = memory;
  if (size === 8) {
    const w = i >> 2;
    if (arena.shadow32[w] !== INITIALISED_4 || arena.shadow32[w + 1] !== INITIALISED_4) return Number.NaN;
    const high = arena.i32[w + 1] as number;
    // Beyond the safe range the value is a bigint.
    if (high >= 0x200000 || high <= (kind === Kind.I64 ? -0x200000 : -1)) return Number.NaN;
    return high * 4294967296 + (arena.u32[w] as number);
  }
  if (size === 4) {
    if (arena.shadow32[i >> 2] !== INITIALISED_4) return Number.NaN;
    return (kind === Kind.U32 ? arena.u32[i >> 2] : arena.i32[i >> 2]) as number;
  }
  if (size === 2) {
    if (arena.shadow16[i >> 1] !== INITIALISED_2) return Number.NaN;
    return (kind === Kind.U16 ? arena.u16[i >> 1] : arena.i16[i >> 1]) as number;
  }
  if (arena.shadow[i] !== INITIALISED) return Number.NaN;
  return (kind === Kind.I8 ? arena.i8[i] : arena.u8[i]) as number;
}

/** Stores an integer (or pointer); false when that needs a closer look. */
export function plainStore(memory: Memory, kind: Kind, address: number, value: number): boolean {
  if (memory.watch !== null) return false;
  const size = (BITS[kind] as number) >> 3;
  const i = size > 8 ? -1 : memory.findWritable(address, size);
  if (i < 0 || (i & (size - 1)) !== 0 || Number.isNaN(value)) return false;
  const { arena } = memory;
  if (size === 8) {
    const w = i >> 2;
    arena.i32[w] = value;
    arena.i32[w + 1] = Math.floor(value / 4294967296);
    arena.shadow32[w] = INITIALISED_4;
    arena.shadow32[w + 1] = INITIALISED_4;
  } else if (size === 4) {
    arena.i32[i >> 2] = value;
    arena.shadow32[i >> 2] = INITIALISED_4;
  } else if (size === 2) {
    arena.u16[i >> 1] = value;
    arena.shadow16[i >> 1] = INITIALISED_2;
  } else {
    arena.u8[i] = value;
    arena.shadow[i] = INITIALISED;
  }
  return true;
}
