/**
 * Finds ops tables in a program and gives each op its contract: bundled, or as the patch's kernel-doc has it, which wins. Tables that
 * nobody described are found too: their ops run in plain process context, and that is said.
 */
import type { FunctionSymbol, GlobalSymbol, InitStore, Program } from '../c/ir.ts';
import type { SourceUnit, Span } from '../c/source.ts';
import type { CType } from '../c/types.ts';
import { callbackMembers } from './callbacks.ts';
import type { ContextId, DocumentedContract, OpContract } from './contract.ts';
import { dmaBufAttachOps, dmaBufInterconnectOps, dmaBufMappingTypes, dmaBufOps } from './dmaBufOps.ts';
import { driverOps } from './driverOps.ts';
import { drmGpusvmOps, drmPagemapDevmemOps, drmPagemapOps } from './drmPagemapOps.ts';
import { documentedContract, findKernelDocs, type KernelDoc } from './kernelDoc.ts';
import { devPagemapOps, dmaFenceOps, mmuIntervalNotifierOps, shrinkerOps } from './memoryOps.ts';

const BUNDLED: readonly OpContract[] = [
  ...drmPagemapOps,
  ...drmPagemapDevmemOps,
  ...drmGpusvmOps,
  ...dmaBufOps,
  ...dmaBufAttachOps,
  ...dmaBufInterconnectOps,
  ...dmaBufMappingTypes,
  ...devPagemapOps,
  ...mmuIntervalNotifierOps,
  ...shrinkerOps,
  ...dmaFenceOps,
  ...driverOps,
  ...callbackMembers,
];

/** One initialiser that fills an ops struct. */
export interface OpsTable {
  readonly symbol: GlobalSymbol;
  /** Struct tag: `drm_pagemap_ops`. */
  readonly struct: string;
  readonly ops: readonly Op[];
  /** True when contracts of this struct are bundled or documented; otherwise plain process context is assumed. */
  readonly known: boolean;
  /** Functions of the document put it together; absent: it has an initialiser. */
  readonly made?: true;
}

export interface Op {
  readonly table: OpsTable;
  readonly member: string;
  readonly function: FunctionSymbol;
  readonly contract: OpContract;
  /** Where the initialiser names the function. */
  readonly at: Span;
}

/** The bundled contract of a member, or null. */
export function bundledContract(struct: string, member: string): OpContract | null {
  return BUNDLED.find((contract) => contract.table === struct && contract.member === member) ?? null;
}

/** Structs with bundled contracts. */
export const describedStructs: ReadonlySet<string> = new Set(BUNDLED.map((contract) => contract.table));

/** Members with bundled contracts, of structs with such names. */
export function describedMembers(structs: RegExp): ReadonlySet<string> {
  return new Set(BUNDLED.filter(({ table }) => structs.test(table)).map(({ member }) => member));
}

/** All ops tables that the document's units define, in source order. */
export function findOpsTables(program: Program): OpsTable[] {
  const documented = documentedMembers(program);
  const tables: OpsTable[] = [];
  for (const symbol of program.globals) {
    if (symbol.at === null || program.units[symbol.at.unit]?.origin !== 'document') continue;
    const struct = opsStruct(symbol.type);
    const init = struct ? symbol.init() : null;
    if (!struct || init?.kind !== 'aggregate') continue;
    const functions = init.stores.flatMap((store) => {
      const target = functionOf(store);
      return target && store.member ? [{ store, target, member: store.member.replace(/^.*\./, '') }] : [];
    });
    if (functions.length === 0) continue;
    const ops: Op[] = [];
    const table: OpsTable = { symbol, struct, ops, known: describedStructs.has(struct) || documented.has(struct) };
    for (const { store, target, member } of functions) {
      const contract = contractOf(struct, member, target, documentedMember(documented, struct, member));
      ops.push({ table, member, function: target, contract, at: store.at });
    }
    tables.push(table);
  }
  return tables;
}

/** A struct is an ops table when it is described, is called `*_ops`/`*_funcs`/`*_operations`, or holds mostly function pointers. */
function opsStruct(type: CType): string | null {
  if (type.kind !== 'struct' || type.union) return null;
  if (describedStructs.has(type.tag) || /_(?:ops|funcs|operations|vfuncs)$/.test(type.tag)) return type.tag;
  const pointers = type.members.filter(
    (member) => member.type.kind === 'pointer' && member.type.to.kind === 'function',
  );
  return pointers.length >= 2 && pointers.length * 2 > type.members.length ? type.tag : null;
}

function functionOf(store: InitStore): FunctionSymbol | null {
  let value = store.value;
  while (value.kind === 'convert') value = value.value;
  return value.kind === 'function' ? value.symbol : null;
}

