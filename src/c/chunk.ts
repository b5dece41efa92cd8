/**
 * The expanded tokens of one item and the text that the parser gets for them. The text is C that tree-sitter-c reads without error and
 * without misreading: type names become one primitive name, so that `(u64)(x)`, `(dma_addr_t)-1` and `a * b;` are read as what they are;
 * GNU constructs it does not know become one identifier; attributes leave the text. What was replaced is in side tables, by token index.
 * `normalise.ts` decides what is written; this file holds the result and answers questions about it.
 */
import type { Span } from './source.ts';
import type { SyntaxNode } from './syntax.ts';
import type { Token } from './token.ts';

/** What stands behind a token of the written text. Ranges are token indices of the chunk, half-open. */
export type Special =
  /** `unsigned long int`: the words, in order. */
  | { readonly kind: 'base'; readonly words: readonly string[] }
  | { readonly kind: 'typeof'; readonly from: number; readonly to: number }
  | { readonly kind: 'auto' }
  | { readonly kind: 'alignof' }
  /** Lines that the document does not show. */
  | { readonly kind: 'hole'; readonly lines: number | null }
  /** `__builtin_offsetof(...)`, `_Generic(...)`, `va_arg(...)`, `__builtin_types_compatible_p(...)`, `asm(...)`: between the parentheses. */
  | { readonly kind: 'call'; readonly name: string; readonly from: number; readonly to: number }
  | { readonly kind: 'gotoComputed'; readonly from: number; readonly to: number }
  | { readonly kind: 'caseRange'; readonly from: number; readonly to: number }
  /** A type given as an argument to something that is no macro here. */
  | { readonly kind: 'typeArgument'; readonly from: number; readonly to: number }
  /** A statement-head macro without a definition: `name` and its arguments. */
  | { readonly kind: 'head'; readonly name: string; readonly from: number; readonly to: number };

/** An attribute where it stood; `depth` is the bracket depth around it. */
export interface PlacedAttribute {
  readonly at: number;
  readonly depth: number;
  readonly name: string;
  /** Token range of the arguments, empty when there are none. */
  readonly from: number;
  readonly to: number;
}

/** The words written for the parser, with the token index behind each. */
export interface Written {
  readonly words: readonly string[];
  readonly tokens: readonly number[];
}

/** By the code of a bracket: 1 opens, -1 closes. */
const STEPS = new Int8Array(128);
for (const open of [40, 91, 123]) STEPS[open] = 1;
for (const close of [41, 93, 125]) STEPS[close] = -1;

export class Chunk {
  readonly specials = new Map<number, Special>();
  /** Ordered by place. */
  readonly attributes: PlacedAttribute[] = [];
  /** Token index of each `__label__`, with the names it declares. */
  readonly localLabels: { readonly at: number; readonly names: readonly string[] }[] = [];
  /** Some token was put in by healing. */
  readonly partial: boolean;
  private readonly depths: Int32Array;
  /** By the index of an opening bracket: the index after the one that closes it; 0: none does. */
  private readonly closers: Int32Array;

  constructor(
    readonly tokens: readonly Token[],
    like: Chunk | null = null,
  ) {
    if (like !== null) {
      this.partial = like.partial;
      this.depths = like.depths;
      this.closers = like.closers;
      for (const [at, special] of like.specials) this.specials.set(at, special);
      for (const attribute of like.attributes) this.attributes.push(attribute);
      for (const labels of like.localLabels) this.localLabels.push(labels);
      return;
    }
    const count = tokens.length;
    const depths = new Int32Array(count + 1);
    const closers = new Int32Array(count);
    const open: number[] = [];
    let partial = false;
    let depth = 0;
    for (let i = 0; i < count; i++) {
      const token = tokens[i];
      if (token === undefined) break;
      if (token.healed === true) partial = true;
      if (token.kind !== 'punct') {
        depths[i] = depth;
        continue;
      }
      const step = token.text.length > 1 ? 0 : STEPS[token.text.charCodeAt(0)];
      if (step === -1) {
        depth--;
        const opener = open.pop();
        if (opener !== undefined) closers[opener] = i + 1;
      }
      depths[i] = depth;
      if (step === 1) {
        depth++;
        open.push(i);
      }
    }
    depths[count] = depth;
    this.partial = partial;
    this.depths = depths;
    this.closers = closers;
  }

