/**
 * One number taken for two kinds of address: what a driver computes from a field of its own is mapped through the IOMMU in one place and given
 * to the device as it is in another, or one protocol stands for both, although it decides what is unmapped. What the field holds is not
 * known; both cannot be right. Read, not run.
 */
import type { Expr, FunctionSymbol } from '../c/ir.ts';
import type { Span } from '../c/source.ts';
import type { DocumentReport, DocumentView } from './documentView.ts';
import { waysOf } from './flowWays.ts';
import { bare, calleeName, constantOf, valueName } from './irNames.ts';
import { type CallExpr, type ReadFunction, type ReadNode, readFunctions, type Store, told } from './readFunctions.ts';

/** Functions that map a physical address, and which argument it is. */
const MAPPED: Readonly<Record<string, number>> = { dma_map_resource: 1, dma_map_phys: 1, dma_iova_link: 2 };
const ENCODE = 'drm_pagemap_addr_encode';
const MAKES = /^dma_map_(?:page|resource|phys|single)(?:_attrs)?$/;
const DEPTH = 6;
/** Steps between the stores of an address and of its protocol that belong together. */
const NEAR = 4;

/** What an address is made of. */
interface Made {
  /** Fields of the driver's own structs, as `struct.member`. */
  readonly fields: ReadonlySet<string>;
  /** It is, or is inside, a mapping. */
  readonly mapped: boolean;
}

interface Given extends Made {
  readonly read: ReadFunction;
  readonly at: Span;
  readonly protocol: number | null;
}

class Uses {
  readonly mapped = new Map<string, Span>();
  readonly given: Given[] = [];
  private readonly byFunction: ReadonlyMap<FunctionSymbol, ReadFunction>;

  constructor(reads: readonly ReadFunction[]) {
    this.byFunction = new Map(reads.map((read) => [read.symbol, read]));
    for (const read of reads) for (const node of read.nodes) for (const call of node.calls) this.note(read, node, call);
  }

  private note(read: ReadFunction, from: ReadNode, call: CallExpr): void {
    const name = calleeName(call.callee);
    const physical = Object.hasOwn(MAPPED, name) ? call.args[MAPPED[name] ?? 0] : undefined;
    if (physical !== undefined)
      for (const field of this.madeOf(read, physical).fields)
        if (!this.mapped.has(field)) this.mapped.set(field, call.at);
    const [address, protocol] = call.args;
    if (name !== ENCODE || address === undefined || protocol === undefined) return;
    const whole = numberOf(protocol);
    const [to, tag] = [valueName(bare(address)), valueName(bare(protocol))];
    if (to === null) {
      this.given.push({ ...this.madeOf(read, address), read, at: call.at, protocol: whole });
      return;
    }
    // Of the values that the variable may have here, each comes with its protocol.
    for (const { id, value } of reaching(read, from, to))
      this.given.push({
        ...this.madeOf(read, value),
        read,
        at: call.at,
        protocol: whole ?? (tag === null ? null : storedNear(read, id, tag)),
      });
  }

  private madeOf(read: ReadFunction, expr: Expr, depth = 0): Made {
    const value = bare(expr);
    const fields = new Set<string>();
    let mapped = false;
    const add = (other: Made): void => {
      for (const field of other.fields) fields.add(field);
      mapped ||= other.mapped;
    };
    if (depth > DEPTH) return { fields, mapped };
    if (value.kind === 'binary') {
      if (value.op === '+' || value.op === '|' || value.op === '-') add(this.madeOf(read, value.left, depth + 1));
      if (value.op === '+' || value.op === '|') add(this.madeOf(read, value.right, depth + 1));
    } else if (value.kind === 'call') {
      if (MAKES.test(calleeName(value.callee))) return { fields, mapped: true };
      const callee = value.callee.kind === 'direct' ? this.byFunction.get(value.callee.symbol) : undefined;
      for (const { node } of callee?.nodes ?? [])
        if (callee !== undefined && node.kind === 'return' && node.values[0] !== undefined)
          add(this.madeOf(callee, node.values[0], depth + 1));
    } else if (value.kind === 'load' && value.place.kind === 'member') {
      const { base, member, type } = value.place;
      if (base.type.kind !== 'struct' || type.kind !== 'int' || type.size !== 8 || member.name === null)
        return { fields, mapped };
      if (base.type.tag === 'dma_iova_state') return { fields, mapped: true };
      fields.add(`${base.type.tag}.${member.name}`);
    } else if (value.kind === 'load' && value.place.kind === 'local') {
      const name = valueName(value);
      for (const { stores } of read.nodes)
        for (const store of stores)
          if (store.to === name && store.value !== expr) add(this.madeOf(read, store.value, depth + 1));
    }
    return { fields, mapped };
  }
}

