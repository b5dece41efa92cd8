/** Statements. What the parser could not read becomes an `unknown` statement of just that extent; the rest of the function still lowers. */

import { assemblyLabels, lowerAssembly } from './assembly.ts';
import { unknownType, VOID } from './basicTypes.ts';
import type { Context } from './context.ts';
import { asExpression, lowerBlockDeclaration, lowerBlockTypedef } from './declarations.ts';
import { lowerExpression } from './expressions.ts';
import type { Block, Expr, Stmt } from './ir.ts';
import { condition, convert } from './operators.ts';
import type { Span } from './source.ts';
import { lowerCaseLabel, lowerSwitch } from './switches.ts';
import { child, type SyntaxNode } from './syntax.ts';
import { unknownHead } from './unknownHeads.ts';

/** Lowers `{ ... }` as a scope of its own. */
export function lowerBlock(context: Context, node: SyntaxNode): Block {
  return context.block(() => ({
    kind: 'block',
    body: lowerItems(context, node.children, node),
    at: context.span(node),
  }));
}

/** Labels that `__label__` makes local to a block get names of their own. */
function withLocalLabels<T>(context: Context, node: SyntaxNode, body: () => T): T {
  const from = context.parsed.from(node);
  const to = context.parsed.to(node);
  const depth = context.chunk.depth(from) + 1;
  const renamed = new Map<string, string>();
  for (const each of context.chunk.localLabels)
    if (each.at > from && each.at < to && context.chunk.depth(each.at) === depth)
      for (const name of each.names) renamed.set(name, context.fn?.uniqueLabel(name) ?? name);
  if (renamed.size === 0 || context.fn === null) return body();
  context.fn.labelScopes.push(renamed);
  try {
    return body();
  } finally {
    context.fn.labelScopes.pop();
  }
}

function lowerItems(context: Context, nodes: readonly SyntaxNode[], block: SyntaxNode): Stmt[] {
  return withLocalLabels(context, block, () => {
    const out: Stmt[] = [];
    for (const node of nodes) lowerStatement(context, node, out);
    return out;
  });
}

function asOne(context: Context, node: SyntaxNode | null | undefined, at: Span): Stmt {
  if (node === null || node === undefined) return { kind: 'empty', at };
  const out: Stmt[] = [];
  lowerStatement(context, node, out);
  const [only] = out;
  if (only === undefined) return { kind: 'empty', at };
  return out.length === 1 ? only : { kind: 'block', body: out, at: context.span(node) };
}

/** A body that is its own scope, as C has it for `if`, loops and `switch`. */
function asScope(context: Context, node: SyntaxNode | null | undefined, at: Span): Stmt {
  return context.block(() => asOne(context, node, at));
}

/** Something between this statement's parts could not be read (as opposed to inside one of its parts). */
function brokenHere(node: SyntaxNode): boolean {
  if (node.broken === null) return false;
  return node.children.some((each) => each.type === 'ERROR') || !node.children.some((each) => each.broken !== null);
}

function unreadable(context: Context, node: SyntaxNode, reason: string): Stmt {
  const at = context.span(node);
  context.say('syntax-error', 'error', `${reason}; this statement cannot be executed`, at);
  return { kind: 'unknown', reason, at };
}

/** Lowers one statement (or declaration) and appends what it gives. */
export function lowerStatement(context: Context, node: SyntaxNode, out: Stmt[]): void {
  context.deeper(
    () => dispatch(context, node, out),
    () => {
      const at = context.span(node);
      context.say('nesting', 'warning', 'statements are nested too deep here; the inner ones are left out', at);
      out.push({ kind: 'unknown', reason: 'statements nested too deep', at });
    },
  );
}

