/**
 * How much one analysis may execute, counted in what its runs did instead of in time: a document ends at the same run on every machine.
 * Who gets how much of it is the caller's business.
 */

/** What a run costs before its first statement. */
const PER_RUN = 50;

export class Effort {
  private used = 0;

  /** @param most statements and events of all runs together; `Infinity`: no bound */
  constructor(private readonly most: number) {}

  /** Counts a run. */
  spend(statements: number, events: number): void {
    this.used += PER_RUN + statements + events;
  }

  /** Whether less than this part of it is used up. */
  within(part: number): boolean {
    return this.used < this.most * part;
  }

  /** A test that holds until one of so many equal shares of what is left is used up. */
  share(of: number): () => boolean {
    const until = this.used + Math.max(0, this.most - this.used) / of;
    return () => this.used < until;
  }
}
