/**
 * The engine's side of the thread: takes one job after the other and answers each, whatever happens in it. An exception in a job is that
 * job's failure, never the thread's.
 */
import type { AnalysisOptions, Engine, KernelTree } from '../analysis/engine.ts';
import type { EngineMessage, Job, JobAnswer, JobMessage, JobOptions } from './jobs.ts';

/** Milliseconds between two progress messages. */
const PROGRESS_INTERVAL = 200;

export interface EngineThread {
  readonly engine: Engine;
  post(message: EngineMessage): void;
  /** Opens a kernel checkout; null when it cannot. Absent where there are no files. */
  readonly openTree?: (directory: string) => KernelTree | null;
  /** True when the server no longer wants job `id`. */
  cancelled(id: number): boolean;
}

/** Does one job and posts its answer. */
export function doJob(thread: EngineThread, { id, job }: JobMessage): void {
  try {
    thread.post({ type: 'answer', id, answer: answer(thread, id, job) });
  } catch (error) {
    thread.post({ type: 'failed', id, ...describeError(error) });
  }
}

/** An exception as a short message and whatever helps to find it again (stack, replay token). */
export function describeError(error: unknown): { readonly message: string; readonly detail: string } {
  if (!(error instanceof Error)) return { message: String(error), detail: '' };
  const replay = 'replay' in error && typeof error.replay === 'string' ? `replay: ${error.replay}\n` : '';
  return { message: error.message, detail: `${replay}${error.stack ?? ''}` };
}

function answer(thread: EngineThread, id: number, job: Job): JobAnswer {
  const { engine } = thread;
  switch (job.kind) {
    case 'analyse':
      return {
        kind: 'analyse',
        report: engine.analyse(job.document, { ...options(thread, id, job.options), contracts: true }),
      };
    case 'outline':
      return { kind: 'outline', outline: engine.outline(job.document) };
    case 'choices':
      return { kind: 'choices', choices: engine.choices(job.document, options(thread, id, job.options)) };
    case 'definition':
      return {
        kind: 'definition',
        definitions: engine.definition(job.document, job.offset, options(thread, id, job.options)),
      };
    case 'simulate':
      return {
        kind: 'simulate',
        simulation: engine.simulate(job.document, job.request, options(thread, id, job.options)),
      };
    case 'replay':
      return { kind: 'replay', simulation: engine.replay(job.document, job.token, options(thread, id, job.options)) };
    case 'explain':
      return { kind: 'explain', markdown: engine.explain(job.check) };
    case 'checks':
      return { kind: 'checks', checks: engine.listChecks() };
  }
}

function options(
  thread: EngineThread,
  id: number,
  { topology, maxRuns, effort, kernelTree, timeLimit }: JobOptions,
): AnalysisOptions {
  const tree = kernelTree === undefined ? null : (thread.openTree?.(kernelTree) ?? null);
  const until = Date.now() + timeLimit;
  let nextProgress = 0;
  return {
    ...(topology === undefined ? {} : { topology }),
    ...(maxRuns === undefined ? {} : { maxRuns }),
    ...(effort === undefined ? {} : { effort }),
    ...(tree === null ? {} : { tree }),
    stop: () => thread.cancelled(id) || Date.now() > until,
    stage: (_, report) => thread.post({ type: 'stage', id, report }),
    progress: (done, total, what) => {
      const now = Date.now();
      if (now < nextProgress) return;
      nextProgress = now + PROGRESS_INTERVAL;
      thread.post({ type: 'progress', id, done, total, what });
    },
  };
}
