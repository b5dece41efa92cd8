/** What models, scenarios and checks see of the machine: `MachineServices` over the core. Nothing of the kernel is known here. */

import type { FunctionSymbol, GlobalSymbol, Program } from '../c/ir.ts';
import type { CType, Member, StructType } from '../c/types.ts';
import type { Core } from './core.ts';
import type { Event, EventBody, FaultKind, Related, Site } from './events.ts';
import { Kind, kindOf } from './kinds.ts';
import { peekUnit } from './locals.ts';
import { scalarKind } from './memory/access.ts';
import { fillBytes } from './memory/block.ts';
import { describe } from './memory/describe.ts';
import type { MemoryObject } from './memory/object.ts';
import { plainLoad, plainStore } from './memory/plain.ts';
import { referrers, standsSomewhere, unreachableObjects } from './memory/reach.ts';
import { terminatedText } from './memory/terminated.ts';
import {
  type AllocateOptions,
  type FieldAddress,
  type MachineServices,
  type ModelRequest,
  type ModelResult,
  OBJECT_BASE,
  type ObjectInfo,
  type Scalar,
  type StateKey,
  type StuckTask,
  type Unknown,
} from './model.ts';
import { printValue } from './print.ts';
import { isStuck, startTask } from './schedule.ts';
import { States } from './states.ts';
import { settledValue } from './unknown/settle.ts';
import { UnknownValue } from './unknown/value.ts';

const NOWHERE: Site = { span: { unit: 0, start: 0, end: 0 }, function: '' };

export class Services implements MachineServices {
  /** What subsystems know in this run. */
  readonly states = new States(this);

  readonly program: Program;

  constructor(readonly core: Core) {
    this.program = core.program;
  }

  get currentTask(): number {
    return this.core.task.id;
  }

  get trace(): readonly Event[] {
    return this.core.trace.events;
  }

  // memory ---------------------------------------------------------------------------------------------------------------

  allocate(size: number, options: AllocateOptions): number {
    const object = this.core.memory.allocate(size, options);
    if (object !== null) object.born = this.core.unknowns.count;
    if (object === null) this.core.outOfMemory();
    return object?.address ?? 0;
  }

  free(address: number, at: Site | null): boolean {
    const { core } = this;
    const object = core.memory.owner(address);
    if (object === null || object.address !== address) {
      const shown = printValue(core, address, { kind: 'pointer', to: { kind: 'void' }, toConst: false });
      const what = object === null ? shown : `${shown}, which is inside ${describe(object)}`;
      core.fault('invalid-free', `free of ${what}`, object ? lifeOf(object) : [], false);
      return false;
    }
    if (object.freed) {
      core.fault('double-free', `${describe(object)} is freed twice`, lifeOf(object), false);
      return false;
    }
    // What a scenario made before the run may have come from any allocator.
    if (object.storage !== 'heap' && object.storage !== 'world') {
      core.fault('invalid-free', `free of ${describe(object)}, which was not allocated`, lifeOf(object), false);
      return false;
    }
    core.memory.watch?.(object, 0, object.size, true);
    core.memory.touch(object);
    object.freed = true;
    object.freedAt = at;
    core.memory.release(object);
    return true;
  }

  end(address: number, depth: number, at: Site | null): void {
    const { memory, task } = this.core;
    const object = memory.owner(address);
    if (object === null || object.freed) return;
    memory.touch(object);
    object.ended = { task: task.id, depth };
    object.freedAt = at;
    memory.close(object);
  }

  objectAt(address: Scalar): ObjectInfo | null {
    const at = typeof address === 'object' ? this.core.unknowns.resolve(address) : address;
    const object = typeof at === 'number' ? this.core.memory.owner(at) : null;
    if (object === null || typeof at !== 'number') return null;
    const offset = at - object.address;
    return offset >= object.low && offset < Math.max(object.high, 1) ? object : null;
  }

  read(address: Scalar, type: CType): Scalar {
    const kind = kindOf(type);
    if (kind === Kind.Aggregate) return address;
    if (typeof address === 'number' && kind < Kind.Bool) {
      const plain = plainLoad(this.core.memory, kind, address);
      if (!Number.isNaN(plain)) return plain;
    }
    const loaded = this.core.access.load(address, kind === Kind.Void ? Kind.U8 : kind, type);
    return typeof loaded === 'object' ? this.core.unknowns.resolve(loaded) : loaded;
  }

  write(address: Scalar, type: CType, value: Scalar): void {
    const kind = scalarKind(type);
    const known = typeof value === 'object' ? this.core.unknowns.resolve(value) : value;
    const fitting = this.core.fit(known, type, kind);
    if (typeof address === 'number' && typeof fitting === 'number' && kind < Kind.F32)
      if (plainStore(this.core.memory, kind, address, fitting)) return;
    this.core.access.store(address, kind, fitting, type);
  }

