/**
 * A struct or union object. Its members are read when somebody first asks, so that naming `struct device` in a pointer does not read
 * half of the kernel's headers. Open structs take members nobody declared, at their end.
 */
import { unknownType } from './basicTypes.ts';
import { alignOf, findMember, sizeOf } from './layout.ts';
import type { Span } from './source.ts';
import type { CType, Member, StructType } from './types.ts';

/** Room kept for an undeclared member, so that learning its type later does not move others. */
const UNKNOWN_ROOM = 64;
/** The same within a member that use made a struct: what has no room in it goes to the end of the struct around it. */
const NESTED_ROOM = 16;
/**
 * Size of a struct that nobody shows: it holds whatever members use makes up, so that memory asked for by its size, and what stands behind it
 * in another struct, is not reached by them. Less than a page, which is what such an object mostly is.
 */
const UNSEEN_SIZE = 4032;

export interface Definition {
  readonly members: Member[];
  readonly size: number;
  readonly align: number;
}

export class Aggregate implements StructType {
  readonly kind = 'struct';
  private read: Definition | null = null;
  /** The definition was read, and nothing has come since that changes it. */
  private settled = false;
  private reader: (() => Definition) | null = null;
  private pending: (() => void) | null = null;
  private reading = false;
  /** Members that use made up, by name. */
  private readonly made = new Set<string>();
  /** Types of made-up members that a use told when they had been laid out as something else. */
  private readonly taught = new Map<string, CType>();
  /** Those of them that the layout was begun with. */
  private readonly begun = new Set<string>();
  private readonly pieces = new Set<Aggregate>();
  private readonly added = new Set<Aggregate>();
  /** Of a struct that nobody shows: where the next made-up member goes; null for any other. */
  private end: number | null = null;
  /** Of a member that use made a struct: the struct it stands in, where, and the room kept for it there. */
  private home: { readonly struct: Aggregate; readonly offset: number; readonly room: number } | null = null;
  /** Structs that were laid out around this one, and where in them it stands: what stands behind it there keeps its place. */
  private readonly around: { readonly struct: Aggregate; readonly offset: number }[] = [];
  /** Bytes from its start that members made up in structs within it take. */
  private kept = 0;
  open: boolean;
  at: Span | null = null;
  /** A fuller definition of the same struct, asked for the type of members this one leaves out. */
  elsewhere: (() => Aggregate | null) | null = null;
  /** What the fuller definition has was taken over. */
  private whole = false;

  constructor(
    readonly union: boolean,
    readonly tag: string,
    open: boolean,
  ) {
    this.open = open;
  }

  /** Gives the definition; it is read on first use. */
  defineBy(reader: () => Definition, at: Span | null, open: boolean): void {
    this.reader = reader;
    this.read = null;
    this.settled = false;
    this.at = at;
    this.open = open;
  }

  /** The definition is known to exist: `bring` leads to a `defineBy` when somebody needs it. */
  defer(bring: () => void, open: boolean): void {
    if (this.isDefined || this.pending !== null) return;
    this.pending = bring;
    this.settled = false;
    this.open = open;
  }

  /** Another piece of the same definition is visible elsewhere (a hunk that adds members): its members are added at the end. */
  extendBy(piece: Aggregate): void {
    this.pieces.add(piece);
    this.settled = false;
  }

  private addPieces(): void {
    for (const piece of this.pieces) {
      if (this.added.has(piece) || this.read === null) continue;
      this.added.add(piece);
      for (const member of piece.members)
        if (member.name !== null && findMember(this.read.members, member.name) === null) this.append(member);
    }
  }

  /**
   * Whoever asks for the size holds on to it (an allocation, a struct around this one): the members that only the fuller definition has are
   * laid out by then, not when somebody first names them.
   */
  private takeFuller(): void {
    if (this.whole || this.elsewhere === null || this.read === null) return;
    this.whole = true;
    const fuller = this.elsewhere();
    if (fuller === null || fuller === this) return;
    const missing = (members: readonly Member[]): void => {
      for (const member of members) {
        if (member.name === null && member.type.kind === 'struct') missing(member.type.members);
        else if (member.name !== null && this.read !== null && findMember(this.read.members, member.name) === null)
          this.append(member);
      }
    };
    missing(fuller.members);
  }

