/*
 * Intervals [start, last] in a tree sorted by start, with the largest end of each subtree in its top. A query walks in order, so it finds what
 * the kernel's descent through those ends finds, in that order, also where the document leaves a part of the tree open.
 */
#ifndef _LINUX_INTERVAL_TREE_H
#define _LINUX_INTERVAL_TREE_H
#include <linux/rbtree.h>

struct interval_tree_node {
	struct rb_node rb;
	unsigned long start;
	unsigned long last;
	unsigned long __subtree_last;
};

#define INTERVAL_TREE_DEFINE(ITSTRUCT, ITRB, ITTYPE, ITSUBTREE, ITSTART, ITLAST, ITSTATIC, ITPREFIX) \
RB_DECLARE_CALLBACKS_MAX(static, ITPREFIX##_augment, ITSTRUCT, ITRB, ITTYPE, ITSUBTREE, ITLAST) \
ITSTATIC void ITPREFIX##_insert(ITSTRUCT *node, struct rb_root_cached *root) \
{ \
	struct rb_node **link = &root->rb_root.rb_node, *parent = NULL; \
	ITTYPE start = ITSTART(node), last = ITLAST(node); \
	bool leftmost = true; \
	while (__known(*link) && *link) { \
		parent = *link; \
		if (rb_entry(parent, ITSTRUCT, ITRB)->ITSUBTREE < last) \
			rb_entry(parent, ITSTRUCT, ITRB)->ITSUBTREE = last; \
		if (start < ITSTART(rb_entry(parent, ITSTRUCT, ITRB))) { \
			link = &parent->rb_left; \
		} else { \
			link = &parent->rb_right; \
			leftmost = false; \
		} \
	} \
	node->ITSUBTREE = last; \
	rb_link_node(&node->ITRB, parent, link); \
	rb_insert_augmented_cached(&node->ITRB, root, leftmost, &ITPREFIX##_augment); \
} \
ITSTATIC void ITPREFIX##_remove(ITSTRUCT *node, struct rb_root_cached *root) \
{ \
	rb_erase_augmented_cached(&node->ITRB, root, &ITPREFIX##_augment); \
} \
ITSTATIC ITSTRUCT *ITPREFIX##_overlap_from(struct rb_node *rb, ITTYPE start, ITTYPE last) \
{ \
	for (; rb; rb = rb_next(rb)) { \
		ITSTRUCT *node = rb_entry(rb, ITSTRUCT, ITRB); \
		if (ITSTART(node) > last) \
			return NULL; \
		if (ITLAST(node) >= start) \
			return node; \
	} \
	return NULL; \
} \
ITSTATIC ITSTRUCT *ITPREFIX##_iter_first(struct rb_root_cached *root, ITTYPE start, ITTYPE last) \
{ \
	return ITPREFIX##_overlap_from(rb_first_cached(root), start, last); \
} \
ITSTATIC ITSTRUCT *ITPREFIX##_iter_next(ITSTRUCT *node, ITTYPE start, ITTYPE last) \
{ \
	return ITPREFIX##_overlap_from(rb_next(&node->ITRB), start, last); \
}

#define __INTERVAL_START(node) ((node)->start)
#define __INTERVAL_LAST(node) ((node)->last)
INTERVAL_TREE_DEFINE(struct interval_tree_node, rb, unsigned long, __subtree_last, __INTERVAL_START, __INTERVAL_LAST, static inline, interval_tree)

#define interval_tree_for_each(node, root, start, last) for ((node) = interval_tree_iter_first(root, start, last); (node); (node) = interval_tree_iter_next(node, start, last))

#endif
