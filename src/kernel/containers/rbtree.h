/*
 * Search trees through embedded nodes. The simulated tree keeps the order but is never rebalanced and has no colours: a walk gives the
 * same nodes in the same order as the real one.
 */
#ifndef _LINUX_RBTREE_H
#define _LINUX_RBTREE_H
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
#define rb_parent(r) ((struct rb_node *)(r)->__rb_parent_color)
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

static inline void rb_insert_color(struct rb_node *node, struct rb_root *root)
{
}

static inline void rb_insert_color_cached(struct rb_node *node, struct rb_root_cached *root, bool leftmost)
{
	if (leftmost)
		root->rb_leftmost = node;
}

static inline struct rb_node *rb_first(const struct rb_root *root)
{
	struct rb_node *n = root->rb_node;

	if (!n)
		return NULL;
	while (n->rb_left)
		n = n->rb_left;
	return n;
}

static inline struct rb_node *rb_last(const struct rb_root *root)
{
	struct rb_node *n = root->rb_node;

	if (!n)
		return NULL;
	while (n->rb_right)
		n = n->rb_right;
	return n;
}

#define rb_first_cached(root) ((root)->rb_leftmost)

static inline struct rb_node *rb_next(const struct rb_node *node)
{
	struct rb_node *up;

	if (RB_EMPTY_NODE(node))
		return NULL;
	if (node->rb_right) {
		node = node->rb_right;
		while (node->rb_left)
			node = node->rb_left;
		return (struct rb_node *)node;
	}
	while ((up = rb_parent(node)) && node == up->rb_right)
		node = up;
	return up;
}

static inline struct rb_node *rb_prev(const struct rb_node *node)
{
	struct rb_node *up;

	if (RB_EMPTY_NODE(node))
		return NULL;
	if (node->rb_left) {
		node = node->rb_left;
		while (node->rb_right)
			node = node->rb_right;
		return (struct rb_node *)node;
	}
	while ((up = rb_parent(node)) && node == up->rb_left)
		node = up;
	return up;
}

static inline void __rb_put_at(struct rb_root *root, struct rb_node *old, struct rb_node *new_)
{
	struct rb_node *up = rb_parent(old);

	if (!up)
		root->rb_node = new_;
	else if (up->rb_left == old)
		up->rb_left = new_;
	else
		up->rb_right = new_;
	if (new_)
		new_->__rb_parent_color = (unsigned long)up;
}

static inline void rb_replace_node(struct rb_node *victim, struct rb_node *new_, struct rb_root *root)
{
	__rb_put_at(root, victim, new_);
	new_->rb_left = victim->rb_left;
	new_->rb_right = victim->rb_right;
	if (new_->rb_left)
		new_->rb_left->__rb_parent_color = (unsigned long)new_;
	if (new_->rb_right)
		new_->rb_right->__rb_parent_color = (unsigned long)new_;
}

static inline void rb_erase(struct rb_node *node, struct rb_root *root)
{
	struct rb_node *heir;

	if (!node->rb_left) {
		__rb_put_at(root, node, node->rb_right);
		return;
	}
	if (!node->rb_right) {
		__rb_put_at(root, node, node->rb_left);
		return;
	}
	heir = node->rb_right;
	while (heir->rb_left)
		heir = heir->rb_left;
	__rb_put_at(root, heir, heir->rb_right);
	rb_replace_node(node, heir, root);
}

static inline void rb_erase_cached(struct rb_node *node, struct rb_root_cached *root)
{
	if (root->rb_leftmost == node)
		root->rb_leftmost = rb_next(node);
	rb_erase(node, &root->rb_root);
}

static inline void rb_replace_node_cached(struct rb_node *victim, struct rb_node *new_, struct rb_root_cached *root)
{
	if (root->rb_leftmost == victim)
		root->rb_leftmost = new_;
	rb_replace_node(victim, new_, &root->rb_root);
}

static inline struct rb_node *__rb_deepest(struct rb_node *node)
{
	while (node->rb_left || node->rb_right)
		node = node->rb_left ? node->rb_left : node->rb_right;
	return node;
}

static inline struct rb_node *rb_first_postorder(const struct rb_root *root)
{
	return root->rb_node ? __rb_deepest(root->rb_node) : NULL;
}

static inline struct rb_node *rb_next_postorder(const struct rb_node *node)
{
	struct rb_node *up = rb_parent(node);

	return up && node == up->rb_left && up->rb_right ? __rb_deepest(up->rb_right) : up;
}

static inline void rb_add(struct rb_node *node, struct rb_root *tree, bool (*less)(struct rb_node *, const struct rb_node *))
{
	struct rb_node **link = &tree->rb_node, *parent = NULL;

	while (*link) {
		parent = *link;
		link = less(node, parent) ? &parent->rb_left : &parent->rb_right;
	}
	rb_link_node(node, parent, link);
}

static inline struct rb_node *rb_add_cached(struct rb_node *node, struct rb_root_cached *tree, bool (*less)(struct rb_node *, const struct rb_node *))
{
	rb_add(node, &tree->rb_root, less);
	tree->rb_leftmost = rb_first(&tree->rb_root);
	return tree->rb_leftmost == node ? node : NULL;
}

static inline struct rb_node *rb_find(const void *key, const struct rb_root *tree, int (*cmp)(const void *key, const struct rb_node *))
{
	struct rb_node *node = tree->rb_node;

	while (node) {
		int c = cmp(key, node);

		if (c == 0)
			return node;
		node = c < 0 ? node->rb_left : node->rb_right;
	}
	return NULL;
}

#define rb_for_each(node, key, tree, cmp) for ((node) = rb_find((key), (tree), (cmp)); (node); (node) = rb_next(node))
#define rbtree_postorder_for_each_entry_safe(pos, n, root, field) for (pos = rb_entry_safe(rb_first_postorder(root), typeof(*pos), field); pos && ({ n = rb_entry_safe(rb_next_postorder(&pos->field), typeof(*pos), field); 1; }); pos = n)

#endif
