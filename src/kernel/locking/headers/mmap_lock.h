/* The lock of an address space, and the locks of pages and mappings. */
#ifndef _LINUX_MMAP_LOCK_H
#define _LINUX_MMAP_LOCK_H
#include <linux/types.h>
#include <linux/rwsem.h>
#include <linux/lockdep.h>

struct mm_struct;
struct address_space;
struct page;
struct folio;

#define mmap_init_lock(mm) init_rwsem(&(mm)->mmap_lock)
#define mmap_read_lock(mm) _mmap_read_lock(&(mm)->mmap_lock)
#define mmap_read_lock_nested(mm, sub) down_read_nested(&(mm)->mmap_lock, sub)
#define mmap_read_lock_killable(mm) _mmap_read_lock_killable(&(mm)->mmap_lock)
#define mmap_read_trylock(mm) _mmap_read_trylock(&(mm)->mmap_lock)
#define mmap_read_unlock(mm) _mmap_read_unlock(&(mm)->mmap_lock)
#define mmap_read_unlock_non_owner(mm) up_read_non_owner(&(mm)->mmap_lock)
#define mmap_write_lock(mm) _mmap_write_lock(&(mm)->mmap_lock)
#define mmap_write_lock_nested(mm, sub) down_write_nested(&(mm)->mmap_lock, sub)
#define mmap_write_lock_killable(mm) _mmap_write_lock_killable(&(mm)->mmap_lock)
#define mmap_write_trylock(mm) _mmap_write_trylock(&(mm)->mmap_lock)
#define mmap_write_unlock(mm) _mmap_write_unlock(&(mm)->mmap_lock)
#define mmap_write_downgrade(mm) downgrade_write(&(mm)->mmap_lock)
#define mmap_assert_locked(mm) lockdep_assert_held(&(mm)->mmap_lock)
#define mmap_assert_write_locked(mm) lockdep_assert_held_write(&(mm)->mmap_lock)
#define mmap_lock_is_contended(mm) 0

void _mmap_read_lock(struct rw_semaphore *sem);
int _mmap_read_lock_killable(struct rw_semaphore *sem);
bool _mmap_read_trylock(struct rw_semaphore *sem);
void _mmap_read_unlock(struct rw_semaphore *sem);
void _mmap_write_lock(struct rw_semaphore *sem);
int _mmap_write_lock_killable(struct rw_semaphore *sem);
bool _mmap_write_trylock(struct rw_semaphore *sem);
void _mmap_write_unlock(struct rw_semaphore *sem);

#define i_mmap_lock_write(mapping) down_write(&(mapping)->i_mmap_rwsem)
#define i_mmap_trylock_write(mapping) down_write_trylock(&(mapping)->i_mmap_rwsem)
#define i_mmap_unlock_write(mapping) up_write(&(mapping)->i_mmap_rwsem)
#define i_mmap_lock_read(mapping) down_read(&(mapping)->i_mmap_rwsem)
#define i_mmap_unlock_read(mapping) up_read(&(mapping)->i_mmap_rwsem)
#define i_mmap_assert_locked(mapping) lockdep_assert_held(&(mapping)->i_mmap_rwsem)
#define i_mmap_assert_write_locked(mapping) lockdep_assert_held_write(&(mapping)->i_mmap_rwsem)

void folio_lock(struct folio *folio);
int folio_lock_killable(struct folio *folio);
bool folio_trylock(struct folio *folio);
void folio_unlock(struct folio *folio);
#define lock_page(page) folio_lock((struct folio *)(page))
#define trylock_page(page) folio_trylock((struct folio *)(page))
#define unlock_page(page) folio_unlock((struct folio *)(page))

#endif
