/** What all lock models share: the lock's address from an argument, the name a reader knows a function by, tables of effects. */
import type { ModelBody, ModelCall } from '../../machine/model.ts';
import { isUnknown, OBJECT_BASE } from '../../machine/model.ts';
import type { DocumentedModel, Effects } from '../subsystem.ts';
import { enclosingStruct, lockPath, memberIdentity, staticPath } from './naming.ts';
import type { LockIdentity } from './objects.ts';
import { releasedInstead } from './sameLock.ts';
import { locking } from './state.ts';

/**
 * Address of the lock an argument points to. A lock in freed memory, a NULL lock and a wild one are faults at the call; null then, and the
 * function does nothing.
 */
export function lockArgument(call: ModelCall, index: number): number | null {
  const { machine } = call;
  const value = call.args[index] ?? 0;
  const type = call.signature.parameters[index] ?? call.argTypes[index];
  const address = isUnknown(value)
    ? machine.materialise(value, type?.kind === 'pointer' ? type.to : { kind: 'void' })
    : Number(value);
  if (address === null) return null;
  const object = machine.objectAt(address);
  const name = called(call);
  if (address < OBJECT_BASE || object === null) {
    machine.fault(address < 4096 ? 'null-dereference' : 'wild-pointer', `\`${name}\` on a lock that is no object`);
    return null;
  }
  if (object.freed) {
    machine.fault('use-after-free', `\`${name}\` on a lock in freed memory`, [
      { message: 'freed here', at: object.freedAt },
      { message: 'allocated here', at: object.allocatedAt },
    ]);
    return null;
  }
  return address;
}

/**
 * The lock an argument points to, about to be taken: one that lies in zeroed memory of the document's own making and that nobody initialised
 * is reported. (Whoever else could have initialised it would have left the memory unknown.)
 */
export function lockToTake(call: ModelCall, index: number): number | null {
  const address = lockArgument(call, index);
  if (address === null || locking(call.machine).objects.known(address) !== null) return address;
  const { machine } = call;
  const object = machine.objectAt(address);
  const path = lockPath(machine, address);
  const own = enclosingStruct(machine, address);
  if (object === null || own === null || path === null || object.storage !== 'heap') return address;
  if (object.allocatedAt === null || machine.program.units[own.at?.unit ?? -1]?.origin === 'bundled') return address;
  if (own.at === null || machine.concrete(machine.readField(address, 'struct lockdep_map', 'name')) !== 0)
    return address;
  const lock = `&${path.replace('.', '->')}`;
  locking(machine).report(
    'lock-not-initialised',
    `\`${called(call)}\` on \`${lock}\`, which was never initialised`,
    [{ message: 'allocated here', at: object.allocatedAt }],
    { lock, what: called(call) },
  );
  return address;
}

/** The lock an argument points to, about to be released; null also when it was taken to be released already. */
export function lockHeld(call: ModelCall, index: number): number | null {
  const address = lockArgument(call, index);
  return address === null ? null : releasedInstead(call.machine, address);
}

/** An integer argument; 0 when it is not known. */
export function numberArgument(call: ModelCall, index: number): number {
  const value = call.machine.concrete(call.args[index] ?? 0);
  return value === null ? 0 : Number(value);
}

/** A string argument, or null. */
export function textArgument(call: ModelCall, index: number): string | null {
  return call.machine.readString(call.args[index] ?? 0);
}

/** Class of an `*_init(lock, name, key)` call: the key is the static variable of the init site, the name what was written there. */
export function initIdentity(call: ModelCall, name: number, key: number): LockIdentity {
  const address = numberArgument(call, key);
  const text = textArgument(call, name) ?? 'lock';
  if (/\b__\w/.test(text)) {
    // Written inside a bundled macro with a variable of its own: the member says more.
    const path = lockPath(call.machine, numberArgument(call, 0));
    if (path !== null) return { key: address === 0 ? path : address, name: memberIdentity(path).name, path };
  }
  const path = lockPath(call.machine, numberArgument(call, 0));
  const named = path === null ? staticPath(call.machine.objectAt(address), 0) : { path };
  return { key: address === 0 ? `init of ${text}` : address, name: text, ...named };
}

/** The function as the reader's code names it: the outermost bundled function or macro around this model. */
export function called(call: ModelCall): string {
  const { machine } = call;
  let name = call.name;
  for (const frame of machine.stack()) {
    if (machine.program.units[frame.span.unit]?.origin !== 'bundled') break;
    // Constructors of guards are nothing a reader calls.
    if (!frame.function.startsWith('class_')) name = frame.function;
  }
  return name.replace(/^_+/, '');
}

/** A pure effect row: what the lock models differ in. */
export function effects(sleeps: Effects['sleeps'], locks: string, fails = 'never', allocates = 'none'): Effects {
  return { sleeps, allocates, locks, fails };
}

export function model(name: string, source: string, effect: Effects, run: ModelBody): DocumentedModel {
  return { name, source, effects: effect, run };
}
