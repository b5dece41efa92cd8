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
const NESTING = 200;

export class Cursor {
  protected at = 0;
  protected failed = false;
  private depth = 0;
  private codes: Uint8Array = NO_CODES;
  private count = 0;

  /** Begins a text; `codes` holds `count` codes and the `END` after them. */
  protected begin(codes: Uint8Array, count: number): void {
    this.codes = codes;
    this.count = count;
    this.at = 0;
    this.failed = false;
    this.depth = 0;
  }

  protected get ended(): boolean {
    return this.at >= this.count;
  }

  /** The code of the word `ahead` words on. */
  protected code(ahead = 0): number {
    return this.codes[this.at + ahead] ?? END;
  }

  /** No rule takes this text. */
  protected fail(): Draft {
    this.failed = true;
    this.codes = NO_CODES;
    this.at = this.count;
    return this.node('ERROR', this.at, NO_CHILDREN);
  }

  /** Goes past a word of this code. */
  protected expect(code: number): void {
    if (this.codes[this.at] === code) this.at++;
    else this.fail();
  }

  /** One level deeper; false: too deep, and failed. `leave` must follow in both cases. */
  protected enter(): boolean {
    if (++this.depth <= NESTING) return true;
    this.fail();
    return false;
  }

  protected leave(): void {
    this.depth--;
  }

  /** A node from word `first` to here. */
  protected node(type: string, first: number, children: readonly Draft[]): Draft {
    return { type, field: null, first, last: this.at, children, broken: null };
  }

  /** A node of the one word here. */
  protected leaf(type: string): Draft {
    const first = this.at++;
    return { type, field: null, first, last: first + 1, children: NO_CHILDREN, broken: null };
  }

  /** A node of the one word here, which must have this code. */
  protected leafOf(code: number, type: string): Draft {
    return this.codes[this.at] === code ? this.leaf(type) : this.fail();
  }
}

/** Gives a node its role in the parent being made. */
export function as(field: string, node: Draft): Draft {
  node.field = field;
  return node;
}
