/**
 * Addresses of one kind that are given to a function which wants the other: what a device sees of a BAR, or was given by a mapping, where the
 * processor's address is due. Read, not run: on most machines the two are equal, and no run shows the difference.
 */
import type { Expr } from '../c/ir.ts';
import type { DocumentReport, DocumentView } from './documentView.ts';
import { waysOf } from './flowWays.ts';
import { bare, calleeName, numberOf, valueName } from './irNames.ts';
import { type ReadFunction, type ReadNode, readFunctions, told } from './readFunctions.ts';

/** Give an address as a device uses it (drivers/pci/pci.c, include/linux/dma-mapping.h). */
const FOR_DEVICES =
  /^(?:pci_bus_address|dma_map_(?:single|page|resource|phys)(?:_attrs)?|pci_p2pdma_map_\w+|phys_to_dma|dma_alloc_\w+)$/;
/** Want an address of the processor: which argument. */
const WANTS: Readonly<Record<string, number>> = {
  dma_map_resource: 1,
  dma_map_phys: 1,
  ioremap: 0,
  ioremap_wc: 0,
  ioremap_uc: 0,
  ioremap_np: 0,
  memremap: 0,
  devm_ioremap: 1,
  devm_ioremap_wc: 1,
  devm_memremap: 1,
  phys_to_page: 0,
  phys_to_virt: 0,
  dma_iova_link: 2,
};
/** Values that are followed back. */
const DEPTH = 3;

/** An address for a device. */
interface ForDevice {
  /** The function that gave it. */
  readonly from: string;
  /** Something was added that is no number: it may be how far the processor's window is from the device's own (`mem->io_start - base`). */
  readonly moved: boolean;
}

/** The address for a device that an expression is, an offset added or not; null: it is none, or may be another. */
function deviceAddress(read: ReadFunction, at: ReadNode, expr: Expr, depth = DEPTH): ForDevice | null {
  const value = bare(expr);
  if (depth === 0) return null;
  if (value.kind === 'call') {
    const name = calleeName(value.callee);
    return FOR_DEVICES.test(name) ? { from: name.replace(/_attrs$/, ''), moved: false } : null;
  }
  if (value.kind === 'binary' && (value.op === '+' || value.op === '-')) {
    const left = deviceAddress(read, at, value.left, depth);
    const found = left ?? (value.op === '+' ? deviceAddress(read, at, value.right, depth) : null);
    const by = left === null ? value.left : value.right;
    return found === null ? null : { ...found, moved: found.moved || numberOf(by) === null };
  }
  if (value.kind !== 'load') return null;
  if (value.place.kind === 'member' && value.place.member.name === 'dma_address') {
    const { type } = value.place.base;
    return type.kind === 'struct' && type.tag === 'scatterlist' ? { from: 'sg_dma_address', moved: false } : null;
  }
  const name = valueName(value);
  if (name === null || !/^\w+#\d+$/.test(name)) return null;
  const last = (id: number): ReadNode['stores'][number] | undefined =>
    read.nodes[id]?.stores.findLast(({ to }) => to === name);
  const before = waysOf(read.graph).leadingTo(at.node.id, ({ id }) => last(id) !== undefined);
  const found = read.nodes.flatMap((node) => {
    const store = before[node.node.id] === 1 ? last(node.node.id) : undefined;
    return store === undefined ? [] : [deviceAddress(read, node, store.value, depth - 1)];
  });
  const [first] = found;
  return first !== undefined && first !== null && found.every((each) => each?.from === first.from)
    ? { from: first.from, moved: found.some((each) => each?.moved === true) }
    : null;
}

/** Calls that are given an address for a device where they want the processor's. */
export function devicesAddressForProcessor(document: DocumentView): DocumentReport[] {
  return readFunctions(document).flatMap((read) =>
    read.nodes.flatMap((at) =>
      at.calls.flatMap((call) => {
        const name = calleeName(call.callee);
        const wanted = Object.hasOwn(WANTS, name) ? call.args[WANTS[name] ?? 0] : undefined;
        const given = wanted === undefined ? null : deviceAddress(read, at, wanted);
        if (given === null) return [];
        return [
          told(
            read,
            call.at,
            `\`${name}()\` of what \`${given.from}()\` gave: that is an address for a device, not the processor's`,
            given.moved ? 'what is added does not make it an address of the processor' : null,
          ),
        ];
      }),
    ),
  );
}
