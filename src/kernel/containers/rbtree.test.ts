/** Search trees: their shape and colours against an independent red-black tree, the data of subtrees, trees that are partly unseen. */
import { describe, expect, test } from 'vitest';
import { runC } from '../../../test/kernelRuns.ts';

const PRELUDE = `#include <linux/rbtree_augmented.h>
#include <linux/interval_tree.h>
struct thing { int key; int most; struct rb_node rb; };
static struct rb_root root = RB_ROOT;
static bool less(struct rb_node *a, const struct rb_node *b) { return rb_entry(a, struct thing, rb)->key < rb_entry(b, struct thing, rb)->key; }
static void show(struct rb_node *n)
{
	if (!n) { printk("."); return; }
	printk("%c%d", rb_is_red(n) ? 'r' : 'b', rb_entry(n, struct thing, rb)->key);
	show(n->rb_left);
	show(n->rb_right);
}
`;

/** Text of a tree as `show` prints it. */
async function shape(steps: readonly number[]): Promise<string> {
  const keys = Math.max(...steps.map(Math.abs));
  const calls = steps.map((step) =>
    step > 0 ? `t[${step}].key = ${step}; rb_add(&t[${step}].rb, &root, less);` : `rb_erase(&t[${-step}].rb, &root);`,
  );
  const text = `${PRELUDE}int test(void) { static struct thing t[${keys + 1}]; ${calls.join('\n')} show(root.rb_node); return 0; }`;
  const { findings, value } = await runC(text, { steps: 400_000 });
  expect(value).toBe('0');
  return findings.map((line) => line.replace('print: ', '')).join('');
}

interface Node {
  key: number;
  red: boolean;
  sides: [Node | null, Node | null];
}

/** A red-black tree without parent pointers: the path down is kept, and repaired from below. */
class Oracle {
  private top: Node | null = null;

  private path(key: number): { readonly row: Node[]; readonly turns: (0 | 1)[] } {
    const row: Node[] = [];
    const turns: (0 | 1)[] = [];
    for (let at = this.top; at !== null; ) {
      row.push(at);
      if (at.key === key) break;
      const turn = key < at.key ? 0 : 1;
      turns.push(turn);
      at = at.sides[turn];
    }
    return { row, turns };
  }

  private hang(above: Node | undefined, old: Node | null, fresh: Node | null): void {
    if (above === undefined) this.top = fresh;
    else above.sides[above.sides[0] === old ? 0 : 1] = fresh;
  }

  /** Lifts the child on `side` over `node`; answers the child. */
  private lift(above: Node | undefined, node: Node, side: 0 | 1): Node {
    const child = node.sides[side];
    if (child === null) throw new Error('nothing to lift');
    const other = side === 0 ? 1 : 0;
    node.sides[side] = child.sides[other];
    child.sides[other] = node;
    this.hang(above, node, child);
    return child;
  }

  add(key: number): void {
    const { row, turns } = this.path(key);
    const fresh: Node = { key, red: true, sides: [null, null] };
    const last = row.at(-1);
    if (last === undefined) this.top = fresh;
    else last.sides[turns.at(-1) ?? 0] = fresh;
    row.push(fresh);
    for (let i = row.length - 1; ; i -= 2) {
      const [node, parent, grand] = [row[i], row[i - 1], row[i - 2]];
      if (node === undefined) return;
      if (parent === undefined) node.red = false;
      if (parent === undefined || !parent.red || grand === undefined) return;
      const side = grand.sides[0] === parent ? 0 : 1;
      const uncle = grand.sides[side === 0 ? 1 : 0];
      if (uncle?.red === true) {
        parent.red = uncle.red = false;
        grand.red = true;
        continue;
      }
      if (parent.sides[side] !== node) this.lift(grand, parent, side === 0 ? 1 : 0);
      this.lift(row[i - 3], grand, side).red = false;
      grand.red = true;
      return;
    }
  }

  remove(key: number): void {
    const { row } = this.path(key);
    const node = row.at(-1);
    if (node?.key !== key) return;
    if (node.sides[0] !== null && node.sides[1] !== null) {
      const place = row.length - 1;
      let heir = node.sides[1];
      row.push(heir);
      while (heir.sides[0] !== null) {
        heir = heir.sides[0];
        row.push(heir);
      }
      // The heir's key moves; nodes here have no identity but their key.
      node.key = heir.key;
      this.cut(row);
      void place;
      return;
    }
    this.cut(row);
  }

  /** Takes the last node of a row out; it has one child at most. */
  private cut(row: Node[]): void {
    const node = row.pop();
    if (node === undefined) return;
    const child = node.sides[0] ?? node.sides[1];
    const above = row.at(-1);
    let side: 0 | 1 = above?.sides[0] === node ? 0 : 1;
    this.hang(above, node, child);
    if (child !== null) {
      child.red = false;
      return;
    }
    if (node.red) return;
    for (let parent = row.pop(); parent !== undefined; parent = row.pop()) {
      const other = side === 0 ? 1 : 0;
      let over = row.at(-1);
      let sibling = parent.sides[other];
      if (sibling?.red === true) {
        sibling.red = false;
        parent.red = true;
        over = this.lift(over, parent, other);
        row.push(over);
        sibling = parent.sides[other];
      }
      if (sibling === null) return;
      const far = sibling.sides[other];
      const near = sibling.sides[side];
      if (far?.red !== true && near?.red !== true) {
        sibling.red = true;
        if (parent.red) {
          parent.red = false;
          return;
        }
        const next = row.at(-1);
        side = next?.sides[0] === parent ? 0 : 1;
        continue;
      }
      if (far?.red !== true) sibling = this.lift(parent, sibling, side);
      const outer = sibling.sides[other];
      if (outer !== null) outer.red = false;
      sibling.red = parent.red;
      parent.red = false;
      this.lift(over, parent, other);
      return;
    }
  }

