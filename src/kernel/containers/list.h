/* Doubly linked lists, hash lists and lock-less lists. The checks of CONFIG_DEBUG_LIST are made where both neighbours are known. */
#ifndef _LINUX_LIST_H
#define _LINUX_LIST_H
#include <linux/types.h>

#define LIST_POISON1 ((void *)0xdead000000000100UL)
#define LIST_POISON2 ((void *)0xdead000000000122UL)
#define LIST_HEAD_INIT(name) { &(name), &(name) }
#define LIST_HEAD(name) struct list_head name = LIST_HEAD_INIT(name)

bool __list_add_valid_or_report(struct list_head *new_, struct list_head *prev, struct list_head *next);
bool __list_del_entry_valid_or_report(struct list_head *entry);
/* A walk went through these. */
struct list_head *__interlock_list_node(const struct list_head *entry, const struct list_head *head);
/* A walk goes on from this one. */
void __interlock_list_step(const struct list_head *entry);
static inline const struct list_head *__list_alive(const struct list_head *entry)
{
	__interlock_list_step(entry);
	return entry;
}

static inline void INIT_LIST_HEAD(struct list_head *list)
{
	list->next = list;
	list->prev = list;
}

static inline void __list_add(struct list_head *new_, struct list_head *prev, struct list_head *next)
{
	if (!__list_add_valid_or_report(new_, prev, next))
		return;
	next->prev = new_;
	new_->next = next;
	new_->prev = prev;
	prev->next = new_;
}

static inline void list_add(struct list_head *new_, struct list_head *head) { __list_add(new_, head, head->next); }
static inline void list_add_tail(struct list_head *new_, struct list_head *head) { __list_add(new_, head->prev, head); }

static inline void __list_del(struct list_head *prev, struct list_head *next)
{
	next->prev = prev;
	prev->next = next;
}

static inline void __list_del_entry(struct list_head *entry)
{
	struct list_head *prev;

	if (!__list_del_entry_valid_or_report(entry))
		return;
	prev = entry->prev;
	/*
	 * Of a list that nobody made, this may have been the last entry: that is settled before anything is taken to stand behind it. Behind
	 * another entry it is not, as the head stands before that one.
	 */
	if (__known(prev) && !__known(entry->next) && (!__known(prev->prev) || prev->prev == entry) && entry->next == prev)
		prev->next = prev->prev = prev;
	else
		__list_del(prev, entry->next);
}

static inline void list_del(struct list_head *entry)
{
	__list_del_entry(entry);
	entry->next = LIST_POISON1;
	entry->prev = LIST_POISON2;
}

static inline void list_del_init(struct list_head *entry)
{
	__list_del_entry(entry);
	INIT_LIST_HEAD(entry);
}

#define list_del_init_careful(entry) list_del_init(entry)

static inline void list_replace(struct list_head *old, struct list_head *new_)
{
	new_->next = old->next;
	new_->next->prev = new_;
	new_->prev = old->prev;
	new_->prev->next = new_;
}

static inline void list_replace_init(struct list_head *old, struct list_head *new_)
{
	list_replace(old, new_);
	INIT_LIST_HEAD(old);
}

static inline void list_move(struct list_head *list, struct list_head *head)
{
	__list_del_entry(list);
	list_add(list, head);
}

static inline void list_move_tail(struct list_head *list, struct list_head *head)
{
	__list_del_entry(list);
	list_add_tail(list, head);
}

static inline void list_bulk_move_tail(struct list_head *head, struct list_head *first, struct list_head *last)
{
	first->prev->next = last->next;
	last->next->prev = first->prev;
	head->prev->next = first;
	first->prev = head->prev;
	last->next = head;
	head->prev = last;
}

static inline int list_empty(const struct list_head *head)
{
	struct list_head *first = head->next;

	if (first == head)
		return 1;
	/* The first entry of a list that nobody made: it points back, so that taking it off moves the head on. */
	if (!__known(first))
		first->prev = (struct list_head *)head;
	return 0;
}
static inline int list_empty_careful(const struct list_head *head) { return head->next == head && head->prev == head; }
static inline int list_is_first(const struct list_head *list, const struct list_head *head) { return list->prev == head; }
static inline int list_is_last(const struct list_head *list, const struct list_head *head) { return list->next == head; }
static inline int list_is_head(const struct list_head *list, const struct list_head *head)
{
	struct list_head *before;

	if (list == head)
		return 1;
	/* As in list_empty(): whatever leads to an entry that nobody made stands before it. Whether anything does is not asked, only seen. */
	before = __interlock_list_node(list, head);
	if (before && !__known(list->prev))
		((struct list_head *)list)->prev = before;
	return 0;
}
/*
 * What stands behind (or before) an entry of a walk that looks one ahead. The walk asks whether it has come round only after that look, when
 * an entry nobody knows is taken for one that exists: so it is asked here first, or a walk over a list nobody made would never end.
 */
