/* The workqueues that everybody shares: none of them promises progress when memory is short. */
#include <linux/workqueue.h>

struct workqueue_struct {
	int shared;
};

static struct workqueue_struct events, events_highpri, events_long, events_unbound, events_freezable;

struct workqueue_struct *system_wq = &events;
struct workqueue_struct *system_percpu_wq = &events;
struct workqueue_struct *system_highpri_wq = &events_highpri;
struct workqueue_struct *system_long_wq = &events_long;
struct workqueue_struct *system_unbound_wq = &events_unbound;
struct workqueue_struct *system_dfl_wq = &events_unbound;
struct workqueue_struct *system_freezable_wq = &events_freezable;
