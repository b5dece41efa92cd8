/**
 * Ops tables that a document puts together while it runs: functions stored one by one into the members of a struct (`ops->map_dma_buf = f`),
 * in what a parameter points to, in an object of the driver, or in a static table that has a part of them already. What one function stores
 * in one place is a table, after what it copied there as a whole. Tables with an initialiser alone are opsTables.ts; members that hold one
 * callback each are registeredFunctions.ts.
 */
import type { Expr, FunctionSymbol, GlobalSymbol, InitStore, Place, Program } from '../c/ir.ts';
import type { StructType } from '../c/types.ts';
import { walkFunctions } from '../c/walk.ts';
import {
  contractOf,
  describedMembers,
  describedStructs,
  documentedMember,
  documentedMembers,
  findOpsTables,
  type Op,
  type OpsTable,
} from './opsTables.ts';
import { functionsIn } from './registeredFunctions.ts';

/** A single op stored at run time is no table: it is one among others that stand elsewhere. */
const FEWEST = 2;
const TABLE = /_(?:ops|funcs|operations)$/;

/** What is stored by hand into such a struct. */
const MEMBERS: ReadonlySet<string> = describedMembers(TABLE);

interface Group {
  readonly name: string;
  readonly type: StructType;
  /** By the offset of the member: what it had to begin with, and what is stored one by one. */
  readonly begun: Map<number, InitStore>;
  readonly stores: Map<number, InitStore>;
}

/** All tables of the document: those with an initialiser, in source order, then those that are put together. */
export function allTables(program: Program): OpsTable[] {
  return [...findOpsTables(program), ...madeTables(program)];
}

/** Tables that the document's functions put together. */
export function madeTables(program: Program): readonly OpsTable[] {
  let known = found.get(program);
  if (known === undefined) {
    known = [...groupsOf(program).values()]
      .filter((group) => group.stores.size > 0)
      .map(tableOf(program))
      .filter(({ ops }) => ops.length >= FEWEST);
    found.set(program, known);
  }
  return known;
}

const found = new WeakMap<Program, readonly OpsTable[]>();

function groupsOf(program: Program): ReadonlyMap<string, Group> {
  const groups = new Map<string, Group>();
  const units = program.units.map(({ origin, text }) => origin === 'document' && stores(text));
  const own = program.functions.filter(({ at }) => at !== null && units[at.unit] === true);
  for (const symbol of own)
    walkFunctions([symbol], 0, (expression) => {
      if (expression.kind === 'assign') note(groups, symbol, expression.place, expression.value);
      return false;
    });
  return groups;
}

/** Text that stores into a member of any such struct: to read bodies that do not would cost more than all else. */
function stores(text: string): boolean {
  for (const [, member = ''] of text.matchAll(/[\w\])]\s*(?:->|\.)\s*(\w+)\s*=[^=]/g))
    if (MEMBERS.has(member)) return true;
  return false;
}

function note(groups: Map<string, Group>, maker: FunctionSymbol, place: Place, value: Expr): void {
  // `*ops = base;`: what the other table has is where this one begins.
  if (isTable(place.type)) {
    const copied = value.kind === 'load' && value.place.kind === 'global' ? initOf(value.place.symbol) : [];
    const group = copied.length === 0 ? null : groupAt(groups, maker, place, place.type);
    for (const store of copied) group?.begun.set(store.offset, store);
    return;
  }
  if (place.kind !== 'member' || !isTable(place.base.type)) return;
  const [target] = functionsIn(value);
  const { member } = place;
  if (target === undefined || member.name === null) return;
  const { offset, type, name } = member;
  const group = groupAt(groups, maker, place.base, place.base.type);
  // Of two functions for one member, as under an `if`, the first: the other one runs as it was registered.
  if (group !== null && !group.stores.has(offset))
    group.stores.set(offset, { offset, type, value, member: `.${name}`, at: value.at });
}

function isTable(type: Place['type']): type is StructType {
  return type.kind === 'struct' && !type.union && TABLE.test(type.tag) && describedStructs.has(type.tag);
}

function initOf(symbol: GlobalSymbol): readonly InitStore[] {
  const init = symbol.init();
  return init?.kind === 'aggregate' ? init.stores : [];
}

/** What is put together in this place; null: the place has no name. */
function groupAt(groups: Map<string, Group>, maker: FunctionSymbol, base: Place, type: StructType): Group | null {
  const name = nameOf(maker, base);
  if (name === null) return null;
  let group = groups.get(name);
  if (group === undefined) {
    const begun = base.kind === 'global' ? initOf(base.symbol) : [];
    group = { name, type, begun: new Map(begun.map((each) => [each.offset, each])), stores: new Map() };
    groups.set(name, group);
  }
  return group;
}

/** `fill.ops`, by who fills it and in what; a static table has one name wherever it is filled. Null: a place that has none. */
function nameOf(maker: FunctionSymbol, base: Place): string | null {
  switch (base.kind) {
    case 'global':
      return `${base.symbol.name}.filled`;
    case 'local':
      return `${maker.name}.${base.variable.name}`;
    case 'member':
      return base.member.name === null ? nameOf(maker, base.base) : `${maker.name}.${base.member.name}`;
    case 'deref': {
      let { pointer } = base;
      while (pointer.kind === 'convert') pointer = pointer.value;
      return pointer.kind === 'load' || pointer.kind === 'address' ? nameOf(maker, pointer.place) : null;
    }
    case 'literal':
    case 'value':
      return null;
    default: {
      const never: never = base;
      return never;
    }
  }
}

const tableOf =
  (program: Program) =>
  ({ name, type, begun, stores }: Group): OpsTable => {
    const all = [...new Map([...begun, ...stores]).values()].sort((one, other) => one.offset - other.offset);
    const symbol: GlobalSymbol = {
      kind: 'global',
      name,
      type,
      isStatic: true,
      isConst: false,
      isExtern: false,
      init: () => ({ kind: 'aggregate', stores: all }),
      at: [...stores.values()][0]?.at ?? null,
      attributes: [],
    };
    const ops: Op[] = [];
    const table: OpsTable = { symbol, struct: type.tag, ops, known: true, made: true };
    const documented = documentedMembers(program);
    for (const { value, member, at } of all) {
      const [target] = functionsIn(value);
      const called = member?.replace(/^.*\./, '') ?? '';
      if (target === undefined || called === '') continue;
      const contract = contractOf(type.tag, called, target, documentedMember(documented, type.tag, called));
      ops.push({ table, member: called, function: target, contract, at });
    }
    return table;
  };