  text(node: Node | null = this.top): string {
    if (node === null) return '.';
    return `${node.red ? 'r' : 'b'}${node.key}${this.text(node.sides[0])}${this.text(node.sides[1])}`;
  }
}

/** Steps: a key is added, its negative removed. */
function steps(seed: number, count: number, keys: number): number[] {
  let state = seed;
  const present = new Set<number>();
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const key = 1 + ((state >>> 8) % keys);
    if (present.delete(key)) return -key;
    present.add(key);
    return key;
  });
}

describe('red-black trees', () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8])('history %i has the shape and colours of an independent tree', async (seed) => {
    const list = steps(seed, 60, 24);
    const oracle = new Oracle();
    for (const step of list) {
      if (step > 0) oracle.add(step);
      else oracle.remove(-step);
    }
    expect(await shape(list)).toBe(oracle.text());
  });

  test('a sorted row becomes a balanced tree', async () => {
    expect(await shape([1, 2, 3, 4, 5, 6, 7])).toBe('b2b1..r4b3..b6r5..r7..');
  });

  test('data of subtrees follows insertions and removals', async () => {
    const text = `${PRELUDE}
static int own(struct thing *t) { return t->key * 7 % 31; }
RB_DECLARE_CALLBACKS_MAX(static, keep, struct thing, rb, int, most, own)
static int truth(struct rb_node *n) { int m, a, b; if (!n) return 0; a = truth(n->rb_left); b = truth(n->rb_right); m = own(rb_entry(n, struct thing, rb));
	if (a > m) m = a; if (b > m) m = b; if (m != rb_entry(n, struct thing, rb)->most) return -1; return m; }
static void put(struct thing *t) { struct rb_node **l = &root.rb_node, *p = NULL; t->most = own(t);
	while (*l) { p = *l; if (rb_entry(p, struct thing, rb)->most < t->most) rb_entry(p, struct thing, rb)->most = t->most; l = less(&t->rb, p) ? &p->rb_left : &p->rb_right; }
	rb_link_node(&t->rb, p, l); rb_insert_augmented(&t->rb, &root, &keep); }
int test(void) { static struct thing t[16]; int i; for (i = 0; i < 16; i++) { t[i].key = i * 5 % 16; put(&t[i]); if (truth(root.rb_node) < 0) return -1; }
	for (i = 0; i < 16; i += 3) { rb_erase_augmented(&t[i].rb, &root, &keep); if (truth(root.rb_node) < 0) return -2; } return 0; }`;
    const { findings, value } = await runC(text, { steps: 400_000 });
    expect({ findings, value }).toEqual({ findings: [], value: '0' });
  });

  test('an interval tree knows the end of each subtree', async () => {
    const text = `${PRELUDE}int test(void) { static struct interval_tree_node n[7]; struct rb_root_cached tree = RB_ROOT_CACHED; int i;
for (i = 0; i < 7; i++) { n[i].start = i * 10; n[i].last = i * 10 + (i == 2 ? 500 : 5); interval_tree_insert(&n[i], &tree); }
if (rb_entry(tree.rb_root.rb_node, struct interval_tree_node, rb)->__subtree_last != 520) return -1;
interval_tree_remove(&n[2], &tree); return rb_entry(tree.rb_root.rb_node, struct interval_tree_node, rb)->__subtree_last; }`;
    const { findings, value } = await runC(text);
    expect({ findings, value }).toEqual({ findings: [], value: '65' });
  });

  test('equal keys are walked from the first of them', async () => {
    const text = `${PRELUDE}static int same(const void *key, const struct rb_node *n) { return *(const int *)key - rb_entry(n, struct thing, rb)->key; }
int test(void) { static struct thing t[6]; struct rb_node *n; int i, key = 4, found = 0; for (i = 0; i < 6; i++) { t[i].key = i < 4 ? 4 : i; rb_add(&t[i].rb, &root, less); }
rb_for_each(n, &key, &root, same) found++; return found; }`;
    const { findings, value } = await runC(text);
    expect({ findings, value }).toEqual({ findings: [], value: '5' });
  });

  test('a tree that the document leaves open is entered without a finding', async () => {
    const text = `${PRELUDE}struct owner { struct rb_root tree; struct rb_root_cached spans; };
int test(struct owner *o) { struct interval_tree_node *n = kzalloc(sizeof(*n), GFP_KERNEL); if (!n) return -ENOMEM; n->start = 5; n->last = 9;
interval_tree_insert(n, &o->spans); interval_tree_remove(n, &o->spans); kfree(n); return 0; }`;
    const { findings, value } = await runC(text);
    expect({ findings, value }).toEqual({ findings: [], value: '0' });
  });
});
