/**
 * What comments demand of a caller, in runs: at each call that the document makes, whether the documented locks are held; and around a
 * function that is called on its own, those locks held. What comments say is `contracts/documentedLocks.ts`.
 */
import type { FunctionSymbol, Program } from '../c/ir.ts';
import type { ContextId } from '../contracts/contract.ts';
import { assertsItself, type DocumentedDuty, documentedDuties } from '../contracts/documentedLocks.ts';
import { checkDocumented, type DocumentedLock, holdDocumented } from '../kernel/locking/documentedLock.ts';
import { isUnknown, type MachineServices, type Scalar } from '../machine/model.ts';
import type { CallWatch } from '../machine/task.ts';
import type { ScenarioSteps } from './scenario.ts';

type Resolved = DocumentedDuty & { readonly way: NonNullable<DocumentedDuty['way']> };

/** Watches the calls of functions whose comments say which locks their callers hold. */
export function documentedCalls(program: Program): CallWatch {
  const watches = new Map<FunctionSymbol, ReturnType<CallWatch>>();
  const watchOf = (symbol: FunctionSymbol): ReturnType<CallWatch> => {
    const duties = toBeChecked(program, symbol);
    if (duties.length === 0) return null;
    return (machine, args) => {
      if (program.units[machine.site().span.unit]?.origin !== 'document') return;
      for (const duty of duties) {
        const lock = lockAt(machine, symbol, duty, args);
        if (lock !== null) checkDocumented(machine, lock);
      }
    };
  };
  return (symbol) => {
    let watch = watches.get(symbol);
    if (watch === undefined) {
      watch = watchOf(symbol);
      watches.set(symbol, watch);
    }
    return watch;
  };
}

/** What the bundled declarations say of the kernel's own functions their models look at themselves. */
function toBeChecked(program: Program, symbol: FunctionSymbol): readonly Resolved[] {
  if (symbol.at === null || program.units[symbol.at.unit]?.origin === 'bundled') return [];
  return documentedDuties(program, symbol).flatMap((duty) =>
    duty.way === null || assertsItself(program, symbol, duty.way) ? [] : [{ ...duty, way: duty.way }],
  );
}

/** Runs `body` with the locks held that the function's comments say are held. */
export function* asDocumented<T>(
  machine: MachineServices,
  symbol: FunctionSymbol,
  args: readonly Scalar[],
  context: ContextId,
  body: () => ScenarioSteps<T>,
): ScenarioSteps<T> {
  const undo: (() => void)[] = [];
  for (const duty of documentedDuties(machine.program, symbol)) {
    if (duty.way === null || duty.released) continue;
    const lock = lockAt(machine, symbol, { ...duty, way: duty.way }, args);
    const spins = lock !== null && (lock.address === null || /^(?:spin|raw-spin|rwlock)$/.test(lock.sort));
    // What sleeps is not held where nobody may sleep.
    if (lock !== null && (spins || context === 'process')) undo.push(yield* holdDocumented(machine, lock));
  }
  const result = yield* body();
  for (const leave of undo.reverse()) leave();
  return result;
}

/** The lock at a call with these arguments; null: the way to it is not known here, or leads nowhere. */
function lockAt(
  machine: MachineServices,
  symbol: FunctionSymbol,
  { way, mode, at }: Resolved,
  args: readonly Scalar[],
): DocumentedLock | null {
  const documentedAt = { span: at, function: symbol.name };
  if (way.kind === 'rcu')
    return { address: null, sort: 'other', mode: 'any', text: way.text, documentedAt, function: symbol.name };
  let place: Scalar | undefined =
    'parameter' in way.from ? args[way.from.parameter] : (machine.addressOf(way.from.global) ?? undefined);
  for (const { struct, member, type } of way.steps) {
    if (place === undefined || !alive(machine, place)) return null;
    const field = machine.fieldAddress(place, struct, member);
    if (field === null) return null;
    place = type.kind === 'pointer' ? machine.read(field.address, type) : field.address;
  }
  if (place === undefined || typeof place !== 'number' || !alive(machine, place)) return null;
  const address =
    way.sort === 'reservation' ? (machine.fieldAddress(place, 'struct dma_resv', 'lock')?.address ?? null) : place;
  return address === null
    ? null
    : { address, sort: way.sort, mode, text: way.text, documentedAt, function: symbol.name };
}

/** A pointer that this run knows, to something that lives. What nobody has looked at yet, nobody locked either; but by another name it may be. */
function alive(machine: MachineServices, place: Scalar): boolean {
  if (isUnknown(place) || place === 0) return false;
  const object = machine.objectAt(place);
  return object !== null && !object.freed;
}
