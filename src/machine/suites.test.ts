/** More of C as gcc executes it, found by compilers' public suites: each program returns 0 when every value is right. */
import { describe, expect, it } from 'vitest';
import { loadProgram, runText } from '../../test/plainRuns.ts';

const cases: readonly [what: string, text: string][] = [
  [
    'types and tags declared in blocks',
    `typedef int V;
     int g(int x) { return x; }
     int main(void){
       typedef struct { char a; int b[2]; } T, *P; typedef int (*F)(int), A[3]; typedef unsigned char B;
       T t = { 1, {2, 3} }; P p = &t; F f = (F)g; A a = { 1, 2, 3 };
       if (sizeof(T) != 12 || sizeof(P) != 8 || sizeof(A) != 12 || sizeof(B) != 1) return 1;
       if (((P)p)->b[1] != 3 || ((T){.b = {[1] = 9}}).b[1] != 9) return 2;
       if ((B)-1 != 255 || (B)(300) != 44 || (B)~0 != 255 || (B)*a != 1 || ((F)f)(4) != 4) return 3;
       { int B = 7; B *= 2; if ((B) - 1 != 13) return 4; }
       if ((B)-1 != 255) return 5;
       { typedef long V; if (sizeof(V) != 8) return 6; }
       if (sizeof(V) != 4) return 7;
       { float V = 1; V = V * 2; if (V != 2) return 8; }
       typedef T TT[2]; if (sizeof(TT) != 24) return 9;
       for (B i = 0; i < 3; i++) if (sizeof i != 1) return 10;
       __typeof__(T) z; if (sizeof z != 12) return 11;
       struct q { B b; T t; }; if (sizeof(struct q) != 16) return 12;
       return __builtin_offsetof(T, b) != 4; }`,
  ],
  [
    'tags of blocks hide those around them',
    `int main(void){
      { typedef struct T T; struct T { int x; }; if (sizeof(T) != 4) return 2; }
      { struct T { int x; }; { struct T; typedef struct T U; struct T { char c[3]; }; if (sizeof(U) != 3) return 3; } }
      { struct N { struct N *next; int v; } a = {0, 3}, b = {&a, 4}; struct N { char c; }; if (b.next->v != 3) return 4; }
      return 0; }`,
  ],
  [
    'braced lists go on behind what a designator named; the last initialiser of a place counts',
    `struct in { int x, y, z; };
     struct out { struct in a, b; int c[2][3]; union { struct { int p, q, r; }; int whole; } u; };
     struct out o = { .a.y = 5, 6, 7, 8, 9, .c[0][1] = 1, 2, 3, .u = { .p = 1, 2, 3 } };
     struct out w = { .a = { 1, 2, 3 }, .a = { .y = 4 }, { 7 } };
     union { int i; struct { char a, b; } s; } v = { .i = -1, .s = { .b = 2 } };
     union { struct { int a, b, c; }; } s = { .a = 7, 5, 3 };
     int m[2][3] = { 1, 2, 3, 4, 5, 6, [0][1] = 7, 8, [0] = { 9 }, [1][0] = 12 };
     struct { struct in i; int n; } arr[] = { [1].i.y = 3, 4, 5, [0] = { { 1 } }, [3] = { .n = 2 } };
     struct deep { struct in i[2]; } d = { .i[0 ... 1] = { 1, 2, 3 }, };
     int main(void) {
       struct in same = { 4, 5, 6 };
       struct { struct in i; int n; } local[2] = { same, 9, { same } };
       if (o.a.y != 5 || o.a.z != 6 || o.b.x != 7 || o.b.y != 8 || o.b.z != 9) return 1;
       if (o.c[0][1] != 1 || o.c[0][2] != 2 || o.c[1][0] != 3 || o.u.r != 3) return 2;
       if (w.a.x != 0 || w.a.y != 4 || w.b.x != 7) return 3;
       if (v.i != 0x200 || s.b != 5 || s.c != 3) return 4;
       if (m[0][0] != 9 || m[0][1] != 0 || m[1][0] != 12 || m[1][1] != 5) return 5;
       if (sizeof arr / sizeof *arr != 4 || arr[1].i.z != 4 || arr[1].n != 5 || arr[0].i.x != 1 || arr[3].n != 2) return 6;
       return local[0].n != 9 || local[1].i.z != 6 || d.i[1].z != 3;
     }`,
  ],
  [
    'arrays of variable length: several dimensions, pointers to them, sizeof, typedefs, parameters, memory given back',
    `#include <stddef.h>
     int total(int n, int m, int a[n][m]) { int s = 0; for (int i = 0; i < n; i++) for (int j = 0; j < m; j++) s += a[i][j]; return s + (int)sizeof a[0]; }
     int old(int n, int (*p)[n]) { n = 99; return p[1][0] + (int)sizeof *p; }
     int many(int rounds) { long s = 0; for (int i = 0; i < rounds; i++) { char b[1000 + i % 3]; b[sizeof b - 1] = 1; s += sizeof b; } return s > 0; }
     int evaluated(void) { int n = 3; int (*q)[n++]; return n * 10 + (int)sizeof *q / 4; }
     int main(void) {
       int n = 3, m = 4;
       int a[n][m];
       for (int i = 0; i < n; i++) for (int j = 0; j < m; j++) a[i][j] = 10 * i + j;
       if (total(n, m, a) != 138 + 16) return 1;
       if (sizeof a != 48 || sizeof a[1] != 16 || sizeof(int[n][2]) != 24) return 2;
       int (*row)[m] = a;
       if ((++row)[0][1] != 11 || row[1][3] != 23 || row - a != 1 || (row += 1)[0][0] != 20 || &a[2] - &a[0] != 2) return 3;
       typedef int T[n + 2];
       n = 50;
       T t; t[4] = 7;
       if (sizeof(T) != 20 || sizeof t != 20 || (n = 3, sizeof(T)) != 20) return 4;
       __typeof__(a) same; if (sizeof same != 48) return 5;
       int fixed[2][2] = { { 1, 2 }, { 3, 4 } };
       if (old(2, fixed) != 3 + 8 || evaluated() != 43) return 6;
       if (((int (*)[m])&a[0][0])[2][3] != 23 || *(*(a + 1) + 2) != 12) return 7;
       int b[2][n][m]; b[1][2][3] = 5; if (((int *)b)[23] != 5 || sizeof b != 96) return 8;
       char *p = (char *)(a + 1); if (p - (char *)a != 16) return 9;
       goto in;
       { int k; in: k = 2; int v[k]; v[1] = 3; if (v[1] != 3) return 10; }
       int (*pa)[n][m] = &a; if ((*pa)[1][1] != 11 || pa + 1 != (void *)((char *)a + 48)) return 11;
       return !many(400000);
     }`,
  ],
  [
    'macros read while they are replaced, push_macro, #line, members aligned together, scopes of if, narrow conversions',
    `#include <assert.h>
     #include <string.h>
     int E(int x) { return x * 17; }
     #define E(x) x
     #define T() E(X)
     #define PRNS ()
     #define LPRN (
     #define E2(arg) arg
     #define H(x) #x
     #define STR(x) H(x)
     #define EMPTY()
     #define old 1
     #pragma push_macro("old")
     #undef old
     #define old 2
     int second = old;
     #pragma pop_macro("old")
     struct { _Alignas(16) char x, y; } two;
     int A = 1;
     int main(void) {
       int X = 3;
       if ((E(E)(X)) != 51 || (E(T())) != 3 || (E(T PRNS)) != 51) return 1;
       if ((E(E2 LPRN)E)(X)) != 3 || (E(E2 LPRN E))(X)) != 51) return 2;
       if (strcmp("a ( )", STR(a EMPTY()( ))) || strcmp("+( )", STR(+EMPTY()( )))) return 3;
       if (second != 2 || old != 1) return 4;
       if ((unsigned long)&two.y % 16 != 0 || sizeof two != 32) return 5;
       { if (sizeof(enum { A = 7 })) { if (A != 7) return 6; } if (A != 1) return 7; }
       if ((short)1e10 != 32767 || (unsigned char)-1.5 != 0 || (signed char)300.7 != 127) return 8;
       { double d = 1e10, e = -1.5, f = 300.7; if ((short)d != 0 || (unsigned char)e != 255 || (signed char)f != 44) return 8; }
       if (__FLT_MANT_DIG__ != 24 || __DBL_MAX__ * 2 <= __DBL_MAX__ || __INT64_MAX__ != 9223372036854775807) return 9;
       if (sizeof __DATE__ != 12) return 10;
     #line 100 "other.c"
       return __LINE__ != 100 || strcmp(__FILE__, "other.c"); }`,
  ],
  [
    'assembly without an instruction hands its operands on',
    `struct s { int x; };
     int main(void) {
       unsigned long p = 5, q; struct s v = { 3 }; short narrow; long long wide = 0x123456789;
       __asm__("" : "+r"(p));
       asm volatile("" : "=r"(q) : "0"(p + 1));
       __asm__ __volatile__("" : [out] "=r"(narrow) : "[out]"(wide));
       asm volatile("" : "+m"(v), "+g"(p) : : "memory");
       asm("");
       return p != 5 || q != 6 || v.x != 3 || narrow != 0x6789; }`,
  ],
  [
    'the C library: tokens, numbers, floats, bits, memory of the stack',
    `#include <string.h>
     #include <stdlib.h>
     #include <math.h>
     #include <float.h>
     #include <ctype.h>
     int yes(int true, int bool) { return true + bool; }
     int main(void) {
       char b[32] = "a,b;;c", *t; int n = 0;
       for (t = strtok(b, ",;"); t; t = strtok(0, ",;")) n += *t;
       if (n != 'a' + 'b' + 'c' || strspn("xxy", "x") != 2 || strcspn("abc", "c") != 2 || *strpbrk("abc", "cb") != 'b') return 1;
       if (strcasecmp("aBc", "AbC") || (char *)mempcpy(b, "xyz", 3) - b != 3 || strtod("-0x1.8p1z", &t) != -3 || *t != 'z') return 2;
       if (strtol("-077", 0, 0) != -63 || strtoull("18446744073709551615", 0, 10) != ~0ULL) return 3;
       if (!signbit(-0.0) || !isnan(NAN) || !isinf(-INFINITY) || copysign(3, -0.0) != -3 || fmod(-7, 3) != -1) return 4;
       if (__builtin_isless(1.0, NAN) || !__builtin_isunordered(NAN, 1.0) || __builtin_huge_val() <= DBL_MAX) return 5;
       int e; if (frexp(12, &e) != 0.75 || e != 4 || ldexp(0.75, 4) != 12 || rint(2.5) != 2 || round(2.5) != 3 || lround(-2.5) != -3) return 6;
       if (__builtin_clrsb(0) != 31 || __builtin_clrsbll(-1LL) != 63 || __builtin_clrsb(0x40000000) != 0 || ffs(8) != 4) return 7;
       if (rand() != 1804289383 || rand() != 846930886 || isalnum('a') != 8) return 8;
       if (sqrtf(2.0f) != (float)1.41421356 || powf(2, 0.5f) != sqrtf(2.0f) || floor(-1.5) != -2) return 9;
       char *p = alloca(8), *q = alloca(8); memset(p, 1, 8); memset(q, 2, 8); if (p[7] != 1 || q[0] != 2) return 10;
       if (__builtin_classify_type(1.0f) != 8 || __builtin_classify_type(p) != 5) return 11;
       return yes(2, 3) != 5; }`,
  ],
  [
    '__int128 calculates, converts, is passed and stored',
    `#include <stdint.h>
     typedef unsigned __int128 u128;
     typedef __int128 s128;
     static uint64_t mul_shift(uint64_t a, uint64_t mul, unsigned shift) { return (uint64_t)(((u128)a * mul) >> shift); }
     static u128 pass(u128 x, int y, s128 z) { return x + y - (u128)z; }
     struct s { char c; u128 v; int a[2]; } g = { 1, (u128)1 << 100, { 2, 3 } };
     union { u128 w; uint64_t h[2]; int i[4]; } u;
     s128 table[2] = { -1, (s128)0x7fffffffffffffff << 64 };
     int sum(int n, ...) { __builtin_va_list l; __builtin_va_start(l, n); u128 t = 0; while (n--) t += __builtin_va_arg(l, u128); __builtin_va_end(l); return (int)(t >> 64); }
     int main(void) {
       if (mul_shift(0xffffffffffffffffULL, 0xfffffffffffffffeULL, 64) != 0xfffffffffffffffdULL || mul_shift(1000000007, 123456789, 7) != 964506170814043) return 1;
       if (sizeof(u128) != 16 || _Alignof(struct s) != 16 || sizeof(struct s) != 48 || (uint64_t)(g.v >> 96) != 16) return 2;
       u.w = ((u128)0x1122334455667788 << 64) | 0x99aabbccddeeff00; if (u.h[0] != 0x99aabbccddeeff00 || u.h[1] != 0x1122334455667788 || u.i[3] != 0x11223344) return 3;
       s128 m = -5; if (m / 2 != -2 || m % 3 != -2 || m >> 1 != -3 || !(m < 0) || (u128)m < 100 || -m != 5 || ~m != 4) return 4;
       u128 max = -1; if (max + 1 != 0 || max / 10 % 10 != 5 || (double)max < 3.4e38 || (u128)1e30 / 1000000000000000000u != 1000000000000) return 5;
       if (table[0] + 1 != 0 || (uint64_t)(table[1] >> 64) != 0x7fffffffffffffff || table[1] << 1 > 0) return 6;
       if (pass(5, -3, -4) != 6 || sum(2, (u128)3 << 64, (u128)4 << 64) != 7) return 7;
       u128 x = 1; x <<= 127; x ^= x >> 1; x--; if ((uint64_t)(x >> 64) != 0xbfffffffffffffff || ++x & 1 || (x |= 3, (int)x) != 3) return 8;
       s128 r; if (__builtin_mul_overflow(((s128)1 << 100), 1 << 20, &r) || !__builtin_add_overflow(~((s128)1 << 127), (s128)1, &r)) return 9;
       uint64_t lo; if (!__builtin_mul_overflow((uint64_t)-1, (uint64_t)2, &lo) || lo != (uint64_t)-2) return 10;
       switch ((u128)3 << 2) { case 12: break; default: return 11; }
       for (u128 i = (u128)1 << 64, n = 0; i > 1; i /= 2) if (++n > 64) return 12;
       _Bool b = (u128)1 << 90; unsigned char c = (u128)0x1ff << 0; float f = (s128)-8;
       return !b || c != 255 || f != -8 || (max > (u128)0 ? 0 : 1);
     }`,
  ],
  [
    'an array of variable length with a list',
    `struct p { int x : 4, y; };
     int f(int n) {
       int a[n] = { 1, 2, [3] = 9 }; struct p b[n] = { { 3, 4 }, [2].x = 5 }; char c[n] = "ab"; long d[n] = { };
       int s = 0; for (int i = 0; i < n; i++) s += a[i] + b[i].x + b[i].y + c[i] + d[i];
       return s;
     }
     int main(void) { return f(5) != 12 + 12 + 'a' + 'b'; }`,
  ],
  [
    'a decrement before && is no address of a label',
    `#define likely(x) __builtin_expect(!!(x), 1)
     int f(int x) { return x; }
     int main(void) { int n = 3, c = 0, b = 1; while (n-- && likely(!f(0))) c++; if (c++ && b) c += 10; int *p = &n; if (p++ && f(1)) c++; return c != 15; }`,
  ],
  [
    'packed bit-fields touch their own bytes only',
    `struct __attribute__((packed)) three { unsigned a : 21; unsigned b : 3; } t = { 0x12345, 5 };
     struct __attribute__((packed)) nine { unsigned char lead : 4; unsigned long v : 64; signed char end : 4; } n;
     struct __attribute__((packed)) five { long x : 37; int : 3; } f[2] = { { -7 }, { 1l << 36 } };
     int main(void) {
       if (sizeof t != 3 || t.a != 0x12345 || t.b != 5 || (t.a += 0x100000, t.a) != 0x112345 || t.b != 5) return 1;
       n.lead = 9; n.v = 0x123456789abcdef0; n.end = -3; if (sizeof n != 9 || n.v != 0x123456789abcdef0 || n.lead != 9 || n.end != -3 || n.v++ != 0x123456789abcdef0) return 2;
       if (sizeof f != 10 || f[0].x != -7 || f[1].x != -(1l << 36) || --f[0].x != -8) return 3;
       struct five *p = __builtin_alloca(5); p->x = 3; return p->x * 2 != 6; }`,
  ],
  [
    'types evaluated for what they change, flexible strings, alignment of typedefs and variables, constants out of range',
    `typedef long i64; typedef unsigned long long u64g __attribute__((aligned(4))); struct gs { int a; u64g b; }; int gi __attribute__((aligned(32))); int _Alignas(double) gd;
     int fl(float f) { return f; }
     struct flex { int i; char s[]; } g = { 4, "fo" };
     union ub { signed char a; long long : 37; };
     struct sb { char a; int : 0; char b; long long : 40; };
     short tent[];
     typedef enum { A1, B1 } e1; typedef enum { A2, B2 } e2; enum e3 { A3 }; enum e4 { A4 };
     int calls; int *bar(void) { static int d; ++calls; return &d; }
     int par(int i, int a[i++]) { return i; }
     int par2(int x, int y, char a[++y][(x += 2, x)]) { return 100 * x + 10 * y + sizeof *a; }
     long off(int n, int i, int j) { typedef int T[n]; struct S { int a; T b[n]; }; return __builtin_offsetof(struct S, b[i][j]); }
     int va(int i, ...) { __builtin_va_list ap; __builtin_va_start(ap, i); int r = **__builtin_va_arg(ap, int (*)[++i]); __builtin_va_end(ap); return r + i; }
     int zero; int exp2_(int z) { if (__builtin_expect(zero ? 1 : 0, z++)) return 7; return z; }
     int main(void) {
       if (g.s[2] != 0 || sizeof g != 4) return 1;
       if (sizeof(union ub) != 5 || sizeof(struct sb) != 13) return 2;
       if (tent[0] != 0) return 3;
       if (__builtin_types_compatible_p(e1, e2) || !__builtin_types_compatible_p(e1, unsigned) || __builtin_types_compatible_p(enum e3, enum e4) || !__builtin_types_compatible_p(e1, e1) || __builtin_types_compatible_p(char *, const char *)) return 4;
       __asm__("" : "+r"(*bar())); if (calls != 1) return 5;
       int a[10]; if (par(10, a) != 11) return 6;
       if (par2(7, 11, (void *)a) != 1029) return 7;
       if (off(5, 2, 3) != 56) return 8;
       int b[3] = { 123 }; if (va(3, &b) != 127) return 9;
       if (exp2_(10) != 11) return 10;
       int l = 0; (void)(int (*)[++l])0; (void)(int (*(*)(void))[++l])0; if (l != 2) return 11;
       int c = 0, n = 2; int (*p)[n] = 0;
       if (sizeof(c++, p) != 8 || c != 0 || sizeof(*(c++, p)) != 8 || c != 1 || sizeof(int[++n][1]) != 12 || n != 3) return 12;
       if ((int)2147483648.0f != 2147483647 || (short)1e10 != 32767 || (unsigned char)-1.5 != 0) return 13;
       float f = 1.5678e30f; if ((unsigned long)f != 0 || (unsigned)f != 0) return 14;
       _Alignas(16) char ch; if (__alignof__(ch) != 16) return 15;
       typedef unsigned long long u64x __attribute__((aligned(4))); struct cs { int a; u64x b; }; if (sizeof(struct cs) != 12 || _Alignof(u64x) != 4 || sizeof(struct gs) != 12) return 16;
       if (_Alignof(gi) != 32 || _Alignof(gd) != 8) return 17;
       union un { signed char a; i64 :37; }; if (sizeof(union un) != 5) return 18;
       return 0; }`,
  ],
  [
    '__LINE__ and __FILE__ of file scope, white space of empty arguments, #line by macro, a range calculated once',
    `#include <string.h>
     int line = __LINE__; const char *file = __FILE__;
     #define F(a, b, c) (a, b, c)
     #define H(x) #x
     #define STR(x) H(x)
     #define NONE
     #define two(a, b) nonsense a b
     int (two)(int a, int b, int c) { return a + b + c; }
     int seven(void) { return 7; }
     #define PARAMETERS(s, b) unsigned long (s), int *(b)
     int sum(PARAMETERS(size, by)) { return size + *by; }
     #define WHERE 77
     #line WHERE
     int other = __LINE__;
     int main(void) {
       int c = 0, d[] = { [0 ... 1] = ++c, [2 ... 3] = ++c };
       if (line != 2 || !file || other != 77 || two(1, 2, 3) != 6 || sum(3, &c) != 5) return 1;
       if (_Generic(c, int: seven, default: 0)() != 7) return 3;
       if (strcmp(STR(F(A,,Z)), "(A, , Z)") || strcmp(STR(F(A,NONE,Z)), "(A, , Z)")) return 2;
       return d[0] != 1 || d[1] != 1 || d[2] != 2 || d[3] != 2 || c != 2; }`,
  ],
];

describe('C as gcc has it', () => {
  it.each(cases)('%s', async (_what, text) => {
    const run = runText(await loadProgram(text), 'main');
    expect([run.outcome, run.value, run.faults]).toEqual(['returned', '0', []]);
  });
});

it('memory of a size that nobody knows is there, and that is said', async () => {
  const text = 'int size(void); int main(void) { int n = size(); char a[n]; a[0] = 3; a[9] = 4; return a[0] + a[9]; }';
  const run = runText(await loadProgram(text), 'main');
  expect([run.outcome, run.value, run.faults]).toEqual([
    'returned',
    '7',
    [
      '1: assumption: `size()` is not known: its effects and result are assumed',
      '1: assumption: how large the variable-length memory of main() is depends on `size()`: all of it is assumed to be there',
    ],
  ]);
});
