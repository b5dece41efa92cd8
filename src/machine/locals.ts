/** Memory of frames: locals and their scopes, alloca, struct values on their way, and bit-field units that hold nothing yet. */
import type { CType } from '../c/types.ts';
import type { BuiltinSite } from './compile/code.ts';
import type { Core } from './core.ts';
import { Kind, typeOfKind } from './kinds.ts';
import { sizeOf } from './layout.ts';
import { INITIALISED, UNINITIALISED } from './memory/arena.ts';
import { fillUnread } from './memory/block.ts';
import type { MemoryObject } from './memory/object.ts';
import type { Scalar } from './model.ts';
import type { Frame, Task } from './task.ts';
import { render } from './unknown/render.ts';
import { UNINITIALISED_REGISTER } from './unknown/value.ts';

/** Memory that lives as long as the frame. */
export function alloca(m: Core, frame: Frame, size: Scalar): number {
  const bytes = m.unknowns.resolve(size);
  const label = `variable-length memory of ${frame.code.name}()`;
  const at = m.site();
  if (typeof bytes === 'object') {
    const object = m.memory.allocateOpen(0, { label, storage: 'stack', content: 'unknown', at });
    if (object === null) m.outOfMemory();
    else frame.objects.push(object);
    const message = `how large the ${label} is depends on \`${render(bytes)}\`: all of it is assumed to be there`;
    m.emit({ kind: 'assumption', about: bytes.source, message });
    return object?.address ?? 0;
  }
  const object =
    bytes > m.limits.memory
      ? null
      : m.memory.allocate(Number(bytes), { label, storage: 'stack', content: 'uninitialised', at });
  if (object === null) m.outOfMemory();
  else frame.objects.push(object);
  return object?.address ?? 0;
}

/** `T a[n]`: the memory of the last time this declaration was met is given back, or used again when it has the right size. */
export function variableArray(m: Core, frame: Frame, site: BuiltinSite, size: Scalar): number {
  frame.variableArrays ??= new Map();
  const last = frame.variableArrays.get(site);
  const bytes = m.unknowns.resolve(size);
  if (last !== undefined && !last.dead) {
    if (last.size === bytes) {
      wipe(m, last);
      return last.address;
    }
    last.dead = true;
    m.memory.release(last);
    frame.objects.splice(frame.objects.lastIndexOf(last), 1);
  }
  const address = alloca(m, frame, size);
  const made = frame.objects[frame.objects.length - 1];
  if (made !== undefined && made.address === address) frame.variableArrays.set(site, made);
  return address;
}

/** Nothing has been written to the object yet. */
function wipe(m: Core, object: MemoryObject): void {
  const at = m.memory.piece(object, 0, object.size);
  if (at >= 0) m.memory.arena.shadow.fill(0, at, at + object.size);
  object.chunks?.clear();
  object.fills = [];
  object.cells = null;
}

/** A struct result's memory: one per call in a frame, used again when the call is made again. */
export function temporary(m: Core, frame: Frame, pc: number, size: number, type: CType | null): number {
  frame.temporaries ??= new Map();
  const known = frame.temporaries.get(pc);
  if (known !== undefined) return known;
  const label = `struct value in ${frame.code.name}()`;
  const object = m.memory.allocate(size, {
    label,
    storage: 'stack',
    content: 'uninitialised',
    at: null,
    ...(type ? { type } : {}),
  });
  if (object === null) {
    m.outOfMemory();
    return 0;
  }
  frame.objects.push(object);
  frame.temporaries.set(pc, object.address);
  return object.address;
}

/** A copy of `size` bytes that lives as long as the calling frame. */
export function copyOf(m: Core, from: Scalar, size: number): number {
  const object = m.memory.allocate(size, {
    label: 'argument',
    storage: 'stack',
    content: 'uninitialised',
    at: null,
  });
  if (object === null) {
    m.outOfMemory();
    return 0;
  }
  m.task.top()?.objects.push(object);
  m.copy(object.address, from, size);
  return object.address;
}

/** An object without a name that lives as long as the program: a compound literal at file scope. */
export function unnamed(m: Core, size: number, type: CType | null): number {
  const label = 'compound literal';
  const object = m.memory.allocate(size, {
    label,
    storage: 'global',
    content: 'zero',
    at: null,
    ...(type ? { type } : {}),
  });
  if (object === null) m.outOfMemory();
  return object?.address ?? 0;
}

