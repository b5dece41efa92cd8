/** Operators on what has a life: memory, references, mappings, list entries, and the error paths that undo them. */
import type { Statement } from './code.ts';
import { append, argumentsOf, callee, drop, isReturn, mentions, replace, whole } from './edit.ts';
import type { Change, Operator, Site } from './mutant.ts';

const FREE = /^(?:kfree|kvfree|vunmap|__free_page|sg_free_table|dma_fence_put|dma_buf_put|dma_buf_detach)$/;
const TWICE = /^(?:kfree|kvfree|vunmap|__free_page|dma_fence_put|dma_buf_put|dma_buf_detach|dma_iova_free)$/;
const UNMAP = /^(?:dma_unmap_\w+|dma_iova_unlink|dma_iova_free|dma_buf_unmap_attachment|dma_buf_unpin|vunmap)$/;

const last = (expression: string): string => /(\w+)\W*$/.exec(expression)?.[1] ?? '';

/** What the statement gives up: the last argument that is not a device or a pool. */
function subject(statement: Statement): string {
  const list = argumentsOf(statement);
  const name = callee(statement) ?? '';
  return (/^(?:dma_|dma_buf_detach)/.test(name) && !/_put$/.test(name) ? (list[1] ?? list[0]) : list[0]) ?? '';
}

/** Partners: where the thing came from, and where the function ends without it. */
function around(site: Site, thing: string): Pick<Change, 'partner' | 'anywhere' | 'head'> {
  const name = last(thing);
  const owner = /^(\w+)->/.exec(thing)?.[1];
  return {
    // Who frees the object that has the last pointer to it loses it.
    partner: (other) =>
      mentions(other, thing) ||
      isReturn(other) ||
      other.text === '}' ||
      (owner !== undefined && new RegExp(`\\bk\\w*free\\w*\\(${owner}\\)`).test(other.text)),
    // Where it came from, who hands it around, and the end of those that call this function.
    anywhere: (other, fn) =>
      new RegExp(`\\b${name} = `).test(other.text) ||
      (fn !== site.fn && ends(other) && whole(fn).includes(`${site.fn.name}(`)) ||
      (fn !== site.fn &&
        new RegExp(`\\b(?:k\\w*free|\\w*alloc\\w*|map\\w*|link|unlink)\\w*\\([^;]*\\b${name}\\b`).test(other.text)),
    head: true,
  };
}

const ends = (statement: Statement): boolean => isReturn(statement) || statement.text === '}';

const word = (statement: Statement, name: string): boolean => new RegExp(`\\b${name}\\b`).test(statement.text);

/**
 * Where a pointer that a function gives out is used by those that call it: in the caller, and in the functions that get it there. A wrong
 * pointer shows where it is first followed.
 */
function uses(site: Site, maker: string): (other: Statement, fn: Site['fn']) => boolean {
  const callers = site.code.functions.filter((fn) => fn.name !== maker && whole(fn).includes(`${maker}(`));
  const receivers = new Set<string>();
  for (const caller of callers) {
    const name = new RegExp(`(\\w+(?:->\\w+)*) = ${maker}\\(`).exec(whole(caller))?.[1];
    if (name === undefined) continue;
    for (const call of whole(caller).matchAll(/\b(\w+)\(([^();]*)\)/g))
      if (call[1] !== undefined && new RegExp(`\\b${name}\\b`).test(call[2] ?? '')) receivers.add(call[1]);
  }
  return (other, fn) =>
    (callers.includes(fn) && (other.text.includes(`${maker}(`) || isReturn(other) || other.text === '}')) ||
    (receivers.has(fn.name) && /->|\block/.test(other.text));
}