static inline struct list_head *__list_behind(const struct list_head *list, const struct list_head *head) { return list_is_head(list, head) ? head->next : list->next; }
static inline struct list_head *__list_before(const struct list_head *list, const struct list_head *head) { return list_is_head(list, head) ? head->prev : list->prev; }
/* The first entry, or NULL. Of a list that nobody made, the head stands before it: who takes it out takes it from there. */
static inline struct list_head *__list_first_or_null(struct list_head *head)
{
	struct list_head *first = head->next;

	if (first == head)
		return (struct list_head *)0;
	if (!__known(first))
		first->prev = head;
	return first;
}
static inline int list_is_singular(const struct list_head *head) { return head->next != head && head->next == head->prev; }

static inline void __list_splice(const struct list_head *list, struct list_head *prev, struct list_head *next)
{
	struct list_head *first = list->next, *last = list->prev;

	first->prev = prev;
	prev->next = first;
	last->next = next;
	next->prev = last;
}

static inline void list_splice(const struct list_head *list, struct list_head *head)
{
	if (!list_empty(list))
		__list_splice(list, head, head->next);
}

static inline void list_splice_tail(struct list_head *list, struct list_head *head)
{
	if (!list_empty(list))
		__list_splice(list, head->prev, head);
}

static inline void list_splice_init(struct list_head *list, struct list_head *head)
{
	list_splice(list, head);
	INIT_LIST_HEAD(list);
}

static inline void list_splice_tail_init(struct list_head *list, struct list_head *head)
{
	list_splice_tail(list, head);
	INIT_LIST_HEAD(list);
}

static inline void list_cut_position(struct list_head *list, struct list_head *head, struct list_head *entry)
{
	struct list_head *rest = entry->next;

	if (entry == head) {
		INIT_LIST_HEAD(list);
		return;
	}
	list->next = head->next;
	list->next->prev = list;
	list->prev = entry;
	entry->next = list;
	head->next = rest;
	rest->prev = head;
}

static inline void list_cut_before(struct list_head *list, struct list_head *head, struct list_head *entry)
{
	if (head->next == entry)
		INIT_LIST_HEAD(list);
	else
		list_cut_position(list, head, entry->prev);
}

/* Makes `list` the first entry: the head moves to just before it. */
static inline void list_rotate_to_front(struct list_head *list, struct list_head *head) { list_move_tail(head, list); }

static inline void list_rotate_left(struct list_head *head)
{
	if (!list_empty(head))
		list_move_tail(head->next, head);
}

static inline void list_swap(struct list_head *a, struct list_head *b)
{
	struct list_head *pos = b->prev;

	list_del(b);
	list_replace(a, b);
	if (pos == a)
		pos = b;
	list_add(a, pos);
}

static inline size_t list_count_nodes(struct list_head *head)
{
	struct list_head *pos;
	size_t count = 0;

	for (pos = head->next; pos != head; pos = pos->next)
		count++;
	return count;
}

#define list_entry(ptr, type, member) container_of(ptr, type, member)
#define list_first_entry(ptr, type, member) list_entry((ptr)->next, type, member)
#define list_last_entry(ptr, type, member) list_entry((ptr)->prev, type, member)
#define list_first_entry_or_null(ptr, type, member) ({ struct list_head *__lf_pos = __list_first_or_null(ptr); __lf_pos ? list_entry(__lf_pos, type, member) : NULL; })
#define list_last_entry_or_null(ptr, type, member) ({ struct list_head *__ll_head = (ptr); struct list_head *__ll_pos = __ll_head->prev; __ll_pos != __ll_head ? list_entry(__ll_pos, type, member) : NULL; })
#define list_next_entry(pos, member) list_entry(__list_alive(&(pos)->member)->next, typeof(*(pos)), member)
#define list_prev_entry(pos, member) list_entry((pos)->member.prev, typeof(*(pos)), member)
#define list_next_entry_circular(pos, head, member) (list_is_last(&(pos)->member, head) ? list_first_entry(head, typeof(*(pos)), member) : list_next_entry(pos, member))
#define list_prev_entry_circular(pos, head, member) (list_is_first(&(pos)->member, head) ? list_last_entry(head, typeof(*(pos)), member) : list_prev_entry(pos, member))
#define list_entry_is_head(pos, head, member) list_is_head(&(pos)->member, (head))
#define __list_entry_behind(pos, head, member) list_entry(__list_behind(&(pos)->member, (head)), typeof(*(pos)), member)
#define __list_entry_before(pos, head, member) list_entry(__list_before(&(pos)->member, (head)), typeof(*(pos)), member)

