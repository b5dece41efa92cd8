/**
 * A result that is tested, or passed on, by another convention than that of the function it comes from: `!p` of an error pointer, `PTR_ERR()`
 * of another pointer, the rest of a timeout as an errno, 0 after a failure was seen. Read, not run.
 */
import type { Expr } from '../c/ir.ts';
import { takenBothWays } from '../contracts/bothFailures.ts';
import { knownEffects } from '../kernel/effects.ts';
import { zeroForError } from './addressTests.ts';
import { check } from './check.ts';
import type { DocumentReport, DocumentView } from './documentView.ts';
import page from './error-test-mismatched.md?raw';
import { nullAmongErrors, positiveErrorPointers, zeroForFailure, zeroForMemory } from './errorExits.ts';
import { waysOf } from './flowWays.ts';
import { bare, calleeName, constantOf, valueName } from './irNames.ts';
import { sizesTestedForZero } from './mappedSizes.ts';
import { origins } from './origins.ts';
import {
  type CallExpr,
  calledIn,
  callIn,
  type ReadFunction,
  type ReadNode,
  readFunctions,
  told,
} from './readFunctions.ts';
import { errorsReplaced } from './replacedErrors.ts';

/** Never NULL: an error pointer (drivers/dma-buf/dma-buf.c, drivers/gpu/drm/drm_prime.c, drm_pagemap_util.c, mm/util.c, mm/memremap.c). */
const ERROR_POINTER =
  /^(?:dma_buf_(?:get|export|attach|dynamic_attach|map_attachment(?:_unlocked)?|map_interconnect|phys_vec_to_sgt)|drm_gem_prime_(?:export|import)|drm_gem_shmem_get_pages_sgt|drm_prime_pages_to_sg|memdup_(?:array_)?user|strndup_user|kthread_(?:run|create)|anon_inode_getfile|drm_pagemap_(?:create|cache_create_devm|shrinker_create_devm)|(?:devm_)?memremap_pages|(?:devm_)?request_free_mem_region|xe_svm_range_find_or_insert)$/;
/** NULL on failure, never an error pointer (mm/slub.c, drivers/dma-buf/dma-fence-array.c, drivers/gpu/drm/drm_gem.c). */
const NULL_POINTER =
  /^(?:k[mzc]alloc|kv[mzc]alloc|kmalloc_array|kvmalloc_array|kmemdup|kstrdup|kasprintf|v[mz]alloc|vmap|dma_fence_array_create|dma_fence_chain_alloc|sync_file_create|sync_file_get_fence|drm_gem_object_lookup|alloc_workqueue|dma_alloc_coherent|alloc_pages?)$/;
/** Negative, 0 for a timeout, or what is left of it. */
const TIMED_WAIT =
  /^(?:dma_resv_wait_timeout|dma_fence_wait_timeout|dma_fence_wait_any_timeout|wait_event_interruptible_timeout|wait_for_completion_interruptible_timeout)$/;

function allAre(names: readonly string[], which: (name: string) => boolean): boolean {
  return names.length > 0 && names.every(which);
}

/** Nobody has to look at what these return. */
const UNTESTED = /^debugfs_/;
const failsAs = (named: RegExp, effect: string) => (name: string) =>
  named.test(name) || (knownEffects(name)?.fails === effect && !UNTESTED.test(name));
const isErrorPointer = failsAs(ERROR_POINTER, 'ERR_PTR');
const isNullPointer = failsAs(NULL_POINTER, 'NULL');

/** The pointer whose being NULL a condition asks for; null: it asks for something else. */
function askedForNull(condition: Expr): Expr | null {
  const value = bare(condition);
  if (value.kind === 'unary' && value.op === '!') {
    const operand = bare(value.operand);
    return operand.type.kind === 'pointer' ? operand : null;
  }
  if (value.kind === 'compare' && (value.op === '==' || value.op === '!=') && constantOf(value.right) === 0)
    return value.left.type.kind === 'pointer' ? bare(value.left) : null;
  return value.type.kind === 'pointer' ? value : null;
}

