/**
 * What the language server asks of the engine, which runs in a thread of its own so that typing never waits for it. Plain data only: it
 * crosses between threads.
 */
import type {
  DefinitionPlace,
  DocumentInput,
  OutlineNode,
  SimulateRequest,
  SimulationChoice,
  SimulationReport,
} from '../analysis/engine.ts';
import type { CheckListing } from '../protocol/server.ts';
import type { DocumentReport } from '../report/finding.ts';

/** Bounds and choices that the settings give an analysis or a run. */
export interface JobOptions {
  readonly topology?: string;
  readonly maxRuns?: number;
  /** How much of a document is explored; absent: as much as anyone may wait for. */
  readonly effort?: 'interactive' | 'normal';
  /** Directory of a kernel checkout; a host without files takes no notice. */
  readonly kernelTree?: string;
  /** Milliseconds after which the engine is asked to stop with what it has. */
  readonly timeLimit: number;
}

export type Job =
  | { readonly kind: 'analyse'; readonly document: DocumentInput; readonly options: JobOptions }
  | { readonly kind: 'outline'; readonly document: DocumentInput }
  | { readonly kind: 'choices'; readonly document: DocumentInput; readonly options: JobOptions }
  | {
      readonly kind: 'definition';
      readonly document: DocumentInput;
      readonly offset: number;
      readonly options: JobOptions;
    }
  | {
      readonly kind: 'simulate';
      readonly document: DocumentInput;
      readonly request: SimulateRequest;
      readonly options: JobOptions;
    }
  | { readonly kind: 'replay'; readonly document: DocumentInput; readonly token: string; readonly options: JobOptions }
  | { readonly kind: 'explain'; readonly check: string }
  | { readonly kind: 'checks' };

export type JobAnswer =
  | { readonly kind: 'analyse'; readonly report: DocumentReport }
  | { readonly kind: 'outline'; readonly outline: readonly OutlineNode[] }
  | { readonly kind: 'choices'; readonly choices: readonly SimulationChoice[] }
  | { readonly kind: 'definition'; readonly definitions: readonly DefinitionPlace[] }
  | { readonly kind: 'simulate'; readonly simulation: SimulationReport }
  | { readonly kind: 'replay'; readonly simulation: SimulationReport }
  | { readonly kind: 'explain'; readonly markdown: string | null }
  | { readonly kind: 'checks'; readonly checks: readonly CheckListing[] };

/** The answer to one kind of job. */
export type AnswerTo<K extends Job['kind']> = Extract<JobAnswer, { readonly kind: K }>;

/** Server → engine thread. */
export interface JobMessage {
  readonly id: number;
  readonly job: Job;
}

/** Engine thread → server. `ready` comes first, once. */
export type EngineMessage =
  | { readonly type: 'ready'; readonly version: string }
  | {
      readonly type: 'progress';
      readonly id: number;
      readonly done: number;
      readonly total: number;
      readonly what: string;
    }
  /** What an analysis has found so far; the answer replaces it. */
  | { readonly type: 'stage'; readonly id: number; readonly report: DocumentReport }
  | { readonly type: 'answer'; readonly id: number; readonly answer: JobAnswer }
  | { readonly type: 'failed'; readonly id: number | null; readonly message: string; readonly detail: string };

/** One job in words, for a log line that lets someone do it again. */
export function describeJob(job: Job): string {
  switch (job.kind) {
    case 'analyse':
    case 'outline':
    case 'choices':
    case 'definition':
      return `${job.kind} of ${job.document.path}`;
    case 'simulate':
      return `simulation of ${[job.request.table, job.request.op, job.request.scenario].filter(Boolean).join(' ')} in ${job.document.path}`;
    case 'replay':
      return `replay of ${job.token} in ${job.document.path}`;
    case 'explain':
      return `page of ${job.check}`;
    case 'checks':
      return 'list of checks';
  }
}
