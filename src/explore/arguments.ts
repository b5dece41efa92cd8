/**
 * Arguments nobody described: made from the parameter's type alone. A pointer to a struct gets an object whose content is unknown and that
 * is larger than its type, so that a driver's `container_of()` finds its own (unknown) members around it; a number is an unknown value.
 */
import type { Expr, FunctionSymbol } from '../c/ir.ts';
import type { CType } from '../c/types.ts';
import { walkFunctions } from '../c/walk.ts';
import type { MachineServices, Scalar } from '../machine/model.ts';

const ROOM_BEFORE = 0x8000;
const ROOM = 0xf000;

/** Address in the middle of a fresh object of unknown content, with room behind it for what it is known to hold. */
export function embed(machine: MachineServices, label: string, bytes = 0): number {
  const size = Math.max(ROOM, ROOM_BEFORE + bytes);
  return machine.allocate(size, { label, storage: 'world', content: 'unknown', at: null, tag: 'caller' }) + ROOM_BEFORE;
}

/** A value for one parameter. */
export function argumentOf(machine: MachineServices, type: CType, name: string): Scalar {
  switch (type.kind) {
    case 'pointer':
      if (type.to.kind === 'function') return machine.unknown(type, `parameter ${name}`);
      return embed(machine, `*${name}`, type.to.kind === 'struct' ? type.to.size : 0);
    case 'int':
    case 'float':
    case 'unknown':
      return machine.unknown(type, `parameter ${name}`);
    case 'struct':
      return embed(machine, name, type.size);
    case 'array':
      return embed(machine, name);
    case 'void':
    case 'function':
      return 0;
    default: {
      const never: never = type;
      return never;
    }
  }
}

/** Values for all parameters of a function. */
export function argumentsOf(machine: MachineServices, symbol: FunctionSymbol): Scalar[] {
  return symbol.type.parameters.map((type, i) =>
    argumentOf(machine, type, symbol.type.parameterNames[i] ?? `${i + 1}`),
  );
}

const tested = new WeakMap<FunctionSymbol, ReadonlySet<number>>();

/** Which pointer parameters the function itself compares with NULL. */
export function testedForNull(symbol: FunctionSymbol): ReadonlySet<number> {
  let known = tested.get(symbol);
  if (known === undefined) {
    const found = new Set<number>();
    const parameters = symbol.body()?.parameters ?? [];
    const note = (expression: Expr): void => {
      let value = expression;
      while (value.kind === 'convert') value = value.value;
      if (value.kind !== 'load' || value.place.kind !== 'local') return;
      const { variable } = value.place;
      const index = parameters.findIndex((parameter) => parameter.id === variable.id);
      if (index >= 0 && variable.type.kind === 'pointer') found.add(index);
    };
    walkFunctions([symbol], 0, (expression) => {
      if (expression.kind === 'unary' && expression.op === '!') note(expression.operand);
      else if (expression.kind === 'logical') {
        note(expression.left);
        note(expression.right);
      } else if (expression.kind === 'compare' && (isNull(expression.right) || isNull(expression.left))) {
        note(expression.left);
        note(expression.right);
      }
      return false;
    });
    known = found;
    tested.set(symbol, known);
  }
  return known;
}

function isNull(expression: Expr): boolean {
  let value = expression;
  while (value.kind === 'convert') value = value.value;
  return value.kind === 'constant' && value.value === 0;
}
