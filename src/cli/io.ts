/** What a command may touch: so that every command can be tested without a process. */
export interface Io {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** Text of a file, or of standard input for `-`. Rejects when it cannot be read. */
  readonly readFile: (path: string) => Promise<string>;
  readonly colour: boolean;
  /** Milliseconds since some fixed moment, for `stats.ms` and budgets. */
  readonly now: () => number;
  /** Shows a line that the next one replaces ('': none); absent where nobody looks. */
  readonly status?: (line: string) => void;
  /** Lets what waits be done: signals, output. */
  readonly pause?: () => Promise<void>;
  /** The user pressed Ctrl-C and wants what was found so far. */
  readonly interrupted?: () => boolean;
}

/** Wrong use: one clear line on stderr, exit code 2. */
export class UsageError extends Error {}
