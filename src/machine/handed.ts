/** What an unseen function is handed: the objects its arguments point to, and what hangs on them where it may keep or end that too. */
import type { Core } from './core.ts';
import type { Handed } from './events.ts';
import { fillUninitialised } from './memory/block.ts';
import { pointersIn } from './memory/reach.ts';
import type { Scalar } from './model.ts';

/** Names of functions that end something: what they are given is gone, whether the op failed or not. */
export const TAKES_APART =
  /(?:^|_)(?:free|put|release|destroy|unref|drop|cleanup|fini|remove|del|delete|close|kill|unwind|abort|cancel|exit|teardown|undo)(?:_|$)/;

/** The objects that arguments of a call of an unseen function point to. */
export function handedTo(m: Core, name: string, args: readonly Scalar[]): readonly Handed[] {
  const handed: Handed[] = [];
  const ends = TAKES_APART.test(name);
  for (const arg of args) {
    const at = m.unknowns.resolve(arg);
    const object = typeof at === 'number' && at !== 0 ? m.memory.owner(at) : null;
    if (object === null) continue;
    const local = object.storage === 'stack' ? (/^local (\w+)/.exec(object.label)?.[1] ?? object.label) : null;
    const inside: number[] = [];
    if (local !== null || ends) pointersIn(m, object, (address) => inside.push(address));
    m.memory.hand(object);
    for (const behind of local === null ? [] : inside.map((address) => m.memory.owner(address))) {
      if (behind === null) continue;
      m.memory.hand(behind);
      // A message that leads to the buffer for the answer.
      if (behind.storage === 'stack' && behind !== object && !behind.dead) fillUninitialised(m, behind);
    }
    handed.push({ address: object.address, size: object.size, local, ...(inside.length > 0 && { inside }) });
  }
  return handed;
}