  private append(member: Member): void {
    const read = this.read;
    if (read === null) return;
    const align = Math.max(alignOf(member.type), member.bits === undefined ? 1 : sizeOf(member.type));
    const offset = this.union ? 0 : Math.ceil(read.size / align) * align;
    const whole = Math.max(read.align, align);
    const size = Math.ceil(Math.max(read.size, offset + sizeOf(member.type)) / whole) * whole;
    this.read = { members: [...read.members, { ...member, offset }], size, align: whole };
  }

  /** A definition was read (or its reading is arranged). */
  get isDefined(): boolean {
    return this.reader !== null || this.read !== null;
  }

  private force(): Definition | null {
    const { pending } = this;
    if (pending !== null) {
      this.pending = null;
      pending();
    }
    if (this.read === null && this.reader !== null && !this.reading) {
      this.reading = true;
      this.read = this.reader();
      this.reader = null;
      this.reading = false;
      for (const { type, offset } of this.read.members) {
        const inner = type.kind === 'array' ? type.of : type;
        if (inner instanceof Aggregate && inner.open) inner.around.push({ struct: this, offset });
      }
    }
    if (this.pieces.size > this.added.size) this.addPieces();
    this.settled = this.read !== null && this.pieces.size === this.added.size;
    return this.read;
  }

  get members(): Member[] {
    const { read } = this;
    return (this.settled ? read : this.force())?.members ?? [];
  }

  set members(value: Member[]) {
    this.read = { members: value, size: this.size, align: this.align };
  }

  get size(): number {
    const { read } = this;
    if (this.settled && (this.whole || this.elsewhere === null) && read !== null) return read.size;
    this.force();
    this.takeFuller();
    return this.read?.size ?? (this.isUnseen ? UNSEEN_SIZE : 0);
  }

  /** Nothing of a definition is shown, or ever will be. */
  private get isUnseen(): boolean {
    return this.open && this.reader === null && this.pending === null && !this.reading;
  }

  set size(value: number) {
    this.read = { members: this.members, size: value, align: this.align };
  }

  get align(): number {
    const { read } = this;
    return (this.settled ? read : this.force())?.align ?? 1;
  }

  set align(value: number) {
    this.read = { members: this.members, size: this.size, align: value };
  }

  get complete(): boolean {
    return this.isDefined || this.pending !== null;
  }

  set complete(value: boolean) {
    if (value && !this.isDefined) this.read = { members: [], size: 0, align: 1 };
  }

  /**
   * The member an open struct is used with but does not declare. `type` null: nothing is known of it yet. A later use that shows its type
   * refines it in place when it fits.
   */
  undeclared(name: string, used: CType | null, at: Span): Member {
    // Nothing holds itself: what is used as if it did is of another type than this one.
    const type = used !== null && holds(used, this) ? null : used;
    const members = this.members;
    const index = members.findIndex((each) => each.name === name);
    const known = members[index];
    if (known !== undefined) {
      // A struct that nobody shows has no size of its own: what it is used with is all there is of it.
      const unseen = type instanceof Aggregate && type.isUnseen;
      if (type !== null && this.made.has(name) && !this.taught.has(name) && tellsMore(type, known.type))
        this.taught.set(name, type);
      if (type === null || known.type.kind !== 'unknown' || type.kind === 'unknown') return known;
      if (!unseen && sizeOf(type) > UNKNOWN_ROOM) return known;
      if (unseen && type !== this && type.home === null && !this.isWithin(type)) {
        const room = this.home === null ? UNKNOWN_ROOM : NESTED_ROOM;
        type.home = { struct: this, offset: known.offset, room };
      }
      const refined: Member = { ...known, type };
      members[index] = refined;
      return refined;
    }
    this.takeFuller();
    const there = this.members.find((each) => each.name === name);
    if (there !== undefined) return there;
    if (this.read === null && this.isUnseen) this.end = 0;
    const slot =
      this.taught.get(name) ??
      type ??
      unknownType(`type of member '${name}' of ${this.union ? 'union' : 'struct'} ${this.tag}`);
    const align = Math.max(alignOf(slot), 8);
    const room =
      slot.kind === 'unknown' ? (this.home === null ? UNKNOWN_ROOM : NESTED_ROOM) : Math.max(sizeOf(slot), 8);
    const next = this.union ? 0 : Math.ceil((this.end ?? this.size) / align) * align;
    const taken = this.home !== null ? next + room > this.home.room : this.around.length > 0 && this.end === null;
    if (taken) {
      const far = this.home === null ? this.behindAll(room, align) : this.outside(room, align);
      const member: Member = { name, type: slot, offset: far, at };
      this.read = { members: [...this.members, member], size: this.size, align: Math.max(this.align, align) };
      this.made.add(name);
      return member;
    }
    const offset = next;
    const member: Member = { name, type: slot, offset, at };
    if (this.end !== null) this.end = offset + room;
    const grown = Math.ceil(Math.max(this.size, offset + room) / align) * align;
    this.read = { members: [...this.members, member], size: grown, align: Math.max(this.align, align) };
    this.made.add(name);
    return member;
  }

