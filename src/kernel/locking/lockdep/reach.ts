/**
 * Quick "no" for the questions of the validator: whether one class can be reached from another at all, and whether any class that was used in
 * an interrupt lies before one, or any that was used with interrupts on lies behind it. Both look at edges without their kinds, so a "no" is
 * final and a "yes" is left to the exact search in graph.ts.
 */
import { ENABLED_BITS, USED_IN_BITS } from './usage.ts';

/** What is needed of a class here: its edges (`class id << 4 | kinds`). */
export interface Edges {
  readonly data: Int32Array;
  readonly count: number;
}
export interface Node {
  readonly after: Edges;
  readonly before: Edges;
}

/** Scratch of all graphs: a search ends before the next begins. */
let marks = new Int32Array(0);
let forwardQueue = new Int32Array(0);
let backwardQueue = new Int32Array(0);
let cameFrom = new Int32Array(0);
let generation = 0;

function scratch(size: number): void {
  if (marks.length >= size) return;
  const room = Math.max(256, size * 2);
  marks = new Int32Array(room);
  forwardQueue = new Int32Array(room);
  backwardQueue = new Int32Array(room);
  cameFrom = new Int32Array(room);
  generation = 0;
}

/**
 * A shortest path of whatever kinds: breadth-first from both ends, a level at a time on the side where less waits, until the levels meet.
 * With `ranks` of an order that every edge follows, only what lies between both ends is entered. Null: there is no path.
 */
export function shortestWay(
  nodes: readonly Node[],
  from: number,
  to: number,
  ranks: Int32Array | null,
): readonly number[] | null {
  if (from === to) return [from];
  const low = ranks?.[from] ?? 0;
  const high = ranks?.[to] ?? 0;
  if (low > high) return null;
  scratch(nodes.length);
  generation += 2;
  const ahead = generation;
  const behind = generation + 1;
  marks[from] = ahead;
  marks[to] = behind;
  cameFrom[from] = -1;
  cameFrom[to] = -1;
  forwardQueue[0] = from;
  backwardQueue[0] = to;
  let forwardHead = 0;
  let forwardTail = 1;
  let backwardHead = 0;
  let backwardTail = 1;
  while (forwardHead < forwardTail && backwardHead < backwardTail) {
    const forwards = forwardTail - forwardHead <= backwardTail - backwardHead;
    const queue = forwards ? forwardQueue : backwardQueue;
    const own = forwards ? ahead : behind;
    const other = forwards ? behind : ahead;
    const levelEnd = forwards ? forwardTail : backwardTail;
    let head = forwards ? forwardHead : backwardHead;
    let tail = levelEnd;
    for (; head < levelEnd; head++) {
      const id = queue[head] ?? 0;
      const node = nodes[id];
      if (node === undefined) continue;
      const { data, count } = forwards ? node.after : node.before;
      for (let i = 0; i < count; i++) {
        const target = (data[i] ?? 0) >> 4;
        const mark = marks[target] ?? 0;
        if (mark === own) continue;
        // All of the other side is one level away from here at most: the first meeting is a shortest one.
        if (mark === other) return forwards ? joined(id, target) : joined(target, id);
        if (ranks !== null) {
          const rank = ranks[target] ?? 0;
          if (rank < low || rank > high) continue;
        }
        marks[target] = own;
        cameFrom[target] = id;
        queue[tail++] = target;
      }
    }
    if (forwards) {
      forwardHead = head;
      forwardTail = tail;
    } else {
      backwardHead = head;
      backwardTail = tail;
    }
  }
  return null;
}

/** The path that the meeting of both sides over one edge makes. */
function joined(forwards: number, backwards: number): readonly number[] {
  const path: number[] = [];
  for (let id = forwards; id >= 0; id = cameFrom[id] ?? -1) path.push(id);
  path.reverse();
  for (let id = backwards; id >= 0; id = cameFrom[id] ?? -1) path.push(id);
  return path;
}

/**
 * A place for each class in an order that all edges follow, kept as edges come (Pearce and Kelly): what an edge turns round moves, nothing
 * else. Orders of readers that exclude each other nowhere may close a circle; from then on there is no such order.
 */
export class Ranks {
  private constructor(
    private rank: Int32Array,
    private size: number,
    private circular: boolean,
  ) {}

  static empty(): Ranks {
    return new Ranks(new Int32Array(32), 0, false);
  }

  clone(): Ranks {
    return new Ranks(this.rank.slice(), this.size, this.circular);
  }

  /** The places; null when edges form a circle. */
  known(nodes: readonly Node[]): Int32Array | null {
    this.room(nodes.length);
    return this.circular ? null : this.rank;
  }

