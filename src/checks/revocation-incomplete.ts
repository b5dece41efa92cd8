/** A buffer that is taken back from importers without telling them, without waiting for them, or not for good. */
import { check, reportsOf } from './check.ts';
import { whereExporterKnown } from './exporterKnown.ts';
import page from './revocation-incomplete.md?raw';

export default check(
  page,
  whereExporterKnown(reportsOf(['dma-buf-map-revoked', 'dma-buf-revoke-unwaited', 'dma-buf-revoke-unannounced'])),
);
