/** The base of everything: types, error numbers, arithmetic, assertions, printing, atomics, bit maps, strings, time, the driver model. */
import type { Subsystem } from '../subsystem.ts';
import { aliases } from './aliases.ts';
import { assertionModels } from './assertions.ts';
import atomic from './atomic.h?raw';
import bitops from './bitops.h?raw';
import bug from './bug.h?raw';
import compiler from './compiler.h?raw';
import debugFiles from './debugfs.h?raw';
import device from './device.h?raw';
import { driverModelModels } from './driverModel.ts';
import drmPrint from './drm_print.h?raw';
import err from './err.h?raw';
import errno from './errno.h?raw';
import ioctl from './ioctl.h?raw';
import ioport from './ioport.h?raw';
import kconfig from './kconfig.h?raw';
import kunit from './kunit.h?raw';
import math from './math.h?raw';
import module from './module.h?raw';
import ofWalks from './of_walks.h?raw';
import pagesize from './pagesize.h?raw';
import pmRuntime from './pm_runtime.h?raw';
import { pmRuntimeModels } from './pmRuntime.ts';
import { printingModels } from './printing.ts';
import printk from './printk.h?raw';
import refcount from './refcount.h?raw';
import { rules } from './rules.ts';
import seqFile from './seq_file.h?raw';
import string from './string.h?raw';
import time from './time.h?raw';
import { timeModels } from './time.ts';
import types from './types.h?raw';

export const base: Subsystem = {
  name: 'base',
  scope: `Types, constants and macros as kernel code expands them, on a 64-bit little-endian machine with 4 KiB pages and HZ=250. Warnings that
fire are reports; BUG ends the run. Reference counts saturate and are judged only when their value is known. Printing formats its text,
\`%p\` extensions included. Left out: ordering of memory accesses (barriers do nothing: hides races that need reordering); buses, binding and
sysfs (hides findings in their callbacks); build-time assertions (hides what a build would refuse).`,
  declarations: [
    { path: 'include/linux/kconfig.h', text: kconfig },
    { path: 'include/linux/compiler.h', text: compiler },
    { path: 'include/linux/types.h', text: types },
    { path: 'include/linux/errno.h', text: errno },
    { path: 'include/linux/err.h', text: err },
    { path: 'include/linux/bug.h', text: bug },
    { path: 'include/linux/math.h', text: math },
    { path: 'include/linux/pagesize.h', text: pagesize },
    { path: 'include/linux/printk.h', text: printk },
    { path: 'include/drm/drm_print.h', text: drmPrint },
    { path: 'include/linux/atomic.h', text: atomic },
    { path: 'include/linux/refcount.h', text: refcount },
    { path: 'include/linux/bitops.h', text: bitops },
    { path: 'include/linux/string.h', text: string },
    { path: 'include/linux/time.h', text: time },
    { path: 'include/linux/module.h', text: module },
    { path: 'include/linux/seq_file.h', text: seqFile },
    { path: 'include/linux/debugfs.h', text: debugFiles },
    { path: 'include/uapi/asm-generic/ioctl.h', text: ioctl },
    { path: 'include/linux/ioport.h', text: ioport },
    { path: 'include/linux/device.h', text: device },
    { path: 'include/linux/pm_runtime.h', text: pmRuntime },
    { path: 'include/linux/of_walks.h', text: ofWalks },
    { path: 'include/kunit/test.h', text: kunit },
    ...aliases,
  ],
  models: [...assertionModels, ...printingModels, ...driverModelModels, ...pmRuntimeModels, ...timeModels],
  rules,
};