function dispatch(context: Context, node: SyntaxNode, out: Stmt[]): void {
  const at = context.span(node);
  if (node.type === 'ERROR') {
    out.push(unreadable(context, node, 'syntax error'));
    return;
  }
  if (brokenHere(node) && node.type !== 'compound_statement' && node.type !== 'case_statement') {
    const missing = node.broken?.startsWith("missing ';'") === true || node.broken?.startsWith("missing '}'") === true;
    if (!missing || node.children.some((each) => each.type === 'ERROR')) {
      out.push(unreadable(context, node, node.broken ?? 'syntax error'));
      return;
    }
    context.say('syntax-error', 'warning', node.broken ?? 'syntax error', at);
  }
  switch (node.type) {
    case 'compound_statement':
      out.push(lowerBlock(context, node));
      return;
    case 'expression_statement': {
      const [value] = node.children;
      const special = value?.type === 'identifier' ? context.parsed.special(value) : null;
      if (special?.kind === 'hole') {
        out.push({ kind: 'hole', lines: special.lines, at });
        return;
      }
      if (special?.kind === 'call' && special.name === 'asm goto') {
        lowerAssemblyGoto(context, special.from, special.to, at, out);
        return;
      }
      out.push(
        value === undefined
          ? { kind: 'empty', at }
          : { kind: 'expr', value: lowerExpression(context, value, { hint: VOID }), at },
      );
      return;
    }
    case 'declaration':
      lowerBlockDeclaration(context, node, out);
      return;
    case 'type_definition':
      lowerBlockTypedef(context, node, out);
      return;
    case 'struct_specifier':
    case 'union_specifier':
    case 'enum_specifier':
    case 'primitive_type':
      lowerBlockDeclaration(context, { ...node, type: 'declaration', children: [{ ...node, field: 'type' }] }, out);
      return;
    case 'if_statement':
      out.push(context.block(() => lowerIf(context, node)));
      return;
    case 'while_statement':
      out.push(...context.block(() => lowerWhile(context, node)));
      return;
    case 'do_statement':
      out.push({
        kind: 'do',
        body: asScope(context, child(node, 'body'), at),
        condition: context.block(() => lowerCondition(context, node)),
        at,
      });
      return;
    case 'for_statement':
      out.push(lowerFor(context, node));
      return;
    case 'switch_statement': {
      context.block(() => {
        const value = lowerCondition(context, node);
        lowerSwitch(context, value, at, () => asScope(context, child(node, 'body'), at), out);
      });
      return;
    }
    case 'case_statement':
      lowerCase(context, node, out);
      return;
    case 'labeled_statement':
      lowerLabel(context, node, out);
      return;
    case 'attributed_statement':
      for (const each of node.children) if (each.type !== 'attribute_declaration') lowerStatement(context, each, out);
      return;
    case 'goto_statement':
      out.push(lowerGoto(context, node));
      return;
    case 'break_statement':
      out.push({ kind: 'break', at });
      return;
    case 'continue_statement':
      out.push({ kind: 'continue', at });
      return;
    case 'return_statement':
      out.push(lowerReturn(context, node));
      return;
    default:
      out.push(unreadable(context, node, `'${node.type.replaceAll('_', ' ')}' inside a function`));
  }
}

/** `asm goto` may jump to each of its labels: a condition that nobody knows decides. */
function lowerAssemblyGoto(context: Context, from: number, to: number, at: Span, out: Stmt[]): void {
  out.push({ kind: 'expr', value: lowerAssembly(context, from, to, at), at });
  for (const label of assemblyLabels(context, from, to)) {
    const symbol = context.file.implicitFunction('asm goto', [], unknownType('whether inline assembly jumps'), at);
    const test: Expr = { kind: 'call', callee: { kind: 'direct', symbol }, args: [], type: symbol.type.result, at };
    const jump: Stmt = { kind: 'goto', label: context.fn?.labelName(label) ?? label, at };
    out.push({ kind: 'if', condition: test, then: jump, otherwise: null, at });
  }
}

function lowerCondition(context: Context, node: SyntaxNode): Expr {
  const inner = child(node, 'condition');
  const at = context.span(node);
  if (inner === null) return { kind: 'unknown', reason: 'a condition is missing', type: VOID, at };
  return condition(lowerExpression(context, inner));
}

/** Longest `else if` chain: what reads the IR may recurse along it. */
const CHAIN_LIMIT = 1000;

/** `else if` chains are as deep as they are long: followed in a loop and built from the end. */
function lowerIf(context: Context, node: SyntaxNode): Stmt {
  const arms: { condition: Expr; then: Stmt; at: Span }[] = [];
  let at: SyntaxNode | null = node;
  let otherwise: Stmt | null = null;
  while (at !== null) {
    const span = context.span(at);
    arms.push({
      condition: lowerCondition(context, at),
      then: asScope(context, child(at, 'consequence'), span),
      at: span,
    });
    const alternative: SyntaxNode | null = child(at, 'alternative');
    const inner: SyntaxNode | undefined = alternative?.children[0];
    if (alternative === null) break;
    if (inner?.type === 'if_statement' && arms.length >= CHAIN_LIMIT) {
      const reason = `more than ${CHAIN_LIMIT} branches of else-if`;
      context.say('nesting', 'warning', `${reason}; the others are left out`, context.span(inner));
      otherwise = { kind: 'unknown', reason, at: context.span(inner) };
      break;
    }
    if (inner?.type === 'if_statement' && !brokenHere(inner)) {
      at = inner;
      continue;
    }
    otherwise = asScope(context, inner, context.span(alternative));
    break;
  }
  let result: Stmt | null = otherwise;
  for (const arm of arms.reverse())
    result = { kind: 'if', condition: arm.condition, then: arm.then, otherwise: result, at: arm.at };
  return result ?? { kind: 'empty', at: context.span(node) };
}

