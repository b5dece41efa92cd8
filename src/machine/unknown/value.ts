/**
 * Unknown values as the machine holds them: a leaf that came from somewhere, or an operation on other values. Operations are unique
 * per run (`derive.ts`), so that the same expression on the same operands is the same unknown. What is known about them: `facts.ts`.
 */
import type { BinaryOp } from '../../c/ir.ts';
import type { CType } from '../../c/types.ts';
import type { Integer } from '../integers.ts';
import { type Kind, kindOf } from '../kinds.ts';
import type { Scalar, Unknown } from '../model.ts';

export type DerivedOp =
  | BinaryOp
  | '=='
  | '<'
  | 'not'
  | 'neg'
  | 'complement'
  | 'convert'
  /** `width` bits from bit `shift`, extended by the result's sign. */
  | 'extract'
  /** `left` with `width` bits from `shift` replaced by `right`. */
  | 'insert'
  /** Bytes of several values read as one. */
  | 'bytes';

export interface Node {
  readonly op: DerivedOp;
  readonly left: Scalar;
  readonly right: Scalar;
  /** Kind in which the operation is done; for `==` and `<` that of the operands. */
  readonly kind: Kind;
  readonly shift: number;
  readonly width: number;
}

/** A walk over data nobody knows gives paths without end (`->next->next…`): only the end of a long one is kept. */
const LONGEST_SOURCE = 160;

export class UnknownValue implements Unknown {
  readonly source: string;
  readonly unknown = true;
  type: CType;
  kind: Kind;
  /** It stood in memory that the code had not written: it is none of what only the code knows. */
  content = false;
  /** Set when the facts leave one value. */
  concrete: Integer | null = null;
  /** How many values had been found when this one, an operation on others, was looked at last and was open. */
  openAt = -1;

  constructor(
    readonly id: number,
    type: CType,
    source: string,
    readonly node: Node | null,
  ) {
    this.source = source.length > LONGEST_SOURCE ? `…${source.slice(-LONGEST_SOURCE / 2)}` : source;
    this.type = type;
    this.kind = kindOf(type);
  }

  /** A vague type (`void *`, not found) becomes the one the code uses the value as; the value stays the same. */
  retype(type: CType): void {
    this.type = type;
    this.kind = kindOf(type);
  }
}

/** A register that was declared and never written; reading it is a fault. Not a value a model ever sees. */
export const UNINITIALISED_REGISTER = new UnknownValue(-1, { kind: 'void' }, 'an uninitialised variable', null);

/** Identity of an operand, for keys. */
export function keyOf(value: Scalar): string {
  return typeof value === 'object' ? `#${value.id}` : Object.is(value, -0) ? '-0' : String(value);
}
