/** Compiles statements: control flow, scopes, switches, and statement expressions. */
import type { Block, Expr, Stmt } from '../../c/ir.ts';
import type { Integer } from '../integers.ts';
import { Kind, kindOf } from '../kinds.ts';
import { sizeOf } from '../layout.ts';
import { Op } from '../opcodes.ts';
import { Rare } from '../rare.ts';
import { jumpIf } from './conditions.ts';
import type { Context, SwitchContext, Target } from './context.ts';
import { expression } from './expressions.ts';
import { initialise } from './initialisers.ts';
import type { PlaceCode } from './places.ts';
import { entry, jumpOut, unwind } from './scopes.ts';

export function statement(c: Context, s: Stmt): void {
  const { emitter } = c;
  if (!c.descend()) {
    emitter.emit(Rare.Unsupported, 0, 0, emitter.text('statements that are nested too deeply'));
    c.ascend();
    return;
  }
  const old = emitter.at(s.at);
  const mark = emitter.top;
  compile(c, s);
  emitter.top = mark;
  emitter.restore(old);
  c.ascend();
}

/** Counts a step, and is where a debugger can stop. */
function step(c: Context, at: Stmt['at']): void {
  c.emitter.emit(Op.Statement, c.statements.push(at) - 1, 0, 0);
}

function compile(c: Context, s: Stmt): void {
  const { emitter } = c;
  switch (s.kind) {
    case 'block':
      block(c, s);
      return;
    case 'expr':
      step(c, s.at);
      expression(c, s.value, null, true);
      return;
    case 'declare':
      declare(c, s);
      return;
    case 'if':
      conditional(c, s);
      return;
    case 'while':
    case 'do':
    case 'for':
      loop(c, s);
      return;
    case 'switch':
      switchOn(c, s);
      return;
    case 'case':
    case 'default': {
      const label = emitter.label();
      emitter.bind(label);
      if (c.switch === null) emitter.emit(Rare.Unsupported, 0, 0, emitter.text('a case label outside of a switch'));
      else if (s.kind === 'case') c.switch.cases.push({ from: s.from, to: s.to, at: s.at, label, scope: c.scope });
      else c.switch.otherwise = { label, scope: c.scope };
      return;
    }
    case 'break':
    case 'continue': {
      step(c, s.at);
      let target: Target | null = c.target;
      while (target !== null && s.kind === 'continue' && target.continueLabel === null) target = target.parent;
      const label = s.kind === 'break' ? target?.breakLabel : target?.continueLabel;
      if (target && label) jumpOut(c, label, target.scope);
      else emitter.emit(Rare.Unsupported, 0, 0, emitter.text(`${s.kind} outside of what it could leave`));
      return;
    }
    case 'return':
      giveBack(c, s.value, s.at);
      return;
    case 'goto': {
      step(c, s.at);
      c.gotos.push({ pc: emitter.emit(Op.Jump, 0, 0, 0), name: s.label, scope: c.scope });
      return;
    }
    case 'gotoComputed':
      step(c, s.at);
      emitter.emit(Rare.JumpTo, 0, expression(c, s.target), 0);
      return;
    case 'label': {
      const label = c.named(s.name);
      label.scope = c.scope;
      label.bound = true;
      emitter.bind(label.label);
      return;
    }
    case 'empty':
      step(c, s.at);
      return;
    case 'hole':
      step(c, s.at);
      emitter.emit(Rare.Hole, 0, 0, s.lines ?? 0);
      return;
    case 'unknown':
      step(c, s.at);
      emitter.emit(Rare.Unsupported, 0, 0, emitter.text(s.reason));
      return;
  }
}

/** Memory variables of a block live from its start; its cleanups begin at their declarations. */
function block(c: Context, s: Block): void {
  const outer = enterBlock(c, s.body);
  for (const each of s.body) statement(c, each);
  leaveBlock(c, outer);
}

function enterBlock(c: Context, body: readonly Stmt[]): Context['scope'] {
  const outer = c.scope;
  // The outermost block's memory dies with the frame.
  if (c.nesting > 1)
    for (const each of body) {
      if (each.kind !== 'declare') continue;
      const variable = c.byVariable.get(each.variable);
      if (variable?.memory) c.push(variable, 'memory');
    }
  return outer;
}

function leaveBlock(c: Context, outer: Context['scope']): void {
  unwind(c, c.scope, outer);
  c.scope = outer;
}

function declare(c: Context, s: Stmt & { kind: 'declare' }): void {
  const { emitter } = c;
  const variable = c.byVariable.get(s.variable);
  if (variable === undefined) return;
  step(c, s.at);
  const inner = c.scope !== null || c.nesting > 2;
  if (variable.memory && inner) emitter.emit(Rare.Revive, 0, 0, c.variables.indexOf(variable));
  if (!variable.memory && s.init === null) emitter.emit(Op.Clear, variable.register, 0, 1);
  if (s.init !== null) {
    const { register } = variable;
    const type = s.variable.type;
    const place: PlaceCode = variable.memory
      ? { kind: 'memory', register, offset: 0, type }
      : { kind: 'register', register, type };
    initialise(c, place, s.init);
  }
  variable.from = emitter.code.length;
  if (s.variable.cleanup !== null) c.push(variable, 'cleanup');
}

