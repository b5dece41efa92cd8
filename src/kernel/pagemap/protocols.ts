/**
 * What an interconnect protocol of a driver's own is worth that the document does not show: a value beyond those of the core
 * (include/drm/drm_pagemap.h: drivers number theirs from DRM_INTERCONNECT_DRIVER on), each its own. Judges nothing.
 */
import { argument, inner, model, PURE, setState } from '../modelling.ts';
import type { DocumentedModel } from '../subsystem.ts';

/** Beyond the protocols that the simulated core and its stand-in drivers use. */
const OWN: readonly number[] = Array.from({ length: 16 }, (_, i) => 0x40 + i);

const taken = setState<number>('pagemap.protocols');

export const protocolModels: readonly DocumentedModel[] = inner([
  model('__interconnect_protocol', PURE, 'of the simulator: the number of a protocol that nobody shows', (call) => {
    const { machine } = call;
    const value = argument(call, 0);
    const known = machine.concrete(value);
    if (known !== null) return known;
    const used = machine.state(taken);
    const own = machine.settle(value, OWN, (number) => number > 1 && !used.has(number));
    if (own === null) return value;
    used.add(own);
    return own;
  }),
]);
