/** A topology by its name as the panel draws it. */
import type { TopologyView } from '../protocol/view.ts';

export function topologyView(name: string): TopologyView {
  return { name, nodes: [], links: [] };
}
