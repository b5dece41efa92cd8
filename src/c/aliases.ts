/** Other names that attributes give to functions and objects. */
import type { Declared } from './fileScope.ts';

/** `__attribute__((alias("target")))`: another name of the same function or object. */
export function aliasOf(declarations: readonly Declared[]): string | null {
  for (const { attributes, body, init } of declarations) {
    const alias = attributes.find((each) => each.name === 'alias');
    const target =
      alias === undefined || body !== null || init !== null ? undefined : /^\s*"(\w+)"\s*$/.exec(alias.args);
    if (target?.[1] !== undefined) return target[1];
  }
  return null;
}
