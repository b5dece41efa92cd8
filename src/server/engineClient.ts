/**
 * The server's side of the engine thread: a queue with two priorities, cancelling, and a watchdog that replaces a thread which does not
 * come back. Knows nothing about documents or the language server protocol.
 */
import type { DocumentReport } from '../report/finding.ts';
import { type AnswerTo, describeJob, type EngineMessage, type Job, type JobAnswer, type JobMessage } from './jobs.ts';

/** One running engine thread, however the host makes it. */
export interface EngineChannel {
  post(message: JobMessage): void;
  /** Asks the thread to give up job `id`. False: this host cannot tell a busy thread anything, only end it. */
  cancel(id: number): boolean;
  dispose(): void;
}

export interface EngineChannelEvents {
  message(message: EngineMessage): void;
  /** The thread is gone and will not answer any more. */
  gone(why: string): void;
}

/** Starts a thread; the first message it sends is `ready`. */
export type StartEngine = (events: EngineChannelEvents) => EngineChannel;

export type JobOutcome<K extends Job['kind']> =
  | { readonly type: 'answer'; readonly answer: AnswerTo<K> }
  /** Cancelled. An analysis that was asked to stop still answers: `answer` is then what it had found, when it came in time. */
  | { readonly type: 'cancelled' }
  | { readonly type: 'failed'; readonly message: string };

export interface JobHandle<K extends Job['kind']> {
  readonly outcome: Promise<JobOutcome<K>>;
  /** Ends the job; `keep`: an answer that still comes counts (the user wants what was found so far). */
  cancel(keep?: boolean): void;
}

export interface RunOptions {
  /** `user`: someone waits for it; it goes before every `background` job and interrupts a running one. */
  readonly priority: 'user' | 'background';
  readonly progress?: (done: number, total: number, what: string) => void;
  /** Given what an analysis has found before it is through. */
  readonly stage?: (report: DocumentReport) => void;
}

interface Entry {
  /** New each time it is started: what was said to an earlier start does not count for the next. */
  id: number;
  readonly job: Job;
  readonly options: RunOptions;
  readonly settle: (
    outcome: { type: 'answer'; answer: JobAnswer } | { type: 'cancelled' } | { type: 'failed'; message: string },
  ) => void;
  /** Interrupted by a job of the user: it goes back to the queue. */
  again: boolean;
  cancelled: 'no' | 'drop' | 'keep';
}

export interface EngineClientTimes {
  /** How long a cancelled job may take to notice, before its thread is replaced. */
  readonly grace: number;
  /** How long a job may go on beyond its own time limit. */
  readonly beyondLimit: number;
}

const TIMES: EngineClientTimes = { grace: 3_000, beyondLimit: 15_000 };
/** Limit of the jobs that have none of their own. */
const SHORT_JOB = 30_000;

export class EngineClient {
  private channel: EngineChannel | null = null;
  private queue: Entry[] = [];
  private current: Entry | null = null;
  private watchdog: ReturnType<typeof setTimeout> | null = null;
  private nextId = 1;
  private disposed = false;
  /** Version of the engine, once it has started. */
  version = '';

  constructor(
    private readonly start: StartEngine,
    private readonly log: (message: string) => void,
    private readonly times: EngineClientTimes = TIMES,
  ) {}

  run<K extends Job['kind']>(job: Extract<Job, { readonly kind: K }>, options: RunOptions): JobHandle<K> {
    let settle: Entry['settle'] = () => {};
    const outcome = new Promise<JobOutcome<K>>((resolve) => {
      settle = (settled) => {
        if (settled.type !== 'answer') resolve(settled);
        else if (isAnswerTo<K>(settled.answer, job.kind)) resolve({ type: 'answer', answer: settled.answer });
        else resolve({ type: 'failed', message: `the engine answered ${settled.answer.kind} to ${job.kind}` });
      };
    });
    const entry: Entry = { id: this.nextId++, job, options, settle, again: false, cancelled: 'no' };
    if (this.disposed) {
      entry.settle({ type: 'cancelled' });
      return { outcome, cancel: () => {} };
    }
    this.enqueue(entry);
    return { outcome, cancel: (keep = false) => this.cancel(entry, keep) };
  }

  dispose(): void {
    this.disposed = true;
    this.stopWatchdog();
    for (const entry of this.queue) entry.settle({ type: 'cancelled' });
    this.queue = [];
    this.current?.settle({ type: 'cancelled' });
    this.current = null;
    this.channel?.dispose();
    this.channel = null;
  }

