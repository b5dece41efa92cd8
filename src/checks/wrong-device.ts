/** A mapping or IOVA of one device that is used with another. */
import { check, reportsOf } from './check.ts';
import page from './wrong-device.md?raw';

export default check(page, reportsOf(['iova-wrong-device', 'dma-wrong-device', 'fabric-wrong-device']));