  private isWithin(struct: Aggregate): boolean {
    return this.home !== null && (this.home.struct === struct || this.home.struct.isWithin(struct));
  }

  /** Where the outermost struct around it has room for one member more, counted from the start of this one. */
  private outside(room: number, align: number): number {
    if (this.home !== null) return this.home.struct.outside(room, align) - this.home.offset;
    const offset = Math.ceil((this.end ?? this.size) / align) * align;
    if (this.end !== null) this.end = offset + room;
    const size = Math.ceil(Math.max(this.size, offset + room) / align) * align;
    this.read = { members: this.members, size, align: Math.max(this.align, align) };
    return offset;
  }

  /** Where all structs around it have room for one member more, counted from the start of this one. */
  private behindAll(room: number, align: number): number {
    const offset = Math.ceil(this.beyond() / align) * align;
    this.reserve(offset + room);
    return offset;
  }

  /** Bytes from the start of this struct to where nothing stands any more, wherever it is. */
  private beyond(): number {
    const members = this.members.map((member) => member.offset + Math.max(sizeOf(member.type), 8));
    return Math.max(this.size, this.kept, ...members, ...this.around.map((each) => each.struct.beyond() - each.offset));
  }

  private reserve(end: number): void {
    this.kept = Math.max(this.kept, end);
    for (const { struct, offset } of this.around) {
      struct.reserve(end + offset);
      // Whoever asks from now on makes room for it.
      if (struct.read !== null) struct.read = { ...struct.read, size: Math.max(struct.read.size, struct.kept) };
    }
  }

  /** Nobody shows how large it is: its size is of our making. */
  get hasNoSize(): boolean {
    return this.end !== null || this.isUnseen;
  }

  /** No part of a definition is shown: all its members are made up. */
  get isNowhereShown(): boolean {
    return this.end !== null || (this.isUnseen && this.read === null);
  }

  /** Whether a use told of one of its members what the layout was not made for. */
  get isTaught(): boolean {
    return [...this.taught.keys()].some((name) => this.made.has(name) && !this.begun.has(name));
  }

  /** The members that uses told more about are made up anew, as what they were told to be. */
  takeTaught(): void {
    for (const name of this.taught.keys()) {
      if (this.begun.has(name)) continue;
      this.begun.add(name);
      this.made.delete(name);
      const read = this.force();
      const member = read?.members.find((each) => each.name === name);
      if (read === null || member === undefined) continue;
      this.read = { ...read, members: read.members.filter((each) => each !== member) };
      // Laid out at once: whoever asks for the size first has it.
      this.undeclared(name, null, member.at ?? { unit: 0, start: 0, end: 0 });
    }
  }

  /** True when the member exists only because somebody used it. */
  isMadeUp(name: string): boolean {
    return this.made.has(name);
  }
}

/** Whether a use as `told` says more than the struct that earlier uses made up, or the room that was kept for it. */
function tellsMore(told: CType, known: CType): boolean {
  if (told.kind === 'struct') {
    if (known.kind === 'unknown') return told.complete && told.size > UNKNOWN_ROOM;
    return known.kind === 'struct' && isOfUse(known) && !isOfUse(told);
  }
  if (told.kind !== 'pointer' || known.kind !== 'pointer') return false;
  return told.to.kind === 'struct' && known.to.kind === 'struct' && isOfUse(known.to) && !isOfUse(told.to);
}

/** A struct that has no name but what it was used as: memberAccess.ts makes these. */
export function isOfUse(type: CType): boolean {
  return type instanceof Aggregate && type.tag.startsWith('<') && type.isNowhereShown;
}

/** Whether an object of the type has one of the struct in it. */
function holds(type: CType, struct: Aggregate): boolean {
  if (type.kind === 'array') return holds(type.of, struct);
  return type.kind === 'struct' && (type === struct || type.members.some((member) => holds(member.type, struct)));
}