#define list_for_each(pos, head) for (pos = (head)->next; pos != (head); pos = pos->next)
#define list_for_each_prev(pos, head) for (pos = (head)->prev; pos != (head); pos = pos->prev)
#define list_for_each_continue(pos, head) for (pos = pos->next; pos != (head); pos = pos->next)
#define list_for_each_rcu(pos, head) list_for_each(pos, head)
#define list_for_each_prev_safe(pos, n, head) for (pos = (head)->prev, n = __list_before(pos, head); pos != (head); pos = n, n = __list_before(pos, head))
#define list_for_each_safe(pos, n, head) for (pos = (head)->next, n = __list_behind(pos, head); pos != (head); pos = n, n = __list_behind(pos, head))
#define list_for_each_entry(pos, head, member) for (pos = list_first_entry(head, typeof(*pos), member); !list_entry_is_head(pos, head, member); pos = list_next_entry(pos, member))
#define list_for_each_entry_reverse(pos, head, member) for (pos = list_last_entry(head, typeof(*pos), member); !list_entry_is_head(pos, head, member); pos = list_prev_entry(pos, member))
#define list_for_each_entry_continue(pos, head, member) for (pos = list_next_entry(pos, member); !list_entry_is_head(pos, head, member); pos = list_next_entry(pos, member))
#define list_for_each_entry_continue_reverse(pos, head, member) for (pos = list_prev_entry(pos, member); !list_entry_is_head(pos, head, member); pos = list_prev_entry(pos, member))
#define list_for_each_entry_from(pos, head, member) for (; !list_entry_is_head(pos, head, member); pos = list_next_entry(pos, member))
#define list_for_each_entry_from_reverse(pos, head, member) for (; !list_entry_is_head(pos, head, member); pos = list_prev_entry(pos, member))
#define list_for_each_entry_safe(pos, n, head, member) for (pos = list_first_entry(head, typeof(*pos), member), n = __list_entry_behind(pos, head, member); !list_entry_is_head(pos, head, member); pos = n, n = __list_entry_behind(n, head, member))
#define list_for_each_entry_safe_continue(pos, n, head, member) for (pos = list_next_entry(pos, member), n = __list_entry_behind(pos, head, member); !list_entry_is_head(pos, head, member); pos = n, n = __list_entry_behind(n, head, member))
#define list_for_each_entry_safe_from(pos, n, head, member) for (n = __list_entry_behind(pos, head, member); !list_entry_is_head(pos, head, member); pos = n, n = __list_entry_behind(n, head, member))
#define list_for_each_entry_safe_reverse(pos, n, head, member) for (pos = list_last_entry(head, typeof(*pos), member), n = __list_entry_before(pos, head, member); !list_entry_is_head(pos, head, member); pos = n, n = __list_entry_before(n, head, member))
#define list_prepare_entry(pos, head, member) ((pos) ?: list_entry(head, typeof(*(pos)), member))
#define list_safe_reset_next(pos, n, member) n = list_next_entry(pos, member)

/* RCU flavours: a removed entry keeps its next pointer for readers. */
#define INIT_LIST_HEAD_RCU(list) INIT_LIST_HEAD(list)
#define list_next_rcu(list) ((list)->next)
#define list_next_or_null_rcu(head, ptr, type, member) ({ struct list_head *__ln_next = (ptr)->next; __ln_next != (head) ? list_entry(__ln_next, type, member) : NULL; })
#define list_for_each_entry_continue_rcu(pos, head, member) list_for_each_entry_continue(pos, head, member)
#define list_for_each_entry_from_rcu(pos, head, member) list_for_each_entry_from(pos, head, member)
/* Readers may still walk the list that was taken away: `sync` waits for them before the entries go to their new place. */
#define list_splice_init_rcu(list, head, sync) do { struct list_head __ls_all; if (!list_empty(list)) { INIT_LIST_HEAD(&__ls_all); list_splice_init(list, &__ls_all); sync(); list_splice(&__ls_all, head); } } while (0)
#define list_splice_tail_init_rcu(list, head, sync) do { struct list_head __ls_all; if (!list_empty(list)) { INIT_LIST_HEAD(&__ls_all); list_splice_init(list, &__ls_all); sync(); list_splice_tail(&__ls_all, head); } } while (0)
#define list_add_rcu(new_, head) list_add(new_, head)
#define list_add_tail_rcu(new_, head) list_add_tail(new_, head)
#define list_replace_rcu(old, new_) list_replace(old, new_)
static inline void list_del_rcu(struct list_head *entry)
{
	__list_del_entry(entry);
	entry->prev = LIST_POISON2;
}
#define list_for_each_entry_rcu(pos, head, member, cond...) list_for_each_entry(pos, head, member)
#define list_for_each_entry_srcu(pos, head, member, cond) list_for_each_entry(pos, head, member)
#define list_for_each_entry_lockless(pos, head, member) list_for_each_entry(pos, head, member)
#define list_first_or_null_rcu(ptr, type, member) list_first_entry_or_null(ptr, type, member)
#define list_entry_rcu(ptr, type, member) list_entry(ptr, type, member)

#endif
