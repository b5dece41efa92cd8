/**
 * What a function that nobody visible calls leaves behind when it returns: locks held, sections entered, memory lost. Such a function may
 * lock for its caller (`xe_vm_lock()`), only when it succeeds (`foo_trylock()`), and may lose memory only for arguments that no caller gives.
 * It is a mistake when another run with the same kind of result leaves without, or when a run that failed keeps what one that succeeded gave
 * back; memory is lost by mistake when the function fails, or whenever it has such a result. Judges no single run.
 */
import type { FunctionSymbol } from '../c/ir.ts';
import type { OpCall, RunView } from '../checks/check.ts';
import { allOf } from '../checks/eventIndex.ts';
import { isFaultResult, tellsFaultFailure } from '../kernel/memory/faultResult.ts';
import type { Site } from '../machine/events.ts';
import { LEFT_BEHIND } from './callerDuties.ts';
import { MappingExits } from './mappingExits.ts';
import { UnlockExits } from './unlockExits.ts';

export type ExitKind = 'failure' | 'success' | 'other';
type Result = ExitKind;

interface Exit<T> {
  /** What was left, as one text. */
  readonly left: string;
  readonly result: Result;
  readonly run: T;
}

export interface Mistake<T> {
  readonly run: T;
  readonly held: boolean;
  readonly memory: boolean;
  readonly mappings: boolean;
  readonly unlocks: boolean;
}

/** Runs of one function that are kept until all are known. */
const KEPT = 16;
/** Names and annotations that say the function leaves with a lock, or with one less. */
const ON_PURPOSE =
  /(?:^|_)(?:(?:try)?lock|locked|acquire|begin|start|enter|get|hold|pin|map|prepare|disable|first|next|iter)(?:_|$)/;
const ANNOTATIONS: ReadonlySet<string> = new Set(['__acquires', '__cond_acquires', '__try_acquires', '__releases']);

/** What a function is given to lock several objects: which of them it still holds, only a real list tells. */
const MANY: ReadonlySet<string> = new Set(['list_head', 'ww_acquire_ctx', 'drm_exec']);

/** The exits of one function, collected over its runs. */
export class Exits<T> {
  private readonly held: Exit<T>[] = [];
  private readonly lost: Exit<T>[] = [];
  /** Locks that were taken and given back, by result; and sections that were not left, as ''. */
  private readonly released = new Set<string>();
  /** Allocations that were not lost, by result. */
  private readonly kept = new Set<string>();
  private readonly purpose: boolean;
  /** The purpose is said by more than a name. */
  private readonly annotated: boolean;
  /** Reservations are locked for the caller's drm_exec, which ends with all of them (drm_exec.c:drm_exec_unlock_all). */
  private readonly forExec: boolean;
  /** What a run that did not fail came back with. */
  private readonly keptHeld = new Set<string>();
  private readonly counts: boolean;
  private readonly faults: boolean;
  private readonly mappings = new MappingExits<T>();
  private readonly unlocks: UnlockExits<T>;

  constructor(symbol: FunctionSymbol) {
    const { name, attributes, type } = symbol;
    this.unlocks = new UnlockExits(symbol);
    this.counts = type.result.kind === 'int';
    this.faults = isFaultResult(type.result);
    this.annotated =
      attributes.some((attribute) => ANNOTATIONS.has(attribute.name)) ||
      type.parameters.some((each) => each.kind === 'pointer' && each.to.kind === 'struct' && MANY.has(each.to.tag));
    this.forExec = type.parameters.some(
      (each) =>
        each.kind === 'pointer' && each.to.kind === 'struct' && /^drm_(?:exec|gpuvm_exec)$/.test(each.to.tag ?? ''),
    );
    this.purpose = this.annotated || ON_PURPOSE.test(name);
  }

  /** Takes note of a run; it is handed back when it turns out to be a mistake. */
  note(view: RunView, run: T): void {
    const op = view.ops[0];
    if (op === undefined || op.exit === null || op.heldAfter === null) return;
    const result = this.resultOf(view, op);
    const left = leftBehind(view, op).filter((what) => !(this.forExec && what === 'reservation_ww_class_mutex'));
    // Who locks for the caller does not do so when it fails: not in one failure and in another not.
    if (result !== 'failure') for (const what of left) this.keptHeld.add(what);
    if (left.length > 0 && (!this.purpose || result === 'failure') && !releasesOthers(view))
      for (const what of left) keep(this.held, { left: what, result, run });
    for (const taken of takenLocks(view)) if (!left.includes(taken)) this.released.add(`${result} ${taken}`);
    this.mappings.note(view, result, run);
    this.unlocks.note(view, result, run);
    const lost = lostMemory(view);
    for (const site of lost) keep(this.lost, { left: site, result, run });
    for (const { failed, at } of allOf(view.trace, 'alloc'))
      if (!failed && !lost.has(placeName(at))) this.kept.add(`${result} ${placeName(at)}`);
  }

