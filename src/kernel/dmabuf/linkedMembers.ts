/**
 * Which members of a struct lead to one of the world's objects, and setting them. A driver's struct has hundreds of members, and worlds are
 * made for every run: what there is to set is found once for each type.
 */
import type { CType, Member, StructType } from '../../c/types.ts';
import type { MachineServices } from '../../machine/model.ts';
import { plainObject } from '../worldObject.ts';

const LIST = 'list_head';
const TABLE = 'sg_table';

/** A member that points to a struct. */
interface Pointer {
  readonly offset: number;
  readonly type: CType;
  readonly to: StructType;
  /** `tag.member`, of the struct that it is declared in. */
  readonly name: string;
  /** In the struct itself, not in one that is a member of it. */
  readonly own: boolean;
}

export interface MembersOfInterest {
  /** In the order of the members. */
  readonly pointers: readonly Pointer[];
  /** Offsets of list heads and of scatter-gather tables. */
  readonly lists: readonly number[];
  readonly tables: readonly number[];
}

/** What was found, for as long as no struct that nobody shows in full was found to have more. */
interface Known extends MembersOfInterest {
  readonly asSeen: readonly { readonly struct: StructType; readonly members: readonly Member[] }[];
  readonly untyped: readonly { readonly members: readonly Member[]; readonly index: number }[];
}

const known = new WeakMap<StructType, Known>();

/** Members of a struct, and of structs that are members of it, that owners set up or that lead to other objects; none within unions. */
export function membersOf(type: StructType): MembersOfInterest {
  const before = known.get(type);
  if (before !== undefined && holdsStill(before)) return before;
  const found = { pointers: [], lists: [], tables: [], asSeen: [], untyped: [] };
  collect(type, 0, true, found);
  known.set(type, found);
  return found;
}

function holdsStill({ asSeen, untyped }: Known): boolean {
  return (
    asSeen.every(({ struct, members }) => struct.members === members || struct.members.length + members.length === 0) &&
    untyped.every(({ members, index }) => members[index]?.type.kind === 'unknown')
  );
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer E)[] ? E[] : T[K] };

function collect(type: StructType, base: number, own: boolean, into: Mutable<Known>): void {
  const { members } = type;
  if (type.open || members.length === 0) into.asSeen.push({ struct: type, members });
  for (const [index, member] of members.entries()) {
    const offset = base + member.offset;
    if (member.type.kind === 'struct' && !member.type.union) {
      if (member.type.tag === LIST) into.lists.push(offset);
      else if (member.type.tag === TABLE) into.tables.push(offset);
      collect(member.type, offset, false, into);
    } else if (member.type.kind === 'unknown') into.untyped.push({ members, index });
    const to = pointedStruct(member.type);
    if (to !== null) into.pointers.push({ offset, type: member.type, to, name: `${type.tag}.${member.name}`, own });
  }
}

/**
 * Members that point to one of the world's objects are set to it, also in structs that are members, or one pointer away.
 * @param targets addresses by the tag of what is pointed to
 * @param depth over how many pointers what nobody has made is made, where it leads to a device
 * @param foreign members, as `tag.member`, that point elsewhere
 */
export function linkMembers(
  machine: MachineServices,
  address: number,
  type: StructType,
  targets: ReadonlyMap<string, number>,
  depth: number,
  foreign?: ReadonlySet<string>,
): void {
  for (const { offset, type: pointer, to, name, own } of membersOf(type).pointers) {
    if (foreign?.has(name) === true) continue;
    const target = targets.get(to.tag);
    if (target !== undefined) machine.write(address + offset, pointer, target);
    else if (own && depth > 0 && leadsTo(to, targets)) {
      const between = plainObject(machine, to, `struct ${to.tag}`, 'unknown');
      linkMembers(machine, between, to, targets, depth - 1, foreign);
      machine.write(address + offset, pointer, between);
    }
  }
}

/** Whether one of the struct's own members points to a device. */
function leadsTo(type: StructType, targets: ReadonlyMap<string, number>): boolean {
  if (!type.complete || type.size === 0) return false;
  return membersOf(type).pointers.some(
    ({ to: { tag }, own }) =>
      own && (tag === 'pci_dev' || tag === 'drm_device' || tag === 'device') && targets.has(tag),
  );
}

/** The struct that a type points to; null when it does not. */
export function pointedStruct(type: CType): StructType | null {
  return type.kind === 'pointer' && type.to.kind === 'struct' ? type.to : null;
}