/** Functions of the document that do no more than return what another returns: by their names, that of the other; any other of its own: none. */
function passedOn(all: readonly ReadFunction[]): (name: string) => string {
  const from = new Map<string, string>();
  // What the document itself defines is not the kernel's function of that name, or the document changes how that fails.
  const own = new Set(all.map(({ symbol }) => symbol.name));
  for (const { symbol, nodes } of all) {
    const returned = nodes.filter(({ node }) => node.kind === 'return').map(({ node }) => node.values[0]);
    const [only] = returned;
    const name = returned.length === 1 && only !== undefined ? calledIn(only) : '';
    if (name !== '' && name !== symbol.name) from.set(symbol.name, name);
  }
  return (name) => {
    let end = name;
    for (let i = 0; i < 3; i++) end = from.get(end) ?? end;
    return own.has(end) ? '' : end;
  };
}

function wrongTests(read: ReadFunction, origin: (name: string) => string): DocumentReport[] {
  const testsError = new Set(
    read.nodes.flatMap(({ calls }) =>
      calls
        .filter((call) => /^IS_ERR|^PTR_ERR_OR_ZERO$/.test(calleeName(call.callee)))
        .map((call) => valueName(call.args[0] ?? call)),
    ),
  );
  return read.nodes.flatMap((each) => {
    if (each.node.kind !== 'branch') return [];
    const [condition] = each.node.values;
    if (condition === undefined) return [];
    const asked = askedForNull(condition);
    const name = asked === null ? null : valueName(asked);
    const direct = asked === null ? '' : calledIn(asked);
    if (asked !== null && (name !== null || direct !== '')) {
      const from = (direct !== '' ? [direct] : origins(read, each, name ?? '')).map(origin);
      if (allAre(from, isErrorPointer) && !testsError.has(name))
        return [
          told(
            read,
            condition.at,
            `NULL is tested of what \`${from[0]}()\` returned: it fails with an error pointer`,
            `\`${from[0]}()\` is the kernel's`,
          ),
        ];
    }
    const call = callIn(condition);
    if (call !== null && calleeName(call.callee) === 'IS_ERR') {
      const [value] = call.args;
      const tested = value === undefined ? null : valueName(bare(value));
      const direct = value === undefined ? '' : calledIn(value);
      const from = (value === undefined ? [] : direct !== '' ? [direct] : origins(read, each, tested ?? '')).map(
        origin,
      );
      if (allAre(from, isNullPointer))
        return [
          told(
            read,
            condition.at,
            `\`IS_ERR()\` of what \`${from[0]}()\` returned: it fails with NULL`,
            `\`${from[0]}()\` is the kernel's`,
          ),
        ];
    }
    return [];
  });
}

/** `PTR_ERR(other)` where `IS_ERR(one)` was just found, or of a pointer that was just set to NULL. */
function wrongPointers(read: ReadFunction): DocumentReport[] {
  return read.nodes.flatMap((each) => {
    const [condition] = each.node.values;
    const test = each.node.kind === 'branch' && condition !== undefined ? callIn(condition) : null;
    if (test === null || calleeName(test.callee) !== 'IS_ERR') return [];
    const tested = valueName(test.args[0] ?? test);
    const [first] = each.node.next;
    if (tested === null || first === undefined) return [];
    const cleared = new Set<string>();
    const made = new Set<string>();
    for (let at = read.nodes[first]; at !== undefined; ) {
      for (const { to, value } of at.stores) {
        if (constantOf(bare(value)) === 0) cleared.add(to);
        made.add(to);
      }
      for (const call of at.calls) {
        if (!/^(?:PTR_ERR|ERR_CAST)$/.test(calleeName(call.callee))) continue;
        const of = valueName(call.args[0] ?? call);
        if (of === null) continue;
        if (of === tested && cleared.has(of))
          return [
            told(read, call.at, `\`${calleeName(call.callee)}()\` of a pointer that was set to NULL before`, null),
          ];
        if (of !== tested && !made.has(of) && !at.all.includes(test))
          return [
            told(
              read,
              call.at,
              `\`${calleeName(call.callee)}()\` of another pointer than the one \`IS_ERR()\` was true for`,
              'the other pointer is none that failed',
            ),
          ];
      }
      const [next] = at.node.next;
      at = next === undefined || at.node.next.length > 1 ? undefined : read.nodes[next];
    }
    return [];
  });
}

