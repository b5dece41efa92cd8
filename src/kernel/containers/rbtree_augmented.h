/*
 * How search trees keep their balance, and trees that keep data about subtrees. Where a tree holds nodes that nobody has seen, balancing stops
 * at them. Walking, searching and the plain trees are in rbtree.h.
 */
#ifndef _LINUX_RBTREE_AUGMENTED_H
#define _LINUX_RBTREE_AUGMENTED_H
#include <linux/types.h>

struct rb_node {
	unsigned long __rb_parent_color;
	struct rb_node *rb_right;
	struct rb_node *rb_left;
};

struct rb_root {
	struct rb_node *rb_node;
};

struct rb_root_cached {
	struct rb_root rb_root;
	struct rb_node *rb_leftmost;
};

#define RB_ROOT (struct rb_root){ NULL }
#define RB_ROOT_CACHED (struct rb_root_cached){ { NULL }, NULL }
#define rb_entry(ptr, type, member) container_of(ptr, type, member)
#define rb_entry_safe(ptr, type, member) ({ struct rb_node *__res = (ptr); __res ? rb_entry(__res, type, member) : NULL; })
#define RB_RED 0
#define RB_BLACK 1
#define rb_parent(r) ((struct rb_node *)((r)->__rb_parent_color & ~3UL))
#define __rb_parent(pc) ((struct rb_node *)((pc) & ~3UL))
#define __rb_color(pc) ((pc) & 1)
#define __rb_is_black(pc) __rb_color(pc)
#define __rb_is_red(pc) (!__rb_color(pc))
#define rb_color(rb) __rb_color((rb)->__rb_parent_color)
#define rb_is_red(rb) __rb_is_red((rb)->__rb_parent_color)
#define rb_is_black(rb) __rb_is_black((rb)->__rb_parent_color)
#define RB_EMPTY_ROOT(root) ((root)->rb_node == NULL)
/* An empty node is its own parent, as in the kernel. */
#define RB_EMPTY_NODE(node) ((node)->__rb_parent_color == (unsigned long)(node))
#define RB_CLEAR_NODE(node) ((node)->__rb_parent_color = (unsigned long)(node))

static inline void rb_link_node(struct rb_node *node, struct rb_node *parent, struct rb_node **link)
{
	node->__rb_parent_color = (unsigned long)parent;
	node->rb_left = NULL;
	node->rb_right = NULL;
	*link = node;
}
#define rb_link_node_rcu(node, parent, link) rb_link_node(node, parent, link)

static inline void rb_set_parent(struct rb_node *rb, struct rb_node *p) { rb->__rb_parent_color = rb_color(rb) | (unsigned long)p; }
static inline void rb_set_parent_color(struct rb_node *rb, struct rb_node *p, int color) { rb->__rb_parent_color = (unsigned long)p | color; }

/* What a tree with data about subtrees does when the tree changes under it. */
struct rb_augment_callbacks {
	void (*propagate)(struct rb_node *node, struct rb_node *stop);
	void (*copy)(struct rb_node *old, struct rb_node *new_);
	void (*rotate)(struct rb_node *old, struct rb_node *new_);
};

static inline void __rb_quiet_propagate(struct rb_node *node, struct rb_node *stop) { }
static inline void __rb_quiet_copy(struct rb_node *old, struct rb_node *new_) { }
static inline void __rb_quiet_rotate(struct rb_node *old, struct rb_node *new_) { }
static const struct rb_augment_callbacks __rb_quiet = { __rb_quiet_propagate, __rb_quiet_copy, __rb_quiet_rotate };

/* The link that leads to a node: in its parent or in the root. */
static inline struct rb_node **__rb_link_to(struct rb_node *node, struct rb_node *parent, struct rb_root *root)
{
	if (!parent)
		return &root->rb_node;
	/* Of a parent that nobody showed, the side on which the node was linked in sight is known. */
	if (__known(parent->rb_right) && parent->rb_right == node)
		return &parent->rb_right;
	return parent->rb_left == node ? &parent->rb_left : &parent->rb_right;
}

static inline struct rb_node **__rb_side(struct rb_node *node, bool right) { return right ? &node->rb_right : &node->rb_left; }