function lowerWhile(context: Context, node: SyntaxNode): Stmt[] {
  const at = context.span(node);
  const special = context.parsed.special(node);
  if (special?.kind === 'head') {
    const head = context.chunk.span(context.parsed.from(node), special.to + 1);
    const body = (): Stmt => asScope(context, child(node, 'body'), at);
    return [unknownHead(context, special.name, special.from, special.to, body, at, head)];
  }
  return [
    { kind: 'while', condition: lowerCondition(context, node), body: asScope(context, child(node, 'body'), at), at },
  ];
}

function lowerFor(context: Context, node: SyntaxNode): Stmt {
  const at = context.span(node);
  return context.block(() => {
    const init: Stmt[] = [];
    const initialiser = child(node, 'initializer');
    if (initialiser?.type === 'declaration') lowerBlockDeclaration(context, initialiser, init);
    else if (initialiser !== null)
      init.push({
        kind: 'expr',
        value: lowerExpression(context, initialiser, { hint: VOID }),
        at: context.span(initialiser),
      });
    const test = child(node, 'condition');
    const step = child(node, 'update');
    return {
      kind: 'for',
      init,
      condition: test === null ? null : condition(lowerExpression(context, test)),
      step: step === null ? null : lowerExpression(context, step, { hint: VOID }),
      body: asScope(context, child(node, 'body'), at),
      at,
    };
  });
}

function lowerCase(context: Context, node: SyntaxNode, out: Stmt[]): void {
  lowerCaseLabel(context, node, out);
  const value = child(node, 'value');
  for (const each of node.children) if (each !== value) lowerStatement(context, each, out);
}

function lowerLabel(context: Context, node: SyntaxNode, out: Stmt[]): void {
  const label = child(node, 'label');
  if (label !== null) {
    const name = context.word(label);
    out.push({ kind: 'label', name: context.fn?.labelName(name) ?? name, at: context.span(label) });
  }
  for (const each of node.children) if (each !== label) lowerStatement(context, each, out);
}

function lowerGoto(context: Context, node: SyntaxNode): Stmt {
  const at = context.span(node);
  const special = context.parsed.special(node);
  if (special?.kind === 'gotoComputed') {
    const target = context.expressionPiece(special.from, special.to);
    if (target === null) return unreadable(context, node, 'a computed goto without a target');
    return { kind: 'gotoComputed', target: lowerExpression(target.context, target.node), at };
  }
  const label = child(node, 'label');
  if (label === null) return unreadable(context, node, 'goto without a label');
  const name = context.word(label);
  return { kind: 'goto', label: context.fn?.labelName(name) ?? name, at };
}

function lowerReturn(context: Context, node: SyntaxNode): Stmt {
  const at = context.span(node);
  const [valueNode] = node.children;
  const result = context.fn?.result ?? VOID;
  if (valueNode === undefined) return { kind: 'return', value: null, at };
  const value = lowerExpression(context, valueNode, { hint: result });
  if (result.kind === 'unknown' && value.type.kind === 'struct' && context.fn !== null)
    context.fn.returned ??= value.type;
  return { kind: 'return', value: convert(value, result), at };
}

/** `({ ... })`: the last expression, if the block ends in one, is the value. */
export function lowerStatementExpression(context: Context, node: SyntaxNode): Expr {
  const at = context.span(node);
  return context.block<Expr>(() =>
    withLocalLabels(context, node, () => {
      const nodes = node.children;
      let last = nodes[nodes.length - 1];
      const labels: SyntaxNode[] = [];
      // The value may stand behind labels: `({ ...; here: value; })`.
      while (last?.type === 'labeled_statement' && !brokenHere(last)) {
        const label = child(last, 'label');
        if (label !== null) labels.push(label);
        last = last.children.find((each) => each !== label);
      }
      const valueNode = last?.type === 'expression_statement' && !brokenHere(last) ? last.children[0] : undefined;
      const body: Stmt[] = [];
      const leading = nodes.slice(0, -1);
      for (const each of leading) lowerStatement(context, each, body);
      for (const each of labels) {
        const name = context.word(each);
        body.push({ kind: 'label', name: context.fn?.labelName(name) ?? name, at: context.span(each) });
      }
      // Only now are the block's variables known, which tell `a * b;` from a declaration.
      const hidden = last === undefined || valueNode !== undefined ? null : asExpression(context, last);
      if (last !== undefined && valueNode === undefined && hidden === null) lowerStatement(context, last, body);
      const result =
        valueNode !== undefined
          ? lowerExpression(context, valueNode)
          : hidden !== null
            ? lowerExpression(hidden.context, hidden.node)
            : null;
      return { kind: 'statement', block: { kind: 'block', body, at }, result, type: result?.type ?? VOID, at };
    }),
  );
}
