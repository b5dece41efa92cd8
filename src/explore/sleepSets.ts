/**
 * Which switches between tasks come to the same as others (the rule of sleep sets): when one task was left for another, to go back to it before
 * the other has done anything that matters to what the first does next is to leave the first one later; and to go back after something that
 * matters to nothing the first still does is to go back before. Chooses no run.
 */
import type { DecisionRecord } from './search.ts';

/** One access: what, where in it, by whom. */
export interface Access {
  readonly object: number;
  readonly offset: number;
  readonly size: number;
  readonly write: boolean;
  readonly task: number;
}

/** Two tasks reach the same bytes of one object, and one of them writes. */
export function contradicts(one: Access, other: Access): boolean {
  return (
    one.task !== other.task &&
    one.object === other.object &&
    (one.write || other.write) &&
    one.offset < other.offset + other.size &&
    other.offset < one.offset + one.size
  );
}

/** An access, and how many questions the run had asked before. */
export interface Touch extends Access {
  readonly asked: number;
}

/** What the tasks of one run did, in order. */
export interface Doings {
  /** By question: the task that ran when it was asked. */
  readonly tasks: readonly number[];
  readonly touches: readonly Touch[];
}

/**
 * Questions of a run at which to go back to the task that was left at question `from` is not worth a run of its own.
 * @param before the run in which that task was not left there: what it does next when nobody comes between
 */
export function interchangeable(
  records: readonly DecisionRecord[],
  run: Doings,
  from: number,
  before: Doings,
): ReadonlySet<number> {
  const found = new Set<number>();
  const left = run.tasks[from];
  const other = run.tasks[from + 1];
  if (left === undefined || other === undefined || left === other) return found;
  // What nobody else touches matters to nobody, and that is most of it.
  const reached = new Set<number>();
  for (const { task, object } of run.touches) if (task !== left) reached.add(object);
  const mine = (touches: readonly Touch[]): readonly Touch[] =>
    touches.filter(({ task, object }) => task === left && reached.has(object));
  const [mineBefore, mineNow] = [mine(before.touches), mine(run.touches)];
  const next = new Reached([...mineBefore, ...mineNow]);
  // What it does up to its next question, in either run.
  const soon = new Reached([...nextOf(before, mineBefore, left, from), ...nextOf(run, mineNow, left, from)]);
  const between = groupBy(
    run.touches.filter(({ task, asked }) => task !== left && asked > from),
    ({ asked }) => asked,
  );
  let free = true;
  // Until it is asked for the first time, to go back is only to leave later.
  let mattered = true;
  for (let i = from + 1; i < records.length && run.tasks[i] === other; i++) {
    const since = between.get(i) ?? [];
    free &&= !soon.matters(since);
    mattered ||= next.matters(since);
    const record = records[i];
    if (record?.kind !== 'schedule' || record.options.length !== 2) continue;
    if (free || !mattered) found.add(i);
    mattered = false;
  }
  return found;
}

/** Of what a task did, that up to its next question. */
function nextOf({ tasks }: Doings, did: readonly Touch[], task: number, from: number): readonly Touch[] {
  const until = tasks.findIndex((asked, i) => i > from && asked === task);
  return did.filter(({ asked }) => asked > from && (until < 0 || asked <= until));
}

/** What a task reaches, to be asked what of another one's doings matters to it. */
class Reached {
  private readonly objects: ReadonlyMap<number, readonly Touch[]>;

  constructor(touches: readonly Touch[]) {
    this.objects = groupBy(touches, ({ object }) => object);
  }

  matters(others: readonly Touch[]): boolean {
    return others.some((one) => this.objects.get(one.object)?.some((other) => contradicts(one, other)) === true);
  }
}

function groupBy<T>(all: readonly T[], keyOf: (one: T) => number): ReadonlyMap<number, readonly T[]> {
  const groups = new Map<number, T[]>();
  for (const one of all) {
    const group = groups.get(keyOf(one));
    if (group === undefined) groups.set(keyOf(one), [one]);
    else group.push(one);
  }
  return groups;
}