  copy(to: Scalar, from: Scalar, bytes: number): void {
    this.core.copy(to, from, bytes);
  }

  fill(address: Scalar, byte: number, bytes: number): void {
    fillBytes(this.core, this.core.access, address, byte & 255, bytes);
  }

  readString(address: Scalar, max = 4096): string | null {
    return terminatedText(this.core, this.core.access, address, max);
  }

  materialise(pointer: Scalar, pointee: CType): number | null {
    const at = this.core.unknowns.resolve(pointer);
    if (at instanceof UnknownValue) return this.core.materialise(at, pointee);
    return typeof at === 'number' && at >= OBJECT_BASE ? at : null;
  }

  fieldAddress(address: Scalar, struct: StructType | string, member: string): FieldAddress | null {
    const type = typeof struct === 'string' ? this.program.type(struct) : struct;
    if (type?.kind !== 'struct') return null;
    const found = findMember(type, member);
    if (found === null) return null;
    const there = typeof address === 'number' && address >= OBJECT_BASE;
    const base = there ? address : this.materialise(address, type);
    return base === null ? null : { address: base + found.offset, type: found.type, bits: found.bits ?? null };
  }

  readField(address: Scalar, struct: StructType | string, member: string): Scalar {
    const field = this.fieldAddress(address, struct, member);
    if (field === null) return this.missing(address, struct, member);
    if (field.bits === null) return this.read(field.address, field.type);
    const unit = this.core.access.load(field.address, scalarKind(field.type), null);
    return this.core.unknowns.extract(unit, field.bits.offset, field.bits.width, field.type, kindOf(field.type));
  }

  writeField(address: Scalar, struct: StructType | string, member: string, value: Scalar): void {
    const field = this.fieldAddress(address, struct, member);
    if (field === null) {
      this.missing(address, struct, member);
      return;
    }
    if (field.bits === null) {
      this.write(field.address, field.type, value);
      return;
    }
    const kind = scalarKind(field.type);
    const unit = peekUnit(this.core, field.address, kind);
    const { offset, width } = field.bits;
    const whole = this.core.unknowns.insert(unit, offset, width, value, kind);
    this.core.access.store(field.address, kind, this.core.unknowns.resolve(whole), field.type);
  }

  /** A model asked for a member the program's declarations do not have, or of something that is no object. */
  private missing(address: Scalar, struct: StructType | string, member: string): Scalar {
    const name = typeof struct === 'string' ? struct : `struct ${struct.tag}`;
    const at = this.core.unknowns.resolve(address);
    const type = typeof struct === 'string' ? this.program.type(struct) : struct;
    if (type?.kind === 'struct' && findMember(type, member) !== null && typeof at !== 'object')
      return this.core.access.load(at, Kind.U64, null);
    this.core.emit({
      kind: 'unsupported',
      construct: `${name}.${member}`,
      message: `${name} has no member ${member} here`,
    });
    return this.unknown({ kind: 'unknown', why: `member ${member} of ${name}` }, `${name}.${member}`);
  }

  addressOf(symbolName: string): number | null {
    const { core } = this;
    const symbol = this.program.global(symbolName) ?? core.shown?.table(symbolName) ?? null;
    if (symbol) return core.makeLinked(core.linkTable.add({ kind: 'global', symbol }));
    const callable = this.program.function(symbolName);
    return callable ? core.functionAddress(callable) : null;
  }

  onGlobal(made: (symbol: GlobalSymbol, address: number) => void): void {
    this.core.globalMade = made;
    this.core.memory.onUndo(() => {
      this.core.globalMade = null;
    });
  }

  /** Whether an open pointer was found equal to this address. */
  metByOpen(address: Scalar): boolean {
    const at = this.core.unknowns.resolve(address);
    return typeof at === 'number' && this.core.unknowns.isMet(at);
  }

  functionAt(address: Scalar): FunctionSymbol | null {
    return this.core.linkTable.functionAt(this.core.unknowns.resolve(address));
  }

  standsSomewhere(value: number): boolean {
    return standsSomewhere(this.core, value);
  }

  unreachable(roots: readonly number[]): readonly ObjectInfo[] {
    return unreachableObjects(this.core, roots);
  }

  referrers(address: number): readonly ObjectInfo[] {
    return referrers(this.core, address);
  }

  // values ---------------------------------------------------------------------------------------------------------------

  unknown(type: CType, source: string, content = false): Unknown {
    const made = this.core.unknowns.fresh(type, source);
    made.content = content;
    return made;
  }

  truth(value: Scalar, at: Site | null): boolean {
    return this.core.truth(value, at);
  }

  concrete(value: Scalar): number | bigint | null {
    const known = typeof value === 'object' ? this.core.unknowns.resolve(value) : value;
    return typeof known === 'object' ? null : known;
  }

  narrow(value: Scalar, least: number, most: number): void {
    this.core.unknowns.facts.constrain(value, [[least, most]]);
  }

