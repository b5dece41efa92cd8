/**
 * Walks lowered functions: every expression of a body, in source order, and the functions it calls by name. Responsible for reaching
 * everything once; what is looked for is the visitor's business.
 */
import type { Block, Expr, FunctionSymbol, Init, Place, Stmt } from './ir.ts';

/**
 * Visits every expression of the functions and, breadth first, of the functions they call, down to `depth` levels of calls.
 * @param visit true ends the walk
 * @param enter whether this function is looked into: reading a body costs
 */
export function walkFunctions(
  functions: readonly FunctionSymbol[],
  depth: number,
  visit: (expression: Expr) => boolean,
  enter: (symbol: FunctionSymbol) => boolean = () => true,
): void {
  const seen = new Set<FunctionSymbol>();
  let level: readonly FunctionSymbol[] = functions;
  for (let round = 0; round <= depth && level.length > 0; round++) {
    const next: FunctionSymbol[] = [];
    for (const symbol of level) {
      if (seen.has(symbol)) continue;
      seen.add(symbol);
      const body = enter(symbol) ? symbol.body() : null;
      if (body === null) continue;
      const { expressions, called } = contentsOf(body.body);
      if (expressions.some(visit)) return;
      next.push(...called);
    }
    level = next;
  }
}

/**
 * Whether a body can be about something: of our own texts it is known without reading the body what they name.
 * @param words what a text must have for that
 */
export function mayBeAbout({ ours }: FunctionSymbol, words: RegExp): boolean {
  return ours === undefined || ours.some((text) => words.test(text));
}

interface Contents {
  /** In source order, each before its parts. */
  readonly expressions: readonly Expr[];
  /** Functions called by name. */
  readonly called: readonly FunctionSymbol[];
}

/** The same bodies are walked for every question, some of them once in every run. */
const contents = new WeakMap<Block, Contents>();

function contentsOf(block: Block): Contents {
  let known = contents.get(block);
  if (known === undefined) {
    const walk = new Walk();
    walk.block(block);
    known = walk;
    contents.set(block, known);
  }
  return known;
}

type CallExpr = Extract<Expr, { kind: 'call' }>;

const calls = new WeakMap<Block, ReadonlyMap<number, readonly CallExpr[]>>();

/** The calls in a function's own body by where their text begins, those of one place in source order: several when a macro makes them. */
export function callsByPlace(symbol: FunctionSymbol): ReadonlyMap<number, readonly CallExpr[]> {
  const block = symbol.body()?.body;
  if (block === undefined) return new Map();
  const known = calls.get(block);
  if (known !== undefined) return known;
  const found = new Map<number, CallExpr[]>();
  walkFunctions([symbol], 0, (expression) => {
    if (expression.kind !== 'call') return false;
    const list = found.get(expression.at.start);
    if (list === undefined) found.set(expression.at.start, [expression]);
    else list.push(expression);
    return false;
  });
  calls.set(block, found);
  return found;
}

class Walk implements Contents {
  readonly expressions: Expr[] = [];
  readonly called: FunctionSymbol[] = [];

  block(block: Block): void {
    for (const statement of block.body) this.statement(statement);
  }

  private statement(statement: Stmt): void {
    switch (statement.kind) {
      case 'block':
        this.block(statement);
        return;
      case 'expr':
        this.expression(statement.value);
        return;
      case 'declare':
        this.init(statement.init);
        return;
      case 'if':
        this.expression(statement.condition);
        this.statement(statement.then);
        if (statement.otherwise !== null) this.statement(statement.otherwise);
        return;
      case 'while':
      case 'do':
        this.expression(statement.condition);
        this.statement(statement.body);
        return;
      case 'for':
        for (const each of statement.init) this.statement(each);
        this.maybe(statement.condition);
        this.maybe(statement.step);
        this.statement(statement.body);
        return;
      case 'switch':
        this.expression(statement.value);
        this.statement(statement.body);
        return;
      case 'return':
        this.maybe(statement.value);
        return;
      case 'gotoComputed':
        this.expression(statement.target);
        return;
      case 'case':
      case 'default':
      case 'break':
      case 'continue':
      case 'goto':
      case 'label':
      case 'empty':
      case 'hole':
      case 'unknown':
        return;
    }
  }

  private init(init: Init | null): void {
    if (init === null) return;
    if (init.kind === 'scalar') this.expression(init.value);
    else for (const store of init.stores) this.expression(store.value);
  }

  private maybe(expression: Expr | null): void {
    if (expression !== null) this.expression(expression);
  }

  private expression(expression: Expr): void {
    this.expressions.push(expression);
    switch (expression.kind) {
      case 'convert':
        this.expression(expression.value);
        return;
      case 'address':
      case 'load':
        this.place(expression.place);
        return;
      case 'unary':
        this.expression(expression.operand);
        return;
      case 'binary':
      case 'compare':
      case 'logical':
      case 'difference':
      case 'comma':
        this.expression(expression.left);
        this.expression(expression.right);
        return;
      case 'conditional':
        this.expression(expression.condition);
        this.maybe(expression.then);
        this.expression(expression.otherwise);
        return;
      case 'offset':
        this.expression(expression.pointer);
        this.expression(expression.index);
        return;
      case 'assign':
      case 'update':
        this.place(expression.place);
        this.expression(expression.value);
        return;
      case 'call':
        if (expression.callee.kind === 'direct') this.called.push(expression.callee.symbol);
        else this.expression(expression.callee.pointer);
        for (const argument of expression.args) this.expression(argument);
        return;
      case 'builtin':
        for (const argument of expression.args) this.expression(argument);
        return;
      case 'statement':
        this.block(expression.block);
        this.maybe(expression.result);
        return;
      case 'constant':
      case 'float':
      case 'string':
      case 'function':
      case 'labelAddress':
      case 'unknown':
        return;
    }
  }

  private place(place: Place): void {
    switch (place.kind) {
      case 'deref':
        this.expression(place.pointer);
        return;
      case 'member':
        this.place(place.base);
        return;
      case 'literal':
        this.init(place.init);
        return;
      case 'value':
        this.expression(place.value);
        return;
      case 'local':
      case 'global':
        return;
    }
  }
}
