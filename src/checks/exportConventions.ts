/**
 * What an exporter's text leaves out and no run misses: the module that owns the ops. Read, not run.
 */
import type { DocumentReport, DocumentView } from './documentView.ts';
import { argument, callsOf } from './flowSides.ts';
import { readFunctions, told } from './readFunctions.ts';

/** `struct dma_buf_export_info` without `.owner`: nothing keeps the module while buffers live (include/linux/dma-buf.h: DEFINE_DMA_BUF_EXPORT_INFO). */
export function unownedExports(document: DocumentView): DocumentReport[] {
  return readFunctions(document).flatMap((read) =>
    callsOf(read, /^dma_buf_export$/).flatMap(({ call }) => {
      const info = argument(call, 0)?.replace(/^&/, '');
      const declared = read.nodes.find(
        ({ node }) => node.declares !== null && `${node.declares.name}#${node.declares.id}` === info,
      );
      // Lines that are not shown may set it.
      if (info === undefined || declared === undefined || read.ir.partial) return [];
      const set =
        declared.node.values.some(
          ({ type }) => type.kind === 'pointer' && type.to.kind === 'struct' && type.to.tag === 'module',
        ) ||
        read.nodes.some(
          ({ stores, calls }) =>
            stores.some(({ to }) => to === `${info}.owner` || to === info) ||
            calls.some((other) => other !== call && other.args.some((_, i) => argument(other, i) === `&${info}`)),
        );
      if (set) return [];
      return [
        told(read, call.at, 'exported without `owner`: the module may be unloaded under the buffer', null, [
          { message: 'declared here', at: declared.node.at },
        ]),
      ];
    }),
  );
}
