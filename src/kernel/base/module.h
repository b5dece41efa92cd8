/* Module boilerplate: everything that only registers or describes expands to a harmless declaration. */
#ifndef _LINUX_MODULE_H
#define _LINUX_MODULE_H
#include <linux/types.h>

struct module;
/* With its own end: some of these are written without one. */
#define __DESCRIPTIVE struct __nothing;
#define THIS_MODULE ((struct module *)&__this_module)
extern struct module __this_module;

#define EXPORT_SYMBOL(symbol) __DESCRIPTIVE
#define EXPORT_SYMBOL_GPL(symbol) __DESCRIPTIVE
#define EXPORT_SYMBOL_NS(symbol, ns) __DESCRIPTIVE
#define EXPORT_SYMBOL_NS_GPL(symbol, ns) __DESCRIPTIVE
#define EXPORT_SYMBOL_FOR_MODULES(symbol, modules) __DESCRIPTIVE
#define EXPORT_SYMBOL_FOR_TESTS_ONLY(symbol) __DESCRIPTIVE
#define EXPORT_PER_CPU_SYMBOL(symbol) __DESCRIPTIVE
#define MODULE_LICENSE(text) __DESCRIPTIVE
#define MODULE_AUTHOR(text) __DESCRIPTIVE
#define MODULE_DESCRIPTION(text) __DESCRIPTIVE
#define MODULE_VERSION(text) __DESCRIPTIVE
#define MODULE_ALIAS(text) __DESCRIPTIVE
#define MODULE_INFO(tag, text) __DESCRIPTIVE
#define MODULE_SOFTDEP(text) __DESCRIPTIVE
#define MODULE_FIRMWARE(text) __DESCRIPTIVE
#define MODULE_IMPORT_NS(ns) __DESCRIPTIVE
#define MODULE_DEVICE_TABLE(type, name) __DESCRIPTIVE
#define MODULE_PARM_DESC(name, text) __DESCRIPTIVE
#define module_param(name, type, perm) __DESCRIPTIVE
#define module_param_named(name, value, type, perm) __DESCRIPTIVE
#define module_param_named_unsafe(name, value, type, perm) __DESCRIPTIVE
#define module_param_unsafe(name, type, perm) __DESCRIPTIVE
#define module_param_array(name, type, nump, perm) __DESCRIPTIVE
#define module_param_string(name, string, len, perm) __DESCRIPTIVE
#define module_param_cb(name, ops, arg, perm) __DESCRIPTIVE
#define module_init(fn) __DESCRIPTIVE
#define module_exit(fn) __DESCRIPTIVE
#define early_initcall(fn) __DESCRIPTIVE
#define core_initcall(fn) __DESCRIPTIVE
#define subsys_initcall(fn) __DESCRIPTIVE
#define fs_initcall(fn) __DESCRIPTIVE
#define device_initcall(fn) __DESCRIPTIVE
#define late_initcall(fn) __DESCRIPTIVE
#define module_pci_driver(driver) __DESCRIPTIVE
#define module_platform_driver(driver) __DESCRIPTIVE
#define builtin_platform_driver(driver) __DESCRIPTIVE
#define kunit_test_suite(suite) __DESCRIPTIVE
#define kunit_test_suites(suites...) __DESCRIPTIVE
#define VISIBLE_IF_KUNIT static
#define ALLOW_ERROR_INJECTION(fn, type) __DESCRIPTIVE

bool try_module_get(struct module *module);
void __module_get(struct module *module);
void module_put(struct module *module);

#endif
