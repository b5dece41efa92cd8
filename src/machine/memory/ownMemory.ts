/**
 * Memory that only the code under execution knows of: it made it in this run, and has shown it to nobody. What stood anywhere before, or what
 * somebody unseen put there, is no pointer to it.
 */
import type { Scalar } from '../model.ts';
import { base } from '../unknown/forms.ts';
import { UnknownValue } from '../unknown/value.ts';
import type { AccessHost } from './access.ts';
import type { MemoryObject } from './object.ts';
import { pointersIn, strayPointers } from './reach.ts';

/**
 * Whether a value was there before the memory was made that the other points to, or is what others left in memory while only the code knows
 * of that.
 */
export function neverMeet(host: AccessHost, left: Scalar, right: Scalar): boolean {
  const [from] = base(left);
  if (!(from instanceof UnknownValue) || from.node !== null || typeof right !== 'number') return false;
  const object = host.memory.owner(right);
  if (object === null || !isMade(host, object)) return false;
  return from.id < object.born || (from.content && knownToTheCodeOnly(host, object));
}

/** Whether nobody but the code can have a pointer to an object that a run made: none stands in what others made, none was handed out. */
function knownToTheCodeOnly(host: AccessHost, object: MemoryObject): boolean {
  const { memory } = host;
  if (object.handed) return false;
  const own = new Set([object]);
  let shown = false;
  strayPointers(host, (value) => {
    shown ||= memory.owner(value) === object;
  });
  for (const each of own) {
    if (shown) return false;
    for (const other of memory.objects) {
      // A local is the code's own; one that is handed out hands out what it leads to.
      if (other === each || other.freed || other.dead || other.storage === 'stack' || own.has(other)) continue;
      let refers = false;
      pointersIn(host, other, (value) => {
        refers ||= memory.owner(value) === each;
      });
      if (!refers) continue;
      if (!isMade(host, other) || other.handed) return false;
      own.add(other);
    }
  }
  return true;
}

/** Made by a statement of this run. */
function isMade({ memory }: AccessHost, object: MemoryObject): boolean {
  return object.storage === 'heap' && object.allocatedAt !== null && !memory.isSealed(object);
}