/* Turns the child on the other side up into the place of `node`, which goes down on side `right`. */
static inline void __rb_turn(struct rb_node *node, bool right, struct rb_root *root, void (*rotate)(struct rb_node *, struct rb_node *))
{
	struct rb_node *up = *__rb_side(node, !right), *parent = rb_parent(node), *inner = *__rb_side(up, right);

	*__rb_link_to(node, parent, root) = up;
	rb_set_parent(up, parent);
	*__rb_side(node, !right) = inner;
	if (inner)
		rb_set_parent(inner, node);
	*__rb_side(up, right) = node;
	rb_set_parent(node, up);
	rotate(node, up);
}

/* Is the colour of this node to be had? A node that came from elsewhere may be anything. */
#define __rb_seen(n) (__known(n) && (!(n) || __known((n)->__rb_parent_color)))

static inline void __rb_insert_augmented(struct rb_node *node, struct rb_root *root, void (*rotate)(struct rb_node *old, struct rb_node *new_))
{
	struct rb_node *parent, *grand, *uncle;
	bool right;

	for (;;) {
		if (!__rb_seen(node))
			return;
		parent = rb_parent(node);
		if (!parent) {
			rb_set_parent_color(node, NULL, RB_BLACK);
			return;
		}
		if (!__rb_seen(parent) || rb_is_black(parent))
			return;
		grand = rb_parent(parent);
		if (!grand || !__rb_seen(grand))
			return;
		right = parent == grand->rb_right;
		uncle = *__rb_side(grand, !right);
		if (!__rb_seen(uncle))
			return;
		if (!uncle || rb_is_black(uncle))
			break;
		rb_set_parent_color(parent, grand, RB_BLACK);
		rb_set_parent_color(uncle, grand, RB_BLACK);
		rb_set_parent_color(grand, rb_parent(grand), RB_RED);
		node = grand;
	}
	if (node == *__rb_side(parent, !right)) {
		__rb_turn(parent, right, root, rotate);
		parent = node;
	}
	rb_set_parent_color(parent, rb_parent(parent), RB_BLACK);
	rb_set_parent_color(grand, rb_parent(grand), RB_RED);
	__rb_turn(grand, !right, root, rotate);
}

static inline void rb_insert_augmented(struct rb_node *node, struct rb_root *root, const struct rb_augment_callbacks *augment) { __rb_insert_augmented(node, root, augment->rotate); }

/* Below `parent` one black node is missing on the side where `node` (or nothing) hangs. */
static inline void __rb_erase_color(struct rb_node *node, struct rb_node *parent, struct rb_root *root, void (*rotate)(struct rb_node *old, struct rb_node *new_))
{
	struct rb_node *sibling, *outer, *inner;
	bool right;

	while (parent && __rb_seen(parent)) {
		right = node != parent->rb_left;
		sibling = *__rb_side(parent, !right);
		if (!__rb_seen(sibling) || !sibling)
			return;
		if (rb_is_red(sibling)) {
			rb_set_parent_color(sibling, parent, RB_BLACK);
			rb_set_parent_color(parent, rb_parent(parent), RB_RED);
			__rb_turn(parent, right, root, rotate);
			sibling = *__rb_side(parent, !right);
			if (!__rb_seen(sibling) || !sibling)
				return;
		}
		outer = *__rb_side(sibling, !right);
		inner = *__rb_side(sibling, right);
		if (!__rb_seen(outer) || !__rb_seen(inner))
			return;
		if (!outer || rb_is_black(outer)) {
			if (!inner || rb_is_black(inner)) {
				rb_set_parent_color(sibling, parent, RB_RED);
				if (rb_is_red(parent)) {
					rb_set_parent_color(parent, rb_parent(parent), RB_BLACK);
					return;
				}
				node = parent;
				parent = rb_parent(node);
				continue;
			}
			rb_set_parent_color(inner, sibling, RB_BLACK);
			rb_set_parent_color(sibling, parent, RB_RED);
			__rb_turn(sibling, !right, root, rotate);
			outer = sibling;
			sibling = inner;
		}
		rb_set_parent_color(outer, rb_parent(outer), RB_BLACK);
		rb_set_parent_color(sibling, parent, rb_color(parent));
		rb_set_parent_color(parent, rb_parent(parent), RB_BLACK);
		__rb_turn(parent, right, root, rotate);
		return;
	}
}

