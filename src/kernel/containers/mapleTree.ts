/** Maple trees through their normal interface: ranges of indices with one entry each, kept sorted in one block of simulated memory. */
import type { MachineServices, ModelCall, ModelResult, Scalar } from '../../machine/model.ts';
import { errno } from '../base/errno.ts';
import { allocationSucceeds } from '../memory/allocation.ts';
import { action, argument, effects, model, numeric, POINTER, settled, U64 } from '../modelling.ts';
import type { DocumentedModel } from '../subsystem.ts';

const HEADER = 16;
const SLOT = 24;
const STORES = effects({ sleeps: 'gfp', allocates: 'argument', locks: 'needs ma_lock', fails: '-ENOMEM, -EEXIST' });
const READS = effects({ locks: 'RCU', fails: 'NULL' });

interface Piece {
  readonly first: number;
  readonly last: number;
  readonly entry: Scalar;
}

function root(machine: MachineServices, tree: Scalar): number | null {
  return machine.fieldAddress(tree, 'struct maple_tree', 'ma_root')?.address ?? null;
}

/** Pieces in order; null: the document leaves the tree open. */
function read(machine: MachineServices, tree: Scalar): Piece[] | null {
  const head = root(machine, tree);
  const block = head === null ? null : settled(machine, machine.read(head, POINTER));
  if (block === null) return null;
  if (block === 0) return [];
  const count = settled(machine, machine.read(block, U64)) ?? 0;
  return Array.from({ length: count }, (_, i) => ({
    first: settled(machine, machine.read(block + HEADER + i * SLOT, U64)) ?? 0,
    last: settled(machine, machine.read(block + HEADER + i * SLOT + 8, U64)) ?? 0,
    entry: machine.read(block + HEADER + i * SLOT + 16, POINTER),
  }));
}

function write(machine: MachineServices, tree: Scalar, pieces: readonly Piece[]): void {
  const head = root(machine, tree);
  if (head === null) return;
  const old = settled(machine, machine.read(head, POINTER));
  if (old !== null && old !== 0) machine.free(old, null);
  if (pieces.length === 0) {
    machine.write(head, POINTER, 0);
    return;
  }
  const block = machine.allocate(HEADER + pieces.length * SLOT, {
    label: 'nodes of a maple tree',
    storage: 'heap',
    tag: 'internal',
    content: 'zero',
    at: machine.site(),
  });
  machine.write(block, U64, pieces.length);
  machine.write(block + 8, U64, pieces.length);
  pieces.forEach((piece, i) => {
    machine.write(block + HEADER + i * SLOT, U64, piece.first);
    machine.write(block + HEADER + i * SLOT + 8, U64, piece.last);
    machine.write(block + HEADER + i * SLOT + 16, POINTER, piece.entry);
  });
  machine.write(head, POINTER, block);
}

/** Overwrites [first, last]; what stuck out on either side stays. */
function overwrite(pieces: readonly Piece[], first: number, last: number, entry: Scalar): Piece[] {
  const kept: Piece[] = [];
  for (const piece of pieces) {
    if (piece.last < first || piece.first > last) kept.push(piece);
    else {
      if (piece.first < first) kept.push({ ...piece, last: first - 1 });
      if (piece.last > last) kept.push({ ...piece, first: last + 1 });
    }
  }
  if (entry !== 0) kept.push({ first, last, entry });
  return kept.sort((a, b) => a.first - b.first);
}

/** `mtree_store()` for `__mtree_store_locked`: the name a reader knows, as the functions that take the lock are C. */
function publicName(call: ModelCall): string {
  return `${call.name.replace(/^_+/, '').replace(/_locked$/, '')}()`;
}

/** Arguments: tree, first, last, entry, gfp. */
function store(call: ModelCall, mustBeFree: boolean): ModelResult {
  const { machine } = call;
  const [first, last, entry] = [numeric(call, 1), numeric(call, 2), argument(call, 3)];
  if (!allocationSucceeds(machine, publicName(call), argument(call, 4), false)) return -errno('ENOMEM');
  const pieces = read(machine, argument(call, 0));
  if (pieces === null || first === null || last === null) return 0;
  if (mustBeFree && pieces.some((piece) => piece.last >= first && piece.first <= last)) return -errno('EEXIST');
  write(machine, argument(call, 0), overwrite(pieces, first, last, settled(machine, entry) === 0 ? 0 : entry));
  return 0;
}

/** Where `size` indices in [min, max] are free, lowest or highest first; null: nowhere. */
function gap(pieces: readonly Piece[], size: number, min: number, max: number, down: boolean): number | null {
  let free: number | null = null;
  let from = min;
  for (const piece of [...pieces, { first: max + 1, last: max + 1 }]) {
    const to = Math.min(piece.first, max + 1) - 1;
    if (to - from + 1 >= size) {
      if (!down) return from;
      free = to - size + 1;
    }
    from = Math.max(from, piece.last + 1);
  }
  return free;
}

function find(call: ModelCall, after: boolean): Scalar {
  const { machine } = call;
  const start = settled(machine, machine.read(argument(call, 1), U64)) ?? 0;
  if (after && start === 0) return 0;
  const max = numeric(call, 2) ?? Number.MAX_SAFE_INTEGER;
  const piece = read(machine, argument(call, 0))?.find((each) => each.last >= start && each.first <= max);
  if (piece === undefined) return 0;
  machine.write(argument(call, 1), U64, piece.last + 1);
  return piece.entry;
}

const CURSOR = 'struct ma_state';

