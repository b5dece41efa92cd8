/**
 * Usage bits of a lock class: in which interrupt it was taken, with which interrupt enabled, exclusively or shared. Bit arithmetic and its
 * printed form only; who sets the bits and what follows is in marks.ts.
 */

/** bit = state * 4 + direction * 2 + read; state 0 hardirq, 1 softirq; direction 0 used in, 1 enabled. */
export const USED_IN_HARDIRQ = 0x01;
export const ENABLED_HARDIRQ = 0x04;
export const USED_IN_SOFTIRQ = 0x10;
export const ENABLED_SOFTIRQ = 0x40;

/** Bits set by exclusive acquires; shifted left by one: by shared acquires. */
export const WRITE_BITS = 0x55;
const READ_BITS = 0xaa;
/** The class was used at all, exclusively or shared: what a lock taken in an NMI must not have been. */
export const USED = 0x100;
export const USED_READ = 0x200;
export const USED_IN_BITS = 0x33;
export const ENABLED_BITS = 0xcc;
/** The bits in the order in which an acquire sets them. */
export const ALL_BITS: readonly number[] = [0x01, 0x02, 0x10, 0x20, 0x04, 0x08, 0x40, 0x80];

export function isRead(bit: number): boolean {
  return (bit & READ_BITS) !== 0;
}

export function isEnabled(bit: number): boolean {
  return (bit & ENABLED_BITS) !== 0;
}

/** Used-in becomes enabled and the other way round, same interrupt, same kind of access. */
export function invert(mask: number): number {
  return ((mask & USED_IN_BITS) << 2) | ((mask & ENABLED_BITS) >> 2);
}

/** All bits that must not meet the given ones on a path: opposite direction, exclusive and shared (lockdep.c: exclusive_mask, original_mask). */
export function exclusiveMask(mask: number): number {
  let opposite = invert(mask);
  opposite |= (opposite & READ_BITS) >> 1;
  opposite |= (opposite & WRITE_BITS) << 1;
  return opposite;
}

/** `IN-HARDIRQ-W`, `SOFTIRQ-ON-R`. */
export function bitName(bit: number): string {
  const irq = (bit & 0x0f) !== 0 ? 'HARDIRQ' : 'SOFTIRQ';
  const access = isRead(bit) ? 'R' : 'W';
  return isEnabled(bit) ? `${irq}-ON-${access}` : `IN-${irq}-${access}`;
}

/** `HARDIRQ` or `SOFTIRQ`. */
export function irqName(bit: number): string {
  return (bit & 0x0f) !== 0 ? 'HARDIRQ' : 'SOFTIRQ';
}

/** `{-.+?}`: hardirq write, hardirq read, softirq write, softirq read; `.` never, `-` used in, `+` enabled, `?` both. */
export function usageText(usage: number): string {
  const one = (usedIn: number, enabled: number) => {
    const used = (usage & usedIn) !== 0;
    const on = (usage & enabled) !== 0;
    return used && on ? '?' : used ? '-' : on ? '+' : '.';
  };
  return `{${one(0x01, 0x04)}${one(0x02, 0x08)}${one(0x10, 0x40)}${one(0x20, 0x80)}}`;
}

/** Position of a single bit, for tables indexed by bit. */
export function bitIndex(bit: number): number {
  return 31 - Math.clz32(bit);
}
