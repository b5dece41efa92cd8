/**
 * The cache of chains: which sequences of (class, kind) have been validated, exactly and not by a hash of the whole (lockdep.c:
 * lookup_chain_cache_add). A chain is a number; what extends it by one acquire is looked up in a flat table, so that a long run makes no
 * garbage.
 */
import type { ReadKind } from './types.ts';

/** The chain of no lock. */
export const NO_CHAIN = 0;

export class Chains {
  /** Three numbers per slot: chain (plus one; 0: free), class and kind, the chain that is one longer. */
  private table = new Int32Array(3 * 32);
  private mask = 31;
  private count = 0;
  private validated = new Uint8Array(32);

  /** The chain that is one acquire longer. How it is taken otherwise is not part of the key (lockdep.c: hlock_id). */
  next(chain: number, classId: number, read: ReadKind): number {
    const key = classId * 4 + read;
    const { table, mask } = this;
    let slot = mix(chain, key) & mask;
    for (;;) {
      const at = slot * 3;
      const owner = table[at] ?? 0;
      if (owner === 0) break;
      if (owner === chain + 1 && table[at + 1] === key) return table[at + 2] ?? 0;
      slot = (slot + 1) & mask;
    }
    return this.add(chain, key);
  }

  /** True the first time it is asked of a chain. */
  firstTime(chain: number): boolean {
    if (this.validated[chain] === 1) return false;
    this.validated[chain] = 1;
    return true;
  }

  private add(chain: number, key: number): number {
    if ((this.count + 1) * 2 > this.mask + 1) this.grow();
    const longer = ++this.count;
    this.put(chain + 1, key, longer);
    return longer;
  }

  private put(owner: number, key: number, longer: number): void {
    const { table, mask } = this;
    let slot = mix(owner - 1, key) & mask;
    while (table[slot * 3] !== 0) slot = (slot + 1) & mask;
    table[slot * 3] = owner;
    table[slot * 3 + 1] = key;
    table[slot * 3 + 2] = longer;
  }

  private grow(): void {
    const old = this.table;
    const size = (this.mask + 1) * 4;
    this.table = new Int32Array(3 * size);
    this.mask = size - 1;
    for (let at = 0; at < old.length; at += 3) {
      const owner = old[at] ?? 0;
      if (owner !== 0) this.put(owner, old[at + 1] ?? 0, old[at + 2] ?? 0);
    }
    const validated = new Uint8Array(size);
    validated.set(this.validated);
    this.validated = validated;
  }
}

function mix(chain: number, key: number): number {
  const mixed = Math.imul(chain ^ Math.imul(key, 0x85ebca6b), 0x9e3779b1);
  return mixed ^ (mixed >>> 15);
}
