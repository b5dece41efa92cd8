/**
 * Arguments nobody described: made from the parameter's type alone. A pointer to a struct gets an object whose content is unknown and that
 * is larger than its type, so that a driver's `container_of()` finds its own (unknown) members around it; a number is an unknown value.
 */
import type { FunctionSymbol } from '../c/ir.ts';
import type { CType } from '../c/types.ts';
import type { MachineServices, Scalar } from '../machine/model.ts';

const ROOM_BEFORE = 0x8000;
const ROOM = 0xf000;

/** Address in the middle of a fresh object of unknown content. */
export function embed(machine: MachineServices, label: string): number {
  return machine.allocate(ROOM, { label, storage: 'world', content: 'unknown', at: null, tag: 'caller' }) + ROOM_BEFORE;
}

/** A value for one parameter. */
export function argumentOf(machine: MachineServices, type: CType, name: string): Scalar {
  switch (type.kind) {
    case 'pointer':
      if (type.to.kind === 'function') return machine.unknown(type, `parameter ${name}`);
      return embed(machine, `*${name}`);
    case 'int':
    case 'float':
    case 'unknown':
      return machine.unknown(type, `parameter ${name}`);
    case 'struct':
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
