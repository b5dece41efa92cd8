/**
 * Which lock the words of a comment mean, at a call of one function: a member that its parameters lead to, or a lock of the file. Words that
 * fit nothing, or more than one thing, mean none. What a comment says is `statedLocks.ts`; where in memory the lock lies, a run tells.
 */
import type { FunctionSymbol, Program } from '../c/ir.ts';
import type { CType, Member, StructType } from '../c/types.ts';

/** What a lock is, as far as who holds it is concerned. */
export type LockSort = 'mutex' | 'spin' | 'raw-spin' | 'rwlock' | 'rwsem' | 'reservation' | 'other';

/** The way to a lock: from a parameter or a global, member by member; a member that is a pointer is followed. */
export type LockWay =
  | {
      readonly kind: 'lock';
      readonly from: { readonly parameter: number } | { readonly global: string };
      readonly steps: readonly { readonly struct: StructType; readonly member: string; readonly type: CType }[];
      readonly sort: LockSort;
      /** As C would write it: `vm->lock`. */
      readonly text: string;
    }
  | { readonly kind: 'rcu'; readonly text: string };

const SORTS: ReadonlyMap<string, LockSort> = new Map<string, LockSort>([
  ['mutex', 'mutex'],
  ['spinlock', 'spin'],
  ['raw_spinlock', 'raw-spin'],
  ['rwlock', 'rwlock'],
  ['rw_semaphore', 'rwsem'],
  ['dma_resv', 'reservation'],
  ['ww_mutex', 'other'],
  ['rt_mutex', 'other'],
  ['drm_modeset_lock', 'other'],
]);

/** Where the kernel keeps whose mmap_lock is meant. */
const TO_MM: Readonly<Record<string, readonly string[]>> = {
  mm_struct: ['mmap_lock'],
  vm_area_struct: ['vm_mm', 'mmap_lock'],
  vm_fault: ['vma', 'vm_mm', 'mmap_lock'],
  mmu_interval_notifier: ['mm', 'mmap_lock'],
};

interface Root {
  readonly from: { readonly parameter: number } | { readonly global: string };
  readonly name: string;
  readonly type: CType;
}

