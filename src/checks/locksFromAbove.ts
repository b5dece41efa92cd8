/**
 * Locks that a function of which only a part is shown holds since lines above it: a way that lets go of such a lock without taking it says that
 * it is held where that way parts from another one, and the other one fails and leaves with it. Read, not run, for `undo-missing-on-exit.ts`.
 */
import type { FunctionIr, FunctionSymbol } from '../c/ir.ts';
import type { DocumentReport } from './documentView.ts';
import { exitSides, type Side } from './exitSides.ts';
import { type CallFact, factsOf, type GraphFacts } from './flowFacts.ts';
import { type FlowGraph, type FlowNode, flowOf } from './flowGraph.ts';
import { type Stops, type Ways, waysOf } from './flowWays.ts';
import { bare, constantOf, rootOf } from './irNames.ts';
import { TAKES_APART } from './undoPairs.ts';

/** What lets go of a lock, by its name. */
export const LETS_GO = /(?:^|_)(?:unlock|unreserve)(?:_|$)|^up_(?:read|write)$/;
/** What may come back with a lock, by its name. */
const TAKES =
  /(?:^|_)(?:try)?(?:lock|locked|reserve|acquire|begin|start|enter|prepare|get|lookup|find|init|create)(?:_|$)|^down_/;
/** A function of such a name comes with the lock, or leaves with it, by what it is for. */
export const FOR_OTHERS =
  /(?:^|_)(?:un)?(?:lock|reserve|begin|end|start|stop|enter|exit|prepare|finish|release|put)(?:_|$)/;

/** Steps of an exit that does nothing but let go of the lock. */
const STRAIGHT = 4;

/** A `goto` and its label: neither does anything. */
function jumps(way: readonly FlowNode[]): boolean {
  const nothing = (node: FlowNode | undefined): boolean =>
    node?.kind === 'step' && node.values.length === 0 && node.declares === null;
  return way.some((node, at) => nothing(node) && nothing(way[at + 1]));
}

/** Calls that let go of one lock, by the name and the object they are given. */
interface Unlocks {
  readonly name: string;
  readonly object: string;
  readonly nodes: ReadonlySet<number>;
}

/** Exits in failure of a partly shown function that keep a lock which the other ways let go of. */
export function keptFromAbove(symbol: FunctionSymbol, ir: FunctionIr): DocumentReport[] {
  if (!ir.partial || FOR_OTHERS.test(symbol.name)) return [];
  return new AboveReader(symbol, ir).reports();
}

class AboveReader {
  private readonly graph: FlowGraph;
  private readonly facts: GraphFacts;
  private readonly ways: Ways;
  private readonly sides: ReadonlyMap<number, readonly Side[]>;
  private readonly failing: ReadonlySet<number>;

  constructor(
    private readonly symbol: FunctionSymbol,
    private readonly ir: FunctionIr,
  ) {
    this.graph = flowOf(ir);
    this.facts = factsOf(this.graph);
    this.ways = waysOf(this.graph);
    this.sides = exitSides(this.graph, this.facts);
    this.failing = new Set([...this.sides.values()].flat().flatMap((side) => (side.fails ? [side.exit.id] : [])));
  }

  reports(): DocumentReport[] {
    const found = new Map<number, DocumentReport>();
    for (const unlocks of this.unlocks())
      for (const [id, sides] of this.sides)
        for (const side of sides) {
          const branch = this.graph.nodes[id];
          if (branch === undefined || found.has(side.exit.at.start)) continue;
          if (!side.fails && !this.endsAsTheOthers(branch, side, unlocks)) continue;
          const witness = this.letGoBehind(branch, side, unlocks);
          if (witness !== null) found.set(side.exit.at.start, this.report(unlocks, side, witness));
        }
    return [...found.values()];
  }

  private unlocks(): readonly Unlocks[] {
    const found = new Map<string, Unlocks & { readonly nodes: Set<number> }>();
    for (const [name, calls] of this.facts.callsByName) {
      if (!LETS_GO.test(name)) continue;
      for (const { node, fact } of calls) {
        const object = fact.call.args.length === 0 ? '' : (fact.args[0] ?? null);
        if (object === null) continue;
        const key = `${name} ${object}`;
        const unlocks = found.get(key) ?? { name, object, nodes: new Set<number>() };
        unlocks.nodes.add(node);
        found.set(key, unlocks);
      }
    }
    return [...found.values()];
  }

