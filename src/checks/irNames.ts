/**
 * Names of things in the IR of one function, as far as its text says that two of them are the same: `bo->base.resv` is one thing wherever it
 * is written. Responsible for names and for walking over expressions; what follows from them is each check's.
 */
import type { Callee, Expr, Place, Stmt } from '../c/ir.ts';

/** Name of a place: `bo#3->base.resv`; null when it has none that stays (the result of a call, a computed index). */
export function placeName(place: Place): string | null {
  switch (place.kind) {
    case 'local':
      return `${place.variable.name}#${place.variable.id}`;
    case 'global':
      return place.symbol.name;
    case 'deref': {
      const pointer = valueName(place.pointer);
      if (pointer === null) return null;
      return pointer.startsWith('&') ? pointer.slice(1) : `*${pointer}`;
    }
    case 'member': {
      const base = placeName(place.base);
      if (base === null) return null;
      return place.member.name === null ? base : `${base}.${place.member.name}`;
    }
    case 'literal':
    case 'value':
      return null;
    default: {
      const never: never = place;
      return never;
    }
  }
}

/** Name of a value: that of the place it is read from, `&` before that of the place whose address it is. */
export function valueName(expr: Expr): string | null {
  switch (expr.kind) {
    case 'load':
      return placeName(expr.place);
    case 'address': {
      const name = placeName(expr.place);
      return name === null ? null : name.startsWith('*') ? name.slice(1) : `&${name}`;
    }
    case 'convert':
      return valueName(expr.value);
    case 'assign':
      return placeName(expr.place);
    case 'function':
      return expr.symbol.name;
    case 'offset': {
      const pointer = valueName(expr.pointer);
      const index = constantOf(expr.index) ?? valueName(expr.index);
      return pointer === null || index === null ? null : `${pointer}[${index}]`;
    }
    case 'statement':
      return expr.result === null ? null : valueName(expr.result);
    default:
      return null;
  }
}

/** The constant that an expression is, behind conversions; null: none. */
export function constantOf(expr: Expr): number | bigint | null {
  if (expr.kind === 'constant') return expr.value;
  if (expr.kind === 'convert') return constantOf(expr.value);
  if (expr.kind === 'unary' && expr.op === '-') {
    const value = constantOf(expr.operand);
    return value === null ? null : -value;
  }
  return null;
}

/** The number that an expression of constants comes to, `1UL << 5 | BIT(10)` too; null: something in it is open, or it is none. */
export function numberOf(expr: Expr): number | null {
  const value = bare(expr);
  const known = constantOf(value);
  if (known !== null) return Number(known);
  if (value.kind !== 'binary') return null;
  const [left, right] = [numberOf(value.left), numberOf(value.right)];
  if (left === null || right === null) return null;
  switch (value.op) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '<<':
      return left * 2 ** right;
    case '|':
      return Number(BigInt(left) | BigInt(right));
    default:
      return null;
  }
}

