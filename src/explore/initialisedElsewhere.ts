/**
 * Static data that code elsewhere sets up: an object without an initialiser is zero when the module is loaded, and holds what its init code
 * put there when anything is called. A call that is looked at on its own finds unknown content in it. Locks are left as they are: whether
 * one was initialised is the caller's affair and is not judged here.
 */
import type { FunctionSymbol, GlobalSymbol, Place, Program } from '../c/ir.ts';
import type { CType, StructType } from '../c/types.ts';
import { walkFunctions } from '../c/walk.ts';
import { setFields } from '../kernel/worldObject.ts';
import type { MachineServices } from '../machine/model.ts';

/** Calls that are looked through for the data they use. */
const DEPTH = 4;
/** Members of one object that are made unknown. */
const MEMBERS = 200;
/** Bytes of an array's element; 0 of what has no size here. */
function sizeOf(type: CType): number {
  switch (type.kind) {
    case 'struct':
    case 'int':
    case 'float':
      return type.size;
    case 'pointer':
      return 8;
    case 'array':
      return (type.length ?? 0) * sizeOf(type.of);
    case 'void':
    case 'function':
    case 'unknown':
      return 0;
    default: {
      const never: never = type;
      return never;
    }
  }
}

const LOCKS =
  /^(?:raw_)?(?:spinlock|mutex|rw_semaphore|rwlock|semaphore|completion|wait_queue_head|lockdep_map)(?:_t)?$/;

const found = new WeakMap<FunctionSymbol, readonly GlobalSymbol[]>();

/** Objects that the function, or what it calls, uses and that only other code can have set up. */
function usedBy(program: Program, symbol: FunctionSymbol): readonly GlobalSymbol[] {
  let known = found.get(symbol);
  if (known === undefined) {
    const globals = new Set<GlobalSymbol>();
    const note = (place: Place): void => {
      if (place.kind === 'member') note(place.base);
      else if (place.kind === 'global' && (setUpElsewhere(place.symbol) || isChanged(program, place.symbol)))
        globals.add(place.symbol);
    };
    walkFunctions(
      [symbol],
      DEPTH,
      (expression) => {
        switch (expression.kind) {
          case 'load':
          case 'address':
          case 'assign':
          case 'update':
            note(expression.place);
            return false;
          default:
            return false;
        }
      },
      // Our own declarations bring no data that waits for anyone, and their functions know none but theirs.
      ({ at }) => at !== null && program.units[at.unit]?.origin !== 'bundled',
    );
    known = [...globals];
    found.set(symbol, known);
  }
  return known;
}

function setUpElsewhere(symbol: GlobalSymbol): boolean {
  if (symbol.isExtern || symbol.isConst || symbol.at === null) return false;
  return symbol.init() === null || isRegistered(symbol);
}

const changed = new WeakMap<GlobalSymbol, boolean>();

/**
 * A variable with an initialiser that is not what it holds for long: a list, a parameter of the module, a flag or count that some function of
 * the file sets. Tables and their like stay what they were made.
 */
function isChanged(program: Program, symbol: GlobalSymbol): boolean {
  let known = changed.get(symbol);
  if (known === undefined) {
    const { at, type, name, isConst } = symbol;
    const text = at === null || isConst ? '' : (program.units[at.unit]?.text ?? '');
    known = text !== '' && (isList(type) || (type.kind === 'int' && isSet(text, name)));
    changed.set(symbol, known);
  }
  return known;
}

function isList(type: CType): type is StructType {
  return type.kind === 'struct' && type.tag === 'list_head';
}

function isSet(text: string, name: string): boolean {
  const parameter = new RegExp(`\\bmodule_param\\w*\\s*\\((?:\\s*\\w+\\s*,)?\\s*${name}\\s*,`);
  const store = new RegExp(`^[ \\t]+(?!static\\b|const\\b)(?:[^\\n=]*[;({,]\\s*)?${name}\\s*=[^=]`, 'm');
  return parameter.test(text) || store.test(text);
}

/** Data with an initialiser that only says a part: who registers it fills in the rest (`miscdevice.this_device`). Tables of functions are whole. */
function isRegistered({ type, init }: GlobalSymbol): boolean {
  if (type.kind !== 'struct' || type.union || init()?.kind !== 'aggregate') return false;
  return type.members.every((member) => member.type.kind !== 'pointer' || member.type.to.kind !== 'function');
}

/** Whether the initialiser says something of the member. */
function isSaid({ init }: GlobalSymbol, from: number, size: number): boolean {
  const data = init();
  return data?.kind === 'aggregate' && data.stores.some(({ offset }) => offset >= from && offset < from + size);
}

/** Makes the content of such objects unknown; that of what only functions of other files use, when they come to it. */
export function forgetInitialData(machine: MachineServices, symbol: FunctionSymbol): void {
  const used = usedBy(machine.program, symbol);
  for (const each of used) {
    const address = machine.addressOf(each.name);
    if (address !== null) forgetContent(machine, each, address);
  }
  const { units } = machine.program;
  machine.onGlobal((each, address) => {
    if (!setUpElsewhere(each) || used.includes(each) || units[each.at?.unit ?? -1]?.origin === 'bundled') return;
    forgetContent(machine, each, address, true);
  });
}

/** Makes the content of what code outside the document keeps unknown, when a run comes to it: a life begins long after its module was loaded. */
export function forgetForeignData(machine: MachineServices): void {
  const { units } = machine.program;
  machine.onGlobal((each, address) => {
    if (units[each.at?.unit ?? -1]?.origin === 'tree' && setUpElsewhere(each))
      forgetContent(machine, each, address, true);
  });
}

/** @param own data that only its own file knows: what it points to is its own, too, and its lists are as their init left them */
function forgetContent(machine: MachineServices, symbol: GlobalSymbol, address: number, own = false): void {
  let left = MEMBERS;
  const visit = (at: number, type: CType, name: string): void => {
    if (left <= 0) return;
    if (own && type.kind === 'struct' && type.tag === 'list_head') {
      setFields(machine, at, 'struct list_head', { next: at, prev: at });
      return;
    }
    if (type.kind === 'struct' && !LOCKS.test(type.tag)) members(at, type, name);
    if (type.kind === 'array' && type.length !== null)
      for (let i = 0; i < type.length && left > 0; i++) visit(at + i * sizeOf(type.of), type.of, `${name}[${i}]`);
    if (type.kind !== 'int' && type.kind !== 'pointer') return;
    left--;
    const value = machine.unknown(type, name, true);
    const object = own && type.kind === 'pointer' && type.to.kind !== 'function';
    machine.write(at, type, object ? (machine.materialise(value, type.to) ?? value) : value);
  };
  const members = (at: number, type: StructType, name: string): void => {
    if (type.union) return;
    for (const member of type.members)
      if (member.bits === undefined || member.bits === null)
        visit(at + member.offset, member.type, `${name}.${member.name ?? ''}`);
  };
  if (symbol.init() === null || isChanged(machine.program, symbol)) visit(address, symbol.type, symbol.name);
  else if (symbol.type.kind === 'struct')
    for (const { name, type, offset } of symbol.type.members)
      if ((type.kind === 'pointer' && !isSaid(symbol, offset, sizeOf(type))) || (isList(type) && !own))
        visit(address + offset, type, `${symbol.name}.${name ?? ''}`);
}
