/**
 * The one kernel configuration that text is read under: x86-64, SMP, with lockdep, IOMMU and peer-to-peer DMA. What is not listed is on,
 * because a patch is about the driver it changes, except options that say by their name that they add debugging or self-tests, or that
 * belong to another architecture or page-size world. `ProgramOptions.config` overrides any of it.
 */

/** `true`: `=y`. `false`: not set. A string: the value of a non-boolean option. */
export type Configuration = Readonly<Record<string, boolean | string>>;

const VALUES: Configuration = {
  CONFIG_NR_CPUS: '64',
  CONFIG_HZ: '250',
  CONFIG_PAGE_SHIFT: '12',
  CONFIG_PGTABLE_LEVELS: '5',
  CONFIG_NODES_SHIFT: '6',
  CONFIG_FRAME_WARN: '2048',
  CONFIG_LOG_BUF_SHIFT: '18',
  CONFIG_MESSAGE_LOGLEVEL_DEFAULT: '4',
  CONFIG_CONSOLE_LOGLEVEL_DEFAULT: '7',
  CONFIG_ILLEGAL_POINTER_VALUE: '0xdead000000000000',
  CONFIG_PHYSICAL_ALIGN: '0x200000',
  CONFIG_X86_L1_CACHE_SHIFT: '6',
  CONFIG_X86_INTERNODE_CACHE_SHIFT: '6',
  CONFIG_DRM_XE_TIMESLICE_MAX: '10000000',
  CONFIG_DRM_XE_TIMESLICE_MIN: '1',
  CONFIG_DRM_XE_JOB_TIMEOUT_MAX: '10000',
  CONFIG_DRM_XE_JOB_TIMEOUT_MIN: '1',
  CONFIG_DRM_XE_PREEMPT_TIMEOUT: '640000',
  CONFIG_DRM_XE_PREEMPT_TIMEOUT_MAX: '10000000',
  CONFIG_DRM_XE_PREEMPT_TIMEOUT_MIN: '1',
  CONFIG_DRM_XE_FORCE_PROBE: '""',
};

const ON = new Set([
  'CONFIG_PROVE_LOCKING',
  'CONFIG_LOCKDEP',
  'CONFIG_DEBUG_LOCK_ALLOC',
  'CONFIG_TRACE_IRQFLAGS',
  'CONFIG_64BIT',
  'CONFIG_X86_64',
  'CONFIG_DEBUG_FS',
  'CONFIG_DEBUG_MUTEXES',
  'CONFIG_DEBUG_SPINLOCK',
  'CONFIG_DEBUG_RWSEMS',
  'CONFIG_DEBUG_WW_MUTEX_SLOWPATH',
  'CONFIG_DEBUG_ATOMIC_SLEEP',
  'CONFIG_DEBUG_BUGVERBOSE',
]);

const OFF = new Set([
  'CONFIG_PREEMPT_RT',
  'CONFIG_32BIT',
  'CONFIG_X86_32',
  'CONFIG_HIGHMEM',
  'CONFIG_X86_PAE',
  'CONFIG_GUP_GET_PXX_LOW_HIGH',
  'CONFIG_CPU_BIG_ENDIAN',
  'CONFIG_UML',
  'CONFIG_XEN',
  'CONFIG_COMPILE_TEST',
  'CONFIG_TINY_RCU',
  'CONFIG_SLOB',
  'CONFIG_SLUB_TINY',
  'CONFIG_FLATMEM',
  'CONFIG_WW_MUTEX_SELFTEST',
  'CONFIG_CC_OPTIMIZE_FOR_SIZE',
  'CONFIG_CFI_CLANG',
  'CONFIG_KCSAN',
  'CONFIG_KASAN',
  'CONFIG_KMSAN',
  'CONFIG_GCOV_KERNEL',
  'CONFIG_UBSAN',
  'CONFIG_FORTIFY_SOURCE',
  'CONFIG_JUMP_LABEL',
  'CONFIG_MEM_ALLOC_PROFILING',
  'CONFIG_PROFILE_ALL_BRANCHES',
  'CONFIG_PROFILE_ANNOTATED_BRANCHES',
  'CONFIG_TRACE_BRANCH_PROFILING',
  'CONFIG_BRANCH_PROFILE_NONE',
  'CONFIG_CC_IS_CLANG',
  'CONFIG_CC_HAS_NAMED_AS',
  'CONFIG_USE_X86_SEG_SUPPORT',
  'CONFIG_LTO',
  'CONFIG_LTO_CLANG',
  'CONFIG_OBJTOOL',
  'CONFIG_NOINSTR_VALIDATION',
  'CONFIG_STACK_VALIDATION',
  'CONFIG_RANDSTRUCT',
  'CONFIG_PREEMPT_DYNAMIC',
  'CONFIG_PREEMPT_NONE',
  'CONFIG_PREEMPT_VOLUNTARY',
  'CONFIG_PREEMPT_LAZY',
  'CONFIG_PARAVIRT',
  'CONFIG_PARAVIRT_XXL',
  'CONFIG_PARAVIRT_SPINLOCKS',
  'CONFIG_DISCONTIGMEM',
  'CONFIG_BASE_SMALL',
  'CONFIG_HIGHPTE',
  'CONFIG_GENERIC_ATOMIC64',
  'CONFIG_X86_X32_ABI',
  'CONFIG_NO_IOMEM',
  'CONFIG_UNINLINE_SPIN_UNLOCK',
  'CONFIG_RUST',
]);