  /** The same tokens with side tables of their own. */
  copy(): Chunk {
    return new Chunk(this.tokens, this);
  }

  depth(index: number): number {
    return this.depths[index] ?? 0;
  }

  /** Index after the bracket that closes the one at `open`, at most `end`. */
  closing(open: number, end: number): number {
    const after = this.closers[open] ?? 0;
    return after === 0 || after > end ? end : after;
  }

  text(index: number): string {
    return this.tokens[index]?.text ?? '';
  }

  /** The place of a token range: from its first token's start to its last token's end, within one unit. */
  span(from: number, to: number): Span {
    const { tokens } = this;
    const first = tokens[from < tokens.length ? from : tokens.length - 1];
    if (first === undefined) return { unit: 0, start: 0, end: 0 };
    const { unit, start, end } = first;
    const last = tokens[Math.max(from, to - 1)];
    if (last === undefined || last === first || last.unit !== unit) return { unit, start, end };
    return { unit, start: Math.min(start, last.start), end: Math.max(end, last.end) };
  }

  addAttribute(attribute: PlacedAttribute): void {
    const { attributes } = this;
    const last = attributes[attributes.length - 1];
    // Written in order, but for ranges that are written again on their own.
    if (last === undefined || last.at <= attribute.at) attributes.push(attribute);
    else attributes.splice(this.firstAttribute(attribute.at + 1), 0, attribute);
  }

  /** Index of the first attribute at `from` or later. */
  private firstAttribute(from: number): number {
    let low = 0;
    let high = this.attributes.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.attributes[middle]?.at ?? 0) < from) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Attributes written in `[from, to)` at exactly this bracket depth. */
  attributesIn(from: number, to: number, depth: number): PlacedAttribute[] {
    const found: PlacedAttribute[] = [];
    if (this.attributes.length === 0) return found;
    for (let i = this.firstAttribute(from); i < this.attributes.length; i++) {
      const each = this.attributes[i];
      if (each === undefined || each.at >= to) break;
      if (each.depth === depth) found.push(each);
    }
    return found;
  }

  argsText(attribute: PlacedAttribute): string {
    return this.source(attribute.from, attribute.to);
  }

  /** Tokens put together again, with single blanks where there was white space. */
  source(from: number, to: number): string {
    let text = '';
    for (let i = from; i < to; i++) {
      const token = this.tokens[i];
      if (token !== undefined) text += (token.space && text !== '' ? ' ' : '') + token.text;
    }
    return text;
  }
}

/** A parsed piece of a chunk: a tree whose positions are translated to token indices of the chunk. */
export class Parsed {
  constructor(
    readonly chunk: Chunk,
    readonly written: Written,
    /** The tree of the words. */
    readonly root: SyntaxNode,
  ) {}

  /** Token index at which a node begins. */
  from(node: SyntaxNode): number {
    return this.written.tokens[node.first] ?? this.chunk.tokens.length;
  }

  /** Token index where a node's text begins, unwritten words before its first written one (attributes) included. */
  start(node: SyntaxNode): number {
    return this.before(node) + 1;
  }

  /** Token index just after a node. */
  to(node: SyntaxNode): number {
    if (node.last <= node.first) return this.from(node);
    return (this.written.tokens[node.last - 1] ?? this.chunk.tokens.length - 1) + 1;
  }

  special({ first }: SyntaxNode): Special | null {
    const { specials } = this.chunk;
    if (specials.size === 0) return null;
    return specials.get(this.written.tokens[first] ?? this.chunk.tokens.length) ?? null;
  }

  /** Token index of the n-th written token before a node (1: the one just before). */
  before(node: SyntaxNode, n = 1): number {
    return this.written.tokens[node.first - n] ?? -1;
  }

  /** Token index of the first written token after a node. */
  after(node: SyntaxNode): number {
    return this.written.tokens[node.last] ?? this.chunk.tokens.length;
  }
}
