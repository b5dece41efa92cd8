/**
 * Failures that leave through an exit that says something else: 0 where the exit is only for errors, NULL where the function's other failures
 * are error pointers, an error pointer made of a positive number. Read, not run.
 */
import type { Expr } from '../c/ir.ts';
import { knownEffects } from '../kernel/effects.ts';
import type { DocumentReport } from './documentView.ts';
import { waysOf } from './flowWays.ts';
import { bare, calleeName, constantOf, valueName } from './irNames.ts';
import { origins } from './origins.ts';
import { callIn, type ReadFunction, type ReadNode, told } from './readFunctions.ts';

/** What a variable may be: bits. */
const ZERO = 1;
const SET = 2;
const OPEN = 4;

/** Steps to an exit that are still the handling of one failure. */
const STRAIGHT = 24;
const MAX_ERRNO = 4095;
/** 0 or an error code, nothing else. */
const ERRNO = /^-(?:errno|E[A-Z]+(?:, -E[A-Z]+)*)$/;
/** The same of functions that are bundled as C. */
const FAILS_BY_ERRNO =
  /^(?:dma_map_sgtable|dma_resv_(?:lock(?:_interruptible|_slow)?|reserve_fences)|dma_buf_(?:pin|vmap(?:_unlocked)?|begin_cpu_access)|mutex_lock_(?:interruptible|killable)|sg_alloc_table\w*|request_irq|copy_(?:from|to)_user|drm_gem_(?:vmap|pin)\w*|ttm_bo_reserve)$/;

/** Functions that end a walk with NULL, which is no failure. */
const WALKS = /(?:^|_)(?:first|next|prev|last|iter)(?:_|$)/;

/** Whether a condition that is true says that a call failed; false: it says so when it is not true; null: it is about something else. */
function failsWhen(read: ReadFunction, at: ReadNode): boolean | null {
  const [condition] = at.node.kind === 'branch' ? at.node.values : [];
  if (condition === undefined) return null;
  const value = bare(condition);
  const call = callIn(value);
  if (call !== null) {
    const name = calleeName(call.callee);
    if (name === 'IS_ERR') return true;
    const fails = ERRNO.test(knownEffects(name)?.fails ?? '') || FAILS_BY_ERRNO.test(name);
    return fails && call.type.kind === 'int' ? true : null;
  }
  const negated = value.kind === 'unary' && value.op === '!';
  const pointer = negated ? bare(value.operand) : value;
  if (pointer.type.kind !== 'pointer') return null;
  const name = valueName(pointer);
  const from = name === null ? [] : origins(read, at, name);
  const refused =
    from.length > 0 && from.every((each) => !WALKS.test(each) && /^NULL/.test(knownEffects(each)?.fails ?? ''));
  return refused ? negated : null;
}

/** Failing sides of tests: the branch, and the node it goes to. */
function failures(read: ReadFunction): readonly { readonly at: ReadNode; readonly side: number }[] {
  return read.nodes.flatMap((at) => {
    const fails = failsWhen(read, at);
    const side = fails === null ? undefined : at.node.next[fails ? 0 : 1];
    return side === undefined ? [] : [{ at, side }];
  });
}

/** The exit that a side comes to without another question, and nothing stored into a variable on the way. */
function exitOf(read: ReadFunction, side: number, variable: string): ReadNode | null {
  let at = read.nodes[side];
  for (let steps = 0; at !== undefined && steps < STRAIGHT; steps++) {
    if (at.node.kind === 'return') return at;
    if (at.node.kind !== 'step' || changes(at, variable) !== null) return null;
    const [next] = at.node.next;
    at = at.node.next.length === 1 && next !== undefined ? read.nodes[next] : undefined;
  }
  return null;
}

/** What a node makes of a variable; null: it leaves it alone. */
function changes({ stores, all }: ReadNode, variable: string): number | null {
  const store = stores.findLast(({ to }) => to === variable);
  if (store !== undefined) {
    const constant = constantOf(bare(store.value));
    return constant === null ? OPEN : Number(constant) === 0 ? ZERO : SET;
  }
  const touched = all.some(
    (expr) =>
      (expr.kind === 'address' && valueName(expr) === `&${variable}`) ||
      (expr.kind === 'update' &&
        valueName({ kind: 'load', place: expr.place, type: expr.type, at: expr.at }) === variable),
  );
  return touched ? OPEN : null;
}

