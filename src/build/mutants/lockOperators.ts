/** Operators on locks and contexts: taken, released, nested and waited for wrongly. */
import type { Statement } from './code.ts';
import { append, argumentsOf, callee, drop, isReturn, isTarget, mentions, replace, whole } from './edit.ts';
import type { Operator, Site } from './mutant.ts';

const LOCK = /^(?:mutex_lock|spin_lock|spin_lock_irqsave|dma_resv_lock|down_read|down_write)$/;
const SPIN = /^spin_lock(?:_irqsave)?$/;
const UNLOCK = /^(?:mutex_unlock|spin_unlock|spin_unlock_irqrestore|dma_resv_unlock|up_read|up_write)$/;

/** First argument of a call that is a statement of its own. */
const subject = (statement: Statement): string => argumentsOf(statement)[0] ?? '';
const lastMember = (expression: string): string => /(\w+)\W*$/.exec(expression)?.[1] ?? '';

/** `import->dmabuf` of `import->dmabuf->resv`: who is given it may take the lock. */
const around = (lock: string): string => /^&?(\w+->\w+(?:->\w+)*)->\w+$/.exec(lock)?.[1] ?? '';

/** Partners of a change to a lock: the other operations on it in the function, its returns and its end. */
const sameLock =
  (lock: string) =>
  (statement: Statement): boolean =>
    mentions(statement, lock) || mentions(statement, around(lock)) || isReturn(statement) || statement.text === '}';

const sameLockAnywhere =
  (lock: string) =>
  (statement: Statement): boolean =>
    /lock/.test(statement.text) && new RegExp(`\\b${lastMember(lock)}\\b`).test(statement.text);

/** Where a lock that stays held shows: at its next use, and at the end of those that call the function. */
const heldOn =
  (site: Site, lock: string) =>
  (statement: Statement, fn: Site['fn']): boolean =>
    sameLockAnywhere(lock)(statement) ||
    ((isReturn(statement) || statement.text === '}') && whole(fn).includes(`${site.fn.name}(`));

function lockSite(site: Site, pattern: RegExp): string | null {
  return pattern.test(callee(site.statement) ?? '') ? subject(site.statement) : null;
}

function neighbourLocks(site: Site): Statement | null {
  const next = site.fn.statements[site.index + 1];
  const both = LOCK.test(callee(site.statement) ?? '') && next !== undefined && LOCK.test(callee(next) ?? '');
  if (!both) return null;
  const pair = [subject(site.statement), subject(next)].map(lastMember);
  // Only where another function takes the same two is an exchange a defect.
  const elsewhere = site.code.functions.some(
    (fn) =>
      fn !== site.fn &&
      fn.statements.some((statement, i) => {
        const after = fn.statements[i + 1];
        return (
          after !== undefined &&
          LOCK.test(callee(statement) ?? '') &&
          lastMember(subject(statement)) === pair[0] &&
          lastMember(subject(after)) === pair[1]
        );
      }),
  );
  return elsewhere ? next : null;
}