/** Whether anything after the test depends on the tested result before it is replaced. */
function matters(site: Site, tested: string): boolean {
  if (/->|\[/.test(tested)) return true;
  for (const later of site.fn.statements.slice(site.index + 2)) {
    if (new RegExp(`^${tested} = `).test(later.text) && !new RegExp(`= .*\\b${tested}\\b`).test(later.text))
      return false;
    if (word(later, tested)) return true;
    if (/:$/.test(later.text)) return true;
  }
  return false;
}

/** Whether the statement stands on an error path: after a label, or in a branch that returns an error. */
function onErrorPath(site: Site): boolean {
  const before = site.fn.statements.slice(0, site.index);
  return before.some((statement) => /^err\w*:$/.test(statement.text));
}

/** On the side of a test that a call which cannot fail never takes (kernel/locking/ww_mutex.h: only a context gives an error). */
function neverReached({ fn, index }: Site): boolean {
  const before = fn.statements.slice(0, index).findLastIndex(({ text }) => /^if \(\w+\) \{$|^}$/.test(text));
  const [call, test] = [fn.statements[before - 1], fn.statements[before]];
  return test?.text.startsWith('if') === true && /= dma_resv_lock\([^,]+, NULL\);$/.test(call?.text ?? '');
}

export const lifeOperators: readonly Operator[] = [
  {
    name: 'drop-free',
    plants: 'memory or a reference that is not given back',
    changes: (site) =>
      FREE.test(callee(site.statement) ?? '') && !onErrorPath(site)
        ? [{ edits: [drop(site.statement)], ...around(site, subject(site.statement)) }]
        : [],
  },
  {
    name: 'drop-free-on-error-path',
    plants: 'an error path that does not give back what was taken',
    changes: (site) =>
      FREE.test(callee(site.statement) ?? '') && onErrorPath(site)
        ? [{ edits: [drop(site.statement)], ...around(site, subject(site.statement)) }]
        : [],
  },
  {
    name: 'skip-cleanup-step',
    plants: 'a `goto` to the label after the right one',
    changes: (site) => {
      const label = /^goto (err\w*);$/.exec(site.statement.text)?.[1];
      const labels = site.fn.statements.filter((each) => /^err\w*:$/.test(each.text));
      const at = labels.findIndex((each) => each.text === `${label}:`);
      const next = labels[at + 1]?.text.slice(0, -1);
      if (label === undefined || at < 0 || next === undefined) return [];
      return [
        {
          edits: [{ statement: site.statement, text: `goto ${next};` }],
          partner: (other) =>
            isReturn(other) || /\w*alloc\w*\(|dma_buf_\w+\(|lock\(/.test(other.text) || other.text === '}',
          anywhere: (other, fn) => fn !== site.fn && ends(other) && whole(fn).includes(`${site.fn.name}(`),
        },
      ];
    },
  },
  {
    name: 'cleanup-step-too-many',
    plants: 'a `goto` to the label before the right one',
    changes: (site) => {
      const label = /^goto (err\w*);$/.exec(site.statement.text)?.[1];
      const labels = site.fn.statements.filter((each) => /^err\w*:$/.test(each.text));
      const previous = labels[labels.findIndex((each) => each.text === `${label}:`) - 1];
      if (label === undefined || previous === undefined) return [];
      const from = site.fn.statements.indexOf(previous);
      const step = site.fn.statements[from + 1];
      // Freeing NULL, or a table that was never filled, does no harm.
      if (!step || /^(?:kfree|kvfree|sg_free_table|while)\b/.test(step.text)) return [];
      return [
        {
          edits: [{ statement: site.statement, text: `goto ${previous.text.slice(0, -1)};` }],
          partner: (_, index) => index >= from,
        },
      ];
    },
  },
  {
    name: 'free-twice',
    plants: 'memory or a reference given back twice',
    changes: (site) =>
      TWICE.test(callee(site.statement) ?? '')
        ? [
            {
              edits: [append(site.statement, site.statement.text)],
              ...around(site, subject(site.statement)),
              equivalent: neverReached(site) ? 'a lock that is taken without a context does not fail' : null,
            },
          ]
        : [],
  },
  {
    name: 'free-before-use',
    plants: 'memory freed one statement too early',
    changes: (site) => {
      const previous = site.fn.statements[site.index - 1];
      const name = subject(site.statement);
      if (callee(site.statement) !== 'kfree' || !previous || !/^\w+$/.test(name)) return [];
      return new RegExp(`\\b${name}\\b`).test(previous.text) && callee(previous) !== null
        ? [
            {
              edits: [
                { statement: previous, text: site.statement.text },
                { statement: site.statement, text: previous.text },
              ],
              partner: (other) => word(other, name),
              // What is called with the freed pointer follows it there.
              anywhere: (other, fn) => fn.name === callee(previous) && other.text.includes('->'),
            },
          ]
        : [];
    },
  },
  {
    name: 'drop-unmap',
    plants: 'a mapping, a link or an IOVA that stays',
    changes: (site) =>
      UNMAP.test(callee(site.statement) ?? '')
        ? [
            {
              edits: [drop(site.statement)],
              ...around(site, subject(site.statement)),
              anywhere: (other) =>
                /\b(?:dma_map_\w+|dma_iova_\w+|dma_buf_map_attachment|dma_buf_detach|vmap|kfree|drm_pagemap_addr_encode|map_attachment)\(/.test(
                  other.text,
                ),
            },
          ]
        : [],
  },
  {
    name: 'unmap-twice',
    plants: 'a mapping that is undone twice',
    changes: (site) =>
      /^(?:dma_unmap_\w+|dma_iova_unlink|dma_buf_unmap_attachment)$/.test(callee(site.statement) ?? '')
        ? [{ edits: [append(site.statement, site.statement.text)] }]
        : [],
  },
  {
    name: 'drop-list-del',
    plants: 'an entry that is freed while in its list',
    changes: (site) => {
      if (!/^list_del(?:_init)?$/.test(callee(site.statement) ?? '')) return [];
      // Only where the entry itself goes afterwards and the list stays in use.
      const owner = /(\w+)->\w+$/.exec(argumentsOf(site.statement)[0] ?? '')?.[1];
      const listGoes = /destroy\(/.test(site.fn.head);
      const freed = site.fn.statements
        .slice(site.index)
        .some((each) => callee(each) === 'kfree' && argumentsOf(each)[0] === owner);
      return freed && !listGoes
        ? [
            {
              edits: [drop(site.statement)],
              anywhere: (other) => /\blist_\w+\(/.test(other.text) || word(other, 'kfree'),
            },
          ]
        : [];
    },
  },
  {
    name: 'list-del-twice',
    plants: 'an entry taken out of its list twice',
    changes: (site) =>
      callee(site.statement) === 'list_del' ? [{ edits: [append(site.statement, site.statement.text)] }] : [],
  },
  {
    name: 'list-add-twice',
    plants: 'an entry put into its list twice',
    changes: (site) =>
      /^list_add(?:_tail)?$/.test(callee(site.statement) ?? '')
        ? [{ edits: [append(site.statement, site.statement.text)] }]
        : [],
  },
  {
    name: 'unsafe-iteration',
    plants: 'a walk that goes on from an entry it freed',
    changes: (site) => {
      const edit = replace(site.statement, /list_for_each_entry_safe\((\w+), \w+,/, 'list_for_each_entry($1,');
      const entry = /list_for_each_entry_safe\((\w+),/.exec(site.statement.text)?.[1];
      const freed = site.fn.statements
        .slice(site.index)
        .some((each) => callee(each) === 'kfree' && argumentsOf(each)[0] === entry);
      return edit && freed
        ? [{ edits: [edit], partner: (other) => word(other, 'kfree') || (entry !== undefined && word(other, entry)) }]
        : [];
    },
  },
  {
    name: 'drop-error-test',
    plants: 'a result that nobody tests',
    changes: (site) => {
      const condition = /^if \((!?[\w>-]+(?:\[\w+\])?|IS_ERR\(.+\)|!dma_iova_try_alloc\(.+\))\)( \{)?$/.exec(
        site.statement.text,
      );
      const tested = /(\w+(?:->\w+)*)/.exec((condition?.[1] ?? '').replace('IS_ERR(', ''))?.[1] ?? '';
      const next = site.fn.statements[site.index + 1];
      const previous = site.fn.statements[site.index - 1];
      const leaves = next !== undefined && /^(?:return|goto|ret = )/.test(next.text);
      const made = previous?.text.includes(`${tested} = `) || condition?.[1]?.includes('try_alloc');
      if (!condition || !leaves || !made) return [];
      const maker = /= (\w+)\(/.exec(previous?.text ?? '')?.[1];
      return [
        {
          edits: [{ statement: site.statement, text: `if ((${condition[1]}) && 0)${condition[2] ?? ''}` }],
          partner: (other, index) =>
            index >= site.index - 1 && (word(other, last(tested)) || isReturn(other) || other.text === '}'),
          anywhere: (other, fn) =>
            (/try_alloc/.test(condition[1] ?? '') && /\bdma_iova_\w+\(/.test(other.text)) ||
            (tested.includes('->') && word(other, last(tested))) ||
            (maker !== undefined && fn !== site.fn && uses(site, maker)(other, fn)),
          equivalent: matters(site, tested) ? null : 'what was tested is replaced before anything depends on it',
        },
      ];
    },
  },
  {
    name: 'null-for-error-pointer',
    plants: 'NULL where an error pointer is due',
    changes: (site) => {
      const edit = replace(site.statement, /^return ERR_PTR\(.+\);$/, 'return NULL;');
      return edit && /_map\b|_attach|import_fd|create|export/.test(site.fn.head)
        ? [
            {
              edits: [edit],
              anywhere: uses(site, site.fn.name),
            },
          ]
        : [];
    },
  },
  {
    name: 'positive-errno',
    plants: 'an error number without its sign',
    changes: (site) => {
      const edit =
        replace(site.statement, /^return ERR_PTR\(-(E\w+)\);$/, 'return ERR_PTR($1);') ??
        // Inside the driver any number but zero says the same.
        (new RegExp(`= ${site.fn.name},`).test(site.code.document.join('\n')) || /ERR_PTR\(ret\)/.test(whole(site.fn))
          ? (replace(site.statement, /^return -(E\w+);$/, 'return $1;') ??
            replace(site.statement, /^ret = -(E\w+);$/, 'ret = $1;'))
          : null);
      return edit ? [{ edits: [edit], partner: isReturn, anywhere: uses(site, site.fn.name) }] : [];
    },
  },
  {
    name: 'uninitialised-result',
    plants: 'a result that is not set on every path',
    changes: (site) => {
      const edit = replace(site.statement, /^int (\w+) = 0;$/, 'int $1;');
      const name = /^int (\w+)/.exec(site.statement.text)?.[1] ?? '';
      return edit ? [{ edits: [edit], partner: (other) => word(other, name) }] : [];
    },
  },
];