/** Memory for the struct result of a call that no code makes. */
export function resultBuffer(m: Core, type: CType): number {
  const object = m.memory.allocate(sizeOf(type), {
    label: 'result',
    storage: 'stack',
    content: 'uninitialised',
    at: null,
    type,
  });
  if (object === null) m.outOfMemory();
  return object?.address ?? 0;
}

/** The storage unit of a bit-field; bytes never written read as 0. */
export function peekUnit(m: Core, at: Scalar, unit: Kind): Scalar {
  const address = m.unknowns.resolve(at);
  const object = typeof address === 'number' ? m.memory.owner(address) : null;
  if (object && typeof address === 'number' && !object.freed && !object.dead) {
    const size = sizeOf(typeOfKind(unit));
    const offset = address - object.address;
    const index = offset >= object.low && offset + size <= object.high ? m.memory.piece(object, offset, size) : -1;
    if (index >= 0) {
      const { shadow, u8 } = m.memory.arena;
      for (let i = index; i < index + size; i++)
        if (shadow[i] === 0) {
          m.memory.touch(object);
          u8[i] = 0;
          shadow[i] = INITIALISED;
        }
    }
  }
  return m.access.load(address, unit, null);
}

export function makeLocal(m: Core, task: Task, frame: Frame, index: number, register: number): void {
  const local = frame.code.variables[index];
  if (local === undefined) return;
  const type = local.variable.type;
  const object = m.memory.allocate(local.size, {
    label: local.label,
    storage: 'stack',
    type,
    content: local.variable.unseen === true ? 'unknown' : 'uninitialised',
    at: null,
  });
  if (object === null) {
    m.outOfMemory();
    return;
  }
  object.path = local.variable.name;
  // What no visible line declares may be of the file, or of another: it outlives the call.
  if (local.variable.unseen !== true) frame.objects.push(object);
  task.set(register, object.address);
}

/** Variables whose declarations are not shown may hold anything. */
export function unseen(m: Core, task: Task, frame: Frame): void {
  const names: string[] = [];
  for (const { variable, register, memory } of frame.code.variables) {
    if (variable.unseen !== true) continue;
    names.push(`\`${variable.name}\``);
    if (!memory) task.set(frame.base + register, m.unknowns.fresh(variable.type, variable.name));
  }
  const message = `no line that is shown declares ${names.join(', ')}: what ${names.length > 1 ? 'they hold' : 'it holds'} is assumed`;
  // They hold something, and do nothing: it bears on what asks for it, or names it.
  const handed = names.map((name) => ({ address: 0, size: 0, local: name.slice(1, -1) }));
  m.emit({ kind: 'assumption', about: frame.code.name, message, handed });
}

/** Begins (again) or ends the life of a local in memory. */
export function scope(m: Core, frame: Frame, task: Task, index: number, alive: boolean): void {
  const local = frame.code.variables[index];
  const address = local ? task.get(frame.base + local.register) : 0;
  const object = typeof address === 'number' ? m.memory.owner(address) : null;
  if (object === null) return;
  object.dead = !alive;
  if (!alive) {
    m.memory.close(object);
    return;
  }
  wipe(m, object);
  m.memory.open(object);
}

/**
 * A variable that a macro nobody shows may set holds something from now on, if it held nothing: a register, or `size` bytes at the address
 * in it plus `offset`.
 */
export function given(m: Core, task: Task, register: number, offset: number, size: number, type: CType | null): void {
  const held = task.get(register);
  if (size === 0) {
    if (held !== UNINITIALISED_REGISTER) return;
    const frame = task.top();
    const own = frame?.code.variables.find((each) => !each.memory && frame.base + each.register === register);
    task.set(register, m.unknowns.fresh(type ?? typeOfKind(Kind.I64), own?.variable.name ?? 'a variable'));
    return;
  }
  const object = typeof held === 'number' ? m.memory.owner(held) : null;
  if (object === null || typeof held !== 'number') return;
  const at = held + offset - object.address;
  const index = m.memory.piece(object, at, size);
  if (index >= 0 && m.memory.arena.shadow.subarray(index, index + size).every((state) => state === UNINITIALISED))
    fillUnread(m, object, at, size);
}
