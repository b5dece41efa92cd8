/**
 * Reads the ways through one function for what it begins and does not undo on one of its exits (`undo-missing-on-exit.ts`). A function of
 * ten thousands of lines is read as well: every question is one walk, and the walks of a function are bounded (`VISITS`).
 */
import type { FunctionIr, FunctionSymbol } from '../c/ir.ts';
import type { Span } from '../c/source.ts';
import type { DocumentReport } from './documentView.ts';
import { exitSides, type Side } from './exitSides.ts';
import { type CallExpr, type CallFact, factsOf, type GraphFacts } from './flowFacts.ts';
import { type FlowGraph, type FlowNode, flowOf } from './flowGraph.ts';
import { type Stops, type Ways, waysOf } from './flowWays.ts';
import { bare, constantOf, rootOf, valueName } from './irNames.ts';
import { filledIn, isPower, isStretch, keepsInPlace, TAKES_APART, undoOf } from './undoPairs.ts';

/** Something that was begun: by which call, on what. */
interface Begun {
  readonly node: FlowNode;
  readonly call: CallExpr;
  readonly name: string;
  /** Names that are called in the function and undo it. */
  readonly undoes: ReadonlySet<string>;
  /** Names of the object: the first argument's, or what the result was stored in. */
  readonly object: string;
  /** Where the result went; a test of it asks whether anything was begun. */
  readonly result: string | null;
}

/** The call by which another function undoes it. */
export interface Counterpart {
  readonly name: string;
  /** The op it stands in. */
  readonly op: string;
  readonly at: Span;
}

/** Nodes that are visited for one function; what is begun behind that is not judged. */
const VISITS = 30_000_000;

/** Reads one function. */
export class UndoReader {
  private readonly graph: FlowGraph;
  private readonly facts: GraphFacts;
  readonly ways: Ways;
  /** What others have visited of it counts for them. */
  private readonly most: number;
  private readonly sides: ReadonlyMap<number, readonly Side[]>;
  private readonly undoers = new Map<string, ReadonlySet<string>>();
  private readonly undone = new Map<string, ReadonlySet<number>>();
  private readonly inside = new Map<string, Map<FunctionSymbol, boolean>>();
  private readonly takesApart = new Map<string, boolean>();
  private readonly cleaned: ReadonlySet<string>;
  private readonly locals: ReadonlySet<string>;
  private readonly inPieces: boolean;

  constructor(
    private readonly symbol: FunctionSymbol,
    private readonly ir: FunctionIr,
    /** Whether a function of the document undoes, somewhere inside, what is asked. */
    private readonly undoneIn: (symbol: FunctionSymbol, undoes: (name: string) => boolean) => boolean,
  ) {
    this.graph = flowOf(ir);
    this.facts = factsOf(this.graph);
    this.ways = waysOf(this.graph);
    this.most = this.ways.visited + VISITS;
    this.inPieces = this.graph.nodes.some(({ stitched }) => stitched === true);
    this.sides = exitSides(this.graph, this.facts);
    this.cleaned = new Set(ir.locals.flatMap(({ cleanup, name, id }) => (cleanup === null ? [] : [`${name}#${id}`])));
    this.locals = new Set(ir.locals.flatMap(({ isParameter, name, id }) => (isParameter ? [] : [`${name}#${id}`])));
  }

  /** The exits that leave something in place. */
  reports(): DocumentReport[] {
    const found = new Map<number, DocumentReport>();
    if (this.sides.size === 0) return [];
    for (const node of this.graph.nodes)
      for (const begun of this.begunAt(node)) {
        if (this.ways.visited > this.most) return [...found.values()];
        for (const report of this.missing(begun)) if (!found.has(report.at.start)) found.set(report.at.start, report);
      }
    return [...found.values()];
  }

  /**
   * The exits that leave in place what only another function undoes, which nobody calls after a failure.
   * @param undoneThere the call there that undoes what a call here of this name began on that argument; null: there is none
   */
  leftToAnother(
    undoneThere: (begun: CallExpr, undoes: (name: string) => boolean) => Counterpart | null,
  ): DocumentReport[] {
    const found = new Map<number, DocumentReport>();
    for (const node of this.graph.nodes)
      for (const { call, name } of this.facts.nodes[node.id]?.calls ?? []) {
        const undoes = undoOf(name);
        if (undoes === null || isStretch(name) || this.undoersOf(name).size > 0) continue;
        const there = undoneThere(call, undoes);
        if (there === null || this.undoneInside(this.symbol, name)) continue;
        for (const begun of this.begunAt(node, new Set([there.name])))
          if (begun.call === call)
            for (const report of this.leavingWith(begun, there))
              if (!found.has(report.at.start)) found.set(report.at.start, report);
      }
    return [...found.values()];
  }