  private resultOf(view: RunView, op: OpCall): Result {
    if (isTestedError(view, op)) return 'failure';
    return this.faults ? kindOfFault(op.result) : kindOfResult(op, this.counts);
  }

  private keeps(what: string): boolean {
    return this.annotated || this.keptHeld.has(what);
  }

  /** Runs whose exit no purpose explains. `stopped`: before all were seen; another might have kept the memory. */
  mistakes(stopped: boolean): readonly Mistake<T>[] {
    return [
      ...this.held
        .filter(
          ({ result, left }) =>
            this.released.has(`${result} ${left}`) ||
            // Who locks for the caller, as the name says, comes back with the lock when it succeeds.
            (result === 'failure' && this.released.has(`success ${left}`) && !(this.purpose && this.keeps(left))) ||
            // What an unseen function answered is success or failure: it is given back for either.
            (result === 'failure' && this.released.has(`other ${left}`) && !this.purpose && !this.keeps(left)),
        )
        .map(({ run }) => ({ run, held: true, memory: false, mappings: false, unlocks: false })),
      ...this.lost
        .filter(({ result, left }) => result === 'failure' || (!stopped && !this.kept.has(`${result} ${left}`)))
        .map(({ run }) => ({ run, held: false, memory: true, mappings: false, unlocks: false })),
      ...(this.annotated ? [] : this.unlocks.mistakes()).map((run) => ({
        run,
        held: false,
        memory: false,
        mappings: false,
        unlocks: true,
      })),
      ...this.mappings.mistakes().map((run) => ({ run, held: false, memory: false, mappings: true, unlocks: false })),
    ];
  }
}

function keep<T>(exits: Exit<T>[], exit: Exit<T>): void {
  const known = exits.some(({ left, result }) => left === exit.left && result === exit.result);
  if (exits.length < KEPT && !known) exits.push(exit);
}

/** Unlocks what it did not lock: it came back to other objects than it had gone through, as on a list that nobody made. */
function releasesOthers(view: RunView): boolean {
  return allOf(view.trace, 'report').some(({ rule }) => rule === 'bad-unlock-balance');
}

function leftBehind(view: RunView, op: OpCall): readonly string[] {
  const sections = allOf(view.trace, 'report').some(({ rule }) => LEFT_BEHIND.has(rule)) ? [SECTION] : [];
  return [...(op.heldAfter ?? []).map((lock) => lock.class), ...sections];
}

/** Sections (interrupts off, allocation scopes) have no name of their own. */
const SECTION = 'a section';

function takenLocks(view: RunView): ReadonlySet<string> {
  const taken = new Set<string>([SECTION]);
  for (const { lock } of allOf(view.trace, 'lock')) taken.add(lock.class);
  return taken;
}

/** Where the memory was allocated that nothing refers to any more. */
function lostMemory(view: RunView): ReadonlySet<string> {
  return new Set(
    allOf(view.trace, 'report').flatMap(({ rule, related }) =>
      rule === 'memory-leak' ? [placeName(related[0]?.at ?? null)] : [],
    ),
  );
}

function placeName(at: Site | null): string {
  return at === null ? '' : `${at.span.unit}:${at.span.start}`;
}

const NOT_KNOWN = ' (not known)';

/** What an unseen function answered, and the code found to be an error before it came back with it: `IS_ERR(x)` held, or `x < 0`. */
function isTestedError(view: RunView, { result }: OpCall): boolean {
  if (result === null || !result.endsWith(NOT_KNOWN)) return false;
  const source = result.slice(0, -NOT_KNOWN.length);
  const [error, negative] = [`\`IS_ERR(${source})\` is true`, `\`${source} < 0\` is true`];
  return allOf(view.trace, 'decision').some(
    ({ option, question }) => option === 'true' && (question === error || question === negative),
  );
}

/** Who is told to try again lets go of what the one who is not keeps (mm/filemap.c:__folio_lock_or_retry). */
function kindOfFault(result: string | null): Result {
  if (result === null || !/^(?:0|VM_FAULT_)/.test(result) || /\bVM_FAULT_RETRY\b/.test(result)) return 'other';
  return tellsFaultFailure(result) ? 'failure' : 'success';
}

/** @param counts its result is a number, of which nobody says that 0 is a failure (`long`) */
function kindOfResult({ result, contract }: OpCall, counts: boolean): Result {
  if (result === null) return 'other';
  if (/^(?:ERR_PTR|-\d)/.test(result)) return 'failure';
  switch (contract.result) {
    case 'errno':
      return result === '0' ? 'success' : 'other';
    case 'bool':
      return result === '0' ? 'failure' : 'success';
    case 'err-ptr':
    case 'cookie':
    case 'null':
    case 'dma-address':
    case 'void':
    case 'unknown':
      return /^(?:0|NULL)$/.test(result) ? (counts ? 'success' : 'failure') : 'other';
    default: {
      const never: never = contract.result;
      return never;
    }
  }
}
