/**
 * What code refers to by address: globals, functions, string literals, labels. Each gets its address when it is first used in a run;
 * globals are filled by their initialisers then.
 */
import type { FunctionSymbol, GlobalSymbol } from '../c/ir.ts';
import type { CType } from '../c/types.ts';
import { CHAR, sizeOf } from './layout.ts';
import type { Memory } from './memory/memory.ts';
import type { MemoryObject } from './memory/object.ts';
import { OBJECT_BASE, type Scalar } from './model.ts';

/** Functions stand 16 bytes apart from here; labels after them. Nothing can be read there. */
export const FUNCTION_BASE = OBJECT_BASE + 2 ** 51;
export const LABEL_BASE = FUNCTION_BASE + 2 ** 40;

export type Link =
  | { readonly kind: 'global'; readonly symbol: GlobalSymbol }
  | { readonly kind: 'function'; readonly symbol: FunctionSymbol }
  | { readonly kind: 'string'; readonly bytes: Uint8Array }
  | { readonly kind: 'label'; readonly name: string; readonly owner: string };

export class Links {
  /** Address by link; NaN: not made in this run. */
  addresses = new Float64Array(256).fill(Number.NaN);
  private readonly links: Link[] = [];
  private readonly globals = new Map<GlobalSymbol, number>();
  private readonly functions = new Map<FunctionSymbol, number>();
  private readonly labelNames = new Map<string, number>();
  /** Functions by address, in order of first use. */
  functionsByAddress: FunctionSymbol[] = [];
  private labels: number[] = [];
  private made: number[] = [];
  /** What each seal found, the last one last. */
  private readonly seals: { readonly made: number[]; readonly functions: number; readonly labels: number }[] = [];

  /** Number by which code refers to something. */
  add(link: Link): number {
    const known = this.find(link);
    if (known !== undefined) return known;
    const id = this.links.push(link) - 1;
    if (link.kind === 'global') this.globals.set(link.symbol, id);
    if (link.kind === 'function') this.functions.set(link.symbol, id);
    if (link.kind === 'label') this.labelNames.set(`${link.owner}:${link.name}`, id);
    if (id >= this.addresses.length) {
      const wide = new Float64Array(this.addresses.length * 2).fill(Number.NaN);
      wide.set(this.addresses);
      this.addresses = wide;
    }
    return id;
  }

  /** Everything but string literals is one thing however often it is named. */
  private find(link: Link): number | undefined {
    switch (link.kind) {
      case 'global':
        return this.globals.get(link.symbol);
      case 'function':
        return this.functions.get(link.symbol);
      case 'label':
        return this.labelNames.get(`${link.owner}:${link.name}`);
      case 'string':
        return undefined;
    }
  }

  get(id: number): Link | null {
    return this.links[id] ?? null;
  }

  record(id: number, address: number): number {
    this.addresses[id] = address;
    this.made.push(id);
    return address;
  }

  makeFunction(id: number, symbol: FunctionSymbol): number {
    this.functionsByAddress.push(symbol);
    return this.record(id, FUNCTION_BASE + 16 * this.functionsByAddress.length);
  }

  makeLabel(id: number): number {
    this.labels.push(id);
    return this.record(id, LABEL_BASE + 16 * this.labels.length);
  }

  functionAt(address: Scalar): FunctionSymbol | null {
    if (typeof address !== 'number' || address < FUNCTION_BASE) return null;
    return this.functionsByAddress[(address - FUNCTION_BASE) / 16 - 1] ?? null;
  }

  labelAt(address: Scalar): (Link & { kind: 'label' }) | null {
    if (typeof address !== 'number' || address < LABEL_BASE) return null;
    const link = this.links[this.labels[(address - LABEL_BASE) / 16 - 1] ?? -1];
    return link?.kind === 'label' ? link : null;
  }

  seal(): void {
    this.seals.push({ made: this.made, functions: this.functionsByAddress.length, labels: this.labels.length });
    this.made = [];
  }

  reset(): void {
    for (const id of this.made) this.addresses[id] = Number.NaN;
    this.made = [];
    const seal = this.seals.at(-1);
    this.functionsByAddress.length = seal?.functions ?? 0;
    this.labels.length = seal?.labels ?? 0;
  }

  /** Forgets the last seal: `reset` comes back to the one before. */
  unseal(): void {
    this.made.push(...(this.seals.pop()?.made ?? []));
  }
}

/** The object of a string literal, with its terminating 0. */
export function makeString(memory: Memory, bytes: Uint8Array): MemoryObject | null {
  const type: CType = { kind: 'array', of: CHAR, length: bytes.length + 1 };
  const object = memory.allocate(bytes.length + 1, {
    label: 'string literal',
    storage: 'string',
    type,
    content: 'zero',
    at: null,
  });
  if (object === null) return null;
  const index = memory.piece(object, 0, bytes.length + 1);
  if (index >= 0) memory.arena.u8.set(bytes, index);
  object.readOnly = true;
  memory.open(object);
  return object;
}

/** The object of a global before its initialiser has run. */
export function makeGlobalObject(memory: Memory, symbol: GlobalSymbol): MemoryObject | null {
  const size = initialisedSize(symbol);
  const unseen = symbol.isExtern;
  const options = {
    // A static local's name carries where it is.
    label: symbol.name.replace(/@.*$/, ''),
    storage: 'global' as const,
    type: symbol.type,
    content: unseen || symbol.partial === true ? ('unknown' as const) : ('zero' as const),
    at: null,
  };
  // Of an extern array or an opaque struct nobody knows the end.
  const extent =
    unseen && (size === 0 || (symbol.type.kind === 'struct' && (symbol.type.open || !symbol.type.complete)));
  const object = extent ? memory.allocateOpen(size, options) : memory.allocate(size, options);
  if (object !== null) object.symbol = `${symbol.name} of ${symbol.at?.unit ?? 'nowhere'}`;
  return object;
}

/** A flexible array member that is initialised makes the object larger than its type. */
function initialisedSize(symbol: GlobalSymbol): number {
  let size = sizeOf(symbol.type);
  // `int a[];` that nothing completes has one element.
  if (!symbol.isExtern && symbol.type.kind === 'array' && symbol.type.length === null) size = sizeOf(symbol.type.of);
  const init = symbol.isExtern ? null : symbol.init();
  if (init?.kind === 'aggregate')
    for (const store of init.stores) size = Math.max(size, store.offset + sizeOf(store.type));
  return size;
}
