/**
 * A variable that no visible line declares: cut off by the hunk, or forgotten by the author. Its uses tell what type it has. What they tell is
 * collected while the function is lowered; a function with such variables is lowered once more with what was learnt.
 */
import { unknownType } from './basicTypes.ts';
import type { Expr, LocalVariable } from './ir.ts';
import type { Span } from './source.ts';
import type { CType } from './types.ts';

export class UnseenLocal implements LocalVariable {
  readonly isParameter = false;
  readonly cleanup = null;
  readonly unseen = true;
  addressTaken: boolean;
  private shown: CType | null = null;
  private likely: CType | null = null;

  constructor(
    readonly id: number,
    readonly name: string,
    readonly type: CType,
    readonly at: Span,
  ) {
    this.addressTaken = type.kind === 'struct' || type.kind === 'array';
  }

  /** The type the uses tell, or null. */
  get learnt(): CType | null {
    return this.shown ?? this.likely;
  }

  /** A value of this type is stored in it, or it stands where a value of this type is needed. */
  learn(type: CType): void {
    if (isTelling(type) && (this.shown === null || leadsNowhere(this.shown))) this.shown = type;
  }

  /** It is calculated or compared with a value of this type. */
  suppose(type: CType): void {
    if (isTelling(type)) this.likely ??= type;
  }
}

/** A pointer of which only the pointing is known: what is stored through it tells more. */
function leadsNowhere(type: CType): boolean {
  return type.kind === 'pointer' && (type.to.kind === 'unknown' || type.to.kind === 'void');
}

function isTelling(type: CType): boolean {
  return type.kind === 'int' || type.kind === 'float' || type.kind === 'pointer' || type.kind === 'struct';
}

/** The type of a variable of which nothing is known yet. */
export function unseenType(name: string): CType {
  return unknownType(`'${name}' is declared outside the visible lines`);
}

/** The variable that a value of unknown type is read from, when no visible line declares it. */
export function unseenLocal(value: Expr): UnseenLocal | null {
  if (value.kind !== 'load' || value.type.kind !== 'unknown') return null;
  const { place } = value;
  return place.kind === 'local' && place.variable instanceof UnseenLocal ? place.variable : null;
}
