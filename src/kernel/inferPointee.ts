/**
 * What an untyped member really points to, read off the code that uses it: `struct drm_gem_object *obj = dmabuf->priv` says that this
 * exporter's `priv` is a GEM object. Responsible for that question only; an answer is a struct, or null when the code does not say.
 */
import type { Block, Expr, FunctionSymbol, Init, Place, Stmt } from '../c/ir.ts';
import type { CType, StructType } from '../c/types.ts';

/** Struct that the functions take `struct.member` (a `void *`) for; the first that says so wins. */
export function pointeeOf(
  functions: readonly FunctionSymbol[],
  struct: string,
  member: string,
  depth = 2,
): StructType | null {
  const search = new Search(struct, member);
  const seen = new Set<FunctionSymbol>();
  let level: readonly FunctionSymbol[] = functions;
  for (let round = 0; round <= depth && level.length > 0; round++) {
    const next: FunctionSymbol[] = [];
    for (const symbol of level) {
      if (seen.has(symbol)) continue;
      seen.add(symbol);
      const body = symbol.body();
      if (body === null) continue;
      search.called = next;
      search.block(body.body);
      if (search.found !== null) return search.found;
    }
    level = next;
  }
  return null;
}

class Search {
  found: StructType | null = null;
  called: FunctionSymbol[] = [];

  constructor(
    private readonly struct: string,
    private readonly member: string,
  ) {}

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
    switch (expression.kind) {
      case 'convert':
        this.conversion(expression.value, expression.type);
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

  /** `(struct x *)object->member` */
  private conversion(value: Expr, type: CType): void {
    if (this.found !== null || value.kind !== 'load' || value.place.kind !== 'member') return;
    if (type.kind !== 'pointer' || type.to.kind !== 'struct') return;
    const { base, member } = value.place;
    if (member.name !== this.member) return;
    if (base.type.kind === 'struct' && `struct ${base.type.tag}` === this.struct) this.found = type.to;
  }
}