/** Whether some function allocates while it holds a lock of this member. */
function allocatesUnder(site: Site, name: string): boolean {
  return site.code.functions.some((fn) => {
    let held = false;
    return fn.statements.some((statement) => {
      const call = callee(statement) ?? '';
      if (lastMember(subject(statement)) === name) held = LOCK.test(call) || (held && !UNLOCK.test(call));
      return held && /\bGFP_KERNEL\b|\bmight_alloc\(/.test(statement.text);
    });
  });
}

export const lockOperators: readonly Operator[] = [
  {
    name: 'drop-unlock',
    plants: 'a lock that is not released',
    changes: (site) => {
      const lock = lockSite(site, UNLOCK);
      return lock === null
        ? []
        : [{ edits: [drop(site.statement)], partner: sameLock(lock), anywhere: heldOn(site, lock), head: true }];
    },
  },
  {
    name: 'drop-lock',
    plants: 'a release of a lock that was not taken',
    changes: (site) => {
      const lock = lockSite(site, LOCK);
      return lock === null ? [] : [{ edits: [drop(site.statement)], partner: (other) => mentions(other, lock) }];
    },
  },
  {
    name: 'lock-twice',
    plants: 'a lock taken twice',
    changes: (site) => {
      const lock = lockSite(site, LOCK);
      return lock === null
        ? []
        : [{ edits: [append(site.statement, site.statement.text)], partner: (other) => mentions(other, lock) }];
    },
  },
  {
    name: 'unlock-twice',
    plants: 'a lock released twice',
    changes: (site) => {
      const lock = lockSite(site, UNLOCK);
      return lock === null ? [] : [{ edits: [append(site.statement, site.statement.text)] }];
    },
  },
  {
    name: 'swap-locks',
    plants: 'two locks in the other order than elsewhere',
    changes: (site) => {
      const next = neighbourLocks(site);
      if (next === null) return [];
      const names = [lastMember(subject(site.statement)), lastMember(subject(next))];
      return [
        {
          edits: [
            { statement: site.statement, text: next.text },
            { statement: next, text: site.statement.text },
          ],
          anywhere: (other) => LOCK.test(callee(other) ?? '') && names.includes(lastMember(subject(other))),
        },
      ];
    },
  },
  {
    name: 'unlock-other-lock',
    plants: 'a release of the wrong one of two locks',
    changes: (site) => {
      const lock = lockSite(site, UNLOCK);
      const other = site.fn.statements.find(
        (each) => callee(each) === callee(site.statement) && subject(each) !== lock && lock !== null,
      );
      return other === undefined || lock === null
        ? []
        : [
            {
              edits: [{ statement: site.statement, text: other.text }],
              partner: (each) => sameLock(lock)(each) || mentions(each, subject(other)),
              anywhere: sameLockAnywhere(lock),
            },
          ];
    },
  },
  {
    name: 'trylock-to-lock',
    plants: 'waiting for a lock where reclaim runs',
    changes: (site) =>
      [
        replace(site.statement, /!dma_resv_trylock\(([^()]+)\)/, '(dma_resv_lock($1, NULL) != 0)'),
        replace(site.statement, /!mutex_trylock\(([^()]+)\)/, '(mutex_lock($1), 0)'),
      ]
        .filter((edit) => edit !== null)
        .map((edit) => ({
          edits: [edit],
          anywhere: (other) => /lock/.test(other.text) && !/unlock/.test(other.text),
          // A reservation is allocated under by everybody.
          equivalent:
            /dma_resv/.test(edit.text) ||
            allocatesUnder(site, lastMember(argumentsOf({ ...site.statement, text: edit.text.slice(4) })[0] ?? ''))
              ? null
              : 'nobody waits for memory under this lock',
        })),
  },
  {
    name: 'assert-to-lock',
    plants: 'taking a lock that the caller holds',
    changes: (site) => {
      const edit = replace(site.statement, /^dma_resv_assert_held\((.+)\);$/, 'dma_resv_lock($1, NULL);');
      return edit ? [{ edits: [edit] }] : [];
    },
  },
  {
    name: 'sleep-under-spinlock',
    plants: 'a call that sleeps under a spinlock',
    changes: (site) => (lockSite(site, SPIN) === null ? [] : [{ edits: [append(site.statement, 'msleep(1);')] }]),
  },
  {
    name: 'allocate-under-spinlock',
    plants: 'a waiting allocation under a spinlock',
    changes: (site) =>
      lockSite(site, SPIN) === null ? [] : [{ edits: [append(site.statement, 'kfree(kmalloc(16, GFP_KERNEL));')] }],
  },
  {
    name: 'allocate-while-signalling',
    plants: 'a waiting allocation in a fence signalling section',
    changes: (site) =>
      /= dma_fence_begin_signalling\(\);$/.test(site.statement.text)
        ? [{ edits: [append(site.statement, 'kfree(kmalloc(16, GFP_KERNEL));')] }]
        : [],
  },
  {
    name: 'drop-end-signalling',
    plants: 'a fence signalling section that is not left',
    changes: (site) =>
      callee(site.statement) === 'dma_fence_end_signalling'
        ? [
            {
              edits: [drop(site.statement)],
              partner: (other) => isReturn(other) || /signalling/.test(other.text) || other.text === '}',
              anywhere: (other) => /signalling/.test(other.text),
            },
          ]
        : [],
  },
  {
    name: 'end-signalling-twice',
    plants: 'a fence signalling section that is left twice',
    changes: (site) =>
      callee(site.statement) === 'dma_fence_end_signalling'
        ? [{ edits: [append(site.statement, site.statement.text)] }]
        : [],
  },
  {
    name: 'irqsave-to-plain',
    plants: 'a lock of an interrupt handler taken with interrupts on',
    changes: (site) => {
      const lock = callee(site.statement) === 'spin_lock_irqsave' ? subject(site.statement) : null;
      if (lock === null || /irqreturn_t/.test(site.fn.head)) return [];
      const edits = site.fn.statements.flatMap((each) =>
        mentions(each, lock)
          ? [replace(each, /^spin_(un)?lock_irq(?:save|restore)\((.+), flags\);$/, 'spin_$1lock($2);')].filter(
              (edit) => edit !== null,
            )
          : [],
      );
      return edits.length === 2 ? [{ edits, anywhere: sameLockAnywhere(lock) }] : [];
    },
  },
  {
    name: 'drop-lock-init',
    plants: 'a lock or list head that is not initialised',
    changes: (site) => {
      if (!/^(?:mutex_init|spin_lock_init|INIT_LIST_HEAD|INIT_WORK)$/.test(callee(site.statement) ?? '')) return [];
      const name = lastMember(subject(site.statement));
      // A list entry is initialised by being added.
      const heads = site.code.functions.some((fn) =>
        fn.statements.some((each) =>
          new RegExp(`(?:list_add\\w*\\([^,]+,|entry\\w*\\(.*|lock\\w*\\(|_work\\w*\\()[^;]*\\b${name}\\b`).test(
            each.text,
          ),
        ),
      );
      const entry = site.code.functions.some((fn) =>
        fn.statements.some((each) => new RegExp(`list_add\\w*\\([^,]*\\b${name},`).test(each.text)),
      );
      return heads && !entry
        ? [{ edits: [drop(site.statement)], anywhere: (other) => new RegExp(`\\b${name}\\b`).test(other.text) }]
        : [];
    },
  },
  {
    name: 'ignore-reclaim-flag',
    plants: 'waiting work done where the flag says that reclaim runs',
    changes: (site) => {
      const edit = replace(site.statement, /^if \((\w*reclaim\w*)\)$/, 'if ($1 && 0)');
      return edit
        ? [{ edits: [edit], anywhere: (other) => /\b(?:mutex_lock|flush_work|kzalloc)\(/.test(other.text) }]
        : [];
    },
  },
  {
    name: 'drop-cancel-work',
    plants: 'an object that goes while its work is queued',
    changes: (site) => {
      if (!/^(?:cancel_work_sync|flush_work)$/.test(callee(site.statement) ?? '')) return [];
      // Where nothing is freed afterwards, waiting is a courtesy.
      return site.fn.statements.slice(site.index).some((each) => callee(each) === 'kfree')
        ? [{ edits: [drop(site.statement)], partner: (other) => isTarget(other, 'kfree') }]
        : [];
    },
  },
  {
    name: 'resv-lock-under-spinlock',
    plants: 'a reservation lock under a spinlock',
    changes: (site) => {
      const resv = /(\w+(?:->\w+)*->resv)\b/.exec(whole(site.fn))?.[1];
      if (resv === undefined || lockSite(site, SPIN) === null) return [];
      return [{ edits: [append(site.statement, `dma_resv_lock(${resv}, NULL);`)] }];
    },
  },
];
