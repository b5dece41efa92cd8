/* IS_ENABLED and friends (the configuration itself is the front end's). */
#ifndef __LINUX_KCONFIG_H
#define __LINUX_KCONFIG_H

#define __SECOND_OF(ignored, second, ...) second
#define __COMMA_IF_1 0,
#define __SET_TO_ONE_3(comma_or_junk) __SECOND_OF(comma_or_junk 1, 0)
#define __SET_TO_ONE_2(value) __SET_TO_ONE_3(__COMMA_IF_##value)
#define __SET_TO_ONE(option) __SET_TO_ONE_2(option)
#define IS_BUILTIN(option) __SET_TO_ONE(option)
#define IS_MODULE(option) __SET_TO_ONE(option##_MODULE)
#define IS_ENABLED(option) (__SET_TO_ONE(option) || __SET_TO_ONE(option##_MODULE))
#define IS_REACHABLE(option) IS_ENABLED(option)

#define LINUX_VERSION_CODE KERNEL_VERSION(7, 1, 0)
#define KERNEL_VERSION(a, b, c) (((a) << 16) + ((b) << 8) + (c))

#endif