/** Ways on which a timed wait's result is more than 0. */
function positiveResults(read: ReadFunction): DocumentReport[] {
  const { result } = read.symbol.type;
  // What is called after a timeout gives back what is left of it.
  if (result.kind !== 'int' || !result.signed || result.size !== 4 || /timeout$/.test(read.symbol.name)) return [];
  return read.nodes.flatMap((each) => {
    const direct =
      each.node.kind === 'return' && each.node.values[0] !== undefined ? calledIn(each.node.values[0]) : '';
    if (TIMED_WAIT.test(direct))
      return [
        told(
          read,
          each.node.at,
          `what is left of the timeout of \`${direct}()\` is returned as an errno`,
          'callers take any result but 0 for a failure',
        ),
      ];
    return each.stores.flatMap(({ to, value }): DocumentReport[] => {
      const wait = calledIn(value);
      if (!TIMED_WAIT.test(wait)) return [];
      const seen = new Set<number>();
      const open = [...each.node.next];
      for (let id = open.pop(); id !== undefined; id = open.pop()) {
        if (seen.has(id)) continue;
        seen.add(id);
        const at = read.nodes[id];
        if (at === undefined || at.node.kind === 'hole') continue;
        if (at.node.kind === 'return') {
          const [returned] = at.node.values;
          if (returned !== undefined && valueName(bare(returned)) === to)
            return [
              told(
                read,
                at.node.at,
                `what is left of the timeout of \`${wait}()\` is returned as an errno`,
                'callers take any result but 0 for a failure',
                [{ message: 'waited here', at: value.at }],
              ),
            ];
          continue;
        }
        if (at.stores.some((store) => store.to === to)) continue;
        open.push(
          ...(at.node.kind === 'branch'
            ? at.node.next.filter((_, side) => mayBePositive(at.node.values[0], to, side === 0))
            : at.node.next),
        );
      }
      return [];
    });
  });
}

/** Whether a variable may still be more than 0 where a condition came out like this. */
function mayBePositive(condition: Expr | undefined, name: string, holds: boolean): boolean {
  if (condition === undefined) return true;
  const value = bare(condition);
  if (valueName(value) === name) return holds;
  if (value.kind === 'unary' && value.op === '!') return mayBePositive(value.operand, name, !holds);
  if (value.kind !== 'compare' || valueName(value.left) !== name) return true;
  const than = Number(constantOf(value.right) ?? Number.NaN);
  if (Number.isNaN(than)) return true;
  switch (value.op) {
    case '<':
    case '<=':
      return !holds || than > 1;
    case '>':
    case '>=':
      return holds;
    case '==':
      return holds ? than > 0 : true;
    case '!=':
      return holds ? true : than > 0;
    default:
      return true;
  }
}

/** `if (r <= 0) return ERR_PTR(r);`: 0, a timeout, becomes NULL. */
function nullForTimeout(read: ReadFunction): DocumentReport[] {
  return read.nodes.flatMap((each) => {
    const condition =
      each.node.kind === 'branch' && each.node.values[0] !== undefined ? bare(each.node.values[0]) : null;
    if (condition?.kind !== 'compare' || condition.op !== '<=' || constantOf(condition.right) !== 0) return [];
    const name = valueName(condition.left);
    const [first] = each.node.next;
    if (name === null || first === undefined) return [];
    const from = origins(read, each, name);
    if (!allAre(from, (from) => TIMED_WAIT.test(from))) return [];
    const way = read.nodes[first];
    const [returned] = way?.node.kind === 'return' ? way.node.values : [];
    if (way === undefined || returned === undefined) return [];
    const call = callIn(returned);
    if (call !== null && calleeName(call.callee) === 'ERR_PTR' && valueName(bare(call.args[0] ?? call)) === name)
      return [told(read, way.node.at, `a timeout of \`${from[0]}()\` is 0: \`ERR_PTR(0)\` is NULL`, null)];
    const code = constantOf(bare(returned));
    const intr = read.nodes.some(({ calls }) =>
      calls.some(
        (each) =>
          TIMED_WAIT.test(calleeName(each.callee)) &&
          Number(constantOf(each.args[calleeName(each.callee) === 'dma_resv_wait_timeout' ? 2 : 1] ?? each) ?? 0) === 1,
      ),
    );
    if (intr && code !== null && Number(code) < 0 && ![-512, -4].includes(Number(code)))
      return [
        told(
          read,
          way.node.at,
          `an interrupted \`${from[0]}()\` is told as another error: the call is not restarted`,
          'the caller is a system call that a signal may restart',
        ),
      ];
    return [];
  });
}

const COMPLAINS = /(?:^|_)(?:err|ERROR|crit)(?:_ratelimited|_once)?$/;