/** The stores to a variable that may be the last before a node. */
function reaching(read: ReadFunction, from: ReadNode, name: string): { readonly id: number; readonly value: Expr }[] {
  const last = (id: number): Store | undefined => read.nodes[id]?.stores.findLast(({ to }) => to === name);
  const before = waysOf(read.graph).leadingTo(from.node.id, ({ id }) => last(id) !== undefined);
  return read.nodes.flatMap(({ node: { id } }) => {
    const store = before[id] === 1 || id === from.node.id ? last(id) : undefined;
    return store === undefined ? [] : [{ id, value: store.value }];
  });
}

/** `DRM_INTERCONNECT_DRIVER + 1` and the like. */
function numberOf(expr: Expr): number | null {
  const value = bare(expr);
  const known = constantOf(value);
  if (known !== null) return Number(known);
  if (value.kind !== 'binary' || value.op !== '+') return null;
  const [left, right] = [numberOf(value.left), numberOf(value.right)];
  return left === null || right === null ? null : left + right;
}

/** The constant that a variable is given on the same straight way. */
function storedNear(read: ReadFunction, from: number, name: string): number | null {
  const stored = (id: number): number | null => {
    const store = read.nodes[id]?.stores.find(({ to }) => to === name);
    return store === undefined ? null : numberOf(store.value);
  };
  let ahead = from;
  let back = from;
  for (let steps = 0; steps < NEAR; steps++) {
    const next = read.nodes[ahead]?.node.next ?? [];
    if (next.length === 1) ahead = next[0] ?? ahead;
    const before = read.nodes.filter(({ node }) => node.next.length === 1 && node.next[0] === back);
    if (before.length === 1) back = before[0]?.node.id ?? back;
    const value = stored(ahead) ?? stored(back);
    if (value !== null) return value;
  }
  return null;
}

/** Addresses that are given as they are, and must not be if the rest of the document is right. */
export function addressesOfTwoKinds(document: DocumentView): DocumentReport[] {
  const uses = new Uses(readFunctions(document));
  const decides = document.program.units.some(
    ({ origin, text }) =>
      origin === 'document' && /(?:->|\.)proto\s*[!=]=|switch\s*\([^)]*(?:->|\.)proto\s*\)/.test(text),
  );
  const said = new Set<number>();
  return uses.given.flatMap((given) => {
    if (given.mapped || given.fields.size === 0 || said.has(given.at.start)) return [];
    const field = [...given.fields].find((each) => uses.mapped.has(each));
    if (field !== undefined) {
      said.add(given.at.start);
      const where = uses.mapped.get(field);
      return [
        told(
          given.read,
          given.at,
          `an address made of \`${field}\` is given as it is, and mapped for a device elsewhere`,
          'the device is not one that reaches memory at its physical addresses',
          where === undefined ? [] : [{ message: 'mapped here', at: where }],
        ),
      ];
    }
    const same = decides
      ? uses.given.find((other) => other.mapped && given.protocol !== null && other.protocol === given.protocol)
      : undefined;
    if (same === undefined) return [];
    said.add(given.at.start);
    return [
      told(
        given.read,
        given.at,
        'one protocol stands for an address that was mapped and for one that was not',
        'what is unmapped is decided by the protocol',
        [{ message: 'encoded here with a mapped address', at: same.at }],
      ),
    ];
  });
}