  settle(value: Scalar, offered: readonly number[], fits: (result: number) => boolean): number | null {
    return settledValue(this.core.unknowns.facts, value, offered, fits);
  }

  equals(value: Scalar, constant: number | bigint, at: Site | null): boolean {
    const known = this.core.unknowns.resolve(value);
    if (typeof known !== 'object') return known === constant;
    const kind = known instanceof UnknownValue ? known.kind : kindOf(known.type);
    return this.core.unknowns.truthOf('==', known, constant, kind, at);
  }

  choose(kind: string, question: string, options: readonly string[], at: Site | null): number {
    return this.core.choose(kind, question, options, at);
  }

  // trace ----------------------------------------------------------------------------------------------------------------

  emit(event: EventBody): void {
    this.core.emit(event);
  }

  fault(kind: FaultKind, message: string, related: readonly Related[] = []): void {
    this.core.fault(kind, message, related, false);
  }

  site(): Site {
    return this.core.site() ?? NOWHERE;
  }

  callerSite(): Site | null {
    const { core } = this;
    const { frames, depth } = core.task;
    for (let i = depth - 1; i >= 0; i--) {
      const frame = frames[i];
      if (frame === undefined || frame.generator !== null) continue;
      // As `siteOf`, without the call.
      const site = frame.code.places[frame.code.placeOf[frame.pc >> 2] ?? -1];
      if (site !== undefined && this.program.units[site.span.unit]?.origin !== 'bundled') return site;
    }
    return core.site();
  }

  stack(): readonly Site[] {
    return this.core.stackOf(this.core.task);
  }

  // tasks ----------------------------------------------------------------------------------------------------------------

  spawn(name: string, target: Scalar | FunctionSymbol, args: readonly Scalar[]): number {
    return startTask(this.core, name, once(target, args, name)).id;
  }

  start(name: string, script: () => Generator<ModelRequest, ModelResult, Scalar>): number {
    return startTask(this.core, name, script()).id;
  }

  deadlocked(watcher: number): readonly StuckTask[] | null {
    const others = this.core.tasks.filter((task) => task.id !== watcher && task.state !== 'done');
    if (others.length === 0 || !others.every(isStuck)) return null;
    return others.map((task) => ({
      task: task.id,
      name: task.name,
      on: task.waitsFor,
      stack: this.core.stackOf(task),
    }));
  }

  state<T>(key: StateKey<T>): T {
    // Of all services the one that is asked for most often: a call less when there is something.
    const known = this.states.current.get(key);
    return known === undefined ? this.states.get(key) : (known as T);
  }
}

/** A script that makes one call and ends with its result. */
export function* once(
  target: Scalar | FunctionSymbol,
  args: readonly Scalar[],
  why: string,
): Generator<ModelRequest, ModelResult, Scalar> {
  return yield { kind: 'call', target, args, why };
}

function lifeOf(object: MemoryObject): Related[] {
  const related: Related[] = [];
  if (object.allocatedAt) related.push({ message: 'allocated here', at: object.allocatedAt });
  if (object.freedAt) related.push({ message: 'freed here', at: object.freedAt });
  return related;
}

interface FoundMember {
  readonly offset: number;
  readonly type: CType;
  readonly bits: Member['bits'] | null;
}

/** Members that were asked for, by the list they are in: one that is not fully shown gets another list when it grows. */
const asked = new WeakMap<readonly Member[], Map<string, FoundMember>>();

/** A member by name or by path (`a.b`), through anonymous structs and unions. */
function findMember(struct: StructType, path: string): FoundMember | null {
  let known = asked.get(struct.members);
  const found = known?.get(path);
  if (found !== undefined) return found;
  let type: CType = struct;
  let offset = 0;
  let bits: Member['bits'] | null = null;
  let kept = true;
  for (const name of path.split('.')) {
    if (type.kind !== 'struct') return null;
    const placed = ownMember(type, name, 0, 0);
    if (placed === null) return null;
    offset += placed.offset;
    // What lies in a struct of its own may move with it.
    kept &&= !type.open || (type === struct && placed.offset === placed.member.offset);
    type = placed.member.type;
    bits = placed.member.bits ?? null;
  }
  const made = { offset, type, bits };
  if (!kept) return made;
  if (known === undefined) {
    known = new Map();
    asked.set(struct.members, known);
  }
  known.set(path, made);
  return made;
}

interface PlacedMember {
  readonly offset: number;
  readonly member: Member;
}

function ownMember(struct: StructType, name: string, offset: number, depth: number): PlacedMember | null {
  for (const member of struct.members) {
    if (member.name === name) return { offset: offset + member.offset, member };
    if (member.name === null && member.type.kind === 'struct' && depth < 32) {
      const inner = ownMember(member.type, name, offset + member.offset, depth + 1);
      if (inner) return inner;
    }
  }
  return null;
}
