/**
 * Ops that are shown without the table that names them, as in a mail that sketches them or a hunk far from it: functions called
 * `⟨prefix⟩_⟨member⟩` whose parameters are those of the member, as far as they are shown. Together they stand for a table; its name says so.
 */
import type { FunctionSymbol, GlobalSymbol, Program } from '../c/ir.ts';
import type { CType } from '../c/types.ts';
import { contractOf, documentedMember, documentedMembers, type Op, type OpsTable } from './opsTables.ts';

/** Structs whose members' names are telling enough, with the parameters they have; of some only these members. */
const STRUCTS: readonly { readonly struct: string; readonly only?: ReadonlySet<string> }[] = [
  { struct: 'drm_pagemap_ops' },
  { struct: 'drm_pagemap_devmem_ops' },
  { struct: 'drm_gpusvm_ops', only: new Set(['invalidate']) },
  { struct: 'mmu_interval_notifier_ops' },
  { struct: 'dev_pagemap_ops', only: new Set(['migrate_to_ram']) },
  { struct: 'dma_buf_attach_ops', only: new Set(['move_notify', 'invalidate_mappings']) },
];

/** Tables that these functions, which no table of the document names, stand for. */
export function impliedTables(program: Program, functions: readonly FunctionSymbol[]): OpsTable[] {
  const documented = documentedMembers(program);
  return STRUCTS.flatMap(({ struct, only }) => {
    const type = program.type(`struct ${struct}`);
    if (type?.kind !== 'struct') return [];
    const byPrefix = new Map<string, { member: string; target: FunctionSymbol }[]>();
    for (const target of functions)
      for (const member of type.members) {
        if (member.name === null || member.type.kind !== 'pointer' || member.type.to.kind !== 'function') continue;
        const { parameters } = member.type.to;
        if (only?.has(member.name) === false || !isNamedAfter(target, member.name)) continue;
        if (!sameParameters(parameters, target.type.parameters) && !cutShort(parameters, target)) continue;
        const prefix = target.name.replace(`_${member.name}`, '');
        byPrefix.set(prefix, [...(byPrefix.get(prefix) ?? []), { member: member.name, target }]);
      }
    return [...byPrefix].map(([prefix, found]) => {
      const ops: Op[] = [];
      const table: OpsTable = {
        symbol: standIn(`${prefix}_ops`, type, found[0]?.target ?? null),
        struct,
        ops,
        known: true,
      };
      for (const { member, target } of found) {
        const contract = contractOf(struct, member, target, documentedMember(documented, struct, member));
        ops.push({ table, member, function: target, contract, at: target.at ?? { unit: 0, start: 0, end: 0 } });
      }
      return table;
    });
  });
}

/** `⟨prefix⟩_⟨member⟩`; where the first parameter belongs to such ops alone, also with what it is for behind that. */
function isNamedAfter({ name, type }: FunctionSymbol, member: string): boolean {
  const [first] = type.parameters;
  const own =
    first?.kind === 'pointer' &&
    first.to.kind === 'struct' &&
    /^(?:mmu_interval_notifier|drm_gpusvm)$/.test(first.to.tag);
  // A callback is one by what it is called after, whatever its driver calls the rest.
  if (member === 'invalidate_mappings' && /_invalidate_(?:cb|callback)$/.test(name)) return true;
  return name.endsWith(`_${member}`) || (own && name.includes(`_${member}_`));
}

/** The head of a function as a hunk's heading has it, cut off behind the first parameters. */
function cutShort(parameters: readonly CType[], target: FunctionSymbol): boolean {
  const shown = target.type.parameters;
  if (shown.length === 0 || shown.length >= parameters.length) return false;
  return shown.every((type, i) => same(parameters[i] ?? type, type)) && target.body()?.partial === true;
}

function sameParameters(one: readonly CType[], other: readonly CType[]): boolean {
  return one.length === other.length && one.every((type, i) => same(type, other[i]));
}

function same(one: CType, other: CType | undefined): boolean {
  if (one.kind === 'pointer' && one.to.kind === 'struct')
    return other?.kind === 'pointer' && other.to.kind === 'struct' && other.to.tag === one.to.tag;
  return one.kind === other?.kind;
}

/** The table that is not shown. */
function standIn(name: string, type: CType, first: FunctionSymbol | null): GlobalSymbol {
  return {
    kind: 'global',
    name,
    type,
    isStatic: true,
    isConst: true,
    isExtern: true,
    init: () => null,
    at: first?.at ?? null,
    attributes: [],
  };
}