  /** Where every way that parts here from the failing one lets go of the lock, without having taken it; null: not so, or not to be told. */
  private letGoBehind(branch: FlowNode, side: Side, unlocks: Unlocks): FlowNode | null {
    const root = rootOf(unlocks.object);
    const mine = (fact: CallFact): boolean => root === '' || fact.roots.has(root);
    const touches = (id: number, names: RegExp): boolean =>
      (this.facts.nodes[id]?.calls ?? []).some((fact) => names.test(fact.name) && mine(fact));
    // Of a function that is shown in pieces, another name may stand for the same lock.
    const namesake = (id: number): boolean =>
      this.facts.nodes[id]?.calls.some(({ name }) => name === unlocks.name) === true;
    if (side.way.some(({ id }) => touches(id, TAKES_APART) || namesake(id))) return null;
    // Whoever is asked here, or was on the way to here, may be who takes it; what nobody shows above that is as if nothing were above it.
    const above = this.ways.to([branch.id], ({ kind }) => kind === 'hole');
    if (this.heldBehind(above, unlocks, branch) === null && !this.asksWhatIsShown(branch, above)) return null;
    const held = this.heldBehind(above, unlocks, branch);
    for (const id of this.graph.nodes.keys()) {
      if (above[id] !== 1) continue;
      if ((held?.[id] !== 1 && touches(id, TAKES)) || touches(id, LETS_GO)) return null;
    }
    const stops: Stops = ({ id, kind }) =>
      kind === 'hole' || unlocks.nodes.has(id) || this.facts.nodes[id]?.written.includes(root) === true;
    let witness: FlowNode | null = null;
    for (const id of this.ways.from(side.others, stops).order) {
      const node = this.graph.nodes[id];
      if (node === undefined) continue;
      if (unlocks.nodes.has(id)) witness ??= node;
      // A way to an exit, or into what is not shown, that keeps the lock: it may be kept on purpose, or let go of there.
      else if (stops(node) || (node.next.length === 0 && !this.failing.has(id)) || touches(id, TAKES)) return null;
    }
    return witness;
  }

  /**
   * A side that fails as far as nobody can see, and ends where the way that let go of the lock ends, too: at the lines that are not shown any
   * more, to which it jumps, or with the same answer. Nobody behind it can tell whether the lock is still held.
   */
  private endsAsTheOthers(branch: FlowNode, { way, exit }: Side, { nodes }: Unlocks): boolean {
    if (/lock|held|own/i.test([...(this.facts.nodes[branch.id]?.names ?? [])].join(' '))) return false;
    const behind = this.ways.from([...nodes].flatMap((id) => this.graph.nodes[id]?.next ?? []));
    if (exit.kind === 'end') return jumps(way) && way.some(({ id }) => behind.has[id] === 1);
    const value = exit.values[0] === undefined ? null : constantOf(bare(exit.values[0]));
    if (exit.kind !== 'return' || (exit.values.length > 0 && value === null)) return false;
    return behind.order.some((id) => {
      const { kind, values: [other] = [] } = this.graph.nodes[id] ?? {};
      if (kind === 'end') return value === null;
      return kind === 'return' && (other === undefined ? value === null : constantOf(bare(other)) === value);
    });
  }

  /**
   * What lies behind an earlier exit that goes straight to the unlock: there the lock is held already, whatever is called after that. Null: there
   * is no such exit.
   */
  private heldBehind(above: Uint8Array, { nodes }: Unlocks, branch: FlowNode): Uint8Array | null {
    for (const [id, node] of this.graph.nodes.entries()) {
      if (above[id] !== 1 || node === branch || node.kind !== 'branch') continue;
      if (node.next.some((next) => this.goesStraightTo(next, nodes))) return this.ways.from(node.next).has;
    }
    return null;
  }

  private goesStraightTo(from: number, unlocks: ReadonlySet<number>): boolean {
    for (let id: number | undefined = from, steps = 0; id !== undefined && steps < STRAIGHT; steps++) {
      if (unlocks.has(id)) return true;
      const node: FlowNode | undefined = this.graph.nodes[id];
      if (node?.kind !== 'step' || (this.facts.nodes[id]?.calls ?? []).length > 0) return false;
      [id] = node.next;
    }
    return false;
  }

  /** What decides is shown: locals that it names were given their values here, by nothing that may take a lock. */
  private asksWhatIsShown(branch: FlowNode, above: Uint8Array): boolean {
    const { names = new Set<string>(), calls = [] } = this.facts.nodes[branch.id] ?? {};
    if (calls.some(({ name }) => TAKES.test(name))) return false;
    const parameters = new Set(
      this.ir.locals.flatMap(({ isParameter, name, id }) => (isParameter ? [`${name}#${id}`] : [])),
    );
    return [...names].every((name) => {
      if (name !== rootOf(name) || parameters.has(name)) return true;
      // Asked is a member behind it.
      if ([...names].some((other) => other !== name && rootOf(other) === name)) return true;
      return this.facts.nodes.some(
        ({ stores }, id) =>
          above[id] === 1 &&
          stores.some(({ to, value }) => {
            const from = bare(value);
            return to === name && !(from.kind === 'call' && this.takes(from));
          }),
      );
    });
  }

  private takes(call: CallFact['call']): boolean {
    return this.facts.nodes.some(({ calls }) => calls.some((fact) => fact.call === call && TAKES.test(fact.name)));
  }

  private report({ name }: Unlocks, { way, exit }: Side, witness: FlowNode): DocumentReport {
    const shown = way.find((node) => node.kind === 'return' || (node.values.length === 0 && node.declares === null));
    return {
      at: (shown ?? exit).at,
      message: `\`${this.symbol.name}\` leaves here without \`${name}()\``,
      function: this.symbol.name,
      op: null,
      related: [{ message: 'the other ways from here let go of the lock', at: witness.at }],
      assumption: 'the lock is taken above, on lines that are not shown',
    };
  }
}
