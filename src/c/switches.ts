/**
 * Switches and their labels. A label whose value nobody knows here (a constant of a header that is not shown) is compared before all others
 * and jumped to, so that what stands behind it is executed like the rest. Responsible for the dispatch only; what a label stands before is
 * statements.ts.
 */
import type { Context } from './context.ts';
import { lowerExpression } from './expressions.ts';
import { fold } from './fold.ts';
import type { Expr, Stmt } from './ir.ts';
import { compare, condition, convert, promote, read } from './operators.ts';
import type { Span } from './source.ts';
import { child, type SyntaxNode } from './syntax.ts';
import type { CType } from './types.ts';

/** A label of unknown value. */
interface OpenCase {
  readonly from: Expr;
  /** The end of `case from ... to`. */
  readonly to: Expr | null;
  readonly label: string;
  readonly at: Span;
}

/** A switch that is being lowered. */
export interface SwitchAround {
  /** What is switched on, promoted. */
  readonly type: CType;
  readonly open: OpenCase[];
}

/** @param body lowers the statement that the labels are in */
export function lowerSwitch(context: Context, value: Expr, at: Span, body: () => Stmt, out: Stmt[]): void {
  const promoted = promote(value);
  const around: SwitchAround = { type: promoted.type, open: [] };
  context.shared.switches.push(around);
  const lowered = body();
  context.shared.switches.pop();
  const { fn } = context;
  if (around.open.length === 0 || fn === null) {
    out.push({ kind: 'switch', value: promoted, body: lowered, at });
    return;
  }
  // Compared as `value == LABEL` in the code would be: the two are one question.
  const variable = fn.local('switch value', value.type, at, false);
  const compared = (): Expr => read({ kind: 'local', variable, type: variable.type, at }, at);
  const jumps = around.open.map((each): Stmt => {
    const then: Stmt = { kind: 'goto', label: each.label, at: each.at };
    const branch = (test: Expr, inner: Stmt): Stmt => ({
      kind: 'if',
      condition: condition(test),
      then: inner,
      otherwise: null,
      at: each.at,
    });
    if (each.to === null) return branch(compare('==', compared(), each.from, each.at), then);
    return branch(
      compare('>=', compared(), each.from, each.at),
      branch(compare('<=', compared(), each.to, each.at), then),
    );
  });
  out.push({
    kind: 'block',
    body: [
      { kind: 'declare', variable, init: { kind: 'scalar', value }, at },
      ...jumps,
      { kind: 'switch', value: promote(compared()), body: lowered, at },
    ],
    at,
  });
}

/** `case`, `case ... to` and `default`: the label alone. */
export function lowerCaseLabel(context: Context, node: SyntaxNode, out: Stmt[]): void {
  const { parsed, chunk } = context;
  const first = parsed.from(node);
  const valueNode = child(node, 'value');
  const at = chunk.span(first, valueNode === null ? first + 1 : parsed.to(valueNode));
  if (chunk.text(first) === 'default') {
    out.push({ kind: 'default', at });
    return;
  }
  if (valueNode === null) return;
  const around = context.shared.switches.at(-1);
  const typed = (value: Expr): Expr => (around === undefined ? value : convert(value, around.type));
  const value = lowerExpression(context, valueNode);
  const from = typed(value);
  const special = parsed.special(node);
  let to: Expr | null = null;
  if (special?.kind === 'caseRange') {
    const end = context.expressionPiece(special.from, special.to);
    if (end !== null) to = typed(lowerExpression(end.context, end.node));
  }
  const low = fold(from);
  const high = to === null ? low : fold(to);
  if (low !== null && high !== null) {
    out.push({ kind: 'case', from: low, to: high, at });
    return;
  }
  const label = context.fn?.uniqueLabel('case');
  if (around === undefined || label === undefined) {
    const reason = 'the value of this case label is not known here';
    context.say('unknown-case', 'warning', reason, at);
    out.push({ kind: 'unknown', reason, at });
    return;
  }
  around.open.push({ from: to === null ? value : from, to, label, at });
  out.push({ kind: 'label', name: label, at });
}
