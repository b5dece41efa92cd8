/**
 * Members of structs that nobody shows get their type from how they are used, and functions are read one after the other: `bo->base.funcs`
 * alone says only that `base` is some struct, and the `drm_gem_object_init(dev, &bo->base, size)` of a later function says which. All functions
 * of the document are read before any is executed; when a use told more of a member than its layout was made for, they are read again
 * with what was told. Responsible for when that is and for what is forgotten in between; what a use tells is memberAccess.ts's.
 */
import type { Aggregate } from './aggregate.ts';
import type { FunctionSymbol } from './ir.ts';

/** What was told may tell more: of a member of the member, say. */
const READINGS = 3;

export class SecondReading {
  /** The document's functions. */
  functions: () => readonly FunctionSymbol[] = () => [];
  private readonly taught = new Set<Aggregate>();
  private readonly forget: (() => void)[] = [];
  private begun = false;

  /** A use told of a member what its layout was not made for. */
  teach(struct: Aggregate): void {
    this.taught.add(struct);
  }

  /** What was read of the document and has to be read again when more is known. */
  keep(forget: () => void): void {
    this.forget.push(forget);
  }

  /** Reads the document, once. */
  begin(): void {
    if (this.begun) return;
    this.begun = true;
    for (let reading = 1; reading <= READINGS; reading++) {
      for (const symbol of this.functions()) symbol.body();
      if (this.taught.size === 0) return;
      for (const struct of this.taught) struct.takeTaught();
      this.taught.clear();
      for (const forget of this.forget.splice(0)) forget();
    }
  }
}
