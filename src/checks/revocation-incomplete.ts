/** A buffer that is taken back from importers without telling them, without waiting for them, or not for good. */
import { check, passingOn, reportsOf } from './check.ts';
import { whereExporterKnown } from './exporterKnown.ts';
import page from './revocation-incomplete.md?raw';

const books = whereExporterKnown(reportsOf(['dma-buf-revoke-unwaited', 'dma-buf-revoke-unannounced']));
/** What other ops of the exporter do, shown or not, makes no map of a revoked buffer right. */
const anyway = reportsOf(['dma-buf-map-revoked']);

export default check(page, {
  rules: new Set([...(books.rules ?? []), ...(anyway.rules ?? [])]),
  judge: passingOn((run) => [...(books.judge?.(run) ?? []), ...(anyway.judge?.(run) ?? [])]),
});
