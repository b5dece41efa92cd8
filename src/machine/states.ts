/** What subsystems know in a run, by key: made on first use, copied from what was sealed, forgotten with the run. Knows nothing of its content. */
import type { MachineServices, StateKey } from './model.ts';

const NONE: ReadonlyMap<StateKey<unknown>, unknown> = new Map();

function copies(key: StateKey<unknown>, value: unknown): boolean {
  return key.fork !== undefined && key.forkable?.(value) !== false;
}

export class States {
  /** What this run has asked for. */
  current = new Map<StateKey<unknown>, unknown>();
  /** What each seal found, the last one last. */
  private readonly seals: ReadonlyMap<StateKey<unknown>, unknown>[] = [];
  private sealed = NONE;

  constructor(private readonly machine: MachineServices) {}

  get<T>(key: StateKey<T>): T {
    const known = this.current.get(key);
    if (known !== undefined || this.current.has(key)) return known as T;
    // Copied when it is asked for: of most subsystems a run never hears.
    const made = this.sealed.has(key) ? this.copied(key, this.sealed.get(key)) : key.create(this.machine);
    this.current.set(key, made);
    return made as T;
  }

  private copied(key: StateKey<unknown>, sealed: unknown): unknown {
    return copies(key, sealed) ? key.fork?.(sealed, this.machine) : sealed;
  }

  seal(): void {
    this.sealed = new Map([...this.sealed, ...this.current]);
    this.seals.push(this.sealed);
    this.reset();
  }

  reset(): void {
    this.current = new Map();
  }

  /** Forgets the last seal: `reset` then comes back to the one before. */
  unseal(): void {
    this.seals.pop();
    this.sealed = this.seals.at(-1) ?? NONE;
  }

  /** Whether all that came since the first seal can be copied for each run; what was there before is shared by all of them anyway. */
  get forkable(): boolean {
    const shared = this.seals.at(0);
    return [...this.current].every(([key, value]) => shared?.has(key) === true || copies(key, value));
  }
}
