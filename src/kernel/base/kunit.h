/*
 * KUnit (include/kunit/test.h). A test that finds its expectation broken is itself the report: what the run would do after that says nothing
 * about the code, so it ends there.
 */
#ifndef _KUNIT_TEST_H
#define _KUNIT_TEST_H
#include <linux/bug.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/slab.h>
#include <linux/string.h>

struct kunit {
	void *priv;
	const void *param_value;
	const char *name;
	struct device __managed_by;
};

/* A test that runs finds itself (include/kunit/test-bug.h); only other code may be run without one, and fails none. */
#define _KUNIT_TEST_BUG_H
extern struct kunit *__kunit_running;
static inline struct kunit *kunit_get_current_test(void) { return __kunit_running; }
#define kunit_fail_current_test(format...) do { } while (0)

struct kunit_case { void (*run_case)(struct kunit *test); const char *name; const void *(*generate_params)(const void *prev, char *desc); };
struct kunit_suite {
	const char name[256];
	int (*suite_init)(struct kunit_suite *suite);
	void (*suite_exit)(struct kunit_suite *suite);
	int (*init)(struct kunit *test);
	void (*exit)(struct kunit *test);
	struct kunit_case *test_cases;
};

#define KUNIT_CASE(f) { .run_case = f, .name = #f }
#define KUNIT_CASE_SLOW(f) KUNIT_CASE(f)
#define KUNIT_CASE_ATTR(f, attributes) KUNIT_CASE(f)
#define KUNIT_CASE_PARAM(f, params) { .run_case = f, .name = #f, .generate_params = params }
#define KUNIT_CASE_PARAM_ATTR(f, params, attributes) KUNIT_CASE_PARAM(f, params)
#define KUNIT_ARRAY_PARAM(name, array, describe) static const void *name##_gen_params(const void *prev, char *desc) { return prev ? NULL : &(array)[0]; }
#define KUNIT_ARRAY_PARAM_DESC(name, array, member) KUNIT_ARRAY_PARAM(name, array, NULL)

/* Memory that lasts as long as the test. */
#define kunit_kmalloc_array(test, n, size, gfp) devm_kmalloc_array(&(test)->__managed_by, n, size, gfp)
#define kunit_kmalloc(test, size, gfp) devm_kmalloc(&(test)->__managed_by, size, gfp)
#define kunit_kzalloc(test, size, gfp) devm_kzalloc(&(test)->__managed_by, size, gfp)
#define kunit_kcalloc(test, n, size, gfp) devm_kcalloc(&(test)->__managed_by, n, size, gfp)
#define kunit_kfree(test, memory) devm_kfree(&(test)->__managed_by, (void *)(memory))

#define kunit_info(test, format...) do { (void)(test); } while (0)
#define kunit_warn(test, format...) kunit_info(test, format)
#define kunit_err(test, format...) kunit_info(test, format)
#define kunit_skip(test, format...) __interlock_impossible()
#define kunit_mark_skipped(test, format...) do { (void)(test); } while (0)

#define __kunit_holds(test, condition) do { (void)(test); if (unlikely(!(condition))) __interlock_impossible(); } while (0)

#define KUNIT_SUCCEED(test) do { (void)(test); } while (0)
#define KUNIT_FAIL(test, format...) __interlock_impossible()
#define KUNIT_FAIL_AND_ABORT(test, format...) __interlock_impossible()

