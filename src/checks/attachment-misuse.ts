/** Attachments whose life is out of order. */

import page from './attachment-misuse.md?raw';
import { check, reportsOf } from './check.ts';
import { whereExporterKnown } from './exporterKnown.ts';
import { undoneWithoutDoing } from './failedBegins.ts';
import { wrongOrder } from './importerOrder.ts';
import { sharedTables } from './mappingReads.ts';

export default check(page, {
  ...whereExporterKnown(
    reportsOf([
      'dma-buf-detach-mapped',
      'dma-buf-release-mapped',
      'dma-buf-pin-left',
      'dma-buf-unpin-unbalanced',
      'dma-buf-pin-static',
      'bo-unpin-unbalanced',
      'dma-buf-map-in-notify',
      'dma-buf-same-mapping-twice',
      'dma-buf-cached-direction',
      'dma-buf-wrong-type',
    ]),
  ),
  inspect: (document) => [...wrongOrder(document), ...sharedTables(document), ...undoneWithoutDoing(document)],
});
