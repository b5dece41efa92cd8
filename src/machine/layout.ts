/**
 * Sizes, alignments and spellings of C types as the machine needs them (LP64), and the way from an offset in a type to the member
 * that lies there. Types themselves are made by `c/`; nothing here changes one.
 */
import type { CType, IntType, Member, PointerType } from '../c/types.ts';

const integer = (size: IntType['size'], signed: boolean, rank: number, name: string): IntType => ({
  kind: 'int',
  size,
  signed,
  bool: false,
  rank,
  name,
});

export const CHAR = integer(1, true, 1, 'char');
export const UNSIGNED_CHAR = integer(1, false, 1, 'unsigned char');
export const SHORT = integer(2, true, 2, 'short');
export const UNSIGNED_SHORT = integer(2, false, 2, 'unsigned short');
export const INT = integer(4, true, 3, 'int');
export const UNSIGNED_INT = integer(4, false, 3, 'unsigned int');
export const LONG = integer(8, true, 4, 'long');
export const UNSIGNED_LONG = integer(8, false, 4, 'unsigned long');
export const INT128 = integer(16, true, 6, '__int128');
export const UNSIGNED_INT128 = integer(16, false, 6, 'unsigned __int128');
export const BOOL: IntType = { kind: 'int', size: 1, signed: false, bool: true, rank: 0, name: '_Bool' };
export const FLOAT: CType = { kind: 'float', size: 4, name: 'float' };
export const DOUBLE: CType = { kind: 'float', size: 8, name: 'double' };
export const VOID: CType = { kind: 'void' };
export const VOID_POINTER: PointerType = { kind: 'pointer', to: VOID, toConst: false };

/** Bytes an object of this type takes; 0 for a flexible array, an incomplete struct or a function; 1 for void as gcc has it. */
export function sizeOf(type: CType): number {
  let factor = 1;
  for (;;) {
    switch (type.kind) {
      case 'void':
        return factor;
      case 'int':
      case 'float':
      case 'struct':
        return factor * type.size;
      case 'pointer':
      case 'unknown':
        return factor * 8;
      case 'function':
        return 0;
      case 'array':
        factor *= type.length ?? 0;
        type = type.of;
        break;
    }
  }
}

export function isAggregate(type: CType): boolean {
  return type.kind === 'struct' || type.kind === 'array';
}

/** A type as C spells it, without a declarator's name. */
export function typeName(type: CType): string {
  let suffix = '';
  for (let level = 0; level < 64; level++) {
    switch (type.kind) {
      case 'void':
        return `void${suffix}`;
      case 'int':
      case 'float':
        return `${type.name}${suffix}`;
      case 'struct':
        return `${type.union ? 'union' : 'struct'} ${type.tag}${suffix}`;
      case 'unknown':
        return `an unknown type${suffix}`;
      case 'pointer':
        suffix = suffix.startsWith('*') || suffix === '' ? `${suffix === '' ? ' ' : ''}*${suffix}` : ` (*)${suffix}`;
        type = type.to;
        break;
      case 'array':
        suffix = `${suffix}[${type.length ?? ''}]`;
        type = type.of;
        break;
      case 'function':
        suffix = ` function${suffix}`;
        type = type.result;
        break;
    }
  }
  return `…${suffix}`;
}

/** One place inside a type: the spelling after the object's name, and the type found there. */
export interface Inside {
  readonly path: string;
  readonly type: CType;
  readonly bits: { readonly offset: number; readonly width: number } | null;
}

/**
 * What lies at `offset`, as C would write it: `.info.flags`, `[3].x`. The innermost scalar that starts there and is not larger than
 * `size` wins; null when no member starts there. `shift`: the bit wanted, for bit-fields.
 */
export function inside(type: CType, offset: number, size: number, shift = 0): Inside | null {
  let path = '';
  for (let depth = 0; depth < 64; depth++) {
    if (type.kind === 'array') {
      const each = sizeOf(type.of);
      if (each === 0) return null;
      const index = Math.floor(offset / each);
      path += `[${index}]`;
      offset -= index * each;
      type = type.of;
      continue;
    }
    if (type.kind !== 'struct') return offset === 0 ? { path, type, bits: null } : null;
    const member = memberAt(type.members, offset, size, shift);
    if (member === null) return offset === 0 && size >= type.size ? { path, type, bits: null } : null;
    if (member.name !== null) path += `.${member.name}`;
    offset -= member.offset;
    if (member.bits) return offset === 0 ? { path, type: member.type, bits: member.bits } : null;
    type = member.type;
  }
  return null;
}

function memberAt(members: readonly Member[], offset: number, size: number, shift: number): Member | null {
  let best: Member | null = null;
  for (let i = 0; i < members.length; i++) {
    const member = members[i];
    if (member === undefined || offset < member.offset) continue;
    // A size may have to be worked out: of most members nobody needs it, as the next one begins before the place that is wanted.
    const { type } = member;
    const next = members[i + 1];
    const open = type.kind === 'array' && type.length === null;
    if (next !== undefined && next.offset > member.offset && next.offset <= offset && !member.bits && !open) continue;
    if (offset >= member.offset + sizeOf(type) && !open) continue;
    if (member.bits && member.bits.offset !== shift) continue;
    // In a union the member of the accessed size is the likely one.
    if (best === null || (sizeOf(best.type) !== size && sizeOf(member.type) === size)) best = member;
  }
  return best;
}
