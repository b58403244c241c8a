/*
 * Intrusive doubly linked list. A head is a node that points at itself when empty; a node that is in
 * no list points at itself too, so list_remove() may be called twice.
 *
 *     list_append(&pool->idle, &c->link);
 *     struct conn *c = LIST_FIRST(&pool->idle, struct conn, link);      NULL when empty
 *     LIST_EACH(c, &pool->idle, struct conn, link) ...                   the body may remove c
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>

struct list {
    struct list *next, *prev;
};

static inline void list_init(struct list *l)
{
    l->next = l->prev = l;
}

static inline bool list_empty(const struct list *l)
{
    return l->next == l;
}

static inline void list_insert_before(struct list *at, struct list *n)
{
    n->next = at;
    n->prev = at->prev;
    at->prev->next = n;
    at->prev = n;
}

static inline void list_append(struct list *head, struct list *n)
{
    list_insert_before(head, n);
}

static inline void list_prepend(struct list *head, struct list *n)
{
    list_insert_before(head->next, n);
}

static inline void list_remove(struct list *n)
{
    n->next->prev = n->prev;
    n->prev->next = n->next;
    list_init(n);
}

#define LIST_OF(node, type, member) ((type *)((char *)(node)-offsetof(type, member)))
#define LIST_FIRST(head, type, member)                                                             \
    (list_empty(head) ? NULL : LIST_OF((head)->next, type, member))
#define LIST_EACH(var, head, type, member)                                                         \
    for (struct list *node_ = (head)->next, *next_ = node_->next;                                  \
         node_ != (head) && ((var) = LIST_OF(node_, type, member), 1);                             \
         node_ = next_, next_ = node_->next)
