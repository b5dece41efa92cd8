/** An exporter that returns the same mapping for two maps, or a cached one in a direction it does not serve. */
import { check, reportsOf } from './check.ts';
import { whereExporterKnown } from './exporterKnown.ts';
import page from './mapping-handed-out-twice.md?raw';

export default check(
  page,
  whereExporterKnown(reportsOf(['dma-buf-same-mapping-twice', 'dma-buf-cached-direction', 'dma-buf-wrong-type'])),
);
