/**
 * The words being read and the nodes being made. Nothing here fails loudly: what no rule takes sets `failed`, after which every word reads
 * as `END`, so that all loops end and the caller asks the general parser.
 */
import type { SyntaxNode } from '../syntax.ts';
import { END } from './codes.ts';

/** A node whose role is still open. */
export interface Draft extends SyntaxNode {
  field: string | null;
}

const NO_CHILDREN: readonly Draft[] = [];
const NO_CODES = new Uint8Array(0);

/** How deep rules may nest before the general parser is asked, whose stack is not the host's. */
export const NESTING = 200;

export class Cursor {
  /** Index of the word here; `next` and what is built on it moves on. */
  protected at = 0;
  /** Code of the word here: a field, since every rule asks for it several times. */
  protected here: number = END;
  protected failed = false;
  /** Rules that are open inside one another; each that may nest counts itself. */
  protected depth = 0;
  private codes: Uint8Array = NO_CODES;
  private count = 0;

  /** Begins a text; `codes` holds `count` codes and the `END` after them. */
  protected begin(codes: Uint8Array, count: number): void {
    this.codes = codes;
    this.count = count;
    this.at = 0;
    this.here = codes[0] ?? END;
    this.failed = false;
    this.depth = 0;
  }

  protected get ended(): boolean {
    return this.at >= this.count;
  }

  /** The code of the word `ahead` words on. */
  protected code(ahead: number): number {
    return this.codes[this.at + ahead] ?? END;
  }

  /** Goes past the word here, whatever it is, and says which it was. */
  protected next(): number {
    const past = this.at++;
    this.here = this.codes[this.at] ?? END;
    return past;
  }

  /** No rule takes this text. */
  protected fail(): Draft {
    this.failed = true;
    this.codes = NO_CODES;
    this.at = this.count;
    this.here = END;
    return this.node('ERROR', this.at, NO_CHILDREN);
  }

  /** Goes past a word of this code. */
  protected expect(code: number): void {
    if (this.here === code) this.here = this.codes[++this.at] ?? END;
    else this.fail();
  }

  /** Leaves a rule that is one level too deep. */
  protected tooDeep(): Draft {
    this.depth--;
    return this.fail();
  }

  /** A node from word `first` to here. */
  protected node(type: string, first: number, children: readonly Draft[]): Draft {
    return { type, field: null, first, last: this.at, children, broken: null };
  }

  /** A node of the one word here. */
  protected leaf(type: string, field: string | null = null): Draft {
    const first = this.at++;
    this.here = this.codes[this.at] ?? END;
    return { type, field, first, last: first + 1, children: NO_CHILDREN, broken: null };
  }

  /** A node of the one word here, which must have this code. */
  protected leafOf(code: number, type: string, field: string | null = null): Draft {
    return this.here === code ? this.leaf(type, field) : this.fail();
  }
}

/** Gives a node its role in the parent being made. */
export function as(field: string, node: Draft): Draft {
  node.field = field;
  return node;
}
