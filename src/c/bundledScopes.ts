/**
 * The file scopes of the bundled units in one program. Where the build has read the units, a scope is made when it is first asked for: a
 * document uses few of them.
 */
import type { Bundle } from './bundle.ts';
import type { UnitScope } from './fileScope.ts';
import type { SourceUnit } from './source.ts';

export class BundledScopes {
  private readonly made = new Map<number, UnitScope>();

  constructor(
    private readonly bundle: Bundle,
    private readonly make: (unit: SourceUnit) => UnitScope,
  ) {}

  /** Ids of the units that declare a name. */
  declarers(name: string): readonly number[] | undefined {
    return this.bundle.names?.(name);
  }

  /** One of the units, by id. */
  unit(id: number): SourceUnit | undefined {
    return this.bundle.byId.get(id);
  }

  /** One of the units has this path. */
  isPath(path: string): boolean {
    return this.bundle.paths.has(path);
  }

  scope(id: number): UnitScope | undefined {
    const known = this.made.get(id);
    const unit = known === undefined ? this.unit(id) : undefined;
    if (unit === undefined) return known;
    const scope = this.make(unit);
    this.made.set(id, scope);
    return scope;
  }

  /** All of them, made now. */
  *all(): Generator<UnitScope> {
    for (const { id } of this.bundle.units) {
      const scope = this.scope(id);
      if (scope !== undefined) yield scope;
    }
  }

  /** Those that somebody has asked for, in the order of their units. */
  get used(): readonly UnitScope[] {
    return this.bundle.units.flatMap(({ id }) => this.made.get(id) ?? []);
  }
}
