/** The private-link subsystem: UAL, xgmi- and nvlink-like fabrics. */
import type { Subsystem } from '../subsystem.ts';
import { models } from './models.ts';
import ual from './ual.h?raw';

export { type FabricRange, type FabricState, Fabrics } from './fabric.ts';

export const subsystem: Subsystem = {
  name: 'fabric',
  scope: `Models a UAL interface that exists only as a sketch in a mail: distance, and in virtual mode address ranges allocated and translated at
the target (reclaim unsafe, takes the target's dma-resv), links that are reclaim safe. All calls on a state take the device it was allocated
at. In physical mode nothing is needed and device physical addresses travel. xgmi- and nvlink-like links have the same calls. What a real
interface will look like is not known: findings about it show the sketch's rules, and a body of these functions in the patch or tree replaces
the model.`,
  declarations: [{ path: 'include/linux/ual.h', text: ual, sketch: true }],
  models,
  rules: [],
};