const OTHER_ARCHITECTURE =
  /^CONFIG_(?:ARM|ARM64|PPC|PPC32|PPC64|POWERPC|S390|MIPS|RISCV|SPARC|SPARC64|ALPHA|IA64|LOONGARCH|M68K|PARISC|SH|XTENSA|ARC|CSKY|NIOS2|OPENRISC|HEXAGON|MICROBLAZE|UM|KASAN|KMSAN|KCSAN|CELL|EISA)(?:_|$)/;
const DEBUG_ONLY = /(?:_DEBUG|DEBUG_|_KUNIT|KUNIT_|_SELFTEST|_SELFTESTS|_TEST|_FAULT_INJECTION|_MODULE)(?:_|$)/;

/** Answers for one program. */
export class Config {
  /** Two with the same key give the same answers. */
  readonly key: string;

  constructor(private readonly overrides: Configuration) {
    this.key = JSON.stringify(overrides);
  }

  /** Value of an option: `'1'` for `=y`, its text for other values, null when it is not set. */
  value(name: string): string | null {
    const own = this.overrides[name];
    if (own !== undefined) return own === true ? '1' : own === false ? null : own;
    const value = VALUES[name];
    if (typeof value === 'string') return value;
    if (ON.has(name)) return '1';
    if (OFF.has(name) || OTHER_ARCHITECTURE.test(name) || DEBUG_ONLY.test(name)) return null;
    return '1';
  }

  enabled(name: string): boolean {
    return this.value(name) !== null;
  }
}

/** Predefined by the compiler on x86-64, as far as C text in the kernel or a test program asks. */
export const PREDEFINED: ReadonlyMap<string, string> = new Map(
  Object.entries({
    __STDC__: '1',
    __STDC_VERSION__: '201112L',
    __STDC_HOSTED__: '1',
    __GNUC__: '13',
    __GNUC_MINOR__: '2',
    __GNUC_PATCHLEVEL__: '0',
    __x86_64__: '1',
    __x86_64: '1',
    __amd64__: '1',
    __linux__: '1',
    __linux: '1',
    __unix__: '1',
    __ELF__: '1',
    __LP64__: '1',
    _LP64: '1',
    __CHAR_BIT__: '8',
    __SCHAR_MAX__: '0x7f',
    __SHRT_MAX__: '0x7fff',
    __INT_MAX__: '0x7fffffff',
    __LONG_MAX__: '0x7fffffffffffffffL',
    __LONG_LONG_MAX__: '0x7fffffffffffffffLL',
    __INTMAX_MAX__: '0x7fffffffffffffffL',
    __UINTMAX_MAX__: '0xffffffffffffffffUL',
    __SIZE_MAX__: '0xffffffffffffffffUL',
    __SIZEOF_INT__: '4',
    __SIZEOF_SHORT__: '2',
    __SIZEOF_LONG__: '8',
    __SIZEOF_LONG_LONG__: '8',
    __SIZEOF_POINTER__: '8',
    __SIZEOF_SIZE_T__: '8',
    __SIZEOF_FLOAT__: '4',
    __SIZEOF_DOUBLE__: '8',
    __BYTE_ORDER__: '1234',
    __ORDER_LITTLE_ENDIAN__: '1234',
    __ORDER_BIG_ENDIAN__: '4321',
    __LITTLE_ENDIAN_BITFIELD: '1',
    __LITTLE_ENDIAN: '1234',
    __SIZE_TYPE__: 'unsigned long',
    __PTRDIFF_TYPE__: 'long',
    __WCHAR_TYPE__: 'int',
    __INTMAX_TYPE__: 'long',
    __UINTMAX_TYPE__: 'unsigned long',
    __INT8_TYPE__: 'signed char',
    __INT16_TYPE__: 'short',
    __INT32_TYPE__: 'int',
    __INT64_TYPE__: 'long',
    __UINT8_TYPE__: 'unsigned char',
    __UINT16_TYPE__: 'unsigned short',
    __UINT32_TYPE__: 'unsigned int',
    __UINT64_TYPE__: 'unsigned long',
    __INTPTR_TYPE__: 'long',
    __UINTPTR_TYPE__: 'unsigned long',
    __FLT_EVAL_METHOD__: '0',
    __NO_INLINE__: '1',
  }),
);

/** Also predefined where the units are kernel text. */
export const KERNEL_PREDEFINED: ReadonlyMap<string, string> = new Map(
  Object.entries({
    __KERNEL__: '1',
    __OPTIMIZE__: '1',
    MODULE: '1',
    KBUILD_MODNAME: '"module"',
    KBUILD_BASENAME: '"module"',
  }),
);
