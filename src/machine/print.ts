/** Values as a reader wants to see them in a trace: pointers by the object's name, enums by constant, errors by errno. */
import type { CType } from '../c/types.ts';
import type { Core } from './core.ts';
import { errnoName } from './memory/describe.ts';
import type { Scalar } from './model.ts';
import { render } from './unknown/render.ts';

/** Values other than 0 of the types of that name, as code writes them. */
export type ValueNames = ReadonlyMap<string, (value: number) => string>;

/** The lowest number that is an error in a pointer. */
const FIRST_ERROR = 2n ** 64n - 4095n;

export function printValue(core: Core, value: Scalar, type: CType | null): string {
  const known = typeof value === 'object' ? core.unknowns.resolve(value) : value;
  if (typeof known === 'object') return `?${render(known)}`;
  if (type?.kind === 'float') return String(known);
  if (type?.kind === 'int') return printInteger(known, type, core.names);
  return printPointer(core, known, type?.kind === 'pointer');
}

function printInteger(value: number | bigint, type: CType & { kind: 'int' }, names: ValueNames): string {
  if (type.bool) return value === 0 ? 'false' : 'true';
  if (value === 0 && type.constants === undefined) return '0';
  const named = typeof value === 'number' ? names.get(type.name)?.(value) : undefined;
  if (named !== undefined) return named;
  const name = type.constants && constantNames(type.constants).get(value);
  if (name !== undefined) return name;
  return value > 65535 ? `0x${value.toString(16)}` : String(value);
}

const namesOf = new WeakMap<ReadonlyMap<string, number | bigint>, ReadonlyMap<number | bigint, string>>();

/** Names of an enum's constants; of two with one value the first. */
function constantNames(constants: ReadonlyMap<string, number | bigint>): ReadonlyMap<number | bigint, string> {
  const known = namesOf.get(constants);
  if (known !== undefined) return known;
  const names = new Map([...constants].reverse().map(([name, constant]) => [constant, name]));
  namesOf.set(constants, names);
  return names;
}

function printPointer(core: Core, value: number | bigint, isPointer: boolean): string {
  if (value === 0) return isPointer ? 'NULL' : '0';
  if (typeof value === 'bigint' && value >= FIRST_ERROR)
    return `ERR_PTR(${errnoName(Number(2n ** 64n - BigInt(value)))})`;
  const object = typeof value === 'number' ? core.memory.owner(value) : null;
  if (object !== null) {
    const offset = Number(value) - object.address;
    return `&${object.label}${offset === 0 ? '' : offset > 0 ? `+${offset}` : `${offset}`}`;
  }
  const symbol = core.linkTable.functionAt(value);
  if (symbol) return symbol.name;
  return value > 65535 ? `0x${value.toString(16)}` : String(value);
}