/** Kernel-doc of struct members in the document (and in a tree): struct tag → member → contract. */
export function documentedMembers(program: Program): ReadonlyMap<string, ReadonlyMap<string, DocumentedContract>> {
  const found = new Map<string, Map<string, DocumentedContract>>();
  for (const unit of program.units) {
    if (unit.origin === 'bundled' || !unit.text.includes('/**')) continue;
    const docs = findKernelDocs(unit.text);
    for (const doc of docs) {
      if (doc.kind !== 'member') continue;
      const struct = enclosingStruct(unit.text, doc) ?? structOfHunk(unit, doc);
      if (struct === null) continue;
      const members = found.get(struct) ?? new Map<string, DocumentedContract>();
      members.set(doc.name, documentedContract(doc));
      found.set(struct, members);
    }
  }
  return found;
}

/** What is documented of a member: in its struct, or behind lines that do not show which struct they are of. */
export function documentedMember(
  documented: ReadonlyMap<string, ReadonlyMap<string, DocumentedContract>>,
  struct: string,
  member: string,
): DocumentedContract | null {
  return documented.get(struct)?.get(member) ?? documented.get(UNSEEN_STRUCT)?.get(member) ?? null;
}

/** Stands for the struct of an op whose hunk begins inside it, and whose heading names something else. */
const UNSEEN_STRUCT = '';

/** The struct that a hunk begins inside of, as its heading names it; null: the comment stands in no struct's members. */
function structOfHunk({ text, headings = [], holes = [] }: SourceUnit, { name, range }: KernelDoc): string | null {
  const declared = /^[^;{}]*\(\s*\*\s*(\w+)\s*\)\s*\(/.exec(text.slice(range.end));
  if (declared?.[1] !== name) return null;
  const begin = Math.max(0, ...holes.filter(({ at }) => at <= range.start).map(({ at }) => at));
  const above = text.slice(begin, range.start).replace(/\/\*[\s\S]*?\*\//g, '');
  // A struct that ended, or began, since is the one of a member no more.
  if (/[{}]/.test(above)) return null;
  const heading = headings.find(({ at }) => at >= begin && at <= range.start)?.text ?? '';
  return /^\s*(?:typedef\s+)?struct\s+(\w+)\s*\{?\s*$/.exec(heading)?.[1] ?? UNSEEN_STRUCT;
}

/** Tag of the struct whose braces enclose the comment: the nearest `struct tag {` before it that is still open there. */
export function enclosingStruct(text: string, doc: KernelDoc): string | null {
  const before = text.slice(0, doc.range.start).replace(/\/\*[\s\S]*?\*\//g, (comment) => ' '.repeat(comment.length));
  let best: string | null = null;
  for (const match of before.matchAll(/\bstruct\s+(\w+)\s*\{/g)) {
    let depth = 1;
    for (let i = match.index + match[0].length; i < before.length && depth > 0; i++) {
      if (before[i] === '{') depth++;
      else if (before[i] === '}') depth--;
    }
    if (depth > 0) best = match[1] ?? best;
  }
  return best;
}

/** The contract that holds for an op: bundled rules, overridden by what the patch documents. */
export function contractOf(
  struct: string,
  member: string,
  target: FunctionSymbol,
  documented: DocumentedContract | null,
): OpContract {
  const bundled = bundledContract(struct, member) ?? {
    table: struct,
    member,
    contexts: ['process'] as const,
    roles: target.type.parameters.map(() => 'by-type' as const),
    result: conventionByType(target.type.result),
    reclaim: 'unspecified' as const,
    maySleep: true,
    required: 'unknown',
    source: 'no contract is known for this op: executed in plain process context',
    documented: null,
  };
  if (!documented) return bundled;
  const { context } = documented;
  return {
    ...bundled,
    contexts: contextsFor(bundled.contexts, context.reclaim, context.where),
    reclaim: context.reclaim === 'unspecified' ? bundled.reclaim : context.reclaim,
    maySleep: context.sleeps === null ? bundled.maySleep : context.sleeps !== 'no',
    documented,
  };
}

/** A documented "Reclaim safe" op must survive the reclaim contexts, whoever calls it today. */
function contextsFor(
  bundled: readonly ContextId[],
  reclaim: OpContract['reclaim'],
  where: string | null,
): readonly ContextId[] {
  const atomic: readonly ContextId[] =
    where === 'atomic' || where === 'hardirq' || where === 'softirq' ? ['atomic'] : [];
  const inReclaim = bundled.some(
    (context) =>
      context === 'notifier' ||
      context === 'C1' ||
      context === 'C2' ||
      context === 'C6' ||
      context === 'C7' ||
      context === 'C7a',
  );
  const added: readonly ContextId[] = reclaim === 'safe' && !inReclaim ? ['C1'] : [];
  return [...new Set([...atomic, ...added, ...bundled])];
}

/** What a result's type says about how it tells failure. */
export function conventionByType(result: CType): OpContract['result'] {
  switch (result.kind) {
    case 'void':
      return 'void';
    case 'int':
      return result.bool ? 'bool' : result.size === 4 && result.signed ? 'errno' : 'unknown';
    case 'struct':
      return /(?:addr|address)$/.test(result.tag) ? 'dma-address' : 'unknown';
    case 'pointer':
    case 'array':
    case 'float':
    case 'function':
    case 'unknown':
      return 'unknown';
    default: {
      const never: never = result;
      return never;
    }
  }
}