/** What is left of a variable's values on the side where a condition holds, or does not. */
function narrowed(condition: Expr | undefined, variable: string, holds: boolean, bits: number): number {
  if (condition === undefined) return bits;
  const value = bare(condition);
  const zero = (bits & (ZERO | OPEN)) !== 0 ? ZERO : 0;
  const set = (bits & (SET | OPEN)) !== 0 ? SET : 0;
  const named = (expr: Expr): boolean => {
    const inner = bare(expr);
    return (inner.kind === 'load' || inner.kind === 'assign') && valueName(inner) === variable;
  };
  if (named(value)) return holds ? set : zero;
  if (value.kind === 'unary' && value.op === '!') return narrowed(value.operand, variable, !holds, bits);
  if (value.kind !== 'compare' || !named(value.left) || Number(constantOf(value.right) ?? 1) !== 0) return bits;
  switch (value.op) {
    case '!=':
      return holds ? set : zero;
    case '==':
      return holds ? zero : set;
    case '<':
    case '>':
      return holds ? set : bits;
    default:
      return bits;
  }
}

/** What a variable may be when each node begins. `closed`: sides that are not gone, as `branch side`. */
function valuesAt(read: ReadFunction, variable: string, closed: ReadonlySet<string>): readonly number[] {
  const at = read.nodes.map(() => 0);
  const open: number[] = [];
  const into = (id: number, bits: number): void => {
    const known = at[id] ?? 0;
    if ((known | bits) === known) return;
    at[id] = known | bits;
    open.push(id);
  };
  into(read.graph.entry, OPEN);
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    const here = read.nodes[id];
    if (here === undefined) continue;
    const changed = here.node.kind === 'hole' ? OPEN : changes(here, variable);
    const bits = changed ?? at[id] ?? 0;
    here.node.next.forEach((next, side) => {
      if (closed.has(`${id} ${side}`)) return;
      const two = here.node.kind === 'branch' && here.node.next.length === 2;
      into(next, two ? narrowed(here.node.values[0], variable, side === 0, bits) : bits);
    });
  }
  return at;
}

/** A failure whose way out is that of errors only, while the variable that is returned there is still 0. */
export function zeroForFailure(read: ReadFunction): DocumentReport[] {
  const { result } = read.symbol.type;
  if (result.kind !== 'int' || !result.signed || result.bool) return [];
  const variables = new Set(
    read.nodes.flatMap(({ node }) => {
      const [value] = node.kind === 'return' ? node.values : [];
      const name = value === undefined ? null : valueName(bare(value));
      return name !== null && /^\w+#\d+$/.test(name) ? [name] : [];
    }),
  );
  if (variables.size === 0) return [];
  const failing = failures(read);
  return [...variables].flatMap((variable) => {
    const ways = failing.flatMap(({ at, side }) => {
      const exit = exitOf(read, side, variable);
      const [value] = exit?.node.values ?? [];
      return exit !== null && value !== undefined && valueName(bare(value)) === variable ? [{ at, side, exit }] : [];
    });
    if (ways.length === 0) return [];
    const now = valuesAt(read, variable, new Set());
    const zero = ways.filter(({ at }) => now[at.node.id] === ZERO && changes(at, variable) === null);
    if (zero.length === 0) return [];
    // Without these, the exit is one that nothing but errors comes to.
    const without = valuesAt(
      read,
      variable,
      new Set(zero.map(({ at, side }) => `${at.node.id} ${at.node.next.indexOf(side)}`)),
    );
    return zero.flatMap(({ at, exit }) =>
      without[exit.node.id] === SET
        ? [
            told(
              read,
              at.node.at,
              `this failure leaves with \`${variable.replace(/#\d+/, '')}\` 0, through the exit of errors`,
              'the caller is to learn of the failure',
              [{ message: 'returned here', at: exit.node.at }],
            ),
          ]
        : [],
    );
  });
}

/** Give memory, or NULL. */
const ALLOCATES =
  /^(?:k[vmz]*alloc|kv?[cmz]*alloc|kvcalloc|kcalloc|k?v?malloc_array|kmemdup|kstrdup|kasprintf|vzalloc|vmalloc)\w*$/;

/** A way to an exit that gives the variable a code: another failure of the same function. */
function leavesWithCode(read: ReadFunction, side: number, variable: string, exit: ReadNode): boolean {
  let at = read.nodes[side];
  let code = false;
  for (let steps = 0; at !== undefined && steps < STRAIGHT; steps++) {
    if (at === exit) return code;
    if (at.node.kind !== 'step') return false;
    const changed = changes(at, variable);
    if (changed !== null) code = changed !== ZERO;
    const [next] = at.node.next;
    at = at.node.next.length === 1 && next !== undefined ? read.nodes[next] : undefined;
  }
  return false;
}

