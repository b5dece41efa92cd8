/**
 * What the user sees and can do while documents are checked: one line on a terminal that says how far it is, and Ctrl-C, which ends the work
 * and keeps what was found. Printing findings is the command's own business.
 */
import type { DocumentReport } from '../report/finding.ts';
import type { Io } from './io.ts';

/** Milliseconds before anything is shown: what is done by then needs no words. */
const QUIET = 1_000;
/** Milliseconds between two looks at what the user wants, and between two lines. */
const INTERVAL = 100;
const WIDTH = 100;

export class Progress {
  private readonly begun: number;
  private shown = 0;
  private looked: number;
  private drawn = false;

  constructor(
    private readonly io: Io,
    private readonly documents: number,
  ) {
    this.begun = io.now();
    this.looked = this.begun;
  }

  /** What an analysis of the n-th document (from 0) reports. */
  of(index: number, path: string): (done: number, total: number, what: string) => void {
    return (done, total, what) => {
      const now = this.io.now();
      if (this.io.status === undefined || now - this.begun < QUIET || now - this.shown < INTERVAL) return;
      this.shown = now;
      this.drawn = true;
      const which = this.documents > 1 ? `[${index + 1} of ${this.documents}] ` : '';
      const text = `${which}${path}: ${what} (${done} of ${total})`.replace(/[^ -~]/g, '?');
      this.io.status(text.length <= WIDTH ? text : `${text.slice(0, WIDTH - 3)}...`);
    };
  }

  /** Makes all steps of an analysis, and lets the process hear of Ctrl-C meanwhile. */
  async drive(steps: Generator<void, DocumentReport>): Promise<DocumentReport> {
    for (;;) {
      const step = steps.next();
      if (step.done === true) return step.value;
      const now = this.io.now();
      if (this.io.pause === undefined || now - this.looked < INTERVAL) continue;
      await this.io.pause();
      this.looked = this.io.now();
    }
  }

  /** Takes the line away, before something else is printed. */
  clear(): void {
    if (this.drawn) this.io.status?.('');
    this.drawn = false;
  }
}