  private leavingWith(begun: Begun, there: Counterpart): DocumentReport[] {
    const roots = this.roots(begun);
    if ([...roots].some((root) => this.cleaned.has(root))) return [];
    const stops = this.stopsOf(begun, roots);
    const asksAbout = this.questionsOf(begun);
    return this.ways.from(begun.node.next, stops).order.flatMap((id) => {
      const branch = this.graph.nodes[id];
      if (branch === undefined || stops(branch) || asksAbout(branch)) return [];
      const leaving = (this.sides.get(id) ?? []).filter((side) => this.leaves(side, begun, roots, stops));
      return leaving.map(({ way, exit }) => {
        const leave = way.find(
          (node) => node.kind === 'return' || (node.values.length === 0 && node.declares === null),
        );
        return {
          at: (leave ?? exit).at,
          message: `\`${this.symbol.name}\` fails here without \`${there.name}()\` for \`${begun.name}()\``,
          function: this.symbol.name,
          op: null,
          related: [
            { message: `begun here by \`${begun.name}()\``, at: begun.call.at },
            { message: `undone in \`${there.op}\`, which is not called when this failed`, at: there.at },
          ],
          assumption: `what \`${begun.name}()\` began is not ended by whoever is called, or calls, on this way`,
        };
      });
    });
  }

  private begunAt(node: FlowNode, elsewhere?: ReadonlySet<string>): readonly Begun[] {
    const { calls = [], stores = [] } = this.facts.nodes[node.id] ?? {};
    return calls.flatMap(({ call, name, args }): Begun[] => {
      const undoes = elsewhere ?? this.undoersOf(name);
      if (undoes.size === 0 || call.callee.kind !== 'direct') return [];
      // Who is there to lock leaves with the lock.
      if (isStretch(name) && /(?:^|_)(?:try)?lock(?:_|$)/.test(this.symbol.name)) return [];
      const store = stores.find(({ value }) => bare(value) === call);
      const { result } = call.callee.symbol.type;
      const behind = filledIn(name);
      const object =
        behind !== null
          ? (args[behind]?.replace(/^&/, '') ?? null)
          : result.kind === 'pointer'
            ? (store?.to ?? null)
            : call.args.length > 0
              ? (args[0] ?? null)
              : null;
      if (object === null && call.args.length > 0) return [];
      return [{ node, call, name, undoes, object: object ?? '', result: store?.to ?? null }];
    });
  }

  /** Names called here that undo what a function of this name does. */
  private undoersOf(name: string): ReadonlySet<string> {
    const known = this.undoers.get(name);
    if (known !== undefined) return known;
    const undoes = undoOf(name);
    const names = undoes === null ? [] : [...this.facts.callsByName.keys()].filter(undoes);
    if (undoes !== null) this.ways.visited += this.facts.callsByName.size;
    const undoers = new Set(names);
    this.undoers.set(name, undoers);
    return undoers;
  }

  /** Nodes that undo the thing. */
  private undoneAt(begun: Begun): ReadonlySet<number> {
    const key = `${begun.name} ${begun.object}`;
    const known = this.undone.get(key);
    if (known !== undefined) return known;
    const nodes = new Set<number>();
    for (const name of begun.undoes)
      for (const { node, fact } of this.facts.callsByName.get(name) ?? []) {
        this.ways.visited++;
        if (this.isStep(node, fact.call)) continue;
        if (begun.object === '' || fact.args.some((arg) => sameObject(arg, begun.object))) nodes.add(node);
      }
    this.undone.set(key, nodes);
    return nodes;
  }

  /** `ret = put_mapping(…)`: what may fail and is asked for it is a step of its own, and undoes nothing. */
  private isStep(node: number, call: CallExpr): boolean {
    return (
      (this.facts.nodes[node]?.stores ?? []).some(({ value }) => bare(value) === call) && call.type.kind !== 'pointer'
    );
  }

