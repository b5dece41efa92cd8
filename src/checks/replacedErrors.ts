/**
 * A failure that is replaced on its way out: behind the label of an exit in failure, the result of what only takes something back becomes what
 * the function returns, 0 when that went well. Read, not run: also of functions of which only a part is shown.
 */
import type { Block, Expr, Stmt } from '../c/ir.ts';
import type { DocumentReport } from './documentView.ts';
import { bare, calleeName, valueName } from './irNames.ts';
import { type CallExpr, callIn, type ReadFunction, told } from './readFunctions.ts';

/** Labels that only failures go to, by their names. */
const FAILURE = /^(?:err|error|fail|failed|unwind|undo|rollback)(?:_|$)|_(?:err|error|fail|failed)$/;
/** Take back what was done before. */
const TAKES_BACK =
  /(?:^|_)(?:unmap|unpin|free|release|destroy|detach|unregister|disable|stop|put|remove|del|unwind|undo|rollback|cleanup|fini|unbind)(?:_|$)/;

/** `err = undo(…)`: the variable and the call; null: it is something else. */
function replaced(expr: Expr): { readonly name: string; readonly call: CallExpr } | null {
  const value = bare(expr);
  if (value.kind !== 'assign') return null;
  const call = callIn(value.value);
  const name = valueName(value);
  if (call === null || name === null || !TAKES_BACK.test(calleeName(call.callee))) return null;
  // Of a function that nobody declares the type is a guess.
  const guessed = call.callee.kind === 'direct' && !call.callee.symbol.declared;
  if (call.type.kind !== 'int' && !guessed) return null;
  return { name, call };
}

function blocksIn(statement: Stmt): readonly Block[] {
  if (statement.kind !== 'block') return [];
  return [statement, ...statement.body.flatMap(blocksIn)];
}

/** Errors that the exit for errors gives another value. */
export function errorsReplaced(read: ReadFunction): DocumentReport[] {
  return blocksIn(read.ir.body).flatMap(({ body }) => {
    let failing = false;
    let found: { readonly name: string; readonly call: CallExpr } | null = null;
    const reports: DocumentReport[] = [];
    for (const statement of body) {
      if (statement.kind === 'label') failing ||= FAILURE.test(statement.name);
      else if (statement.kind === 'expr' && failing) found = replaced(statement.value) ?? found;
      else if (statement.kind === 'return') {
        if (found !== null && statement.value !== null && valueName(bare(statement.value)) === found.name)
          reports.push(
            told(
              read,
              found.call.at,
              `the failure is lost: \`${calleeName(found.call.callee)}()\` gives \`${found.name.replace(/#\d+$/, '')}\` another value`,
              'only failures come to the label above',
              [{ message: 'returned here', at: statement.at }],
            ),
          );
        failing = false;
        found = null;
      } else if (statement.kind !== 'empty') {
        // A condition may give it the error back.
        found = null;
      }
    }
    return reports;
  });
}
