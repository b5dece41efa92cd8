/** What one ww acquire context remembers (struct ww_acquire_ctx). Who may take what is decided in ww.ts. */
import type { Site } from '../../machine/events.ts';
import type { LockKey } from './lockdep/types.ts';

export interface WwContext {
  readonly address: number;
  task: number;
  stamp: number;
  acquired: number;
  wounded: boolean;
  waitDie: boolean;
  /** null: the test suite cleared it. */
  wwClass: LockKey | null;
  acquireName: string;
  doneAt: Site | null;
  done: boolean;
  /** Lock that gave -EDEADLK and must be taken next; 0: none. */
  contending: number;
  contendingAt: Site | null;
  /** How many times -EDEADLK was made up for this context; bounded, so that back-off loops end. */
  injected: number;
  finished: boolean;
  /** It was initialised where nobody looked: whoever handed it on is inside its acquire. */
  readonly unseen: boolean;
}
