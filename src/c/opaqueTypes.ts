/**
 * Types whose values this front end only carries about: complex numbers, GCC's vectors, integers of a width of their own. They have their size and alignment, are
 * copied, passed, returned and lie in unions as what they are; vectors also have elements. Arithmetic on them is not lowered but said.
 */
import { sizeOf } from './layout.ts';
import type { CType, StructType } from './types.ts';

const ELEMENTS = '<elements>';

class Opaque implements StructType {
  readonly kind = 'struct';
  readonly union = false;
  readonly tag: string;
  readonly members: StructType['members'];
  readonly complete = true;
  readonly open = false;
  readonly at = null;

  constructor(
    readonly name: string,
    readonly size: number,
    readonly align: number,
    elements: CType | null = null,
  ) {
    this.tag = `<${name}>`;
    this.members = elements === null ? [] : [{ name: ELEMENTS, type: elements, offset: 0, at: null }];
  }
}

const COMPLEX = new Map<number, StructType>();

/** `_Complex` of a type of `size` bytes. */
export function complexOf(size: number): StructType {
  let type = COMPLEX.get(size);
  if (type === undefined) {
    type = new Opaque('_Complex', 2 * size, size);
    COMPLEX.set(size, type);
  }
  return type;
}

const BIT_INTS = new Map<number, StructType>();

/** `_BitInt(bits)`. */
export function bitInt(bits: number): StructType {
  const bytes = bits <= 64 ? 2 ** Math.max(Math.ceil(Math.log2(bits / 8)), 0) : 8 * Math.ceil(bits / 64);
  let type = BIT_INTS.get(bits);
  if (type === undefined) {
    type = new Opaque(`_BitInt(${bits})`, bytes, Math.min(bytes, 8));
    BIT_INTS.set(bits, type);
  }
  return type;
}

/** `__attribute__((vector_size(bytes)))` on a type; null when there is no such vector. */
export function vectorOf(of: CType, bytes: number): StructType | null {
  const each = sizeOf(of);
  if ((of.kind !== 'int' && of.kind !== 'float') || each === 0 || bytes < each || bytes % each !== 0) return null;
  return new Opaque(`vector of ${bytes / each} ${of.name}`, bytes, bytes, { kind: 'array', of, length: bytes / each });
}

/** The elements of a vector, as its only member; null for any other type. */
export function vectorElements(type: CType): StructType['members'][number] | null {
  return type instanceof Opaque ? (type.members[0] ?? null) : null;
}

/** The spelling of a type that is only carried about; null for any other. */
export function opaqueName(type: CType): string | null {
  return type instanceof Opaque ? type.name : null;
}