/** The variable a name begins with: `bo#3` of `&*bo#3.lock`. */
export function rootOf(name: string): string {
  return /^[&*]*([^.[]*)/.exec(name)?.[1] ?? name;
}

/** Name of the function that is called directly; the member's for a call through an ops table. */
export function calleeName(callee: Callee): string {
  return callee.kind === 'direct' ? callee.symbol.name : (callee.member ?? '');
}

/** The value behind conversions and `WARN_ON()`-like wrappers. */
export function bare(expr: Expr): Expr {
  if (expr.kind === 'convert') return bare(expr.value);
  if (expr.kind === 'statement' && expr.result !== null) return bare(expr.result);
  if (expr.kind === 'builtin' && expr.name === 'expect') {
    const [value] = expr.args;
    return value === undefined ? expr : bare(value);
  }
  // `!!x` is what `likely(x)` and conditions of macros become.
  if (expr.kind === 'unary' && expr.op === '!') {
    const inner = expr.operand.kind === 'convert' ? bare(expr.operand) : expr.operand;
    if (inner.kind === 'unary' && inner.op === '!') return bare(inner.operand);
  }
  return expr;
}

/** All expressions inside an expression, innermost first, itself last; statements inside of it are walked too. */
export function within(expr: Expr): readonly Expr[] {
  const all: Expr[] = [];
  collect(expr, all);
  return all;
}

/** Parts come in order of evaluation, as far as the order is told. */
function collect(expr: Expr, into: Expr[]): void {
  switch (expr.kind) {
    case 'constant':
    case 'float':
    case 'string':
    case 'function':
    case 'labelAddress':
    case 'unknown':
      break;
    case 'address':
    case 'load':
      collectPlace(expr.place, into);
      break;
    case 'unary':
      collect(expr.operand, into);
      break;
    case 'binary':
    case 'compare':
    case 'logical':
    case 'difference':
    case 'comma':
      collect(expr.left, into);
      collect(expr.right, into);
      break;
    case 'conditional':
      collect(expr.condition, into);
      if (expr.then !== null) collect(expr.then, into);
      collect(expr.otherwise, into);
      break;
    case 'offset':
      collect(expr.pointer, into);
      collect(expr.index, into);
      break;
    case 'assign':
    case 'update':
      collectPlace(expr.place, into);
      collect(expr.value, into);
      break;
    case 'call':
      if (expr.callee.kind === 'indirect') collect(expr.callee.pointer, into);
      for (const arg of expr.args) collect(arg, into);
      break;
    case 'builtin':
      for (const arg of expr.args) collect(arg, into);
      for (const place of expr.places) collectPlace(place, into);
      break;
    case 'convert':
      collect(expr.value, into);
      break;
    case 'statement':
      for (const part of expressionsOf(expr.block)) collect(part, into);
      if (expr.result !== null) collect(expr.result, into);
      break;
  }
  into.push(expr);
}

function collectPlace(place: Place, into: Expr[]): void {
  let inner = place;
  while (inner.kind === 'member') inner = inner.base;
  switch (inner.kind) {
    case 'local':
    case 'global':
      return;
    case 'deref':
      collect(inner.pointer, into);
      return;
    case 'literal':
      if (inner.init.kind === 'scalar') collect(inner.init.value, into);
      else for (const { value } of inner.init.stores) collect(value, into);
      return;
    case 'value':
      collect(inner.value, into);
      return;
  }
}

/** Expressions that stand directly in a statement and in the statements inside of it, in the order of the text. */
export function expressionsOf(statement: Stmt): readonly Expr[] {
  switch (statement.kind) {
    case 'block':
      return statement.body.flatMap(expressionsOf);
    case 'expr':
      return [statement.value];
    case 'declare':
      return statement.init === null
        ? []
        : statement.init.kind === 'scalar'
          ? [statement.init.value]
          : statement.init.stores.map(({ value }) => value);
    case 'if':
      return [
        statement.condition,
        ...expressionsOf(statement.then),
        ...(statement.otherwise === null ? [] : expressionsOf(statement.otherwise)),
      ];
    case 'while':
      return [statement.condition, ...expressionsOf(statement.body)];
    case 'do':
      return [...expressionsOf(statement.body), statement.condition];
    case 'for':
      return [
        ...statement.init.flatMap(expressionsOf),
        ...(statement.condition === null ? [] : [statement.condition]),
        ...expressionsOf(statement.body),
        ...(statement.step === null ? [] : [statement.step]),
      ];
    case 'switch':
      return [statement.value, ...expressionsOf(statement.body)];
    case 'return':
      return statement.value === null ? [] : [statement.value];
    case 'gotoComputed':
      return [statement.target];
    case 'case':
    case 'default':
    case 'break':
    case 'continue':
    case 'goto':
    case 'label':
    case 'empty':
    case 'hole':
    case 'unknown':
      return [];
    default: {
      const never: never = statement;
      return never;
    }
  }
}
