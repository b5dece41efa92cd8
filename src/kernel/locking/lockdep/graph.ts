/**
 * The dependency graph: lock classes and the orders between them, with breadth-first search over strong paths (a path on which no edge
 * that ends in a recursive read is followed by one that starts at a shared holder). A graph can be forked: the fork shares everything with
 * its base until it writes. Decides nothing about what is an error.
 */
import { Ranks, shortestWay, UsageAround } from './reach.ts';
import type { ClassSpec, LockKey, LockType, Place, WaitType } from './types.ts';
import { WAIT_CONFIG, WAIT_SPIN } from './types.ts';
import { ENABLED_BITS, USED_IN_BITS, WRITE_BITS } from './usage.ts';

/** Edge kinds, one bit each: bit number = (holder exclusive ? 1 : 0) + (next not recursive-read ? 2 : 0). */
export type EdgeKinds = number;
const STARTS_EXCLUSIVE = 0b1010;
const ENDS_NON_RECURSIVE = 0b1100;
/** The kind of an edge between two exclusive uses. */
export const EXCLUSIVE_EDGE: EdgeKinds = 0b1000;

/**
 * Whether the end of a step along edges of some kinds is reached only by recursive readers; null: the step cannot be made. `weak`: so is its
 * start, and then only whoever holds that exclusively waits for anybody.
 */
export function stepWeakly(kinds: EdgeKinds, weak: boolean): boolean | null {
  const usable = weak ? kinds & STARTS_EXCLUSIVE : kinds;
  return usable === 0 ? null : (usable & ENDS_NON_RECURSIVE) === 0;
}

/** Who made an edge: the place of the acquire, or the text of whoever taught it. */
export interface Origin {
  readonly site: Place | null;
  readonly note: string | null;
}

const NO_EDGES = new Int32Array(0);

/** Edges of one class in one direction: `class id << 4 | kinds`, and (forwards) who made each. */
class EdgeList {
  constructor(
    public data: Int32Array = NO_EDGES,
    public count = 0,
    readonly origins: Origin[] = [],
  ) {}

  find(id: number): number {
    for (let i = 0; i < this.count; i++) if ((this.data[i] ?? 0) >> 4 === id) return i;
    return -1;
  }

  /** True when there was no edge to that class yet. */
  add(id: number, kind: number): boolean {
    const at = this.find(id);
    if (at >= 0) {
      this.data[at] = (this.data[at] ?? 0) | kind;
      return false;
    }
    if (this.count === this.data.length) {
      const grown = new Int32Array(Math.max(4, this.count * 2));
      grown.set(this.data);
      this.data = grown;
    }
    this.data[this.count++] = (id << 4) | kind;
    return true;
  }

  clone(): EdgeList {
    return new EdgeList(this.data.slice(), this.count, [...this.origins]);
  }
}

/** A lock class. Never changed through a graph that does not own it. */
export class LockClass {
  usage = 0;
  /** Who set each usage bit first, by bit number. */
  usageSites: (Place | null)[] = [];
  after = new EdgeList();
  before = new EdgeList();

  constructor(
    readonly owner: LockGraph,
    readonly id: number,
    readonly spec: ClassSpec,
    readonly name: string,
    readonly inner: WaitType,
    readonly outer: WaitType,
    readonly type: LockType,
    readonly novalidate: boolean,
    readonly untracked: boolean,
    public compare: ((held: number, next: number) => number) | null,
  ) {}

  cloneFor(owner: LockGraph): LockClass {
    const copy = new LockClass(
      owner,
      this.id,
      this.spec,
      this.name,
      this.inner,
      this.outer,
      this.type,
      this.novalidate,
      this.untracked,
      this.compare,
    );
    copy.usage = this.usage;
    copy.usageSites = [...this.usageSites];
    copy.after = this.after.clone();
    copy.before = this.before.clone();
    return copy;
  }
}

/** One edge of a found path, in the direction of locking. */
export interface PathEdge {
  readonly from: LockClass;
  readonly to: LockClass;
  readonly origin: Origin;
}

type Search = 'reach-exclusive' | 'reach-any' | 'usage' | 'accumulate';

export class LockGraph {
  readonly nodes: LockClass[];
  /** Interrupt usage before and behind each class. */
  private readonly around: UsageAround;
  private readonly ranks: Ranks;
  /** Classes at which an edge ends that only recursive reads made, when it was made. */
  private readonly weakEnds: number[];
  private readonly ids = new Map<LockKey, number[]>();
  private seen = new Int32Array(0);
  private queue = new Int32Array(0);
  private parent = new Int32Array(0);
  private generation = 0;
  /** Result of an `accumulate` search. */
  accumulated = 0;

