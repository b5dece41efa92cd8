/**
 * Locks that a function of which only a part is shown keeps on an exit in failure, where what lets go of them is not shown: it stands behind a
 * label further down, which other exits go to and whose name says so, or simply below. Nobody leaves in failure with a lock for its caller.
 * Read, not run, for `undo-missing-on-exit.ts`; where an unlock is shown, `undoReader.ts` and `locksFromAbove.ts` compare with it.
 */
import type { FunctionIr, FunctionSymbol } from '../c/ir.ts';
import type { DocumentReport } from './documentView.ts';
import { exitSides, type Side } from './exitSides.ts';
import { type CallFact, factsOf, type GraphFacts } from './flowFacts.ts';
import { type FlowGraph, type FlowNode, flowOf } from './flowGraph.ts';
import { type Ways, waysOf } from './flowWays.ts';
import { rootOf } from './irNames.ts';
import { FOR_OTHERS, LETS_GO } from './locksFromAbove.ts';
import { TAKES_APART } from './undoPairs.ts';

/** Takes a lock and cannot fail. */
const TAKES_SURELY =
  /^(?:_?raw_)?(?:mutex_lock|spin_lock|(?:read|write)_lock|down_(?:read|write)|mmap_(?:read|write)_lock)(?:_nested|_nest_lock|_irq|_irqsave|_bh)?$/;
/** A label that lets go of a lock, by its name. */
const UNLOCKS = /(?:^|_)unlock(?:_|$)/;
/** Steps from a branch to such a label. */
const STRAIGHT = 4;

/** From where on a lock is held, and what tells so. */
interface Held {
  readonly from: readonly number[];
  /** The lock's variable; empty where only a label tells of it. */
  readonly root: string;
  readonly by: string;
  readonly told: FlowNode;
  readonly assumption: string;
}

/** Exits in failure that keep a lock which something that is not shown lets go of. */
export function keptPastLabels(symbol: FunctionSymbol, ir: FunctionIr): DocumentReport[] {
  if (!ir.partial || FOR_OTHERS.test(symbol.name)) return [];
  const graph = flowOf(ir);
  const facts = factsOf(graph);
  // Something that is shown lets go of it: compared with that elsewhere.
  const shown = [...facts.callsByName.keys()].some((name) => LETS_GO.test(name));
  return shown ? [] : new PastLabels(symbol, graph, facts).reports();
}

class PastLabels {
  private readonly ways: Ways;
  private readonly sides: ReadonlyMap<number, readonly Side[]>;

  constructor(
    private readonly symbol: FunctionSymbol,
    private readonly graph: FlowGraph,
    private readonly facts: GraphFacts,
  ) {
    this.ways = waysOf(graph);
    this.sides = exitSides(graph, facts);
  }

  reports(): DocumentReport[] {
    const found = new Map<number, DocumentReport>();
    for (const held of [...this.takenHere(), ...this.toldByLabels()])
      for (const id of this.ways.from(held.from, (node) => this.ends(node, held.root)).order) {
        if (this.graph.nodes[id] === undefined || this.ends(this.graph.nodes[id], held.root)) continue;
        for (const { way, exit, fails } of this.sides.get(id) ?? []) {
          if (!fails || exit.kind !== 'return' || found.has(exit.at.start)) continue;
          if (!way.some((node) => this.ends(node, held.root))) found.set(exit.at.start, this.report(held, exit));
        }
      }
    return [...found.values()];
  }

  /** Locks that are taken on lines that are shown, by what cannot fail. */
  private takenHere(): Held[] {
    return [...this.facts.callsByName].flatMap(([name, calls]) =>
      TAKES_SURELY.test(name)
        ? calls.flatMap(({ node, fact }): Held[] => {
            const told = this.graph.nodes[node];
            const object = fact.args[0] ?? null;
            if (told === undefined || object === null) return [];
            const assumption = 'what lets go of it is below, on lines that are not shown';
            return [{ from: told.next, root: rootOf(object), by: `${name}()`, told, assumption }];
          })
        : [],
    );
  }

  /** Branches with an exit that goes straight to a label which unlocks: on their other sides, the lock is held as well. */
  private toldByLabels(): Held[] {
    return this.graph.nodes.flatMap((told): Held[] => {
      if (told.kind !== 'branch') return [];
      return told.next.flatMap((first): Held[] => {
        const label = this.labelBehind(first);
        if (label === null) return [];
        const from = told.next.filter((next) => next !== first);
        const assumption = `\`${label}:\`, which is not shown, lets go of a lock that is held here`;
        return [{ from, root: '', by: `\`${label}\``, told, assumption }];
      });
    });
  }

  private labelBehind(from: number): string | null {
    for (let id: number | undefined = from, steps = 0; id !== undefined && steps < STRAIGHT; steps++) {
      const node: FlowNode | undefined = this.graph.nodes[id];
      if (node?.kind === 'hole') return node.label !== undefined && UNLOCKS.test(node.label) ? node.label : null;
      if (node?.kind !== 'step') return null;
      [id] = node.next;
    }
    return null;
  }

  /** Lines that are not shown, or a call that may let go of the lock. */
  private ends(node: FlowNode | undefined, root: string): boolean {
    if (node === undefined || node.kind === 'hole') return true;
    const mine = ({ roots }: CallFact): boolean => root === '' || roots.size === 0 || roots.has(root);
    return this.facts.nodes[node.id]?.calls.some((fact) => TAKES_APART.test(fact.name) && mine(fact)) === true;
  }

  private report({ by, told, assumption, root }: Held, exit: FlowNode): DocumentReport {
    return {
      at: exit.at,
      message:
        root === ''
          ? `\`${this.symbol.name}\` leaves here past the label ${by}`
          : `\`${this.symbol.name}\` leaves here without the unlock for \`${by}\``,
      function: this.symbol.name,
      op: null,
      related: [{ message: root === '' ? 'this exit goes to the label' : 'the lock was taken here', at: told.at }],
      assumption,
    };
  }
}
