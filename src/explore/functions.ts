/**
 * Functions that no ops table names. Those that the document registers by hand (a shrinker's scan, an interrupt handler, work) run in the
 * context that their registration gives them; those that nobody visible calls run in plain process context with arguments nobody described.
 */
import type { FunctionSymbol, Program } from '../c/ir.ts';
import type { OpContract } from '../contracts/contract.ts';
import { conventionByType, type Op } from '../contracts/opsTables.ts';
import { opOf } from '../contracts/registeredFunctions.ts';
import { leaveFunctionsOpen } from '../kernel/dma/run-state.ts';
import type { Scenario } from './scenario.ts';
import { CONTEXT_WORDS, inWorld } from './scenario.ts';
import { alone, DEFAULT_TOPOLOGY } from './singleOp.ts';

/** The scenarios of a function as it was registered, one per context. */
export function registeredScenarios(op: Op, topology: string = DEFAULT_TOPOLOGY): Scenario[] {
  return op.contract.contexts.map((context) => ({
    name: `as.${op.contract.table}.${op.member}.${context}`,
    title: `${op.function.name} as ${op.member} of ${op.contract.table}: ${CONTEXT_WORDS[context]}`,
    table: op.function.name,
    ops: [op],
    functions: [op.function],
    topology,
    ...inWorld((machine) => alone(machine, op, context)),
  }));
}

const VIRTUAL_FUNCTIONS = 'sriov-pf-4vf-one-bus';

/** The hardware on which a function runs: with virtual functions where its file asks for them. */
export function topologyFor(program: Program, symbol: FunctionSymbol): string {
  const text = symbol.at === null ? '' : (program.units[symbol.at.unit]?.text ?? '');
  return /\b(?:pci_physfn|pci_iov_vf_id|is_virtfn)\b/.test(text) ? VIRTUAL_FUNCTIONS : DEFAULT_TOPOLOGY;
}

/** A function of whose callers nothing is known, in process context. */
export function functionScenario(symbol: FunctionSymbol, topology: string = DEFAULT_TOPOLOGY): Scenario {
  const op = opOfUnseen(symbol);
  return {
    name: 'alone',
    title: `${symbol.name} alone, in process context`,
    table: symbol.name,
    ops: [op],
    functions: [symbol],
    topology,
    ...inWorld((machine) => {
      if (topology === VIRTUAL_FUNCTIONS) leaveFunctionsOpen(machine);
      return alone(machine, op, 'process');
    }),
  };
}

/** A function that nobody visible calls, as an op of no table: in process context, with whatever its parameters may be. */
export function opOfUnseen(symbol: FunctionSymbol): Op {
  const contract: OpContract = {
    table: symbol.name,
    member: symbol.name,
    contexts: ['process'],
    roles: [],
    result: conventionByType(symbol.type.result),
    reclaim: 'unspecified',
    maySleep: true,
    required: 'unknown',
    caller: 'unseen',
    source: 'nobody visible calls it: executed in plain process context',
    documented: null,
  };
  return opOf(symbol, contract, symbol.at ?? { unit: 0, start: 0, end: 0 });
}
