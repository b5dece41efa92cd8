/**
 * C types with their LP64 Linux layout. Layout is computed once, when a struct is completed. Type *names* are for messages only;
 * two types are compared with `sameType` (c/compare), never by identity.
 */
import type { Span } from './source.ts';

export type CType = VoidType | IntType | FloatType | PointerType | ArrayType | FunctionType | StructType | UnknownType;

export interface VoidType {
  readonly kind: 'void';
}

/** Every integer type, `_Bool`, `char` and enums. */
export interface IntType {
  readonly kind: 'int';
  readonly size: 1 | 2 | 4 | 8 | 16;
  readonly signed: boolean;
  /** `_Bool`: conversion gives 0 or 1, whatever the size. */
  readonly bool: boolean;
  /** `char` as written without a sign: a type of its own, though its values are those of `signed char`. */
  readonly plain?: true;
  /** Conversion rank: _Bool 0, char 1, short 2, int 3, long 4, long long 5, __int128 6. */
  readonly rank: number;
  /** As written or typedef'd: `unsigned long`, `dma_addr_t`, `enum dma_data_direction`. */
  readonly name: string;
  /** The value of a bit-field wider than int: gcc computes with exactly as many bits. */
  readonly precision?: number;
  /** The alignment an attribute of a typedef or variable gives, where it is not the type's own. */
  readonly align?: number;
  /** For an enum type: its constants, for messages (`DMA_TO_DEVICE` rather than 1). */
  readonly constants?: ReadonlyMap<string, number | bigint>;
}

export interface FloatType {
  readonly kind: 'float';
  readonly size: 4 | 8 | 16;
  readonly name: string;
  readonly align?: number;
}

export interface PointerType {
  readonly kind: 'pointer';
  readonly to: CType;
  /** The pointee was declared const (a store through it is a finding when the object is read-only, not by this flag alone). */
  readonly toConst: boolean;
}

export interface ArrayType {
  readonly kind: 'array';
  readonly of: CType;
  /** null: flexible array member, or an incomplete array. */
  readonly length: number | null;
  readonly align?: number;
}

export interface FunctionType {
  readonly kind: 'function';
  readonly result: CType;
  readonly parameters: readonly CType[];
  readonly parameterNames: readonly (string | null)[];
  readonly variadic: boolean;
  readonly align?: number;
}

/**
 * A struct or union. Objects of this interface are completed in place: `members` and `size` are empty until the definition is read.
 * `open`: the definition is partly unseen (bundled extract, hunk fragment, or never declared); an unknown member name is then given a
 * place at the end instead of being an error, so `size` may grow until the machine first lays out an object.
 */
export interface StructType {
  readonly kind: 'struct';
  readonly union: boolean;
  /** Tag, or a made-up unique name for an anonymous struct. */
  readonly tag: string;
  members: Member[];
  size: number;
  align: number;
  complete: boolean;
  open: boolean;
  /** Where the definition stands, if it was read. */
  at: Span | null;
}

export interface Bits {
  readonly offset: number;
  readonly width: number;
  /** Packed: only the bytes with its bits may be touched, the storage unit may reach past the struct's end. */
  readonly exact?: boolean;
}

export interface Member {
  /** null: unnamed bit-field, or an anonymous struct/union whose members are reached as if they were the parent's. */
  readonly name: string | null;
  readonly type: CType;
  /** Bytes from the start of the struct. For a bit-field: of its storage unit. */
  readonly offset: number;
  /** Bit-field: bit position in the storage unit (little endian) and width. */
  readonly bits?: Bits;
  readonly at: Span | null;
}

/** The type could not be found. Its values are 8-byte scalars that may be an integer or a pointer. */
export interface UnknownType {
  readonly kind: 'unknown';
  /** What was not found: `type 'foo_t'`, `result of undeclared function 'bar'`. */
  readonly why: string;
}