  edgeAdded(nodes: readonly Node[], from: number, to: number): void {
    this.room(nodes.length);
    const { rank } = this;
    // An edge of a class to itself (a reader inside a reader) has no order to keep.
    if (from === to || this.circular || (rank[from] ?? 0) < (rank[to] ?? 0)) return;
    const behind = this.within(nodes, to, rank[from] ?? 0, true);
    if (behind.includes(from)) {
      this.circular = true;
      return;
    }
    const before = this.within(nodes, from, rank[to] ?? 0, false);
    const byRank = (a: number, b: number): number => (rank[a] ?? 0) - (rank[b] ?? 0);
    const moved = [...before.sort(byRank), ...behind.sort(byRank)];
    const places = moved.map((id) => rank[id] ?? 0).sort((a, b) => a - b);
    moved.forEach((id, i) => {
      rank[id] = places[i] ?? 0;
    });
  }

  /** What is reached from a class without passing the place `limit`. */
  private within(nodes: readonly Node[], start: number, limit: number, forwards: boolean): number[] {
    scratch(nodes.length);
    generation += 2;
    marks[start] = generation;
    const found = [start];
    for (let head = 0; head < found.length; head++) {
      const node = nodes[found[head] ?? 0];
      if (node === undefined) continue;
      const { data, count } = forwards ? node.after : node.before;
      for (let i = 0; i < count; i++) {
        const target = (data[i] ?? 0) >> 4;
        const place = this.rank[target] ?? 0;
        if (marks[target] === generation || (forwards ? place > limit : place < limit)) continue;
        marks[target] = generation;
        found.push(target);
      }
    }
    return found;
  }

  /** New classes come last. */
  private room(size: number): void {
    if (this.rank.length < size) {
      const fresh = new Int32Array(size * 2);
      fresh.set(this.rank);
      this.rank = fresh;
    }
    while (this.size < size) this.rank[this.size] = this.size++;
  }
}

/** Per class: interrupt usage before it and behind it, itself included. Grows with the graph, never shrinks. */
export class UsageAround {
  private constructor(
    private usedBefore: Uint8Array,
    private enabledBehind: Uint8Array,
  ) {}

  static empty(): UsageAround {
    return new UsageAround(new Uint8Array(32), new Uint8Array(32));
  }

  clone(): UsageAround {
    return new UsageAround(this.usedBefore.slice(), this.enabledBehind.slice());
  }

  /** Usage in interrupts of the classes from which `id` can be reached. */
  usedInBefore(id: number): number {
    return this.usedBefore[id] ?? 0;
  }

  /** Usage with interrupts on of the classes that can be reached from `id`. */
  enabledFrom(id: number): number {
    return this.enabledBehind[id] ?? 0;
  }

  edgeAdded(nodes: readonly Node[], from: number, to: number): void {
    this.spread(nodes, to, this.usedInBefore(from), true);
    this.spread(nodes, from, this.enabledFrom(to), false);
  }

  usageAdded(nodes: readonly Node[], id: number, bits: number): void {
    this.spread(nodes, id, bits & USED_IN_BITS, true);
    this.spread(nodes, id, bits & ENABLED_BITS, false);
  }

  private spread(nodes: readonly Node[], start: number, bits: number, forwards: boolean): void {
    if (bits === 0) return;
    this.room(nodes.length);
    scratch(nodes.length);
    const masks = forwards ? this.usedBefore : this.enabledBehind;
    if (((masks[start] ?? 0) & bits) === bits) return;
    masks[start] = (masks[start] ?? 0) | bits;
    const stack = forwardQueue;
    stack[0] = start;
    // A class enters again only when a bit is new to it, and then it is not on the stack with that bit.
    for (let top = 1; top > 0; ) {
      const node = nodes[stack[--top] ?? 0];
      if (node === undefined) continue;
      const { data, count } = forwards ? node.after : node.before;
      for (let i = 0; i < count; i++) {
        const target = (data[i] ?? 0) >> 4;
        const known = masks[target] ?? 0;
        if ((known & bits) === bits) continue;
        masks[target] = known | bits;
        stack[top++] = target;
      }
    }
  }

  private room(size: number): void {
    if (this.usedBefore.length >= size) return;
    const grow = (old: Uint8Array): Uint8Array => {
      const fresh = new Uint8Array(size * 2);
      fresh.set(old);
      return fresh;
    };
    this.usedBefore = grow(this.usedBefore);
    this.enabledBehind = grow(this.enabledBehind);
  }
}