  private missing(begun: Begun): DocumentReport[] {
    const undone = this.undoneAt(begun);
    const roots = this.roots(begun);
    // Undone by the end of a scope (`__free()`, `guard()`).
    if (undone.size === 0 || [...roots].some((root) => this.cleaned.has(root))) return [];
    const shown = this.stopsOf(begun, roots);
    const across = this.crosses(begun) ? this.stopsOf(begun, roots, true) : shown;
    const near = across === shown ? null : this.ways.from(begun.node.next, shown).has;
    const asksAbout = this.questionsOf(begun);
    const reports: DocumentReport[] = [];
    const undoing = new Map<Stops, Uint8Array>();
    for (const id of this.ways.from(begun.node.next, across).order) {
      const branch = this.graph.nodes[id];
      const sides = this.sides.get(id);
      if (sides === undefined || branch === undefined || shown(branch)) continue;
      // Lines that nobody shows are passed once: before the branch, or between it and the undo.
      const stops = near === null || near[id] === 1 ? across : shown;
      const leaving = sides.filter((side) => this.leaves(side, begun, roots, stops));
      if (leaving.length === 0 || asksAbout(branch)) continue;
      const marks = undoing.get(stops) ?? this.ways.to(undone, stops);
      undoing.set(stops, marks);
      for (const { others, way, exit } of leaving) {
        const witness = this.graph.nodes[this.ways.first(others, marks, undone, stops) ?? -1];
        if (witness === undefined) continue;
        // A loop that undoes one after the other ends with all of them undone; not one that takes a lock and lets go of it each time round.
        const each =
          isStretch(begun.name) && begun.call.at.start < witness.at.start && this.ways.looped(begun.node.id, id);
        if (!each && this.ways.looped(witness.id, id)) continue;
        const leave = way.find(
          (node) => node.kind === 'return' || (node.values.length === 0 && node.declares === null),
        );
        reports.push(this.report(begun, leave ?? exit, witness));
      }
    }
    return reports;
  }

  /** A lock, or power, that a way behind lines which are not shown lets go of is held behind them. */
  private crosses(begun: Begun): boolean {
    return this.inPieces && (isStretch(begun.name) || isPower(begun.name));
  }

  /** The variables by which the object is reached, and those that it was stored in or made from. */
  private roots(begun: Begun): ReadonlySet<string> {
    const roots = new Set([rootOf(begun.object), ...(this.facts.storedInto.get(begun.object) ?? [])]);
    if (begun.result !== null && begun.call.type.kind === 'pointer') roots.add(rootOf(begun.result));
    roots.delete('');
    return roots;
  }

  /** Where the text says no more of the object: it may be undone, its name stands for something else, or lines are not shown. */
  private stopsOf(begun: Begun, roots: ReadonlySet<string>, across = false): Stops {
    const root = rootOf(begun.object);
    // What was filled in hangs on nothing else that the call was given.
    const passed = filledIn(begun.name) === null ? argumentRoots(begun.call) : roots;
    const answers = new Map<number, boolean>();
    return (node) => {
      if (node.kind === 'hole') return !across || node.stitched !== true;
      if (node === begun.node) return true;
      const facts = this.facts.nodes[node.id];
      if (facts === undefined || (facts.calls.length === 0 && facts.written.length === 0)) return false;
      let answer = answers.get(node.id);
      if (answer === undefined) {
        answer =
          facts.calls.some((fact) => this.ends(fact, begun, roots, passed)) ||
          facts.written.includes(root) ||
          facts.written.includes(begun.object);
        answers.set(node.id, answer);
      }
      return answer;
    };
  }

  /** Whether the object may be undone by this: its own undo, or whatever takes apart something that it hangs on. */
  private ends(fact: CallFact, begun: Begun, roots: ReadonlySet<string>, passed: ReadonlySet<string>): boolean {
    const { call, name } = fact;
    if (call === begun.call) return false;
    // Of a function that is shown in pieces, another name may stand for the same lock.
    if (begun.undoes.has(name))
      return begun.object === '' || call.args.length === 0 || about(fact, roots) || this.crosses(begun);
    if (call.callee.kind === 'direct' && this.undoneInside(call.callee.symbol, begun.name)) return true;
    if (keepsInPlace(name, begun.name)) return false;
    let apart = this.takesApart.get(name);
    if (apart === undefined) {
      apart = TAKES_APART.test(name);
      this.takesApart.set(name, apart);
    }
    return apart && (about(fact, roots) || about(fact, passed));
  }

  private undoneInside(symbol: FunctionSymbol, name: string): boolean {
    const known = this.inside.get(name) ?? new Map<FunctionSymbol, boolean>();
    this.inside.set(name, known);
    let answer = known.get(symbol);
    if (answer === undefined) {
      const undoes = undoOf(name);
      answer = undoes !== null && this.undoneIn(symbol, undoes);
      known.set(symbol, answer);
    }
    return answer;
  }

