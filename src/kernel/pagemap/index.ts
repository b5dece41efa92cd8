/** Device memory as pages, GPU SVM, HMM, mmu notifiers and migration: declarations, bodies in C, and models of what C cannot say. */
import type { Subsystem } from '../subsystem.ts';
import { addressSpaceModels } from './addressSpace.ts';
import gpusvmBody from './drm_gpusvm.c?raw';
import gpusvm from './drm_gpusvm.h?raw';
import migrateBody from './drm_migrate.c?raw';
import pagemapBody from './drm_pagemap.c?raw';
import pagemap from './drm_pagemap.h?raw';
import pagemapUtilBody from './drm_pagemap_util.c?raw';
import pagemapUtil from './drm_pagemap_util.h?raw';
import hmmBody from './hmm.c?raw';
import hmm from './hmm.h?raw';
import ledger from './ledger.h?raw';
import { mappingModels } from './mappings.ts';
import memremap from './memremap.h?raw';
import migrate from './migrate.h?raw';
import { migrationModels } from './migratedPages.ts';
import notifierBody from './mmu_notifier.c?raw';
import notifier from './mmu_notifier.h?raw';
import { notifierModels } from './notifier.ts';
import opsBody from './pagemap-ops.c?raw';
import ops from './pagemap-ops.h?raw';
import { protocolModels } from './protocols.ts';
import { rules } from './rules.ts';
import scenarioBody from './scenario.c?raw';
import scenario from './scenario.h?raw';
import standinBody from './standin.c?raw';
import standin from './standin.h?raw';

const scope = `
Models mmu notifiers (registration, sequence numbers, the lock map that stands for a running notifier), \`hmm_range_fault\`, the migration calls
with the notifiers they fire, pagemap references and destruction, and of GPU SVM what surrounds a driver's ops: the notifier path, and getting,
undoing and freeing the pages of a range in the kernel's order of locks. A table's generation (address by value or by reference, old names) is
read off its functions.
Left out: page tables (an address space is a map from page to frame that the scenario fills; one that nobody filled gives unknown pages, which
hides findings), lookup and chunking of SVM ranges, the pagemap shrinker (a pagemap whose last reference goes is destroyed at once,
with \`is_atomic_or_reclaim\` set). Where no task of the scenario invalidates, that is offered once per run where a reader asks whether it must retry: what needs two of
them in a row is hidden. Migration has bodies of its own wording for single pages between system memory and one device; large folios and peers
as sources are seen only when the document or a tree brings the real functions. Those are driven by a driver that stands in: its ops do what
their contracts ask for and may fail, so what only a certain driver's ops would show is hidden.
`.trim();

export const subsystem: Subsystem = {
  name: 'pagemap',
  scope,
  declarations: [
    { path: 'include/linux/memremap.h', text: memremap },
    { path: 'include/linux/migrate.h', text: migrate },
    { path: 'include/linux/mmu_notifier.h', text: notifier },
    { path: 'include/linux/hmm.h', text: hmm },
    { path: 'include/drm/drm_pagemap.h', text: pagemap },
    { path: 'include/drm/drm_pagemap_util.h', text: pagemapUtil },
    { path: 'include/drm/drm_gpusvm.h', text: gpusvm },
    { path: 'include/interlock/pagemap-ledger.h', text: ledger },
    { path: 'include/interlock/pagemap-ops.h', text: ops },
    { path: 'include/interlock/pagemap-scenario.h', text: scenario },
    { path: 'include/interlock/pagemap-standin.h', text: standin },
    { path: 'interlock/pagemap/mmu_notifier.c', text: notifierBody },
    { path: 'interlock/pagemap/hmm.c', text: hmmBody },
    { path: 'interlock/pagemap/pagemap-ops.c', text: opsBody },
    { path: 'interlock/pagemap/drm_pagemap.c', text: pagemapBody },
    { path: 'interlock/pagemap/drm_pagemap_util.c', text: pagemapUtilBody },
    { path: 'interlock/pagemap/drm_gpusvm.c', text: gpusvmBody },
    { path: 'interlock/pagemap/drm_migrate.c', text: migrateBody },
    { path: 'interlock/pagemap/scenario.c', text: scenarioBody },
    { path: 'interlock/pagemap/standin.c', text: standinBody },
  ],
  models: [...notifierModels, ...addressSpaceModels, ...migrationModels, ...mappingModels, ...protocolModels],
  rules,
};
