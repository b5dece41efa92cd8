/** The words of C and GNU C, sorted by what the front end does with them. */

/** Words that make up the built-in types. */
export const BASE_WORDS: ReadonlySet<string> = new Set([
  'void',
  'char',
  'short',
  'int',
  'long',
  'float',
  'double',
  'signed',
  'unsigned',
  '_Bool',
  '__signed__',
  '__signed',
  '__int128',
  '__int128_t',
  '_Float128',
  '__float128',
  '_Float64x',
  '_Float32',
  '_Float64',
  '_Float32x',
  '_Complex',
  '__complex__',
  '_BitInt',
]);

export const TAG_WORDS: ReadonlySet<string> = new Set(['struct', 'union', 'enum']);

export const TYPEOF: ReadonlySet<string> = new Set([
  'typeof',
  '__typeof__',
  '__typeof',
  'typeof_unqual',
  '__typeof_unqual__',
]);

export const ALIGNOF: ReadonlySet<string> = new Set(['_Alignof', '__alignof__', '__alignof', 'alignof']);

/** Words that change nothing here and leave the text. `inline` is one: where a body is used, it is known. */
export const DROPPED: ReadonlySet<string> = new Set([
  'volatile',
  '__volatile__',
  '__volatile',
  'restrict',
  '__restrict',
  '__restrict__',
  'register',
  'inline',
  '__inline',
  '__inline__',
  '__extension__',
  '_Noreturn',
  '_Atomic',
  '_Thread_local',
  '__thread',
  '__forceinline',
  'thread_local',
  'constexpr',
  '_Nonnull',
  '_Nullable',
  '__seg_gs',
  '__seg_fs',
]);

/** GNU and C11 forms whose arguments are not all expressions. */
export const COLLAPSED_CALLS: ReadonlySet<string> = new Set([
  '__builtin_offsetof',
  'offsetof',
  '__builtin_va_arg',
  'va_arg',
  '__builtin_types_compatible_p',
  '_Generic',
]);

export const STATEMENT_WORDS: ReadonlySet<string> = new Set([
  'if',
  'else',
  'for',
  'while',
  'do',
  'switch',
  'case',
  'default',
  'break',
  'continue',
  'return',
  'goto',
  'sizeof',
  'typedef',
  'static',
  'extern',
  'const',
  'auto',
]);

/** Identifiers that the parser would take for something else than an identifier. */
export const PARSER_WORDS: ReadonlySet<string> = new Set([
  'true',
  'false',
  'TRUE',
  'FALSE',
  'NULL',
  'nullptr',
  'bool',
  'size_t',
  'ssize_t',
  'ptrdiff_t',
  'intptr_t',
  'uintptr_t',
  'charptr_t',
  'nullptr_t',
  'max_align_t',
  'int8_t',
  'int16_t',
  'int32_t',
  'int64_t',
  'uint8_t',
  'uint16_t',
  'uint32_t',
  'uint64_t',
  'char8_t',
  'char16_t',
  'char32_t',
  'char64_t',
  'noreturn',
  'asm',
  'alignas',
  'alignof',
  'offsetof',
  'defined',
  '__based',
  '__declspec',
  '__cdecl',
  '__clrcall',
  '__stdcall',
  '__fastcall',
  '__thiscall',
  '__vectorcall',
  '__uptr',
  '__sptr',
  '_unaligned',
  '__unaligned',
  '__try',
  '__except',
  '__finally',
  '__leave',
  '_alignof',
]);

/**
 * Names that are types even when nobody declares them: C's own headers and the kernel's `linux/types.h`. A declaration in the units wins.
 * Values are spellings of built-in types.
 */
export const WELL_KNOWN_TYPES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    bool: '_Bool',
    size_t: 'unsigned long',
    ssize_t: 'long',
    ptrdiff_t: 'long',
    intptr_t: 'long',
    uintptr_t: 'unsigned long',
    wchar_t: 'int',
    int8_t: 'signed char',
    int16_t: 'short',
    int32_t: 'int',
    int64_t: 'long',
    uint8_t: 'unsigned char',
    uint16_t: 'unsigned short',
    uint32_t: 'unsigned int',
    uint64_t: 'unsigned long',
    u8: 'unsigned char',
    u16: 'unsigned short',
    u32: 'unsigned int',
    u64: 'unsigned long long',
    s8: 'signed char',
    s16: 'short',
    s32: 'int',
    s64: 'long long',
    __u8: 'unsigned char',
    __u16: 'unsigned short',
    __u32: 'unsigned int',
    __u64: 'unsigned long long',
    __s8: 'signed char',
    __s16: 'short',
    __s32: 'int',
    __s64: 'long long',
    __le16: 'unsigned short',
    __le32: 'unsigned int',
    __le64: 'unsigned long long',
    __be16: 'unsigned short',
    __be32: 'unsigned int',
    __be64: 'unsigned long long',
    dma_addr_t: 'unsigned long long',
    phys_addr_t: 'unsigned long long',
    resource_size_t: 'unsigned long long',
    gfp_t: 'unsigned int',
    loff_t: 'long long',
    pgoff_t: 'unsigned long',
    uint: 'unsigned int',
    ulong: 'unsigned long',
    ushort: 'unsigned short',
  }),
);

/** Names that are worth a look into a kernel tree when a type may stand there. */
export const TYPE_LIKE = /_t$|_fn$|_func$/;

/** What may stand behind the name that a declarator declares. */
export const AFTER_DECLARATOR: ReadonlySet<string> = new Set([';', ',', '=', ')', '[', '(', ':']);

/** Words that are looked at one by one: any other is a name. */
export const MEANT: ReadonlySet<string> = new Set([
  ...['__attribute__', '__attribute', '__auto_type', 'auto', '_Alignas', 'alignas', '_Static_assert', 'static_assert'],
  ...['asm', '__asm__', '__asm', 'goto', 'case', 'switch', '__label__', 'typedef'],
  ...DROPPED,
  ...BASE_WORDS,
  ...TAG_WORDS,
  ...TYPEOF,
  ...ALIGNOF,
  ...COLLAPSED_CALLS,
  ...STATEMENT_WORDS,
]);
