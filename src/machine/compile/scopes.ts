/**
 * Leaving and entering scopes: cleanups run and lives end on every path out; a jump into a scope begins the lives there. Jumps whose
 * target is not known yet go through stubs at the end of the function.
 */

import { Kind } from '../kinds.ts';
import { VOID, VOID_POINTER } from '../layout.ts';
import { Op } from '../opcodes.ts';
import { Rare } from '../rare.ts';
import { type Context, commonScope, type Scope } from './context.ts';
import type { Label } from './emitter.ts';

/** Undoes scopes from the current point down to `outer` (which stays). */
export function unwind(c: Context, from: Scope | null, outer: Scope | null, lives = true): void {
  for (let scope = from; scope !== null && scope !== outer; scope = scope.parent) {
    if (scope.what === 'cleanup') cleanup(c, scope);
    else if (lives) c.emitter.emit(Rare.EndScope, 0, 0, c.variables.indexOf(scope.variable));
  }
}

function cleanup(c: Context, scope: Scope): void {
  const symbol = scope.variable.variable.cleanup;
  if (symbol === null) return;
  const { emitter } = c;
  const mark = emitter.top;
  const base = emitter.reserve(2);
  emitter.emit(Op.Move, base, scope.variable.register, 0);
  const argTypes = [symbol.type.parameters[0] ?? VOID_POINTER];
  const site = c.sites.push({
    symbol,
    signature: symbol.type,
    member: null,
    owner: null,
    count: 1,
    argTypes,
    printTypes: argTypes,
    resultKind: Kind.Void,
    resultType: VOID,
    lead: 0,
    target: null,
  });
  const old = emitter.at(scope.variable.variable.at);
  emitter.emit(Op.Call, -1, base, site - 1);
  emitter.restore(old);
  emitter.top = mark;
}

/** Emits a jump from the current scope to `label`, whose scope is `to`. */
export function jumpOut(c: Context, label: Label, to: Scope | null): void {
  unwind(c, c.scope, to);
  c.emitter.jump(Op.Jump, label);
}

/** Begins the lives of the memory variables between `from` (outer, exclusive) and `to`. */
export function revive(c: Context, from: Scope | null, to: Scope | null): boolean {
  let any = false;
  for (let scope = to; scope !== null && scope !== from; scope = scope.parent) {
    if (scope.what !== 'memory') continue;
    c.emitter.emit(Rare.Revive, 0, 0, c.variables.indexOf(scope.variable));
    any = true;
  }
  return any;
}

/** A label to jump to in order to reach `label` in scope `to` from scope `from`: itself, or a stub that fixes the scopes on the way. */
export function entry(c: Context, from: Scope | null, label: Label, to: Scope | null): Label {
  const common = commonScope(from, to);
  let needed = from !== common;
  for (let scope = to; scope !== null && scope !== common; scope = scope.parent)
    if (scope.what === 'memory') needed = true;
  if (!needed) return label;
  const stub = c.emitter.label();
  c.stubs.push(() => {
    c.emitter.bind(stub);
    unwind(c, from, common);
    revive(c, common, to);
    c.emitter.jump(Op.Jump, label);
  });
  return stub;
}

/** At the end of the function, when all labels are known: resolves gotos and emits the stubs. */
export function finishGotos(c: Context): void {
  const { emitter } = c;
  // Stubs run in the middle of anything: their registers must be nobody's.
  emitter.top = emitter.registers;
  for (const { pc, name, scope } of c.gotos) {
    const target = c.named(name);
    if (!target.bound) {
      const missing = emitter.code.length;
      if (c.ir?.partial === true) {
        // The label stands among lines that are not shown, and what follows it as well.
        emitter.emit(Rare.Hole, 0, 0, 0);
        unwind(c, scope, null);
        emitter.emit(Op.ReturnVoid, 0, 0, 0);
        emitter.code[pc + 1] = missing;
        continue;
      }
      emitter.emit(Rare.Unsupported, 0, 0, emitter.text(`goto to the label \`${name}\`, which is not to be seen`));
      emitter.code[pc + 1] = missing;
      continue;
    }
    const label = entry(c, scope, target.label, target.scope);
    if (label.pc >= 0) emitter.code[pc + 1] = label.pc;
    else label.uses.push(pc + 1);
  }
  for (let i = 0; i < c.stubs.length; i++) c.stubs[i]?.();
}
