/** Containers: lists, trees, arrays by index, scatter-gather lists. Lists, trees and scatterlists are C; arrays by index are models. */
import type { Subsystem } from '../subsystem.ts';
import hlist from './hlist.h?raw';
import idr from './idr.h?raw';
import { idrModels } from './idr.ts';
import intervalTree from './interval_tree.h?raw';
import list from './list.h?raw';
import { listModels } from './list.ts';
import mapleTree from './maple_tree.h?raw';
import { mapleTreeModels } from './mapleTree.ts';
import rbtree from './rbtree.h?raw';
import rbtreeAugmented from './rbtree_augmented.h?raw';
import { rules } from './rules.ts';
import scatterlist from './scatterlist.h?raw';
import { scatterlistModels } from './scatterlist.ts';
import xaState from './xa_state.h?raw';
import xarray from './xarray.h?raw';
import { xarrayModels } from './xarray.ts';
import { xarrayRangeModels } from './xarrayRanges.ts';

export const containers: Subsystem = {
  name: 'containers',
  scope: `Lists with the checks of a debugging kernel; red-black trees of the
kernel's shape and colours, augmented ones too; interval trees; xarray, idr, ida and maple trees with their entries in simulated memory, so that what is stored counts as
referenced. Storing checks reclaim and sleeping as each call's flags say and may fail. The cursors of both (xas_*, mas_*)
run as C; an entry of an xarray may stand for several indices. Left out: RCU readers that race with writers (hides findings). An array whose
content the document leaves open shows at most one entry when walked (hides what only a second entry would show).`,
  declarations: [
    { path: 'include/linux/list.h', text: list },
    { path: 'include/linux/hlist.h', text: hlist },
    { path: 'include/linux/rbtree_augmented.h', text: rbtreeAugmented },
    { path: 'include/linux/rbtree.h', text: rbtree },
    { path: 'include/linux/interval_tree.h', text: intervalTree },
    { path: 'include/linux/xarray.h', text: xarray },
    { path: 'include/linux/xa_state.h', text: xaState },
    { path: 'include/linux/idr.h', text: idr },
    { path: 'include/linux/maple_tree.h', text: mapleTree },
    { path: 'include/linux/scatterlist.h', text: scatterlist },
  ],
  models: [
    ...listModels,
    ...xarrayModels,
    ...xarrayRangeModels,
    ...idrModels,
    ...mapleTreeModels,
    ...scatterlistModels,
  ],
  rules,
};