/** The lock that these words mean at a call of the function; null: it cannot be said. */
export function lockMeant(program: Program, symbol: FunctionSymbol, words: string): LockWay | null {
  const plain = words
    .replace(/[`"'“”‘’](?!s\b)/g, '')
    .replace(/\b(?:the|a|an|its|their|this|both|respective|corresponding|relevant|struct)\b\s*/gi, '')
    .replace(
      /\b(?:(?:for|in) (?:read|write|shared|exclusive)\w*(?: (?:mode|access))?|(?:read|write)[- ](?=lock|\w*_lock))\s*/gi,
      '',
    )
    .replace(/\(\)/g, '')
    .trim();
  if (
    /^(?:under )?(?:rcu(?:[ _]read(?:[ _-]?side)?)?(?:[ _]?lock)?|rcu_read_lock(?:ed)?)(?: (?:protection|critical section|section))?$/i.test(
      plain,
    )
  )
    return { kind: 'rcu', text: 'rcu_read_lock()' };
  const roots = rootsOf(symbol);
  const expression = /[&@%*]?\b([A-Za-z_]\w*)((?:(?:->|\.)[A-Za-z_]\w*)+)/.exec(plain);
  if (expression !== null) return ofExpression(program, symbol, roots, expression[1] ?? '', parts(expression[2] ?? ''));
  return ofName(program, symbol, roots, plain);
}

function parts(path: string): readonly string[] {
  return path.split(/->|\./).filter((part) => part !== '');
}

function rootsOf(symbol: FunctionSymbol): readonly Root[] {
  const named = symbol.body()?.parameters ?? [];
  return symbol.type.parameters.map((type, parameter) => ({
    from: { parameter },
    name: named[parameter]?.name ?? symbol.type.parameterNames[parameter] ?? '',
    type,
  }));
}

/** `vm->lock`, `&xe_vm.lock`, `dmabuf->resv`. */
function ofExpression(
  program: Program,
  symbol: FunctionSymbol,
  roots: readonly Root[],
  base: string,
  path: readonly string[],
): LockWay | null {
  const own = roots.find(({ name }) => name === base);
  if (own !== undefined) return follow(own, path);
  const unit = symbol.at?.unit;
  const global = program.global(base, unit);
  if (global !== null) return follow({ from: { global: base }, name: base, type: global.type }, path);
  const ofTag = only(roots.filter(({ type }) => pointedTo(type)?.tag === base).map((root) => follow(root, path)));
  if (ofTag !== undefined) return ofTag;
  // What a parameter keeps under that name: `vm` of a `vma`.
  return only(roots.map((root) => follow(root, [base, ...path])).filter((way) => way !== null)) ?? null;
}

/** A member, a parameter or a global by its bare name; `vm lock`, `the lock of @vm`, the reservation of whatever has one. */
function ofName(program: Program, symbol: FunctionSymbol, roots: readonly Root[], words: string): LockWay | null {
  const marked = /^[&@%*]/.test(words);
  const said = words.replace(/[&@%*]/g, '');
  if (/\bmmap[ _](?:lock|sem|read lock|write lock)\b|\bmmap_(?:read|write)_lock\b/i.test(said))
    return (
      only(
        roots.flatMap((root) => {
          const steps = TO_MM[pointedTo(root.type)?.tag ?? ''];
          return steps === undefined ? [] : [follow(root, steps)];
        }),
      ) ?? null
    );
  const of = /^(.+?) (?:of|in|on|from) (?:struct )?(\w+)$/i.exec(said) ?? swapped(/^(\w+)(?:'s|s')? (.+)$/.exec(said));
  if (
    /^(?:\S+ )?(?:dma[-_ ]?resv|reservation|resv|ww_mutex)(?: (?:object|lock|mutex))*(?: of \S+)?$/i.test(said) ||
    /'s (?:reservation|resv)/i.test(said)
  )
    return reservationOf(roots, of?.[2] ?? null);
  const word = /^(\w+?)(?: (?:lock|mutex|spinlock|semaphore|rwsem))?$/.exec(said)?.[1] ?? null;
  if (word !== null && !/\s/.test(said)) {
    const itself = roots.find(({ name }) => name === word);
    if (itself !== undefined) return follow(itself, []);
    const global = program.global(word, symbol.at?.unit);
    if (global !== null) return follow({ from: { global: word }, name: word, type: global.type }, []);
    // A word of plain English may be anybody's.
    return marked || word.includes('_') ? member(roots, word) : null;
  }
  if (word !== null) {
    const owner = roots.find(({ name, type }) => name === word || pointedTo(type)?.tag === word);
    if (owner !== undefined) return lockOf(owner, null);
    const spelled = said.replace(/ (?=lock$|mutex$)/, '_').replace(/ (?:spinlock|semaphore|rwsem|mutex|lock)$/, '');
    return member(roots, spelled) ?? (spelled === word || !spelled.includes('_') ? null : member(roots, word));
  }
  if (of === null) return null;
  const owner = roots.find(({ name, type }) => name === of[2] || pointedTo(type)?.tag === of[2]);
  return owner === undefined ? null : lockOf(owner, of[1] ?? null);
}

/** `vm's lock` as `lock of vm`. */
function swapped(match: RegExpExecArray | null): readonly string[] | null {
  return match === null ? null : [match[0], match[2] ?? '', match[1] ?? ''];
}

/** The lock of one object: the one so called, or the only one that is called a lock or mutex and nothing else. */
function lockOf(owner: Root, called: string | null): LockWay | null {
  const name = (called ?? 'lock').trim().replace(/ /g, '_');
  const names = [
    ...new Set([name, ...(/^(?:lock|mutex|spinlock)$/.test(name) ? ['lock', 'mutex'] : [`${name}_lock`])]),
  ];
  return only(names.map((each) => follow(owner, [each])).filter((way) => way !== null)) ?? null;
}

/** The one lock of this name in what parameters point to, or in what is embedded there. */
function member(roots: readonly Root[], name: string): LockWay | null {
  const direct = only(roots.map((root) => follow(root, [name])).filter((way) => way !== null));
  if (direct !== undefined) return direct;
  const ways = roots.flatMap((root) =>
    (pointedTo(root.type)?.members ?? []).flatMap((each) =>
      each.name === null || each.type.kind !== 'struct' ? [] : [follow(root, [each.name, name])],
    ),
  );
  return only(ways.filter((way) => way !== null)) ?? null;
}

const RESERVATIONS: readonly (readonly string[])[] = [
  ['resv'],
  ['base', 'resv'],
  ['tbo', 'base', 'resv'],
  ['ttm', 'base', 'resv'],
];

function reservationOf(roots: readonly Root[], owner: string | null): LockWay | null {
  const named = roots.filter(({ name, type }) => name === owner || pointedTo(type)?.tag === owner);
  const among = named.length > 0 ? named : roots;
  const ways = among.flatMap((root) => {
    if (pointedTo(root.type)?.tag === 'dma_resv') return [follow(root, [])];
    const found = RESERVATIONS.map((path) => follow(root, path)).find((way) => way !== null);
    return found === undefined ? [] : [found];
  });
  return only(ways.filter((way) => way !== null)) ?? null;
}

/** Undefined: there are none, or several. */
function only<T>(list: readonly T[]): T | undefined {
  return list.length === 1 ? list[0] : undefined;
}

function pointedTo(type: CType): StructType | null {
  const to = type.kind === 'pointer' ? type.to : type;
  return to.kind === 'struct' && !to.union ? to : null;
}

/** The lock at the end of a path from a root; null when the path leads to none. */
function follow(root: Root, path: readonly string[]): LockWay | null {
  // What a global pointer points to is seldom known.
  if ('global' in root.from && root.type.kind === 'pointer') return null;
  const steps: { struct: StructType; member: string; type: CType }[] = [];
  let type = root.type;
  let text = root.name;
  for (const name of path) {
    const struct = pointedTo(type);
    const found = struct === null ? null : memberCalled(struct, name);
    if (struct === null || found === null) return null;
    text += `${type.kind === 'pointer' ? '->' : '.'}${name}`;
    steps.push({ struct, member: name, type: found.type });
    type = found.type;
  }
  const sort = SORTS.get(pointedTo(type)?.tag ?? '');
  return sort === undefined ? null : { kind: 'lock', from: root.from, steps, sort, text };
}

/** Members of unnamed structs and unions are the parent's. */
function memberCalled(struct: StructType, name: string): Member | null {
  for (const each of struct.members) {
    if (each.name === name) return each;
    if (each.name !== null || each.type.kind !== 'struct') continue;
    const inner = memberCalled(each.type, name);
    if (inner !== null) return inner;
  }
  return null;
}
