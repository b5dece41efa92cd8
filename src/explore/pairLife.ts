/**
 * What one function of a driver maps and another takes down again: called one after the other on the same objects, as their names say that they
 * belong together (`foo_map()` and `foo_unmap()`). Nobody visible calls them so; what they map must fit all the same. Only pairs of which the
 * first maps memory for a device: what else two functions share is the driver's own.
 */
import type { FunctionSymbol } from '../c/ir.ts';
import type { CType } from '../c/types.ts';
import { walkFunctions } from '../c/walk.ts';
import type { Op } from '../contracts/opsTables.ts';
import { reportMappingLeaks } from '../kernel/dma/leaks.ts';
import { dmaRun } from '../kernel/dma/run-state.ts';
import { offerLargeFolios } from '../kernel/memory/openFolios.ts';
import { POINTER } from '../kernel/modelling.ts';
import { isUnknown, type MachineServices, type Scalar } from '../machine/model.ts';
import { argumentOf } from './arguments.ts';
import { CallerWorld, within } from './contexts.ts';
import { opOfUnseen } from './functions.ts';
import { forgetInitialData } from './initialisedElsewhere.ts';
import { callOp, isErrorPointer, type Scenario, type ScenarioSteps } from './scenario.ts';
import { DEFAULT_TOPOLOGY } from './singleOp.ts';

/** Words of names that begin something, and those that end it. */
const ENDS: Readonly<Record<string, readonly string[]>> = {
  map: ['unmap'],
  pin: ['unpin'],
  create: ['destroy', 'free', 'release'],
  alloc: ['free', 'release', 'destroy'],
  init: ['fini', 'exit', 'cleanup', 'free', 'destroy', 'uninit'],
  get: ['put'],
  attach: ['detach'],
  bind: ['unbind'],
  populate: ['unpopulate', 'depopulate', 'clear', 'free'],
  prepare: ['unprepare', 'cleanup', 'finish'],
  setup: ['teardown', 'cleanup', 'free', 'destroy'],
  import: ['release', 'unimport', 'free'],
  add: ['remove', 'del'],
  open: ['close'],
  start: ['stop'],
};
const MAPS = /^(?:dma_map_(?:page|resource|phys|single|sg|sgtable)(?:_attrs)?|dma_iova_try_alloc)$/;
const TAKES_DOWN = /^dma_(?:unmap_\w+|iova_(?:destroy|free|unlink))$/;
const DEPTH = 3;
const DMA_TO_DEVICE = 1;
const PAGE = 4096;
/** More than these of a document are not driven. */
const MOST_PAIRS = 12;

interface Pair {
  readonly first: FunctionSymbol;
  readonly last: FunctionSymbol;
}

function calls(symbol: FunctionSymbol, names: RegExp): boolean {
  let found = false;
  walkFunctions([symbol], DEPTH, (expression) => {
    found ||=
      expression.kind === 'call' && expression.callee.kind === 'direct' && names.test(expression.callee.symbol.name);
    return found;
  });
  return found;
}

/** Names of functions that may end what one of this name began. */
function endings(name: string): readonly string[] {
  const words = name.split('_');
  return words.flatMap((word, i) => {
    const others = Object.hasOwn(ENDS, word) ? (ENDS[word] ?? []) : [];
    return others.map((end) => [...words.slice(0, i), end, ...words.slice(i + 1)].join('_'));
  });
}

function tagBehind(type: CType | undefined): string | null {
  return type?.kind === 'pointer' && type.to.kind === 'struct' ? type.to.tag : null;
}

/** The kernel's own, which all functions of a driver are handed: they tie nothing together. */
const COMMON: ReadonlySet<string> = new Set([
  'device',
  'pci_dev',
  'drm_device',
  'mm_struct',
  'platform_device',
  'file',
]);

/** What the first function is given or gives that the last one is given. */
function tied({ first, last }: Pair): boolean {
  const given = [
    ...first.type.parameters.map(tagBehind),
    ...first.type.parameters.map((type) => (type.kind === 'pointer' ? tagBehind(type.to) : null)),
    tagBehind(first.type.result),
  ];
  return last.type.parameters.some((type) => {
    const tag = tagBehind(type);
    return tag !== null && !COMMON.has(tag) && given.includes(tag);
  });
}

/** Functions that others of the document call: with what, and what comes after, their callers show. */
function calledIn(own: readonly FunctionSymbol[]): ReadonlySet<FunctionSymbol> {
  const found = new Set<FunctionSymbol>();
  for (const symbol of own)
    walkFunctions([symbol], 0, (expression) => {
      if (expression.kind === 'call' && expression.callee.kind === 'direct' && expression.callee.symbol !== symbol)
        found.add(expression.callee.symbol);
      return false;
    });
  return found;
}

