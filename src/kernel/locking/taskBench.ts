/**
 * Runs lock routines as tasks without a machine: for tests of locking alone. Every point where another task may run, and every decision, is
 * answered from a list (then with 0), so that a test can try all schedules. Executes no C.
 */
import type { EventBody } from '../../machine/events.ts';
import type { ModelRequest, Scalar } from '../../machine/model.ts';
import { type LockingHost, LockingState } from './state.ts';

type Task = Generator<ModelRequest, unknown, Scalar>;

export interface BenchReport {
  readonly rule: string;
  readonly message: string;
  readonly data: Readonly<Record<string, string | number | boolean>>;
}

export class TaskBench {
  readonly reports: BenchReport[] = [];
  /** Decisions made: how many options each had, and which was taken. */
  readonly decisions: { readonly options: number; readonly taken: number }[] = [];
  readonly host: LockingHost & { readonly locking: LockingState };
  private line = 0;
  private task = 1;

  constructor(
    private readonly answers: readonly number[] = [],
    names: ReadonlyMap<number, string> = new Map(),
  ) {
    const holder: { locking: LockingState | null } = { locking: null };
    const bench = this;
    this.host = {
      get currentTask() {
        return bench.task;
      },
      emit: (event: EventBody) => {
        if (event.kind === 'report') this.reports.push({ rule: event.rule, message: event.message, data: event.data });
      },
      site: () => ({ span: { unit: 0, start: ++this.line, end: this.line }, function: `task ${this.task}` }),
      choose: (_kind, _question, options) => this.choose(options.length),
      get locking() {
        if (holder.locking === null) throw new Error('[interlock internal] bench used before it was made');
        return holder.locking;
      },
    };
    holder.locking = new LockingState(this.host, {
      describe: (address) => ({ key: names.get(address) ?? address, name: names.get(address) ?? `lock ${address}` }),
      rawLockNesting: true,
      taught: true,
      sleepSaysAll: true,
      recursiveReads: false,
    });
  }

  private choose(options: number): number {
    const taken = Math.min(this.answers[this.decisions.length] ?? 0, options - 1);
    this.decisions.push({ options, taken });
    return taken;
  }

  /** Runs the tasks (numbered from 1) to their end. The numbers of tasks that can never run on are returned. */
  run(...tasks: readonly ((host: LockingHost) => Task)[]): number[] {
    const live = tasks.map((make, i) => ({ id: i + 1, body: make(this.host), ready: (): boolean => true }));
    let current = live[0];
    for (let steps = 0; steps < 10_000 && current !== undefined; steps++) {
      this.task = current.id;
      const turn = current.body.next(0);
      if (turn.done === true) live.splice(live.indexOf(current), 1);
      else current.ready = turn.value.kind === 'block' ? turn.value.ready : (): boolean => true;
      const runnable = live.filter((task) => task.ready());
      const stay = runnable.includes(current) ? current : runnable[0];
      const others = runnable.filter((task) => task !== stay);
      const options = stay === undefined ? [] : [stay, ...others];
      current = options.length > 1 ? options[this.choose(options.length)] : options[0];
    }
    return live.map((task) => task.id);
  }
}

/** Calls `one` with every list of answers that leads to a new history, up to a bound. */
export function everyHistory(one: (answers: readonly number[]) => TaskBench, bound: number): number {
  let answers: number[] = [];
  for (let count = 1; ; count++) {
    const { decisions } = one(answers);
    if (count === bound) return count;
    let at = decisions.length - 1;
    while (at >= 0 && (decisions[at]?.taken ?? 0) + 1 >= (decisions[at]?.options ?? 0)) at--;
    if (at < 0) return count;
    answers = decisions.slice(0, at).map((decision) => decision.taken);
    answers.push((decisions[at]?.taken ?? 0) + 1);
  }
}
