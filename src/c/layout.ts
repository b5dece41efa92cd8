/**
 * Sizes and alignments on x86-64 (System V), and the placing of struct members: bit-fields as gcc places them, packed and aligned
 * attributes, `#pragma pack`, flexible arrays, unions.
 */
import type { Span } from './source.ts';
import type { CType, IntType, Member } from './types.ts';

/** Size in bytes; a function or void counts 1 as in GNU C, an incomplete array 0. */
export function sizeOf(type: CType): number {
  switch (type.kind) {
    case 'void':
    case 'function':
      return 1;
    case 'int':
    case 'float':
      return type.size;
    case 'pointer':
    case 'unknown':
      return 8;
    case 'array':
      return (type.length ?? 0) * sizeOf(type.of);
    case 'struct':
      return type.size;
  }
}

/** Alignment in bytes. */
export function alignOf(type: CType): number {
  switch (type.kind) {
    case 'void':
      return 1;
    case 'function':
      return type.align ?? 1;
    case 'int':
    case 'float':
      return type.align ?? type.size;
    case 'pointer':
    case 'unknown':
      return 8;
    case 'array':
      return type.align ?? alignOf(type.of);
    case 'struct':
      return Math.max(type.align, 1);
  }
}

/** A type as `aligned(n)` on a typedef or a variable makes it; 0: no such attribute. Structs carry the alignment of their definition only. */
export function alignedType(type: CType, aligned: number): CType {
  if (aligned === 0) return type;
  switch (type.kind) {
    case 'int':
    case 'float':
    case 'array':
    case 'function':
      return { ...type, align: aligned };
    default:
      return type;
  }
}

function roundUp(value: number, to: number): number {
  return to <= 1 ? value : Math.ceil(value / to) * to;
}

export interface MemberShape {
  readonly name: string | null;
  readonly type: CType;
  /** Width of a bit-field, else null. */
  readonly width: number | null;
  /** `aligned(n)` on the member; 0 when absent. */
  readonly aligned: number;
  readonly packed: boolean;
  readonly at: Span | null;
}

/** Places members one after the other (or over each other in a union). */
export class Placement {
  readonly members: Member[] = [];
  private bit = 0;
  private size = 0;
  private align = 1;

  constructor(
    private readonly union: boolean,
    private readonly packed: boolean,
    /** `#pragma pack(n)`; 0: none. */
    private readonly pack: number,
  ) {}

  add(shape: MemberShape): void {
    if (this.union) this.bit = 0;
    if (shape.width !== null && shape.type.kind === 'int') this.bitField(shape, shape.type, shape.width);
    else this.plain(shape);
    this.size = Math.max(this.size, Math.ceil(this.bit / 8));
  }

  private natural(shape: MemberShape): number {
    const packed = this.packed || shape.packed;
    let align = packed ? 1 : alignOf(shape.type);
    if (this.pack > 0) align = Math.min(align, this.pack);
    return Math.max(align, shape.aligned);
  }

  private plain(shape: MemberShape): void {
    const align = this.natural(shape);
    const offset = roundUp(Math.ceil(this.bit / 8), align);
    this.align = Math.max(this.align, align);
    this.members.push({ name: shape.name, type: shape.type, offset, at: shape.at });
    this.bit = (offset + sizeOf(shape.type)) * 8;
  }

  private bitField(shape: MemberShape, type: IntType, width: number): void {
    const unit = type.size * 8;
    if (width === 0) {
      this.bit = roundUp(this.bit, unit);
      return;
    }
    const packed = this.packed || shape.packed || (this.pack > 0 && this.pack < type.size);
    if (shape.aligned > 0) this.bit = roundUp(this.bit, shape.aligned * 8);
    if (!packed && Math.floor(this.bit / unit) !== Math.floor((this.bit + width - 1) / unit))
      this.bit = roundUp(this.bit, unit);
    if (shape.name !== null)
      this.align = Math.max(this.align, packed ? Math.max(shape.aligned, 1) : this.natural(shape));
    let storage: IntType = type;
    let offset = Math.floor(this.bit / unit) * type.size;
    if (packed) {
      // Only the bytes the field touches: a whole storage unit could reach past the end of the struct.
      offset = Math.floor(this.bit / 8);
      const bytes = Math.ceil(((this.bit % 8) + width) / 8);
      const size = bytes <= 1 ? 1 : bytes <= 2 ? 2 : bytes <= 4 ? 4 : 8;
      if (!type.bool) storage = { ...type, size };
    }
    if (shape.name !== null)
      this.members.push({
        name: shape.name,
        type: storage,
        offset,
        bits: { offset: this.bit - offset * 8, width, ...(packed ? { exact: true } : {}) },
        at: shape.at,
      });
    this.bit += width;
  }

  /** `aligned`: attribute on the whole struct; 0 when absent. */
  finish(aligned: number): { size: number; align: number } {
    const align = Math.max(this.align, aligned);
    return { size: roundUp(this.size, align), align };
  }
}

/** A member found by name, with the anonymous members passed through on the way. */
export interface FoundMember {
  readonly path: readonly Member[];
}

/** Looks a member up, through anonymous structs and unions. */
export function findMember(members: readonly Member[], name: string): FoundMember | null {
  for (const member of members) if (member.name === name) return { path: [member] };
  for (const member of members)
    if (member.name === null && member.type.kind === 'struct') {
      const inner = findMember(member.type.members, name);
      if (inner !== null) return { path: [member, ...inner.path] };
    }
  return null;
}
