/** File descriptors that are installed without being reserved, or twice. */
import { usedAfterPublication } from './afterPublication.ts';
import { check, reportsOf } from './check.ts';
import page from './file-descriptor-misuse.md?raw';

export default check(page, { ...reportsOf(['file-descriptor']), inspect: usedAfterPublication });
