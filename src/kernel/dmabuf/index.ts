/** The dma-buf subsystem: declarations, the core's bodies in C, and the models of its book-keeping. */
import type { Subsystem } from '../subsystem.ts';
import anonInodes from './anon_inodes.h?raw';
import dmaBuf from './dma-buf.h?raw';
import attachBody from './dma-buf-attach.c?raw';
import core from './dma-buf-core.h?raw';
import cpuBody from './dma-buf-cpu.c?raw';
import importerBody from './dma-buf-importer.c?raw';
import importer from './dma-buf-importer.h?raw';
import interconnect from './dma-buf-interconnect.h?raw';
import mapBody from './dma-buf-map.c?raw';
import mappingTypes from './dma-buf-mapping.h?raw';
import matchBody from './dma-buf-match.c?raw';
import objectBody from './dma-buf-object.c?raw';
import physBody from './dma-buf-phys.c?raw';
import exporterBody from './exporter.c?raw';
import exporter from './exporter.h?raw';
import fileHeader from './file.h?raw';
import filesBody from './files.c?raw';
import { fileModels } from './files.ts';
import fs from './fs.h?raw';
import { generationModels } from './generation.ts';
import iosysMap from './iosys-map.h?raw';
import ledger from './ledger.h?raw';
import { ledgerModels } from './ledgerModels.ts';
import { openFileModels } from './openFiles.ts';
import { rules } from './rules.ts';
import witnessBody from './witness.c?raw';

const scope = `
Models the dma-buf core: export with its checks, attach and detach, pin, map, unmap, move notification under both names, CPU access, mmap,
vmap, descriptors and the delayed release, in three generations of the pin and cache rules; and the proposals for interconnects (2025) and
mapping types (2026) as they were posted. The bodies are C and run like any other, so locks, asserts and sleeping are in the trace.
Books are kept of what is mapped and pinned through each attachment.
Left out: poll, the sync-file ioctls, names, debugfs and sysfs (hides findings in code that uses only these); the scrambling of page links
under CONFIG_DMABUF_DEBUG (an importer that reads \`sg_page()\` is not seen to crash here). A descriptor from user space is one of a buffer
whose exporter is not known, of another file, or of nothing. A call that ends in the last \`fput\` releases the buffer later, as task work does, never inside the call: what only goes wrong when the
release runs at once is not shown.
`.trim();

export const subsystem: Subsystem = {
  name: 'dmabuf',
  scope,
  declarations: [
    { path: 'include/linux/iosys-map.h', text: iosysMap },
    { path: 'include/linux/fs.h', text: fs },
    { path: 'include/linux/file.h', text: fileHeader },
    { path: 'include/linux/anon_inodes.h', text: anonInodes },
    { path: 'include/linux/dma-buf-interconnect.h', text: interconnect },
    { path: 'include/linux/dma-buf-mapping.h', text: mappingTypes },
    { path: 'include/linux/dma-buf.h', text: dmaBuf },
    { path: 'include/interlock/dma-buf-ledger.h', text: ledger },
    { path: 'include/interlock/dma-buf-core.h', text: core },
    { path: 'include/interlock/dma-buf-importer.h', text: importer },
    { path: 'interlock/dma-buf/dma-buf-importer.c', text: importerBody },
    { path: 'interlock/dma-buf/files.c', text: filesBody },
    { path: 'interlock/dma-buf/dma-buf-object.c', text: objectBody },
    { path: 'interlock/dma-buf/dma-buf-attach.c', text: attachBody },
    { path: 'interlock/dma-buf/dma-buf-map.c', text: mapBody },
    { path: 'interlock/dma-buf/dma-buf-cpu.c', text: cpuBody },
    { path: 'interlock/dma-buf/dma-buf-match.c', text: matchBody },
    { path: 'interlock/dma-buf/dma-buf-phys.c', text: physBody },
    { path: 'include/interlock/dma-buf-exporter.h', text: exporter },
    { path: 'interlock/dma-buf/exporter.c', text: exporterBody },
    { path: 'interlock/dma-buf/witness.c', text: witnessBody },
  ],
  models: [...ledgerModels, ...generationModels, ...fileModels, ...openFileModels],
  rules,
};
