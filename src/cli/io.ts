/** What a command may touch: so that every command can be tested without a process. */
export interface Io {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** Text of a file, or of standard input for `-`. Rejects when it cannot be read. */
  readonly readFile: (path: string) => Promise<string>;
  readonly colour: boolean;
  /** Milliseconds since some fixed moment, for `stats.ms` and budgets. */
  readonly now: () => number;
}

/** Wrong use: one clear line on stderr, exit code 2. */
export class UsageError extends Error {}
