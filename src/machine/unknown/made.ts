/** The unknown values of a run, numbered, and by key those that are the same wherever they are made. What is known of them is facts.ts. */
import type { UnknownValue } from './value.ts';

export class Made {
  private next = 0;
  private byKey = new Map<string, UnknownValue>();
  /** What each seal found, the last one last. */
  private readonly seals: { readonly next: number; readonly byKey: ReadonlyMap<string, UnknownValue> }[] = [];

  /** How many there are by now: their numbers are below this. */
  get count(): number {
    return this.next;
  }

  /** The number of one more. */
  number(): number {
    return this.next++;
  }

  /** The value of this key, made when it is first asked for. */
  once(key: string, make: () => UnknownValue): UnknownValue {
    let value = this.byKey.get(key);
    if (value === undefined) {
      value = make();
      this.byKey.set(key, value);
    }
    return value;
  }

  seal(): void {
    this.seals.push({ next: this.next, byKey: new Map(this.byKey) });
  }

  /** Forgets the last seal: `reset` comes back to the one before. */
  unseal(): void {
    this.seals.pop();
  }

  reset(): void {
    const seal = this.seals.at(-1);
    this.next = seal?.next ?? 0;
    this.byKey = new Map(seal?.byKey);
  }
}
