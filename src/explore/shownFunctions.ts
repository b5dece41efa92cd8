/**
 * What a document shows of its driver's own structs of functions: the tables it fills, and the members that it ever gives one function only.
 * Structs of the kernel are none of these: what others put in them is not shown. What follows for a pointer is the machine's business.
 */
import type { Expr, FunctionSymbol, Program } from '../c/ir.ts';
import type { StructType } from '../c/types.ts';
import { walkFunctions } from '../c/walk.ts';
import { madeTables } from '../contracts/madeTables.ts';
import { describedStructs, findOpsTables, type OpsTable } from '../contracts/opsTables.ts';
import { functionsIn } from '../contracts/registeredFunctions.ts';
import type { ShownFunctions, ShownTables } from '../machine/unknown/shownFunctions.ts';

/** Tables of one struct between which a run chooses. */
const MOST_TABLES = 3;

/** Reads the program when it is first asked. */
export function shownFunctions(program: Program): ShownFunctions {
  let tables: ReadonlyMap<string, readonly OpsTable[]> | null = null;
  let stored: ReadonlyMap<string, ReadonlySet<FunctionSymbol | null>> | null = null;
  const ofDocument = ({ at }: StructType): boolean => at !== null && program.units[at.unit]?.origin === 'document';
  const answers = new Map<string, ShownTables | null>();
  const read = (struct: StructType): ShownTables | null => {
    // A struct that nobody declares is a header's of this driver; one of the kernel has tables elsewhere.
    if (struct.union || describedStructs.has(struct.tag) || (struct.at !== null && !ofDocument(struct))) return null;
    tables ??= byStruct(findOpsTables(program));
    const found = (tables.get(struct.tag) ?? []).slice(0, MOST_TABLES);
    return found.length === 0
      ? null
      : { tables: found.map(({ symbol }) => symbol), all: ofDocument(struct) && found.length === 1 };
  };
  return {
    tables: (struct) => {
      const known = answers.get(struct.tag);
      if (known !== undefined) return known;
      const answer = read(struct);
      answers.set(struct.tag, answer);
      return answer;
    },
    table: (name) => madeTables(program).find(({ symbol }) => symbol.name === name)?.symbol ?? null,
    only: (struct, member) => {
      if (struct.union || describedStructs.has(struct.tag) || !ofDocument(struct)) return null;
      stored ??= storedIn(program);
      const functions = [...(stored.get(`${struct.tag}.${member}`) ?? [])];
      return functions.length === 1 ? (functions[0] ?? null) : null;
    },
  };
}

/** The functions that a value may be; null among them: another; none: NULL. */
function valuesOf(value: Expr): readonly (FunctionSymbol | null)[] {
  const named = functionsIn(value);
  if (named.length > 0) return named;
  let inner = value;
  while (inner.kind === 'convert') inner = inner.value;
  return inner.kind === 'constant' ? [] : [null];
}

function byStruct(tables: readonly OpsTable[]): ReadonlyMap<string, readonly OpsTable[]> {
  const found = new Map<string, OpsTable[]>();
  for (const table of tables) found.set(table.struct, [...(found.get(table.struct) ?? []), table]);
  return found;
}

/** Functions by the member, as `tag.member`, that the document's functions and tables put them into; null among them: one that is not named. */
function storedIn(program: Program): ReadonlyMap<string, ReadonlySet<FunctionSymbol | null>> {
  const found = new Map<string, Set<FunctionSymbol | null>>();
  const note = (key: string, symbol: FunctionSymbol | null): void => {
    const known = found.get(key);
    if (known === undefined) found.set(key, new Set([symbol]));
    else known.add(symbol);
  };
  for (const { struct, ops } of findOpsTables(program))
    for (const { member, function: symbol } of ops) note(`${struct}.${member}`, symbol);
  const own = program.functions.filter(({ at }) => at !== null && program.units[at.unit]?.origin === 'document');
  for (const symbol of own)
    walkFunctions([symbol], 0, (expression) => {
      if (expression.kind !== 'assign' || expression.place.kind !== 'member') return false;
      const { base, member } = expression.place;
      if (base.type.kind !== 'struct') return false;
      const { type } = expression.place;
      if (type.kind !== 'pointer' || type.to.kind !== 'function') return false;
      for (const target of valuesOf(expression.value)) note(`${base.type.tag}.${member.name}`, target);
      return false;
    });
  return found;
}