/** KERN_ERR and worse (include/linux/kern_levels.h): what `dev_err()` and `pr_err()` become. */
function complains(call: CallExpr): boolean {
  const name = calleeName(call.callee).replace(/^_+/, '');
  const [level] = call.args;
  const text = level === undefined ? null : bare(level);
  const grave = text?.kind === 'string' && text.bytes[0] === 1 && (text.bytes[1] ?? 0x39) <= 0x33;
  return COMPLAINS.test(name) || (/printk$/.test(name) && grave);
}

/** An error was seen and said, and 0 is returned. */
function swallowed(read: ReadFunction): DocumentReport[] {
  const { result } = read.symbol.type;
  if (result.kind !== 'int' || !result.signed) return [];
  return read.nodes.flatMap((each) => {
    const condition = each.node.kind === 'branch' ? each.node.values[0] : undefined;
    const test = condition === undefined ? null : callIn(condition);
    const failed = test !== null && calleeName(test.callee) === 'IS_ERR';
    const [first] = each.node.next;
    if (!failed || first === undefined) return [];
    const values = new Map<string, Expr>();
    let said = false;
    for (let at = read.nodes[first]; at !== undefined; ) {
      for (const { to, value } of at.stores) values.set(to, value);
      said ||= at.calls.some((call) => complains(call));
      if (at.node.kind === 'return') {
        const [returned] = at.node.values;
        const name = returned === undefined ? null : valueName(bare(returned));
        const last = name === null ? returned : (values.get(name) ?? onlyValue(read, name, each));
        if (said && last !== undefined && last !== null && constantOf(bare(last)) === 0)
          return [
            told(
              read,
              at.node.at,
              'returns 0 although a failure was seen and told',
              'the caller is to learn of the failure',
              [{ message: 'the failure is seen here', at: each.node.at }],
            ),
          ];
        break;
      }
      const [next] = at.node.next;
      at = next === undefined || at.node.next.length > 1 ? undefined : read.nodes[next];
    }
    return [];
  });
}

/** The one value that a variable can have at a node; null: there are several. */
function onlyValue(read: ReadFunction, name: string, at: ReadNode): Expr | null {
  const before = waysOf(read.graph).leadingTo(at.node.id);
  const values = read.nodes.flatMap(({ node, stores }) => {
    const store = before[node.id] === 1 ? stores.findLast(({ to }) => to === name) : undefined;
    return store === undefined ? [] : [store.value];
  });
  return values.length === 1 ? (values[0] ?? null) : null;
}

/** A negative errno out of a function that answers yes or no: yes. */
function errnoAsBool(read: ReadFunction): DocumentReport[] {
  const { result } = read.symbol.type;
  if (result.kind !== 'int' || !result.bool) return [];
  return read.nodes.flatMap((each) => {
    const [returned] = each.node.kind === 'return' ? each.node.values : [];
    const code = returned === undefined ? null : constantOf(returned.kind === 'convert' ? returned.value : returned);
    return code !== null && Number(code) < 0
      ? [told(read, each.node.at, `an error code returned by a \`bool\` function reads as true`, null)]
      : [];
  });
}

/** Functions whose result somebody in the document asks for NULL, or for both. */
function testedForNull(all: readonly ReadFunction[]): ReadonlySet<string> {
  return new Set(
    all.flatMap((read) =>
      read.nodes.flatMap((each) => {
        const [condition] = each.node.values;
        if (condition === undefined) return [];
        const test = callIn(condition);
        const both = test !== null && calleeName(test.callee) === 'IS_ERR_OR_NULL' ? test.args[0] : undefined;
        const asked = each.node.kind === 'branch' ? askedForNull(condition) : null;
        const of = both === undefined ? asked : bare(both);
        const name = of === null ? null : valueName(of);
        return of === null ? [] : name === null ? [calledIn(of)] : origins(read, each, name);
      }),
    ),
  );
}

function inspect(document: DocumentView): DocumentReport[] {
  const all = readFunctions(document);
  const origin = passedOn(all);
  const nullable = new Set([...testedForNull(all), ...takenBothWays(document.tables)]);
  return all.flatMap((read) => [
    ...wrongTests(read, origin),
    ...zeroForError(read),
    ...sizesTestedForZero(read),
    ...wrongPointers(read),
    ...positiveResults(read),
    ...nullForTimeout(read),
    ...swallowed(read),
    ...errnoAsBool(read),
    ...zeroForFailure(read),
    ...errorsReplaced(read),
    ...zeroForMemory(read),
    ...positiveErrorPointers(read),
    ...nullAmongErrors(read, nullable),
  ]);
}

export default check(page, { inspect });
