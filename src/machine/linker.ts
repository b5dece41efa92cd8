/**
 * From a name to what is executed: body in the document or the tree, then a model, then a bundled body, then nobody. Functions are
 * compiled when they are first reached; the result is kept, as it does not depend on any run.
 */
import type { FunctionSymbol, GlobalSymbol, Program } from '../c/ir.ts';
import type { CompiledFunction, Target } from './compile/code.ts';
import { compileFunction, compileInitialiser } from './compile/function.ts';
import { type Integer, wrap } from './integers.ts';
import { Kind } from './kinds.ts';
import type { Links } from './links.ts';
import type { Model } from './model.ts';

export class Linker {
  private readonly models: ReadonlyMap<string, Model>;
  private readonly families: readonly Model[];
  private readonly targets = new Map<FunctionSymbol, Target>();
  private readonly initialisers = new Map<GlobalSymbol, CompiledFunction | null>();
  readonly compiled: CompiledFunction[] = [];
  /** Stands in frames that run a model. */
  readonly emptyCode: CompiledFunction;

  constructor(
    private readonly program: Program,
    models: readonly Model[],
    private readonly links: Links,
  ) {
    this.models = new Map(models.map((model) => [model.name, model]));
    this.families = models.filter((model) => model.family !== undefined);
    this.emptyCode = emptyCode();
  }

  wrap(value: Integer, kind: Kind): Integer {
    return wrap(value, kind);
  }

  /** The definition that stands for all declarations of a function. */
  canonical(symbol: FunctionSymbol): FunctionSymbol {
    if (symbol.isStatic || symbol.otherwise !== undefined || symbol.body() !== null) return symbol;
    return this.program.function(symbol.name) ?? symbol;
  }

  resolve(wanted: FunctionSymbol | null): Target {
    if (wanted === null) return { kind: 'nobody', symbol: null };
    const known = this.targets.get(wanted);
    if (known) return known;
    const target = this.find(wanted);
    this.targets.set(wanted, target);
    return target;
  }

  private find(wanted: FunctionSymbol): Target {
    const symbol = this.canonical(wanted);
    if (symbol !== wanted) return this.resolve(symbol);
    const body = symbol.body();
    if (body === null && symbol.otherwise !== undefined) return this.otherVersion(symbol);
    const model = this.models.get(symbol.name);
    const bundled = body !== null && this.program.units[body.at.unit]?.origin === 'bundled';
    if (model && (body === null || bundled)) return { kind: 'model', model, symbol };
    if (body === null) {
      const family = this.families.find((each) => each.family?.test(symbol.name));
      if (family !== undefined) return { kind: 'model', model: family, symbol };
      return this.brought(symbol) ?? { kind: 'nobody', symbol };
    }
    const code = compileFunction(body, this.links);
    this.compiled.push(code);
    return { kind: 'code', code };
  }

  /** What is known of a function here is of another version: the tree may have the one that is called. */
  private otherVersion(symbol: FunctionSymbol): Target {
    const { parameters, variadic } = this.program.definedInTree?.(symbol.name)?.type ?? { parameters: null };
    const fits = parameters?.length === symbol.type.parameters.length || variadic === true;
    return (fits ? this.brought(symbol) : null) ?? { kind: 'nobody', symbol };
  }

  private brought(symbol: FunctionSymbol): Target | null {
    const brought = symbol.isStatic ? null : (this.program.definedInTree?.(symbol.name) ?? null);
    return brought === null || brought === symbol ? null : this.resolveBrought(brought);
  }

  /** A body from a source file of the tree: nothing at hand has one. */
  private resolveBrought(symbol: FunctionSymbol): Target {
    const body = symbol.body();
    if (body === null) return { kind: 'nobody', symbol };
    const code = compileFunction(body, this.links);
    this.compiled.push(code);
    const target: Target = { kind: 'code', code };
    this.targets.set(symbol, target);
    return target;
  }

  /** The code of a function's own body; null: nothing has called it yet, or something else stands for it. */
  compiledBody(symbol: FunctionSymbol): CompiledFunction | null {
    const target = this.targets.get(symbol);
    return target?.kind === 'code' && target.code.symbol === symbol ? target.code : null;
  }

  model(name: string): Model | null {
    return this.models.get(name) ?? null;
  }

  /** Code that fills a global whose address is given; null: it starts as zero (or unknown). */
  initialiser(symbol: GlobalSymbol): CompiledFunction | null {
    const known = this.initialisers.get(symbol);
    if (known !== undefined) return known;
    const init = symbol.isExtern ? null : symbol.init();
    const code = init === null ? null : compileInitialiser(symbol, init, this.links);
    this.initialisers.set(symbol, code);
    return code;
  }
}

function emptyCode(): CompiledFunction {
  return {
    symbol: null,
    name: '',
    ir: null,
    code: new Int32Array(0),
    placeOf: new Int32Array(0),
    places: [],
    types: [],
    constants: [],
    sites: [],
    builtins: [],
    switches: [],
    fields: [],
    labels: new Map(),
    variables: [],
    texts: [],
    parameterCount: 0,
    parameterKinds: [],
    registers: 0,
    lead: 0,
    resultKind: Kind.Void,
    variadic: false,
    statements: [],
    coverage: new Uint8Array(0),
    returned: false,
    unwatched: false,
    hasMemory: false,
  };
}