  constructor(
    private readonly base: LockGraph | null,
    private readonly rawLockNesting: boolean,
  ) {
    this.nodes = base === null ? [] : base.nodes.slice();
    this.around = base === null ? UsageAround.empty() : base.around.clone();
    this.ranks = base === null ? Ranks.empty() : base.ranks.clone();
    this.weakEnds = base === null ? [] : base.weakEnds.slice();
  }

  /** A graph that starts where this one is. This one must not be written to any more. */
  fork(): LockGraph {
    return new LockGraph(this, this.rawLockNesting);
  }

  find(key: LockKey, subclass: number): number | null {
    return this.ids.get(key)?.[subclass] ?? this.base?.find(key, subclass) ?? null;
  }

  /** The class of (key, subclass), made on first use. */
  classOf(spec: ClassSpec): { readonly id: number; readonly made: boolean } {
    const subclass = spec.subclass ?? 0;
    const known = this.find(spec.key, subclass);
    if (known !== null) return { id: known, made: false };
    const id = this.nodes.length;
    const name = subclass === 0 ? spec.name : `${spec.name}/${subclass}`;
    const inner = this.waitType(spec.inner ?? 0);
    const outer = this.waitType(spec.outer ?? 0) || inner;
    this.nodes.push(
      new LockClass(
        this,
        id,
        spec,
        name,
        inner,
        outer,
        spec.lockType ?? 'normal',
        spec.novalidate ?? false,
        spec.untracked ?? false,
        spec.compare ?? null,
      ),
    );
    const row = this.ids.get(spec.key);
    if (row === undefined) {
      const fresh: number[] = [];
      fresh[subclass] = id;
      this.ids.set(spec.key, fresh);
    } else row[subclass] = id;
    return { id, made: true };
  }

  /** Without raw nesting checks a spinlock_t may be taken wherever a raw one may. */
  private waitType(type: WaitType): WaitType {
    return type === WAIT_CONFIG && !this.rawLockNesting ? WAIT_SPIN : type;
  }

  at(id: number): LockClass {
    const node = this.nodes[id];
    if (node === undefined) throw new Error(`[interlock internal] no lock class ${id}`);
    return node;
  }

  private writable(id: number): LockClass {
    const node = this.at(id);
    if (node.owner === this) return node;
    const copy = node.cloneFor(this);
    this.nodes[id] = copy;
    return copy;
  }

  /** `lockdep_set_lock_cmp_fn`: of a class that exists. */
  setCompare(id: number, compare: (held: number, next: number) => number): void {
    this.writable(id).compare = compare;
  }

  addUsage(id: number, bit: number, index: number, site: Place | null): void {
    const node = this.writable(id);
    node.usage |= bit;
    node.usageSites[index] = site;
    this.around.usageAdded(this.nodes, id, bit);
  }

  /** Which kinds of `from → to` are known (bit mask). */
  kinds(from: number, to: number): number {
    const list = this.at(from).after;
    const at = list.find(to);
    return at < 0 ? 0 : (list.data[at] ?? 0) & 15;
  }

  /** Adds one kind of edge, seen from both ends. */
  addEdge(
    from: number,
    to: number,
    holderExclusive: boolean,
    nextRecursive: boolean,
    site: Place | null,
    note: string | null,
  ): void {
    const forwards = 1 << ((holderExclusive ? 1 : 0) + (nextRecursive ? 0 : 2));
    const backwards = 1 << ((nextRecursive ? 0 : 1) + (holderExclusive ? 2 : 0));
    const known = this.kinds(from, to);
    if ((known & forwards) !== 0) return;
    const node = this.writable(from);
    const fresh = node.after.add(to, forwards);
    this.writable(to).before.add(from, backwards);
    if (nextRecursive && (known & ENDS_NON_RECURSIVE) === 0) this.weakEnds.push(to);
    if (!fresh) return;
    node.after.origins.push({ site, note });
    this.around.edgeAdded(this.nodes, from, to);
    this.ranks.edgeAdded(this.nodes, from, to);
  }

  /**
   * A shortest path of whatever kinds from one class to another, as class ids; null: there is none, of no kind. `strong`: every path between
   * the two is a strong one, as no edge between them ends in a recursive read.
   */
  way(from: number, to: number): { readonly ids: readonly number[]; readonly strong: boolean } | null {
    const ranks = this.ranks.known(this.nodes);
    const ids = shortestWay(this.nodes, from, to, ranks);
    if (ids === null) return null;
    const low = ranks?.[from] ?? 0;
    const high = ranks?.[to] ?? 0;
    const between = (id: number) => ranks === null || ((ranks[id] ?? 0) >= low && (ranks[id] ?? 0) <= high);
    return { ids, strong: from !== to && !this.weakEnds.some(between) };
  }

  /** The edges along classes that follow each other. */
  along(ids: readonly number[]): PathEdge[] {
    return ids.slice(1).map((id, i) => this.edge(ids[i] ?? 0, id));
  }

