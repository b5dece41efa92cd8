/** All subsystems of the simulated kernel in one place: their bundled text for the front end, their models for the machine. */
import type { SourceUnit } from '../c/source.ts';
import type { Model } from '../machine/model.ts';
import { base } from './base/index.ts';
import { containers } from './containers/index.ts';
import { subsystem as dma } from './dma/index.ts';
import { subsystem as dmabuf } from './dmabuf/index.ts';
import { subsystem as drivers } from './drivers/index.ts';
import { subsystem as fabric } from './fabric/index.ts';
import { subsystem as iommu } from './iommu/index.ts';
import { lockingSubsystem } from './locking/index.ts';
import { memory } from './memory/index.ts';
import { subsystem as pagemap } from './pagemap/index.ts';
import { subsystem as pci } from './pci/index.ts';
import type { Rule, Subsystem } from './subsystem.ts';
import { sync } from './sync/index.ts';

/** In the order in which their declarations stand on each other. */
export const SUBSYSTEMS: readonly Subsystem[] = [
  base,
  lockingSubsystem,
  memory,
  containers,
  sync,
  pci,
  dma,
  iommu,
  fabric,
  dmabuf,
  pagemap,
  drivers,
];

/** A bundled text, as `SourceUnit` wants it but without a number: the program's maker numbers units. */
export type BundledUnit = Omit<SourceUnit, 'id'>;

/** Bundled declarations; a path that two subsystems declare is taken from the first. */
export function bundledUnits(subsystems: readonly Subsystem[] = SUBSYSTEMS): readonly BundledUnit[] {
  const units = new Map<string, BundledUnit>();
  for (const { declarations } of subsystems)
    for (const each of declarations)
      if (!units.has(each.path)) units.set(each.path, { ...each, origin: 'bundled', fragment: false });
  return [...units.values()];
}

/** Models by the kernel's name; of two with one name the first wins. */
export function models(subsystems: readonly Subsystem[] = SUBSYSTEMS): ReadonlyMap<string, Model> {
  const all = new Map<string, Model>();
  for (const subsystem of subsystems)
    for (const model of subsystem.models) if (!all.has(model.name)) all.set(model.name, model);
  return all;
}

/** Every rule that some model may report. */
export function rules(subsystems: readonly Subsystem[] = SUBSYSTEMS): readonly Rule[] {
  return subsystems.flatMap((subsystem) => subsystem.rules);
}