function pairsOf(own: readonly FunctionSymbol[]): readonly Pair[] {
  const whole = (symbol: FunctionSymbol): boolean => symbol.body()?.partial === false;
  const byName = new Map(own.map((symbol) => [symbol.name, symbol]));
  const handled = calledIn(own);
  return own.flatMap((first): Pair[] => {
    const [last] = endings(first.name).flatMap((name) => byName.get(name) ?? []);
    if (last === undefined || handled.has(first) || !whole(first) || !whole(last) || !tied({ first, last })) return [];
    return calls(first, MAPS) && calls(last, TAKES_DOWN) ? [{ first, last }] : [];
  });
}

/** Scenarios of all such pairs of a document. */
export function pairScenarios(own: readonly FunctionSymbol[], topology = DEFAULT_TOPOLOGY): Scenario[] {
  return pairsOf(own)
    .slice(0, MOST_PAIRS)
    .map(({ first, last }) => {
      const ops = [opOfUnseen(first), opOfUnseen(last)] as const;
      return {
        name: `pair.${last.name}`,
        title: `${first.name}, then ${last.name}, on the same objects`,
        table: first.name,
        ops,
        functions: [first, last],
        topology,
        maxDeviations: 2,
        run: (machine: MachineServices) => oneAfterTheOther(machine, ...ops),
      };
    });
}

interface Given {
  readonly name: string;
  readonly type: CType;
  readonly value: Scalar;
}

function* oneAfterTheOther(machine: MachineServices, first: Op, last: Op): ScenarioSteps<void> {
  forgetInitialData(machine, first.function);
  forgetInitialData(machine, last.function);
  offerLargeFolios(machine);
  const caller = new CallerWorld(machine);
  const given = first.function.type.parameters.map((type, i): Given => {
    const name = first.function.type.parameterNames[i] ?? `${i + 1}`;
    return { name, type, value: someOf(name, type) ?? argumentOf(machine, type, name) };
  });
  yield* within(machine, 'process', caller, function* () {
    machine.emit({
      kind: 'assumption',
      about: last.function.name,
      message: `\`${last.function.name}()\` takes down what \`${first.function.name}()\` made, as their names say`,
    });
    const { value, failed } = yield* callOp(
      machine,
      first,
      'process',
      given.map((each) => each.value),
    );
    if (failed || !succeeded(machine, first.function.type.result, value)) return;
    const { parameters, parameterNames } = last.function.type;
    const made: Given[] = [
      { name: '', type: first.function.type.result, value },
      // What was given through a pointer to a pointer.
      ...given.flatMap(({ name, type, value: at }): Given[] =>
        type.kind === 'pointer' && type.to.kind === 'pointer' && typeof at === 'number'
          ? [{ name, type: type.to, value: machine.read(at, POINTER) }]
          : [],
      ),
      ...given,
    ];
    const args = parameters.map((type, i) => {
      const name = parameterNames[i] ?? `${i + 1}`;
      return chosen(made, name, type) ?? argumentOf(machine, type, name);
    });
    yield* callOp(machine, last, 'process', args);
    if (dmaRun(machine).uncertain.size === 0) reportMappingLeaks(machine, `after \`${last.function.name}\``, true);
  });
}

/** Whether there is something to take down: of an answer that is open nobody knows. */
function succeeded(machine: MachineServices, type: CType, value: Scalar): boolean {
  if (type.kind === 'void') return true;
  const known = isUnknown(value) ? machine.concrete(value) : value;
  if (known === null || isErrorPointer(known)) return false;
  return type.kind === 'int' && !type.bool ? Number(known) >= 0 : known !== 0;
}

/**
 * What a caller could have given: of a count or a length two of whatever it is, so that loops go round; a direction that not every mapping
 * has.
 */
function someOf(name: string, type: CType): number | null {
  if (type.kind !== 'int' || type.bool) return null;
  if (/^(?:dma_)?dir(?:ection)?$/.test(name)) return DMA_TO_DEVICE;
  if (/^(?:n|nr|num|count|\w*(?:pages|nents|nr_\w+|num_\w+|_count))$/.test(name)) return 2;
  return /(?:^|_)(?:size|len|length|bytes)$/.test(name) ? 2 * PAGE : null;
}

/** What the last function is given of what the first one had or made: the same struct, or a number of the same name. */
function chosen(made: readonly Given[], name: string, type: CType): Scalar | null {
  const tag = tagBehind(type);
  const fits =
    tag === null
      ? made.filter((each) => each.name === name && each.type.kind === type.kind)
      : made.filter((each) => tagBehind(each.type) === tag);
  return (fits.find((each) => each.name === name) ?? fits[0])?.value ?? null;
}