  private edge(from: number, to: number): PathEdge {
    const holder = this.at(from);
    const origin = holder.after.origins[holder.after.find(to)] ?? { site: null, note: null };
    return { from: holder, to: this.at(to), origin };
  }

  /** Usage in interrupts of everything that may come before a class: what the exact search can find at most. */
  usedInBefore(id: number): number {
    return this.around.usedInBefore(id);
  }

  /** The same for usage with interrupts on, behind it. */
  enabledFrom(id: number): number {
    return this.around.enabledFrom(id);
  }

  /** Classes that were taken in an interrupt or with interrupts on. */
  used(): readonly LockClass[] {
    return this.nodes.filter(({ usage, type }) => (usage & (USED_IN_BITS | ENABLED_BITS)) !== 0 && type === 'normal');
  }

  /** Edges that begin at a class, in the order in which they were learnt. */
  edgesFrom({ after }: LockClass): { readonly to: LockClass; readonly kinds: EdgeKinds; readonly origin: Origin }[] {
    return after.origins.map((origin, i) => {
      const entry = after.data[i] ?? 0;
      return { to: this.at(entry >> 4), kinds: entry & 15, origin };
    });
  }

  /** All edges, for tests and for showing the graph. */
  edges(): { readonly from: LockClass; readonly to: LockClass; readonly kinds: EdgeKinds; readonly origin: Origin }[] {
    return this.nodes.flatMap((from) => this.edgesFrom(from).map((edge) => ({ from, ...edge })));
  }

  /**
   * Breadth-first search over strong paths. Returns the queue position of the match for `path`, or -1.
   * `weak`: the start itself is only reached weakly. `reach-*`: `argument` is the class sought (`reach-any` also accepts a weak arrival);
   * `usage`: `argument` is a mask of usage bits; `accumulate`: collects the usage of everything reached in `accumulated`.
   * As `__bfs` of lockdep.c does it: each class once, in the order in which edges were learnt, and what is first met over an edge that the
   * way cannot use is not met again. Another way to it that is strong is then overlooked: rare, and what the kernel does decides.
   */
  search(start: number, weak: boolean, backwards: boolean, kind: Search, argument: number): number {
    const { nodes } = this;
    if (this.seen.length < nodes.length) this.grow();
    const { seen, queue, parent } = this;
    const generation = ++this.generation;
    const irqSearch = kind === 'usage' || kind === 'accumulate';
    // What comes after the class sought does not lead to it.
    const ranks = irqSearch || backwards ? null : this.ranks.known(nodes);
    const last = ranks?.[argument] ?? 0;
    this.accumulated = 0;
    queue[0] = (start << 1) | (weak ? 1 : 0);
    parent[0] = -1;
    seen[start] = generation;
    let tail = 1;
    for (let head = 0; head < tail; head++) {
      const item = queue[head] ?? 0;
      const id = item >> 1;
      const onlyWeak = (item & 1) !== 0;
      const node = nodes[id];
      if (node === undefined) continue;
      if (irqSearch) {
        // Per-CPU and override classes carry no interrupt dependency (lockdep.c:usage_skip).
        if (node.type !== 'normal') continue;
        const usage = onlyWeak ? node.usage & WRITE_BITS : node.usage;
        if (kind === 'accumulate') this.accumulated |= usage;
        else if ((usage & argument) !== 0) return head;
      } else if (id === argument && (kind === 'reach-any' || !onlyWeak)) return head;
      const list = backwards ? node.before : node.after;
      const { data, count } = list;
      for (let i = 0; i < count; i++) {
        const entry = data[i] ?? 0;
        const target = entry >> 4;
        if (seen[target] === generation || (ranks !== null && (ranks[target] ?? 0) > last)) continue;
        seen[target] = generation;
        const kinds = onlyWeak ? entry & STARTS_EXCLUSIVE : entry & 15;
        if (kinds === 0) continue;
        queue[tail] = (target << 1) | ((kinds & ENDS_NON_RECURSIVE) !== 0 ? 0 : 1);
        parent[tail++] = head;
      }
    }
    return -1;
  }

  private grow(): void {
    const size = Math.max(64, this.nodes.length * 2);
    this.seen = new Int32Array(size);
    this.queue = new Int32Array(size * 2);
    this.parent = new Int32Array(size * 2);
    this.generation = 0;
  }

  /** Class found at a queue position. */
  found(position: number): LockClass {
    return this.at((this.queue[position] ?? 0) >> 1);
  }

  /** Edges of the path to a queue position of the last search, in the direction of locking. */
  path(position: number, backwards: boolean): PathEdge[] {
    const edges: PathEdge[] = [];
    let at = position;
    for (;;) {
      const above = this.parent[at] ?? -1;
      if (above < 0) break;
      const near = this.found(above).id;
      const far = this.found(at).id;
      edges.push(backwards ? this.edge(far, near) : this.edge(near, far));
      at = above;
    }
    return backwards ? edges : edges.reverse();
  }
}