static inline void rb_erase_augmented(struct rb_node *node, struct rb_root *root, const struct rb_augment_callbacks *augment)
{
	struct rb_node *parent = rb_parent(node), *heir, *child, *from;
	struct rb_node **link = __rb_link_to(node, parent, root);
	bool missing;

	if (!node->rb_left || !node->rb_right) {
		child = node->rb_left ? node->rb_left : node->rb_right;
		*link = child;
		missing = !child && __known(node->__rb_parent_color) && rb_is_black(node);
		if (child)
			child->__rb_parent_color = node->__rb_parent_color;
		augment->propagate(parent, NULL);
		if (missing)
			__rb_erase_color(NULL, parent, root, augment->rotate);
		return;
	}
	heir = node->rb_right;
	while (heir->rb_left)
		heir = heir->rb_left;
	child = heir->rb_right;
	from = heir;
	if (heir == node->rb_right) {
		augment->copy(node, heir);
	} else {
		from = rb_parent(heir);
		from->rb_left = child;
		heir->rb_right = node->rb_right;
		rb_set_parent(heir->rb_right, heir);
		augment->copy(node, heir);
		augment->propagate(from, heir);
	}
	heir->rb_left = node->rb_left;
	rb_set_parent(heir->rb_left, heir);
	*link = heir;
	missing = !child && __known(heir->__rb_parent_color) && rb_is_black(heir);
	if (child)
		rb_set_parent_color(child, from, RB_BLACK);
	heir->__rb_parent_color = node->__rb_parent_color;
	augment->propagate(heir, NULL);
	if (missing)
		__rb_erase_color(NULL, from, root, augment->rotate);
}

#define RB_DECLARE_CALLBACKS(RBSTATIC, RBNAME, RBSTRUCT, RBFIELD, RBAUGMENTED, RBCOMPUTE) \
static inline void RBNAME##_propagate(struct rb_node *rb, struct rb_node *stop) \
{ \
	while (rb != stop) { \
		RBSTRUCT *node = rb_entry(rb, RBSTRUCT, RBFIELD); \
		if (RBCOMPUTE(node, true)) \
			break; \
		rb = rb_parent(&node->RBFIELD); \
	} \
} \
static inline void RBNAME##_copy(struct rb_node *rb_old, struct rb_node *rb_new) \
{ \
	rb_entry(rb_new, RBSTRUCT, RBFIELD)->RBAUGMENTED = rb_entry(rb_old, RBSTRUCT, RBFIELD)->RBAUGMENTED; \
} \
static void RBNAME##_rotate(struct rb_node *rb_old, struct rb_node *rb_new) \
{ \
	RBSTRUCT *old = rb_entry(rb_old, RBSTRUCT, RBFIELD); \
	rb_entry(rb_new, RBSTRUCT, RBFIELD)->RBAUGMENTED = old->RBAUGMENTED; \
	RBCOMPUTE(old, false); \
} \
RBSTATIC const struct rb_augment_callbacks RBNAME = { .propagate = RBNAME##_propagate, .copy = RBNAME##_copy, .rotate = RBNAME##_rotate };

/* The largest of a value over each subtree. */
#define RB_DECLARE_CALLBACKS_MAX(RBSTATIC, RBNAME, RBSTRUCT, RBFIELD, RBTYPE, RBAUGMENTED, RBCOMPUTE) \
static inline bool RBNAME##_compute_max(RBSTRUCT *node, bool exit) \
{ \
	RBTYPE most = RBCOMPUTE(node); \
	if (node->RBFIELD.rb_left && rb_entry(node->RBFIELD.rb_left, RBSTRUCT, RBFIELD)->RBAUGMENTED > most) \
		most = rb_entry(node->RBFIELD.rb_left, RBSTRUCT, RBFIELD)->RBAUGMENTED; \
	if (node->RBFIELD.rb_right && rb_entry(node->RBFIELD.rb_right, RBSTRUCT, RBFIELD)->RBAUGMENTED > most) \
		most = rb_entry(node->RBFIELD.rb_right, RBSTRUCT, RBFIELD)->RBAUGMENTED; \
	if (exit && node->RBAUGMENTED == most) \
		return true; \
	node->RBAUGMENTED = most; \
	return false; \
} \
RB_DECLARE_CALLBACKS(RBSTATIC, RBNAME, RBSTRUCT, RBFIELD, RBAUGMENTED, RBNAME##_compute_max)

#endif
