/** The topology of the run: a drawing, and the same as a nested list for whoever does not see the drawing. */
import type { TopologyNode, TopologyView } from '../src/protocol/view.ts';
import { element, section, shape } from './element.ts';

const WIDTH = 150;
const HEIGHT = 44;
const GAP_X = 16;
const GAP_Y = 30;
const EDGE = 6;

interface Placed {
  readonly node: TopologyNode;
  readonly x: number;
  readonly y: number;
}

export function topology(view: TopologyView): HTMLElement {
  const name = element('p', {
    children: [
      element('code', { text: view.name }),
      document.createTextNode(view.summary === null ? '' : `: ${view.summary}`),
    ],
  });
  if (view.nodes.length === 0) return section('Topology', 'topology', [name]);
  return section('Topology', 'topology', [
    name,
    drawing(view),
    element('details', { children: [element('summary', { text: 'As text' }), outline(view)] }),
  ]);
}

/** Places every node: leaves side by side, a parent above the middle of its children. */
export function placeNodes(nodes: readonly TopologyNode[]): readonly Placed[] {
  const placed: Placed[] = [];
  let nextX = EDGE;
  const place = (node: TopologyNode, depth: number): number => {
    const children = nodes.filter(({ parent }) => parent === node.id);
    const xs = children.map((child) => place(child, depth + 1));
    const [first, last] = [xs[0], xs.at(-1)];
    const x = first === undefined || last === undefined ? nextX : (first + last) / 2;
    if (first === undefined) nextX += WIDTH + GAP_X;
    placed.push({ node, x, y: EDGE + depth * (HEIGHT + GAP_Y) });
    return x;
  };
  for (const node of nodes) if (node.parent === null) place(node, 0);
  return placed;
}

function drawing(view: TopologyView): SVGElement {
  const placed = placeNodes(view.nodes);
  const byId = new Map(placed.map((item) => [item.node.id, item]));
  const right = Math.max(...placed.map(({ x }) => x)) + WIDTH + EDGE;
  const lowest = Math.max(...placed.map(({ y }) => y)) + HEIGHT;
  const bottom = lowest + EDGE + view.links.length * 26;
  return shape('svg', {
    className: 'drawing',
    attributes: {
      viewBox: `0 0 ${right} ${bottom}`,
      width: String(right),
      height: String(bottom),
      role: 'img',
      'aria-label': `Topology ${view.name}; the same follows as text`,
    },
    children: [
      ...placed.map((item) => edge(item, byId)),
      ...view.links.flatMap((link, index) => {
        const members = link.members.map((id) => byId.get(id)).filter((item) => item !== undefined);
        return fabric(link.label, members, lowest + 20 + index * 26);
      }),
      ...placed.map(box),
    ],
  });
}

function edge({ node, x, y }: Placed, byId: ReadonlyMap<string, Placed>): SVGElement | null {
  const parent = node.parent === null ? undefined : byId.get(node.parent);
  if (parent === undefined) return null;
  return shape('line', {
    className: 'edge',
    attributes: {
      x1: String(parent.x + WIDTH / 2),
      y1: String(parent.y + HEIGHT),
      x2: String(x + WIDTH / 2),
      y2: String(y),
    },
  });
}

function box({ node, x, y }: Placed): SVGElement {
  const middle = String(x + WIDTH / 2);
  const line = (text: string, dy: number, className: string) =>
    shape('text', {
      className,
      text: shortened(text),
      attributes: { x: middle, y: String(y + dy), 'text-anchor': 'middle' },
    });
  return shape('g', {
    className: 'node',
    children: [
      shape('title', { text: [node.kind, node.label, node.detail].filter(Boolean).join(', ') }),
      shape('rect', {
        attributes: { x: String(x), y: String(y), width: String(WIDTH), height: String(HEIGHT), rx: '3' },
      }),
      line(`${node.label} (${node.kind})`, node.detail === '' ? 26 : 18, 'label'),
      node.detail === '' ? null : line(node.detail, 34, 'detail'),
    ],
  });
}

/** A fabric: a line below the tree with a drop from each member. */
function fabric(label: string, members: readonly Placed[], y: number): SVGElement[] {
  const xs = members.map(({ x }) => x + WIDTH / 2);
  if (xs.length === 0) return [];
  const [left, right] = [Math.min(...xs), Math.max(...xs)];
  const line = (x1: number, y1: number, x2: number, y2: number) =>
    shape('line', {
      className: 'fabric',
      attributes: { x1: String(x1), y1: String(y1), x2: String(x2), y2: String(y2) },
    });
  return [
    ...members.map(({ x, y: top }) => line(x + WIDTH / 2, top + HEIGHT, x + WIDTH / 2, y)),
    line(left, y, right, y),
    shape('text', {
      className: 'detail',
      text: label,
      attributes: { x: String((left + right) / 2), y: String(y - 5), 'text-anchor': 'middle' },
    }),
  ];
}

function outline(view: TopologyView): HTMLElement {
  const item = (node: TopologyNode): HTMLElement => {
    const children = view.nodes.filter(({ parent }) => parent === node.id);
    const words = `${node.label}, ${node.kind}${node.detail === '' ? '' : `, ${node.detail}`}`;
    return element('li', {
      children: [
        document.createTextNode(words),
        children.length === 0 ? null : element('ul', { children: children.map(item) }),
      ],
    });
  };
  return element('ul', {
    children: [
      ...view.nodes.filter(({ parent }) => parent === null).map(item),
      ...view.links.map(({ label, members }) =>
        element('li', { text: `${label} connects ${members.join(', ') || 'nothing'}` }),
      ),
    ],
  });
}

function shortened(text: string): string {
  return text.length <= 26 ? text : `${text.slice(0, 25)}…`;
}