#define KUNIT_EXPECT_TRUE(test, condition) __kunit_holds(test, (condition))
#define KUNIT_EXPECT_TRUE_MSG(test, condition, format...) __kunit_holds(test, (condition))
#define KUNIT_EXPECT_FALSE(test, condition) __kunit_holds(test, !(condition))
#define KUNIT_EXPECT_FALSE_MSG(test, condition, format...) __kunit_holds(test, !(condition))
#define KUNIT_EXPECT_NULL(test, ptr) __kunit_holds(test, (ptr) == NULL)
#define KUNIT_EXPECT_NULL_MSG(test, ptr, format...) __kunit_holds(test, (ptr) == NULL)
#define KUNIT_EXPECT_NOT_NULL(test, ptr) __kunit_holds(test, (ptr) != NULL)
#define KUNIT_EXPECT_NOT_NULL_MSG(test, ptr, format...) __kunit_holds(test, (ptr) != NULL)
#define KUNIT_EXPECT_NOT_ERR_OR_NULL(test, ptr) __kunit_holds(test, !IS_ERR_OR_NULL(ptr))
#define KUNIT_EXPECT_NOT_ERR_OR_NULL_MSG(test, ptr, format...) __kunit_holds(test, !IS_ERR_OR_NULL(ptr))
#define KUNIT_EXPECT_EQ(test, left, right) __kunit_holds(test, (left) == (right))
#define KUNIT_EXPECT_EQ_MSG(test, left, right, format...) __kunit_holds(test, (left) == (right))
#define KUNIT_EXPECT_PTR_EQ(test, left, right) __kunit_holds(test, (left) == (right))
#define KUNIT_EXPECT_PTR_EQ_MSG(test, left, right, format...) __kunit_holds(test, (left) == (right))
#define KUNIT_EXPECT_NE(test, left, right) __kunit_holds(test, (left) != (right))
#define KUNIT_EXPECT_NE_MSG(test, left, right, format...) __kunit_holds(test, (left) != (right))
#define KUNIT_EXPECT_PTR_NE(test, left, right) __kunit_holds(test, (left) != (right))
#define KUNIT_EXPECT_PTR_NE_MSG(test, left, right, format...) __kunit_holds(test, (left) != (right))
#define KUNIT_EXPECT_LT(test, left, right) __kunit_holds(test, (left) < (right))
#define KUNIT_EXPECT_LT_MSG(test, left, right, format...) __kunit_holds(test, (left) < (right))
#define KUNIT_EXPECT_LE(test, left, right) __kunit_holds(test, (left) <= (right))
#define KUNIT_EXPECT_LE_MSG(test, left, right, format...) __kunit_holds(test, (left) <= (right))
#define KUNIT_EXPECT_GT(test, left, right) __kunit_holds(test, (left) > (right))
#define KUNIT_EXPECT_GT_MSG(test, left, right, format...) __kunit_holds(test, (left) > (right))
#define KUNIT_EXPECT_GE(test, left, right) __kunit_holds(test, (left) >= (right))
#define KUNIT_EXPECT_GE_MSG(test, left, right, format...) __kunit_holds(test, (left) >= (right))
#define KUNIT_EXPECT_STREQ(test, left, right) __kunit_holds(test, strcmp(left, right) == 0)
#define KUNIT_EXPECT_STREQ_MSG(test, left, right, format...) __kunit_holds(test, strcmp(left, right) == 0)
#define KUNIT_EXPECT_STRNEQ(test, left, right) __kunit_holds(test, strcmp(left, right) != 0)
#define KUNIT_EXPECT_STRNEQ_MSG(test, left, right, format...) __kunit_holds(test, strcmp(left, right) != 0)
#define KUNIT_EXPECT_MEMEQ(test, left, right, size) __kunit_holds(test, memcmp(left, right, size) == 0)
#define KUNIT_EXPECT_MEMEQ_MSG(test, left, right, size, format...) __kunit_holds(test, memcmp(left, right, size) == 0)
#define KUNIT_EXPECT_MEMNEQ(test, left, right, size) __kunit_holds(test, memcmp(left, right, size) != 0)
#define KUNIT_EXPECT_MEMNEQ_MSG(test, left, right, size, format...) __kunit_holds(test, memcmp(left, right, size) != 0)
#define KUNIT_ASSERT_TRUE(test, condition) __kunit_holds(test, (condition))
#define KUNIT_ASSERT_TRUE_MSG(test, condition, format...) __kunit_holds(test, (condition))
#define KUNIT_ASSERT_FALSE(test, condition) __kunit_holds(test, !(condition))
#define KUNIT_ASSERT_FALSE_MSG(test, condition, format...) __kunit_holds(test, !(condition))
#define KUNIT_ASSERT_NULL(test, ptr) __kunit_holds(test, (ptr) == NULL)
#define KUNIT_ASSERT_NULL_MSG(test, ptr, format...) __kunit_holds(test, (ptr) == NULL)
#define KUNIT_ASSERT_NOT_NULL(test, ptr) __kunit_holds(test, (ptr) != NULL)
#define KUNIT_ASSERT_NOT_NULL_MSG(test, ptr, format...) __kunit_holds(test, (ptr) != NULL)
#define KUNIT_ASSERT_NOT_ERR_OR_NULL(test, ptr) __kunit_holds(test, !IS_ERR_OR_NULL(ptr))
#define KUNIT_ASSERT_NOT_ERR_OR_NULL_MSG(test, ptr, format...) __kunit_holds(test, !IS_ERR_OR_NULL(ptr))
#define KUNIT_ASSERT_EQ(test, left, right) __kunit_holds(test, (left) == (right))
#define KUNIT_ASSERT_EQ_MSG(test, left, right, format...) __kunit_holds(test, (left) == (right))
#define KUNIT_ASSERT_PTR_EQ(test, left, right) __kunit_holds(test, (left) == (right))
#define KUNIT_ASSERT_PTR_EQ_MSG(test, left, right, format...) __kunit_holds(test, (left) == (right))
#define KUNIT_ASSERT_NE(test, left, right) __kunit_holds(test, (left) != (right))
#define KUNIT_ASSERT_NE_MSG(test, left, right, format...) __kunit_holds(test, (left) != (right))
#define KUNIT_ASSERT_PTR_NE(test, left, right) __kunit_holds(test, (left) != (right))
#define KUNIT_ASSERT_PTR_NE_MSG(test, left, right, format...) __kunit_holds(test, (left) != (right))
#define KUNIT_ASSERT_LT(test, left, right) __kunit_holds(test, (left) < (right))
#define KUNIT_ASSERT_LT_MSG(test, left, right, format...) __kunit_holds(test, (left) < (right))
#define KUNIT_ASSERT_LE(test, left, right) __kunit_holds(test, (left) <= (right))
#define KUNIT_ASSERT_LE_MSG(test, left, right, format...) __kunit_holds(test, (left) <= (right))
#define KUNIT_ASSERT_GT(test, left, right) __kunit_holds(test, (left) > (right))
#define KUNIT_ASSERT_GT_MSG(test, left, right, format...) __kunit_holds(test, (left) > (right))
#define KUNIT_ASSERT_GE(test, left, right) __kunit_holds(test, (left) >= (right))
#define KUNIT_ASSERT_GE_MSG(test, left, right, format...) __kunit_holds(test, (left) >= (right))
#define KUNIT_ASSERT_STREQ(test, left, right) __kunit_holds(test, strcmp(left, right) == 0)
#define KUNIT_ASSERT_STREQ_MSG(test, left, right, format...) __kunit_holds(test, strcmp(left, right) == 0)
#define KUNIT_ASSERT_STRNEQ(test, left, right) __kunit_holds(test, strcmp(left, right) != 0)
#define KUNIT_ASSERT_STRNEQ_MSG(test, left, right, format...) __kunit_holds(test, strcmp(left, right) != 0)
#define KUNIT_ASSERT_MEMEQ(test, left, right, size) __kunit_holds(test, memcmp(left, right, size) == 0)
#define KUNIT_ASSERT_MEMEQ_MSG(test, left, right, size, format...) __kunit_holds(test, memcmp(left, right, size) == 0)
#define KUNIT_ASSERT_MEMNEQ(test, left, right, size) __kunit_holds(test, memcmp(left, right, size) != 0)
#define KUNIT_ASSERT_MEMNEQ_MSG(test, left, right, size, format...) __kunit_holds(test, memcmp(left, right, size) != 0)

#endif
