/**
 * Words of the plain validator, and its one search: classes with their edges and usage, breadth first as `__bfs` of lockdep.c does it. Only
 * tests use it.
 */

export type OracleRead = 0 | 1 | 2;

export interface OracleLock {
  /** The key; with the subclass it makes the class. */
  readonly key: string;
  readonly inner: number;
  readonly outer: number;
  readonly type: 'normal' | 'percpu' | 'wait-override';
  /** Orders two instances of the class: below 0 when the first may be held while the second is taken. */
  readonly compare?: (held: number, next: number) => number;
  readonly novalidate?: boolean;
}

export interface Edge {
  readonly to: OracleClass;
  /** Bit set over the kinds: 1 SR, 2 ER, 4 SN, 8 EN; in a backward list the two letters trade places. */
  dep: number;
}

export interface OracleClass {
  readonly lock: OracleLock;
  usage: number;
  readonly after: Edge[];
  readonly before: Edge[];
}

export interface OracleHeld {
  readonly instance: number;
  lock: OracleLock;
  cls: OracleClass;
  subclass: number;
  read: OracleRead;
  readonly trylock: boolean;
  readonly check: boolean;
  readonly hardirqsOff: boolean;
  readonly irqContext: number;
  readonly nest: number;
  references: number;
  pins: number;
}

/** Everything the validator keeps per task. */
export class OracleTask {
  held: OracleHeld[] = [];
  hardirqs = true;
  softirqs = true;
  inHardirq = 0;
  threaded = false;
  inSoftirq = 0;
  inNmi = 0;
}

/** Bits of one interrupt state; the soft ones are four further left. */
export const USED_IN = 1;
export const USED_IN_READ = 2;
export const ENABLED = 4;
export const ENABLED_READ = 8;
export const SOFT_SHIFT = 4;
export const USED = 256;
export const USED_READ = 512;
export const WRITE_BITS = 0x55;
export const ANY_USED_IN = 0x33;

const STRONG_END = 4 | 8;
const FROM_SHARED = 1 | 4;

export interface Node {
  readonly cls: OracleClass;
  readonly dep: number;
  readonly parent: Node | null;
  onlyXr: boolean;
}

export type Direction = 'after' | 'before';

/**
 * `__bfs`: breadth first, each class once, marked before it is known whether the way to it is strong.
 * `skipFake`: per-CPU and wait-override classes end a way.
 */
export function search(
  root: OracleClass,
  onlyXr: boolean,
  direction: Direction,
  skipFake: boolean,
  match: (node: Node) => boolean,
): boolean {
  const visited = new Set<OracleClass>();
  const queue: Node[] = [{ cls: root, dep: 0, parent: null, onlyXr }];
  for (let at = 0; at < queue.length; at++) {
    const node = queue[at];
    if (node === undefined || visited.has(node.cls)) continue;
    visited.add(node.cls);
    if (node.parent !== null) {
      const usable = node.parent.onlyXr ? node.dep & ~FROM_SHARED : node.dep;
      if (usable === 0) continue;
      node.onlyXr = (usable & STRONG_END) === 0;
    }
    if (skipFake && node.cls.lock.type !== 'normal') continue;
    if (match(node)) return true;
    for (const edge of node.cls[direction]) queue.push({ cls: edge.to, dep: edge.dep, parent: node, onlyXr: false });
  }
  return false;
}

/** The usage of a class as far as the way to it lets it count. */
export function effective(node: Node): number {
  return node.onlyXr ? node.cls.usage & WRITE_BITS : node.cls.usage;
}

export function connect(list: Edge[], to: OracleClass, bit: number): void {
  const known = list.find((edge) => edge.to === to);
  if (known === undefined) list.push({ to, dep: bit });
  else known.dep |= bit;
}
