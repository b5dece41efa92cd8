/** The C library's string functions on simulated memory. Unknown bytes make the result unknown; faults come from the accesses. */
import type { Core } from '../core.ts';
import { Kind } from '../kinds.ts';
import { INT, UNSIGNED_LONG } from '../layout.ts';
import type { Scalar } from '../model.ts';

/** Strings are read up to here; a longer one has no end in any sensible program. */
const LONGEST = 2 ** 26;

function byteAt(m: Core, base: Scalar, offset: number): Scalar {
  const at = typeof base === 'number' ? base + offset : m.unknowns.binary('+', base, offset, Kind.Pointer);
  return m.unknowns.resolve(m.access.load(at, Kind.U8, null));
}

export function stringLength(m: Core, base: Scalar): Scalar {
  for (let i = 0; i < LONGEST && m.ended === null; i++) {
    const byte = byteAt(m, base, i);
    if (typeof byte === 'object') return m.unknowns.fresh(UNSIGNED_LONG, `strlen of ${byte.source}`);
    if (byte === 0) return i;
  }
  return 0;
}

export function compareStrings(m: Core, left: Scalar, right: Scalar, limit: number | null): Scalar {
  for (let i = 0; i < (limit ?? LONGEST) && m.ended === null; i++) {
    const a = byteAt(m, left, i);
    const b = byteAt(m, right, i);
    if (typeof a === 'object' || typeof b === 'object') return m.unknowns.fresh(INT, 'result of a string comparison');
    if (a !== b) return a < b ? -1 : 1;
    if (a === 0) return 0;
  }
  return 0;
}

export function compareBytes(m: Core, left: Scalar, right: Scalar, bytes: Scalar): Scalar {
  const length = m.unknowns.resolve(bytes);
  if (typeof length === 'object') return m.unknowns.fresh(INT, 'result of memcmp()');
  for (let i = 0; i < length && m.ended === null; i++) {
    const a = byteAt(m, left, i);
    const b = byteAt(m, right, i);
    if (typeof a === 'object' || typeof b === 'object') return m.unknowns.fresh(INT, 'result of memcmp()');
    if (a !== b) return a < b ? -1 : 1;
  }
  return 0;
}
