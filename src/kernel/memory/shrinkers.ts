/** Shrinkers: making, registering and freeing them (mm/shrinker.c). Running one inside reclaim is a scenario's affair. */

import type { MachineServices } from '../../machine/model.ts';
import { might_sleep } from '../locking/context.ts';
import { argument, called, effects, mapState, model, numeric } from '../modelling.ts';
import type { DocumentedModel } from '../subsystem.ts';
import { allocate, free } from './allocation.ts';
import { GFP_KERNEL } from './gfp.ts';
import { keepOutside } from './outsideReferences.ts';

const registered = mapState<number, true>('memory.shrinkers');

/** Shrinkers that reclaim would run, in order of registration. */
export function registeredShrinkers(machine: MachineServices): readonly number[] {
  return [...machine.state(registered).keys()];
}

export const shrinkerModels: readonly DocumentedModel[] = [
  model(
    'shrinker_alloc',
    effects({ sleeps: 'yes', allocates: 'GFP_KERNEL', fails: 'NULL' }),
    'mm/shrinker.c:shrinker_alloc',
    (call) => {
      const type = call.machine.program.type('struct shrinker');
      const size = type !== null && type.kind === 'struct' ? type.size : 80;
      return allocate(call.machine, {
        what: called(call),
        size,
        gfp: GFP_KERNEL,
        tag: 'shrinker',
        zero: true,
        label: 'shrinker',
      });
    },
  ),
  model(
    'shrinker_register',
    effects({ sleeps: 'yes', locks: 'takes shrinker_mutex' }),
    'mm/shrinker.c:shrinker_register',
    (call) => {
      might_sleep(call.machine, called(call));
      const shrinker = numeric(call, 0);
      if (shrinker !== null && shrinker !== 0) {
        call.machine.state(registered).set(shrinker, true);
        // From now on reclaim knows it.
        keepOutside(call.machine, shrinker);
      }
      return undefined;
    },
  ),
  model(
    'shrinker_free',
    effects({ sleeps: 'yes', locks: 'takes shrinker_mutex; waits for scans' }),
    'mm/shrinker.c:shrinker_free',
    (call) => {
      might_sleep(call.machine, called(call));
      call.machine.state(registered).delete(numeric(call, 0) ?? 0);
      free(call.machine, argument(call, 0), { what: called(call), accepts: ['shrinker'] });
      return undefined;
    },
  ),
];