  /** A test of whether the call succeeded, whether it was made, or of the object itself. */
  private questionsOf(begun: Begun): (branch: FlowNode) => boolean {
    const unchanged = new Map<string, Uint8Array>();
    const reachesUnchanged = (branch: FlowNode, name: string): boolean => {
      let marks = unchanged.get(name);
      if (marks === undefined) {
        const changes: Stops = ({ id }) => this.facts.nodes[id]?.stores.some(({ to }) => to === name) === true;
        marks = this.ways.from(begun.node.next, changes).has;
        unchanged.set(name, marks);
      }
      return marks[branch.id] === 1;
    };
    let before: ReadonlySet<string> | null = null;
    const power = isPower(begun.name);
    return (branch) => {
      const { names: all = new Set<string>(), calls = [] } = this.facts.nodes[branch.id] ?? {};
      const names = power ? new Set([...all].filter((name) => name !== begun.object)) : all;
      if (names.has(begun.object)) return true;
      if (begun.result !== null && names.has(begun.result) && reachesUnchanged(branch, begun.result)) return true;
      // A local that is given values on the way: what it holds from before says nothing of what came after.
      for (const name of names)
        if (this.locals.has(name) && this.facts.valuesOf.has(name) && reachesUnchanged(branch, name)) return true;
      if (branch.values.length === 0) return true;
      // What a call answers may be that it took the thing over.
      if (!power && calls.some(({ args }) => args.includes(begun.object))) return true;
      if (names.size === 0) return false;
      before ??= this.conditionsBefore(begun);
      const conditions = before;
      // What was asked before says nothing once the name has another value.
      const asked = (name: string): boolean =>
        conditions.has(name) && (!this.facts.valuesOf.has(name) || reachesUnchanged(branch, name));
      return [...names].every((name) => asked(name) || this.isFlag(name));
    };
  }

  /** Names that decide, before it, whether anything is begun at all. */
  private conditionsBefore(begun: Begun): ReadonlySet<string> {
    const names = new Set<string>();
    // Behind its undo is another time round.
    const undone = isStretch(begun.name) ? this.undoneAt(begun) : null;
    const comes = this.ways.to([begun.node.id], ({ id }) => undone?.has(id) === true);
    for (const node of this.graph.nodes) {
      if (node.kind !== 'branch' || node === begun.node) continue;
      if (!node.next.some((next) => comes[next] === 1) || node.next.every((next) => comes[next] === 1)) continue;
      for (const name of this.facts.nodes[node.id]?.names ?? []) names.add(name);
    }
    return names;
  }

  /** A variable that only ever is given constants remembers what was done. */
  private isFlag(name: string): boolean {
    const values = this.facts.valuesOf.get(name) ?? [];
    return (
      values.length > 0 && !this.facts.updated.has(name) && values.every((value) => constantOf(bare(value)) !== null)
    );
  }

  /** Whether this side of a branch leaves the function in failure with the thing in place. */
  private leaves({ way, exit, fails }: Side, begun: Begun, roots: ReadonlySet<string>, stops: Stops): boolean {
    if (way.some(stops)) return false;
    if (exit.kind === 'end' && (this.ir.partial || !isStretch(begun.name))) return false;
    if (!fails && !(exit.values.length === 0 && isStretch(begun.name))) return false;
    // A loop may go on to the next one because this one was not to be had.
    if (!fails && this.ways.looped(begun.node.id, begun.node.id)) return false;
    // Handed on, on the way out, to somebody who is not seen.
    return !way.some(({ id }) =>
      this.facts.nodes[id]?.calls.some(
        (fact) => !SAYS.test(fact.name) && !keepsInPlace(fact.name, begun.name) && about(fact, roots),
      ),
    );
  }

  private report(begun: Begun, exit: FlowNode, witness: FlowNode): DocumentReport {
    const undo = this.facts.nodes[witness.id]?.calls.find(({ name }) => begun.undoes.has(name))?.name ?? 'the undo';
    return {
      at: exit.at,
      message: `\`${this.symbol.name}\` leaves here without \`${undo}()\` for \`${begun.name}()\``,
      function: this.symbol.name,
      op: null,
      related: [
        { message: `begun here by \`${begun.name}()\``, at: begun.call.at },
        { message: `undone here on another way`, at: witness.at },
      ],
      assumption: `what \`${begun.name}()\` began is not ended by whoever is called, or calls, on this way`,
    };
  }
}

/** What is only told. */
const SAYS =
  /^(?:dev_|drm_|pr_|DRM_|xe_|i915_|_)*(?:err|warn|dbg|info|printk|print|notice|debug)|print|^PTR_ERR|^ERR_|^IS_ERR/;

function argumentRoots(call: CallExpr): ReadonlySet<string> {
  const roots = new Set(call.args.map((arg) => rootOf(valueName(arg) ?? '')));
  roots.delete('');
  return roots;
}

function about(fact: CallFact, roots: ReadonlySet<string>): boolean {
  for (const root of roots) if (fact.roots.has(root)) return true;
  return false;
}

function sameObject(one: string | null, other: string): boolean {
  return one !== null && (one === other || one === `&${other}` || `&${one}` === other);
}