  private enqueue(entry: Entry): void {
    const at =
      entry.options.priority === 'background'
        ? this.queue.length
        : this.queue.findIndex((other) => other.options.priority === 'background');
    this.queue.splice(at < 0 ? this.queue.length : at, 0, entry);
    const running = this.current;
    if (entry.options.priority === 'user' && running?.options.priority === 'background' && running.cancelled === 'no') {
      running.again = true;
      this.interrupt(running);
    }
    this.pump();
  }

  private cancel(entry: Entry, keep: boolean): void {
    if (entry.cancelled !== 'no') return;
    entry.cancelled = keep ? 'keep' : 'drop';
    entry.again = false;
    if (this.current === entry) {
      this.interrupt(entry);
    } else if (this.queue.includes(entry)) {
      this.queue = this.queue.filter((other) => other !== entry);
      entry.settle({ type: 'cancelled' });
    }
  }

  /** Asks the running job to end; its thread is replaced when it does not. */
  private interrupt(entry: Entry): void {
    const told = this.channel?.cancel(entry.id) ?? false;
    this.arm(told ? this.times.grace : Math.min(this.times.grace, 500), () => {
      if (told) this.log(`[interlock internal] ${describeJob(entry.job)} did not stop; its thread is replaced`);
      this.replaceThread('cancelled');
    });
  }

  private pump(): void {
    if (this.current !== null || this.disposed) return;
    const entry = this.queue.shift();
    if (entry === undefined) return;
    this.current = entry;
    const limit = ('options' in entry.job ? entry.job.options.timeLimit : SHORT_JOB) + this.times.beyondLimit;
    this.arm(limit, () => {
      this.log(`[interlock internal] ${describeJob(entry.job)} ran over its time; its thread is replaced`);
      this.replaceThread('ran over its time');
    });
    this.channel ??= this.open();
    this.channel.post({ id: entry.id, job: entry.job });
  }

  private open(): EngineChannel {
    // Messages of a thread that has been replaced are nobody's any more.
    let alive = true;
    const channel = this.start({
      message: (message) => alive && this.receive(message),
      gone: (why) => {
        if (!alive) return;
        alive = false;
        this.channel = null;
        this.log(`[interlock internal] the engine's thread ended: ${why}`);
        this.finish({ type: 'failed', message: `the engine's thread ended: ${why}` });
      },
    });
    return {
      post: (message) => channel.post(message),
      cancel: (id) => channel.cancel(id),
      dispose: () => {
        alive = false;
        channel.dispose();
      },
    };
  }

  private receive(message: EngineMessage): void {
    switch (message.type) {
      case 'ready':
        this.version = message.version;
        return;
      case 'progress':
        if (this.current?.id === message.id && this.current.cancelled === 'no')
          this.current.options.progress?.(message.done, message.total, message.what);
        return;
      case 'stage':
        if (this.current?.id === message.id && this.current.cancelled === 'no')
          this.current.options.stage?.(message.report);
        return;
      case 'answer':
        if (this.current?.id === message.id) this.finish({ type: 'answer', answer: message.answer });
        return;
      case 'failed':
        if (this.current === null || (message.id !== null && this.current.id !== message.id)) return;
        this.log(
          `[interlock internal] ${describeJob(this.current.job)} failed: ${message.message}\n${message.detail}`.trimEnd(),
        );
        this.finish({ type: 'failed', message: message.message });
    }
  }

  private finish(outcome: Parameters<Entry['settle']>[0]): void {
    this.stopWatchdog();
    const entry = this.current;
    this.current = null;
    if (entry !== null) {
      if (entry.cancelled === 'drop' || (entry.cancelled === 'keep' && outcome.type !== 'answer')) {
        entry.settle({ type: 'cancelled' });
      } else if (entry.again) {
        entry.again = false;
        entry.id = this.nextId++;
        this.queue.push(entry);
      } else {
        entry.settle(outcome);
      }
    }
    this.pump();
  }

  private replaceThread(why: string): void {
    this.channel?.dispose();
    this.channel = null;
    this.finish({ type: 'failed', message: why });
  }

  private arm(ms: number, action: () => void): void {
    this.stopWatchdog();
    this.watchdog = setTimeout(() => {
      this.watchdog = null;
      action();
    }, ms);
  }

  private stopWatchdog(): void {
    if (this.watchdog !== null) clearTimeout(this.watchdog);
    this.watchdog = null;
  }
}

function isAnswerTo<K extends Job['kind']>(answer: JobAnswer, kind: K): answer is AnswerTo<K> {
  return answer.kind === kind;
}
