/**
 * When a document is analysed: shortly after the last edit, one run at a time per document, and never with a result for a text that is
 * no longer there. What a result looks like to the editor is not decided here.
 */
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { EngineClient, JobHandle } from './engineClient.ts';
import type { JobOptions } from './jobs.ts';
import { type OpenDocument, shownPath } from './openDocument.ts';

export interface AnalysisEvents {
  /** A new version is known and its analysis will start. */
  waiting(document: OpenDocument): void;
  running(document: OpenDocument, what: string | null): void;
  /** `document.analysis` holds what was found so far; more may come. */
  stage(document: OpenDocument): void;
  /** `document.analysis` holds the result. */
  finished(document: OpenDocument, milliseconds: number, stopped: boolean): void;
  failed(document: OpenDocument, message: string): void;
  /** The user stopped it and nothing had been found yet. */
  stopped(document: OpenDocument): void;
}

interface Running {
  readonly text: TextDocument;
  readonly handle: JobHandle<'analyse'>;
  stoppedByUser: boolean;
}

interface Pending {
  timer: ReturnType<typeof setTimeout> | null;
  running: Running | null;
  /** Milliseconds of the last analysis that came to its end; null before the first. */
  took: number | null;
}

/** Milliseconds that an analysis may take before what it finds is shown in stages: less, and findings of the last one would only flicker. */
const WORTH_STAGES = 2_000;
/** Quiet that is waited for even where an analysis takes no time: keys of one word come closer together than this. */
const LEAST_QUIET = 100;

export class AnalysisScheduler {
  private readonly pending = new Map<OpenDocument, Pending>();

  constructor(
    private readonly engine: EngineClient,
    private readonly events: AnalysisEvents,
    /** Most milliseconds of quiet before an edited document is analysed; less is waited for where an analysis is quicker than that. */
    private readonly debounce: number,
  ) {}

  /** Analyses the document's current text, after so many ms of quiet (null: as after an edit); ends an analysis of an older text. */
  schedule(document: OpenDocument, options: () => Promise<JobOptions>, after: number | null = null): void {
    const pending = this.pendingOf(document);
    const quiet = pending.took === null ? this.debounce : Math.min(this.debounce, Math.max(LEAST_QUIET, pending.took));
    const delay = after ?? quiet;
    if (pending.timer !== null) clearTimeout(pending.timer);
    pending.running?.handle.cancel();
    pending.running = null;
    this.events.waiting(document);
    pending.timer = setTimeout(() => {
      pending.timer = null;
      options().then(
        (resolved) => {
          // Closed, or scheduled again, while the settings were fetched.
          if (this.pending.get(document) === pending && pending.timer === null && pending.running === null)
            void this.start(document, pending, resolved);
        },
        (error) => this.events.failed(document, String(error)),
      );
    }, delay);
  }

  /** Ends what runs for this document and keeps what it had found. */
  stop(document: OpenDocument): void {
    const pending = this.pending.get(document);
    if (pending === undefined) return;
    if (pending.timer !== null) {
      clearTimeout(pending.timer);
      pending.timer = null;
      this.events.stopped(document);
    }
    if (pending.running !== null) {
      pending.running.stoppedByUser = true;
      pending.running.handle.cancel(true);
    }
  }

  /** Ends what runs for this document and forgets it. */
  forget(document: OpenDocument): void {
    const pending = this.pending.get(document);
    this.pending.delete(document);
    if (pending?.timer) clearTimeout(pending.timer);
    pending?.running?.handle.cancel();
  }

  dispose(): void {
    for (const document of [...this.pending.keys()]) this.forget(document);
  }

  private pendingOf(document: OpenDocument): Pending {
    const known = this.pending.get(document);
    if (known !== undefined) return known;
    const made: Pending = { timer: null, running: null, took: null };
    this.pending.set(document, made);
    return made;
  }

  private async start(document: OpenDocument, pending: Pending, options: JobOptions): Promise<void> {
    const text = document.text;
    const started = Date.now();
    const input = { path: shownPath(document.uri), text: text.getText() };
    const handle = this.engine.run<'analyse'>(
      { kind: 'analyse', document: input, options },
      {
        priority: 'background',
        progress: (done, total, what) => {
          if (pending.running?.handle === handle)
            this.events.running(document, total > 0 ? `${what} (${done} of ${total})` : what);
        },
        stage: (report) => {
          if (pending.running?.handle !== handle || (pending.took !== null && pending.took < WORTH_STAGES)) return;
          document.analysis = { text, report };
          this.events.stage(document);
        },
      },
    );
    const running: Running = { text, handle, stoppedByUser: false };
    pending.running = running;
    this.events.running(document, null);
    const outcome = await handle.outcome;
    if (pending.running !== running) return;
    pending.running = null;
    switch (outcome.type) {
      case 'cancelled':
        this.events.stopped(document);
        return;
      case 'failed':
        this.events.failed(document, outcome.message);
        return;
      case 'answer':
        document.analysis = { text, report: outcome.answer.report };
        pending.took = Date.now() - started;
        this.events.finished(document, pending.took, running.stoppedByUser);
    }
  }
}
