/**
 * Which file of a kernel tree mentions the definition of which name: found by line patterns alone, so that indexing a few thousand headers
 * takes a moment. It only proposes files; what they really declare is read by the front end.
 */
import type { SourceTree } from './program.ts';

const MACRO = /^[ \t]*#[ \t]*define[ \t]+(\w+)/gm;
const TAG = /^(?:typedef[ \t]+)?(struct|union|enum)[ \t]+(?:__\w+[ \t]+)*(\w+)[ \t]*(?:__\w+[ \t]*)*\s?\{/gm;
const NESTED_TAG = /^[ \t]+(struct|union|enum)[ \t]+(\w+)[ \t]*\{/gm;
const TYPEDEF = /^typedef\b[^;{]*?\(?\*?\b(\w+)\)?(?:\[[^\]]*\]|\([^;]*\))?;/gm;
const TYPEDEF_END = /^\}[ \t]*(?:__\w+(?:\([^)]*\))?[ \t]*)*(\w+)[^;=(]*;/gm;
const TYPEDEF_LINE = /^typedef[ \t][^\n]*\b(\w+)[ \t]*;[^\n]*$/gm;
const TYPEDEF_MARKED = /^typedef[ \t][^\n;{]*\b(\w+)\s+__\w+[ \t]*(?:\([^\n]*\))?;/gm;
const POINTER = /^[A-Za-z_][^;{}=#\n()]*\([ \t]*\*[ \t]*(\w+)[ \t]*\)[ \t]*\(/gm;
const REGISTER = /^register[ \t][^;(){}=\n]*\b(\w+)[ \t]+(?:asm|__asm__)\b/gm;
const LIST = /^extern[ \t][^;{}()#=]*,[^;{}()#=]*;/gm;
const LISTED = /\b(\w+)[ \t]*(?:\[[^\]\n]*\])*[ \t]*(?=[,;])/g;
const FUNCTION = /^[A-Za-z_][^;{}=#\n]*?\b(\w+)[ \t]*\(/gm;
const SECOND_LINE = /^(\w+)\([^\n]*[,)]$/gm;
const OBJECT =
  /^(?:extern|static|const|struct|union|enum|unsigned|int|long|bool|char|u\d+|atomic\w*)\b[^;{}()#\n]*?\b(\w+)(?:\[[^\]\n]*\])*[ \t]*(__\w+)?[ \t]*(?:;|=)/gm;
const ENUMERATOR = /^[ \t]+([A-Za-z_]\w*)[ \t]*(?:=[^,\n]*)?,?[ \t]*(?:\/[*/][^\n]*)?$/gm;
const GENERATED =
  /^(?:DEFINE_(?:GUARD|GUARD_COND|CLASS|FREE|LOCK_GUARD_[012])|EXTEND_CLASS|DECLARE_\w+|DEFINE_\w+)\([ \t]*(\w+)[ \t]*(?:,[ \t]*(\w+))?/gm;

/** `DECLARE_PER_CPU(struct s *, name[2]);`: the name comes last. */
const GENERATED_LAST = /^(?:static[ \t]+)?(?:DECLARE|DEFINE)_\w+\([^;{}()]*?,\s*(\w+)(?:\[[^\]]*\])*[ \t]*\)/gm;

const DECLARED = [
  GENERATED_LAST,
  TYPEDEF,
  TYPEDEF_END,
  TYPEDEF_LINE,
  TYPEDEF_MARKED,
  FUNCTION,
  SECOND_LINE,
  POINTER,
  REGISTER,
  OBJECT,
  ENUMERATOR,
];

export class TreeIndex {
  private readonly declarations = new Map<string, string[]>();
  private readonly macros = new Map<string, string[]>();

  /** Files added first are proposed first. */
  add(path: string, text: string): void {
    const put = (map: Map<string, string[]>, name: string | undefined): void => {
      if (name === undefined) return;
      const list = map.get(name);
      if (list === undefined) map.set(name, [path]);
      else if (list[list.length - 1] !== path) list.push(path);
    };
    const header = path.endsWith('.h');
    if (header) for (const match of text.matchAll(MACRO)) put(this.macros, match[1]);
    for (const pattern of [TAG, NESTED_TAG])
      for (const match of text.matchAll(pattern)) put(this.declarations, `${match[1]} ${match[2]}`);
    for (const pattern of DECLARED) for (const match of text.matchAll(pattern)) put(this.declarations, match[1]);
    for (const list of text.matchAll(LIST))
      for (const match of list[0].matchAll(LISTED)) put(this.declarations, match[1]);
    for (const match of text.matchAll(OBJECT)) put(this.declarations, match[2]);
    for (const match of text.matchAll(GENERATED)) {
      for (const base of [
        match[1],
        match[2],
        match[1] === undefined || match[2] === undefined ? undefined : match[1] + match[2],
      ]) {
        if (base === undefined) continue;
        put(this.declarations, base);
        for (const name of [
          `class_${base}_t`,
          `class_${base}_constructor`,
          `class_${base}_destructor`,
          `class_${base}_lock_ptr`,
          `__free_${base}`,
          `class_${base}_is_conditional`,
        ])
          put(this.declarations, name);
      }
    }
  }

  find(identifier: string): readonly string[] {
    return this.declarations.get(identifier) ?? [];
  }

  findMacro(name: string): readonly string[] {
    return this.macros.get(name) ?? [];
  }

  /** The index as a tree, with the host's way of reading files. */
  tree(read: (path: string) => string | null): SourceTree {
    return { read, find: (identifier) => this.find(identifier), findMacro: (name) => this.findMacro(name) };
  }
}