/** Puts a cursor on a range; an open tree shows one entry on the way, then its end. */
function seek(call: ModelCall, back: boolean): Scalar {
  const { machine } = call;
  const cursor = argument(call, 0);
  const pieces = read(machine, machine.readField(cursor, CURSOR, 'tree'));
  const from = numeric(call, 1) ?? 0;
  const limit = numeric(call, 2) ?? Number.MAX_SAFE_INTEGER;
  const walked = settled(machine, machine.readField(cursor, CURSOR, '__walked'));
  machine.writeField(cursor, CURSOR, '__walked', 1);
  if (pieces === null) {
    machine.writeField(cursor, CURSOR, 'last', limit);
    if (
      walked === 1 ||
      machine.choose('branch', '`mas_find()` finds an entry', ['finds one', 'is empty'], call.at) === 1
    )
      return 0;
    return machine.unknown(POINTER, 'entry found by mas_find()');
  }
  const piece = back
    ? pieces.findLast((each) => each.first <= from && each.last >= limit)
    : pieces.find((each) => each.last >= from && each.first <= limit);
  if (piece === undefined) return 0;
  machine.writeField(cursor, CURSOR, 'index', piece.first);
  machine.writeField(cursor, CURSOR, 'last', piece.last);
  return piece.entry;
}

export const mapleTreeModels: readonly DocumentedModel[] = [
  model('__mtree_load', READS, 'lib/maple_tree.c:mtree_load', (call) => {
    const pieces = read(call.machine, argument(call, 0));
    const index = numeric(call, 1);
    if (pieces === null || index === null) return call.machine.unknown(POINTER, 'entry found by mtree_load()');
    return pieces.find((piece) => index >= piece.first && index <= piece.last)?.entry ?? 0;
  }),
  model('__mtree_insert_locked', STORES, 'lib/maple_tree.c:mtree_insert_range', (call) => store(call, true)),
  model('__mtree_store_locked', STORES, 'lib/maple_tree.c:mtree_store_range', (call) => store(call, false)),
  model(
    '__mtree_alloc_locked',
    { ...STORES, fails: '-ENOMEM, -EBUSY' },
    'lib/maple_tree.c:mtree_alloc_range',
    (call) => {
      const { machine } = call;
      if (!allocationSucceeds(machine, publicName(call), argument(call, 6), false)) return -errno('ENOMEM');
      const size = numeric(call, 3) ?? 1;
      const pieces = read(machine, argument(call, 0)) ?? [];
      const [min, max] = [numeric(call, 4) ?? 0, numeric(call, 5) ?? Number.MAX_SAFE_INTEGER];
      const first = gap(pieces, size, min, max, numeric(call, 7) === 1);
      if (first === null) return -errno('EBUSY');
      write(machine, argument(call, 0), overwrite(pieces, first, first + size - 1, argument(call, 2)));
      machine.write(argument(call, 1), U64, first);
      return 0;
    },
  ),
  model('__mas_gap', { ...READS, fails: '-EBUSY' }, 'lib/maple_tree.c:mas_empty_area', (call) => {
    const { machine } = call;
    const size = numeric(call, 3) ?? 1;
    const pieces = read(machine, machine.readField(argument(call, 0), CURSOR, 'tree')) ?? [];
    const max = numeric(call, 2) ?? Number.MAX_SAFE_INTEGER;
    const first = gap(pieces, size, numeric(call, 1) ?? 0, max, numeric(call, 4) === 1);
    if (first === null) return -errno('EBUSY');
    machine.writeField(argument(call, 0), CURSOR, 'index', first);
    machine.writeField(argument(call, 0), CURSOR, 'last', first + size - 1);
    return 0;
  }),
  model('__mtree_erase_locked', effects({ locks: 'needs ma_lock' }), 'lib/maple_tree.c:mtree_erase', (call) => {
    const pieces = read(call.machine, argument(call, 0));
    const index = numeric(call, 1);
    if (pieces === null || index === null) return call.machine.unknown(POINTER, 'entry removed by mtree_erase()');
    const piece = pieces.find((each) => index >= each.first && index <= each.last);
    if (piece === undefined) return 0;
    write(
      call.machine,
      argument(call, 0),
      pieces.filter((each) => each !== piece),
    );
    return piece.entry;
  }),
  action('__mt_destroy', effects({ locks: 'needs ma_lock' }), 'lib/maple_tree.c:__mt_destroy', (call) =>
    write(call.machine, argument(call, 0), []),
  ),
  ...(['__mas_seek', '__mas_seek_back'] as const).map((name) =>
    model(name, READS, 'lib/maple_tree.c:mas_find', (call) => seek(call, name === '__mas_seek_back')),
  ),
  model('__mas_store', { ...STORES, locks: 'needs ma_lock' }, 'lib/maple_tree.c:mas_store_gfp', (call) => {
    const { machine } = call;
    const tree = machine.readField(argument(call, 0), CURSOR, 'tree');
    if (
      settled(machine, argument(call, 1)) !== 0 &&
      !allocationSucceeds(machine, 'mas_store_gfp()', argument(call, 2), false)
    )
      return -errno('ENOMEM');
    const pieces = read(machine, tree);
    const first = settled(machine, machine.readField(argument(call, 0), CURSOR, 'index'));
    const last = settled(machine, machine.readField(argument(call, 0), CURSOR, 'last'));
    if (pieces === null || first === null || last === null) return 0;
    write(
      machine,
      tree,
      overwrite(pieces, first, last, settled(machine, argument(call, 1)) === 0 ? 0 : argument(call, 1)),
    );
    return 0;
  }),
  model('__mt_find', READS, 'lib/maple_tree.c:mt_find', (call) => find(call, numeric(call, 3) === 1)),
];
