/**
 * Finds the functions of a document that are handed to the kernel by hand: stored in a member (`shrinker->scan_objects = f`), or passed to a
 * call that registers them (`request_irq(irq, f, ...)`). Each becomes an op of its own with the context that its registration gives it.
 * Also says which functions no visible code calls or takes the address of.
 */
import type { Expr, FunctionSymbol, GlobalSymbol, Program } from '../c/ir.ts';
import type { Span } from '../c/source.ts';
import { walkFunctions } from '../c/walk.ts';
import { type RegisteringCall, registeringCalls } from './callbacks.ts';
import type { OpContract } from './contract.ts';
import { bundledContract, contractOf, documentedMembers, type Op, type OpsTable } from './opsTables.ts';

export interface RegisteredFunctions {
  /** In source order of the functions; a function that is registered in several ways is there several times. */
  readonly ops: readonly Op[];
  /** Functions that other visible functions call by name. */
  readonly called: ReadonlySet<FunctionSymbol>;
  /** Functions whose address goes where nobody knows what calls it. */
  readonly stored: ReadonlySet<FunctionSymbol>;
}

const BY_CALL = new Map<string, RegisteringCall[]>();
for (const row of registeringCalls) BY_CALL.set(row.call, [...(BY_CALL.get(row.call) ?? []), row]);

/** Reads the bodies of these functions. */
export function registeredFunctions(program: Program, functions: readonly FunctionSymbol[]): RegisteredFunctions {
  const documented = documentedMembers(program);
  const called = new Set<FunctionSymbol>();
  const stored = new Set<FunctionSymbol>();
  const ops = new Map<string, Op>();
  const register = (target: FunctionSymbol, contract: OpContract, at: Span): void => {
    const key = `${target.name} ${contract.table}.${contract.member}`;
    if (!ops.has(key)) ops.set(key, opOf(target, contract, at));
  };
  for (const caller of functions)
    walkFunctions([caller], 0, (expression) => {
      if (expression.kind === 'assign') {
        const target = functionIn(expression.value);
        const { place } = expression;
        if (target === null) return false;
        const struct = place.kind === 'member' && place.base.type.kind === 'struct' ? place.base.type.tag : null;
        const member = place.kind === 'member' ? place.member.name : null;
        const contract =
          struct === null || member === null
            ? null
            : (bundledContract(struct, member) ??
              (documented.get(struct)?.has(member)
                ? contractOf(struct, member, target, documented.get(struct)?.get(member) ?? null)
                : null));
        if (contract === null) stored.add(target);
        else register(target, contract, expression.at);
      } else if (expression.kind === 'call') {
        const name = expression.callee.kind === 'direct' ? expression.callee.symbol.name : '';
        if (expression.callee.kind === 'direct' && expression.callee.symbol !== caller)
          called.add(expression.callee.symbol);
        for (const [i, argument] of expression.args.entries()) {
          const target = functionIn(argument);
          if (target === null) continue;
          const rows = (BY_CALL.get(name) ?? []).filter((row) => row.argument === i);
          for (const row of rows) register(target, row.contract, expression.at);
          if (rows.length === 0) stored.add(target);
        }
      }
      return false;
    });
  return {
    ops: functions.flatMap((symbol) => [...ops.values()].filter((op) => op.function === symbol)),
    called,
    stored,
  };
}

/** A function as a value: its name, with or without `&`, through casts. */
function functionIn(expression: Expr): FunctionSymbol | null {
  let value = expression;
  while (value.kind === 'convert') value = value.value;
  return value.kind === 'function' ? value.symbol : null;
}

/** An op of a table of one row: what the kernel keeps of a registration. */
export function opOf(target: FunctionSymbol, contract: OpContract, at: Span): Op {
  const symbol: GlobalSymbol = {
    kind: 'global',
    name: contract.table,
    type: { kind: 'void' },
    isStatic: true,
    isConst: true,
    isExtern: true,
    init: () => null,
    at: null,
    attributes: [],
  };
  const ops: Op[] = [];
  const table: OpsTable = { symbol, struct: contract.table, ops, known: true };
  const op: Op = { table, member: contract.member, function: target, contract, at };
  ops.push(op);
  return op;
}