/** Memory that was not there, at the exit that success takes too, with the variable still 0: other failures come there with a code. */
export function zeroForMemory(read: ReadFunction): DocumentReport[] {
  const { result } = read.symbol.type;
  if (result.kind !== 'int' || !result.signed || result.bool) return [];
  const failing = failures(read);
  return failing.flatMap(({ at, side }) => {
    const [condition] = at.node.values;
    const value = condition === undefined ? null : bare(condition);
    const pointer = value?.kind === 'unary' && value.op === '!' ? bare(value.operand) : value;
    const name = pointer === null ? null : valueName(pointer);
    const from = name === null ? [] : origins(read, at, name);
    if (from.length !== 1 || !from.every((each) => ALLOCATES.test(each))) return [];
    const exit = read.nodes.find((each) => {
      const [returned] = each.node.kind === 'return' ? each.node.values : [];
      const variable = returned === undefined ? null : valueName(bare(returned));
      return variable !== null && /^\w+#\d+$/.test(variable) && exitOf(read, side, variable) === each;
    });
    const variable = exit?.node.values[0] === undefined ? null : valueName(bare(exit.node.values[0]));
    if (exit === undefined || variable === null) return [];
    if (valuesAt(read, variable, new Set())[at.node.id] !== ZERO || changes(at, variable) !== null) return [];
    const other = failing.find((each) => each.at !== at && leavesWithCode(read, each.side, variable, exit));
    if (other === undefined) return [];
    return [
      told(
        read,
        at.node.at,
        `without this memory the function leaves with \`${variable.replace(/#\d+/, '')}\` 0, as if it had done its work`,
        'what it is for can not be left out',
        [
          { message: 'this failure leaves with a code', at: other.at.node.at },
          { message: 'returned here', at: exit.node.at },
        ],
      ),
    ];
  });
}

/** `ERR_PTR()` of a positive number: `IS_ERR()` is false for it (include/linux/err.h). */
export function positiveErrorPointers(read: ReadFunction): DocumentReport[] {
  const positive = (expr: Expr): boolean => {
    const value = Number(constantOf(bare(expr)) ?? 0);
    return value > 0 && value <= MAX_ERRNO;
  };
  const found = new Map<number, DocumentReport>();
  for (const at of read.nodes)
    for (const call of at.calls) {
      const [arg] = call.args;
      if (calleeName(call.callee) !== 'ERR_PTR' || arg === undefined) continue;
      const message = '`ERR_PTR()` of a positive number is no error pointer';
      if (positive(arg)) found.set(call.at.start, told(read, call.at, message, null));
      const name = valueName(bare(arg));
      if (name === null || !/^\w+#\d+$/.test(name)) continue;
      for (const from of read.nodes)
        for (const { to, value } of from.stores) {
          if (to !== name || !positive(value)) continue;
          const { has } = waysOf(read.graph).from(from.node.next, ({ id }) => {
            const node = read.nodes[id];
            return node === undefined || node.stores.some((each) => each.to === name) || asks(node, name);
          });
          if (has[at.node.id] === 1)
            found.set(value.at.start, told(read, value.at, message, null, [{ message: 'made here', at: call.at }]));
        }
    }
  return [...found.values()];
}

function asks({ node }: ReadNode, name: string): boolean {
  return node.kind === 'branch' && node.values.some((value) => valueName(bare(value)) === name);
}

/** NULL for a failure in a function whose other failures are error pointers: a caller that asks `IS_ERR()` takes it for success. */
export function nullAmongErrors(read: ReadFunction, askedForNull: ReadonlySet<string>): DocumentReport[] {
  if (read.symbol.type.result.kind !== 'pointer' || read.ir.partial || askedForNull.has(read.symbol.name)) return [];
  const exits = read.nodes.filter(({ node }) => node.kind === 'return' && node.values.length === 1);
  const errors = exits.filter(({ node }) => {
    const call = node.values[0] === undefined ? null : callIn(node.values[0]);
    return call !== null && /^ERR_(?:PTR|CAST)$/.test(calleeName(call.callee));
  });
  const [error] = errors;
  if (error === undefined) return [];
  const failing = failures(read);
  return exits.flatMap((exit) => {
    const [value] = exit.node.values;
    if (value === undefined || constantOf(bare(value)) !== 0) return [];
    // Every way to it begins with a failure.
    const before = waysOf(read.graph).leadingTo(exit.node.id, ({ kind }) => kind === 'branch');
    const ways = read.nodes.filter(({ node }) => node.kind === 'branch' && before[node.id] === 1);
    const all = ways.every(({ node }) =>
      node.next.every((next) => {
        const leads = next === exit.node.id || (before[next] === 1 && read.nodes[next]?.node.kind !== 'branch');
        return !leads || failing.some(({ at, side }) => at.node.id === node.id && side === next);
      }),
    );
    return ways.length > 0 && all
      ? [
          told(
            read,
            exit.node.at,
            'NULL for a failure, where the other failures of the function are error pointers',
            'callers ask `IS_ERR()`, as of the other failures',
            [{ message: 'an error pointer here', at: error.node.at }],
          ),
        ]
      : [];
  });
}
