/** Addresses for a device that are tested by another error value than their own. Read, not run. */
import type { DocumentReport } from './documentView.ts';
import { callsOf } from './flowSides.ts';
import { bare, constantOf, valueName } from './irNames.ts';
import { origins } from './origins.ts';
import { type ReadFunction, told } from './readFunctions.ts';

/** Fail with DMA_MAPPING_ERROR, all ones: 0 is an address like any other (include/linux/dma-mapping.h). */
const DMA_ADDRESS = /^dma_map_(?:single|page|resource|phys)(?:_attrs)?$/;

/** `!addr` of an address for a device. */
export function zeroForError(read: ReadFunction): DocumentReport[] {
  const tested = new Set(callsOf(read, /^dma_mapping_error$/).map(({ call }) => valueName(call.args[1] ?? call)));
  return read.nodes.flatMap((each) => {
    const [condition] = each.node.kind === 'branch' ? each.node.values : [];
    const value = condition === undefined ? null : bare(condition);
    if (condition === undefined || value === null) return [];
    const asked =
      value.kind === 'unary' && value.op === '!'
        ? bare(value.operand)
        : value.kind === 'compare' && (value.op === '==' || value.op === '!=') && constantOf(value.right) === 0
          ? bare(value.left)
          : value;
    const name = valueName(asked);
    if (name === null || asked.type.kind !== 'int' || tested.has(name)) return [];
    const [from, ...others] = origins(read, each, name);
    if (from === undefined || others.length > 0 || !DMA_ADDRESS.test(from)) return [];
    return [
      told(
        read,
        condition.at,
        `0 is tested of what \`${from.replace('_attrs', '')}()\` returned: it fails with \`DMA_MAPPING_ERROR\``,
        `\`${from.replace('_attrs', '')}()\` is the kernel's`,
      ),
    ];
  });
}
