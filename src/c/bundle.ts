/**
 * The bundled units of a host's programs: they depend on each other and the configuration only, so what was read of them for one program
 * stays read for the next.
 */
import { holdsFor, type KnownItems, laidUnits } from './knownItems.ts';
import type { CParser } from './parser.ts';
import { Config } from './preprocess/configuration.ts';
import { Preprocessor } from './preprocess/preprocessor.ts';
import type { ProgramOptions } from './program.ts';
import type { SourceUnit } from './source.ts';
import type { UnitText } from './unitText.ts';

/** The bundled units as last read. */
export interface Bundle {
  readonly options: string;
  readonly units: readonly SourceUnit[];
  readonly byId: ReadonlyMap<number, SourceUnit>;
  readonly paths: ReadonlySet<string>;
  readonly preprocessor: Preprocessor;
  readonly texts: Map<number, UnitText>;
  readonly known: KnownItems | null;
  /** Ids of the units that declare a name; null until all are read. */
  names: ((name: string) => readonly number[] | undefined) | null;
}

function sameUnit(a: SourceUnit, b: SourceUnit | undefined): boolean {
  return a === b || (b !== undefined && a.id === b.id && a.path === b.path && a.text === b.text);
}

/** One bundle for each parser, that is, for each host: programs of one host are made with the same bundled units again and again. */
const bundles = new WeakMap<CParser, Bundle>();

/** The bundle of these units: the last one, or a new one. */
export function bundleOf(units: readonly SourceUnit[], options: ProgramOptions): Bundle {
  const bundled = units.filter((unit) => unit.origin === 'bundled');
  const key = JSON.stringify([options.config ?? {}, options.kernel !== false]);
  const last = bundles.get(options.parser);
  if (
    last?.options === key &&
    last.units.length === bundled.length &&
    last.units.every((unit, i) => sameUnit(unit, bundled[i]))
  )
    return last;
  const preprocessor = new Preprocessor(bundled, new Config(options.config ?? {}), options.kernel !== false, null);
  const plain = options.config === undefined && options.kernel !== false;
  const known = plain && holdsFor(options.known, bundled) ? options.known : null;
  preprocessor.start(known === null ? null : laidUnits(known));
  const bundle: Bundle = {
    options: key,
    units: bundled,
    byId: new Map(bundled.map((unit) => [unit.id, unit])),
    paths: new Set(bundled.map(({ path }) => path)),
    preprocessor,
    texts: new Map(),
    known,
    names: null,
  };
  bundles.set(options.parser, bundle);
  return bundle;
}
