/**
 * Finds the functions of a document that are handed to the kernel by hand: stored in a member (`shrinker->scan_objects = f`), or passed to a
 * call that registers them (`request_irq(irq, f, ...)`). Each becomes an op of its own with the context that its registration gives it.
 * Also says which functions no visible code calls or takes the address of.
 */
import type { Expr, FunctionSymbol, GlobalSymbol, Place, Program } from '../c/ir.ts';
import type { Span } from '../c/source.ts';
import type { CType } from '../c/types.ts';
import { walkFunctions } from '../c/walk.ts';
import { type RegisteringCall, registeringCalls } from './callbacks.ts';
import type { OpContract } from './contract.ts';
import {
  bundledContract,
  contractOf,
  documentedMember,
  documentedMembers,
  type Op,
  type OpsTable,
} from './opsTables.ts';

export interface RegisteredFunctions {
  /** In source order of the functions; a function that is registered in several ways is there several times. */
  readonly ops: readonly Op[];
  /** Functions that other visible functions call by name. */
  readonly called: ReadonlySet<FunctionSymbol>;
  /** Functions whose address goes where nobody knows what calls it. */
  readonly stored: ReadonlySet<FunctionSymbol>;
}

type CallExpr = Extract<Expr, { kind: 'call' }>;

const BY_CALL = new Map<string, RegisteringCall[]>();
for (const row of registeringCalls) BY_CALL.set(row.call, [...(BY_CALL.get(row.call) ?? []), row]);

/** Where a function that arrives in a parameter goes, and with what contract it is called there. */
type Sinks = ReadonlyMap<string, readonly OpContract[]>;

/** How many functions a callback is handed through before it is registered. */
const HANDED_THROUGH = 3;

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
  /** What a member promises about what is stored in it. */
  const ofMember = (place: Place, target: FunctionSymbol | null): OpContract | null => {
    if (place.kind !== 'member' || place.base.type.kind !== 'struct' || place.member.name === null) return null;
    const { tag } = place.base.type;
    const { name } = place.member;
    const said = documentedMember(documented, tag, name);
    return (
      bundledContract(tag, name) ?? (said === null || target === null ? null : contractOf(tag, name, target, said))
    );
  };
  const sinks = parametersThatRegister(functions, ofMember);
  for (const caller of functions)
    walkFunctions([caller], 0, (expression) => {
      if (expression.kind === 'assign') {
        for (const target of functionsIn(expression.value)) {
          const contract = ofMember(expression.place, target);
          if (contract === null) stored.add(target);
          else register(target, contract, expression.at);
        }
      } else if (expression.kind === 'call') {
        if (expression.callee.kind === 'direct' && expression.callee.symbol !== caller)
          called.add(expression.callee.symbol);
        for (const [i, argument] of expression.args.entries())
          for (const target of functionsIn(argument)) {
            const contracts = contractsOf(expression, i, sinks);
            for (const contract of contracts) register(target, contract, expression.at);
            if (contracts.length === 0) stored.add(target);
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

/** The contracts that an argument of a call gets, by what the callee does with it. */
function contractsOf(call: CallExpr, argument: number, sinks: Sinks): readonly OpContract[] {
  if (call.callee.kind !== 'direct') return [];
  const { name } = call.callee.symbol;
  const rows = (BY_CALL.get(name) ?? []).filter((row) => row.argument === argument).map(({ contract }) => contract);
  return rows.length > 0 ? rows : (sinks.get(`${name} ${argument}`) ?? []);
}

/** Parameters of the document's own functions, as `name index`, that these register, store or hand on to one that does. */
function parametersThatRegister(
  functions: readonly FunctionSymbol[],
  ofMember: (place: Place, target: null) => OpContract | null,
): Sinks {
  const found = new Map<string, OpContract[]>();
  const taking = functions.filter(({ type }) => type.parameters.some(isFunctionPointer));
  for (let round = 0; round < HANDED_THROUGH; round++) {
    const before = found.size;
    for (const symbol of taking) {
      const parameters = symbol.body()?.parameters ?? [];
      const note = (value: Expr, contracts: readonly OpContract[]): void => {
        const index = parameters.findIndex(({ id }) => isParameter(value, id));
        if (index >= 0 && contracts.length > 0) found.set(`${symbol.name} ${index}`, [...contracts]);
      };
      walkFunctions([symbol], 0, (expression) => {
        if (expression.kind === 'assign') {
          const contract = ofMember(expression.place, null);
          if (contract !== null) note(expression.value, [contract]);
        } else if (expression.kind === 'call')
          for (const [i, argument] of expression.args.entries()) note(argument, contractsOf(expression, i, found));
        return false;
      });
    }
    if (found.size === before) break;
  }
  return found;
}

function isFunctionPointer(type: CType): boolean {
  return type.kind === 'pointer' && type.to.kind === 'function';
}

function isParameter(expression: Expr, id: number): boolean {
  let value = expression;
  while (value.kind === 'convert') value = value.value;
  return value.kind === 'load' && value.place.kind === 'local' && value.place.variable.id === id;
}

/** Functions as a value: a name, with or without `&`, through casts, one of two. */
export function functionsIn(expression: Expr): readonly FunctionSymbol[] {
  switch (expression.kind) {
    case 'convert':
      return functionsIn(expression.value);
    case 'function':
      return [expression.symbol];
    case 'conditional':
      return [...(expression.then === null ? [] : functionsIn(expression.then)), ...functionsIn(expression.otherwise)];
    default:
      return [];
  }
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
