/**
 * Addresses of a device's BAR that are linked or mapped as if they were memory: without `DMA_ATTR_MMIO` the IOMMU maps them cached, and caches
 * are written back to them (include/linux/dma-mapping.h). Read, not run: what a driver's field holds no run knows, its name says.
 */
import type { Expr } from '../c/ir.ts';
import type { DocumentReport, DocumentView } from './documentView.ts';
import { bare, calleeName, numberOf, valueName, within } from './irNames.ts';
import { type ReadFunction, readFunctions, told } from './readFunctions.ts';

const DMA_ATTR_MMIO = 1 << 10;
/** Take a physical address and attributes: which arguments. `dma_map_resource()` adds the attribute itself. */
const TAKES: Readonly<Record<string, readonly [phys: number, attrs: number]>> = {
  dma_iova_link: [2, 6],
  dma_map_phys: [1, 4],
};
/** Give the address of a BAR, or of a page behind one, by what they are called. */
const GIVES = /^pci_resource_start$|(?:^|_)page_to_(?:pcie|bar|mmio|io)(?:_\w+)?$|(?:^|_)bar_(?:addr|phys|start)\w*$/;
const FIELD = /\.(?:io_start|bar_(?:start|base|phys|addr)|mmio_(?:start|base|phys)|aper_base)$/;
const DEPTH = 3;

type Bodies = ReadonlyMap<string, ReadFunction>;

/** Why an expression is the address of a BAR: what gave it; null: nothing says so. */
function barAddress(read: ReadFunction, expr: Expr, bodies: Bodies, depth = DEPTH): string | null {
  const value = bare(expr);
  if (depth === 0) return null;
  if (value.kind === 'call') {
    const name = calleeName(value.callee);
    if (GIVES.test(name)) return `${name}()`;
    const body = bodies.get(name);
    const returned = body?.nodes.flatMap(({ node }) => (node.kind === 'return' ? node.values : [])) ?? [];
    const [only] = returned;
    return body !== undefined && only !== undefined && returned.length === 1
      ? barAddress(body, only, bodies, depth - 1)
      : null;
  }
  if (value.kind === 'binary' && value.op === '+')
    return barAddress(read, value.left, bodies, depth) ?? barAddress(read, value.right, bodies, depth);
  const name = value.kind === 'load' ? valueName(value) : null;
  if (name === null) return null;
  if (FIELD.test(name)) return name.replace(/#\d+/g, '').replace(/^\*/, '').replace('.', '->');
  if (!/^\w+#\d+$/.test(name)) return null;
  const stores = read.nodes.flatMap((node) => node.stores.filter(({ to }) => to === name));
  const [only] = stores;
  return only !== undefined && stores.length === 1 ? barAddress(read, only.value, bodies, depth - 1) : null;
}

/** BAR addresses given without the attribute that says what they are. */
export function barsAsMemory(document: DocumentView): DocumentReport[] {
  const reads = readFunctions(document);
  const bodies: Bodies = new Map(reads.map((read) => [read.symbol.name, read]));
  return reads.flatMap((read) =>
    read.nodes.flatMap(({ calls }) =>
      calls.flatMap((call) => {
        const name = calleeName(call.callee);
        const [physical, attributes] = (Object.hasOwn(TAKES, name) ? TAKES[name] : undefined) ?? [];
        const [phys, attrs] = [call.args[physical ?? -1], call.args[attributes ?? -1]];
        if (phys === undefined || attrs === undefined) return [];
        const given = numberOf(attrs);
        if (given === null || (given & DMA_ATTR_MMIO) !== 0) return [];
        const from = barAddress(read, phys, bodies);
        // What lies behind a system page is memory, whatever else is added.
        const memory = within(phys).some(
          (part) => part.kind === 'call' && /^(?:page_to_phys|virt_to_phys|sg_phys)$/.test(calleeName(part.callee)),
        );
        return from === null || memory
          ? []
          : [
              told(
                read,
                call.at,
                `\`${name}()\` of what \`${from}\` gave, without \`DMA_ATTR_MMIO\``,
                `\`${from}\` is the address of a BAR`,
              ),
            ];
      }),
    ),
  );
}