function conditional(c: Context, s: Stmt & { kind: 'if' }): void {
  const { emitter } = c;
  const end = emitter.label();
  // `else if` chains are walked in a loop.
  let next: Stmt | null = s;
  while (next?.kind === 'if') {
    const no = emitter.label();
    const old = emitter.at(next.condition.at);
    step(c, next.condition.at);
    jumpIf(c, next.condition, false, no);
    emitter.restore(old);
    statement(c, next.then);
    if (next.otherwise !== null) emitter.jump(Op.Jump, end);
    emitter.bind(no);
    next = next.otherwise;
  }
  if (next !== null) statement(c, next);
  emitter.bind(end);
}

function loop(c: Context, s: Stmt & { kind: 'while' | 'do' | 'for' }): void {
  const { emitter } = c;
  const outer = c.scope;
  const top = emitter.label();
  const again = emitter.label();
  const end = emitter.label();
  if (s.kind === 'for') {
    c.nesting++;
    enterBlock(c, s.init);
    for (const each of s.init) statement(c, each);
    c.nesting--;
  }
  const target: Target = { parent: c.target, breakLabel: end, continueLabel: again, scope: c.scope };
  const test = emitter.label();
  if (s.kind !== 'do') emitter.jump(Op.Jump, test);
  emitter.bind(top);
  c.target = target;
  statement(c, s.body);
  c.target = target.parent;
  emitter.bind(again);
  if (s.kind === 'for' && s.step !== null) {
    const mark = emitter.top;
    expression(c, s.step, null, true);
    emitter.top = mark;
  }
  emitter.bind(test);
  const { condition } = s;
  const old = emitter.at(condition?.at ?? s.at);
  step(c, condition?.at ?? s.at);
  if (condition === null) emitter.jump(Op.Jump, top);
  else jumpIf(c, condition, true, top);
  emitter.restore(old);
  emitter.bind(end);
  leaveBlock(c, outer);
}

function switchOn(c: Context, s: Stmt & { kind: 'switch' }): void {
  const { emitter } = c;
  step(c, s.value.at);
  const value = expression(c, s.value);
  const here = c.scope;
  const context: SwitchContext = { parent: c.switch, cases: [], otherwise: null };
  const end = emitter.label();
  const pc = emitter.emit(Rare.Switch, 0, value, 0, s.value.type);
  const target: Target = { parent: c.target, breakLabel: end, continueLabel: null, scope: here };
  c.switch = context;
  c.target = target;
  statement(c, s.body);
  c.switch = context.parent;
  c.target = target.parent;
  emitter.bind(end);
  // Labels inside of blocks are reached through stubs that begin the lives there; the table is filled when those exist.
  const reach = context.cases.map((each) => entry(c, here, each.label, each.scope));
  const otherwise = context.otherwise ? entry(c, here, context.otherwise.label, context.otherwise.scope) : end;
  const table = c.switches.push({ values: new Map(), ranges: [], otherwise: -1, cases: [] }) - 1;
  emitter.code[pc + 3] = table;
  c.stubs.push(() => fillTable(c, table, context, reach, otherwise));
}

function fillTable(
  c: Context,
  table: number,
  context: SwitchContext,
  reach: readonly { readonly pc: number }[],
  otherwise: { readonly pc: number },
): void {
  const values = new Map<Integer, number>();
  const cases = context.cases.map((each, i) => ({
    from: each.from,
    to: each.to,
    at: each.at,
    target: reach[i]?.pc ?? otherwise.pc,
  }));
  for (const each of cases) if (each.from === each.to) values.set(each.from, each.target);
  const ranges = cases.filter((each) => each.from !== each.to);
  c.switches[table] = { values, ranges, cases, otherwise: otherwise.pc };
}

function giveBack(c: Context, value: Expr | null, at: Stmt['at']): void {
  const { emitter } = c;
  step(c, at);
  const kind = kindOf(c.resultType);
  if (value === null || kind === Kind.Void) {
    if (value !== null) expression(c, value, null, true);
    unwind(c, c.scope, null, false);
    emitter.emit(Op.ReturnVoid, 0, 0, 0);
    return;
  }
  let register = expression(c, value);
  if (kind === Kind.Aggregate) {
    // The caller gave the address for the result in the first register.
    emitter.emit(Rare.Copy, 0, register, sizeOf(c.resultType));
    unwind(c, c.scope, null, false);
    emitter.emit(Op.Return, 0, 0, 0);
    return;
  }
  if (c.scope !== null && register < c.firstTemporary) {
    const copy = emitter.temp();
    emitter.emit(Op.Move, copy, register, 0);
    register = copy;
  }
  emitter.top = Math.max(emitter.top, register + 1);
  unwind(c, c.scope, null, false);
  emitter.emit(Op.Return, 0, register, 0);
}

/** `({ … })`: the result is taken inside the scope, and kept when the scope is left. */
export function statementExpression(c: Context, e: Expr & { kind: 'statement' }, d: number): number {
  const { emitter } = c;
  const kind = kindOf(e.type);
  if (kind === Kind.Aggregate) emitter.emit(Rare.Object, d, 1, sizeOf(e.type), e.type);
  const outer = c.scope;
  c.nesting++;
  enterBlock(c, e.block.body);
  for (const each of e.block.body) statement(c, each);
  if (e.result !== null) {
    const mark = emitter.top;
    if (kind === Kind.Aggregate) emitter.emit(Rare.Copy, d, expression(c, e.result), sizeOf(e.type));
    else expression(c, e.result, kind === Kind.Void ? null : d, kind === Kind.Void);
    emitter.top = mark;
  }
  leaveBlock(c, outer);
  c.nesting--;
  return d;
}
