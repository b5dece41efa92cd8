#define EMPTY
#define f(a) a*g
#define g(a) f(a)
f(2)(9)
#define x 3
#define ff(a) ff(x * (a))
#undef x
#define x 2
#define gg ff
#define z z[0]
#define h gg(~
#define m(a) a(w)
#define w 0,1
#define t(a) a
#define p() int
#define q(x) x
#define r(x,y) x ## y
#define str(x) # x
ff(y+1) + ff(ff(z)) % t(t(gg)(0) + t)(1);
gg(x+(3,4)-w) | h 5) & m(ff)^m(m);
p() i[q()] = { q(1), r(2,3), r(4,), r(,5), r(,) };
char c[2][6] = { str(hello), str() };
#undef h
#undef p
#undef x
#undef f
#undef t
#undef g
#define xstr(s) str(s)
#define debug(s, t) printf("x" # s "= %d, x" # t "= %s", x ## s, x ## t)
#define INCFILE(n) vers ## n
#define glue(a, b) a ## b
#define xglue(a, b) glue(a, b)
#define HIGHLOW "hello"
#define LOW LOW ", world"
debug(1, 2);
fputs(str(strncmp("abc\0d", "abc", '\4') == 0) str(: @\n), s);
xstr(INCFILE(2).h)
glue(HIGH, LOW);
xglue(HIGH, LOW)
#define hash_hash # ## #
#define mkstr(a) # a
#define in_between(a) mkstr(a)
#define join(c, d) in_between(c hash_hash d)
char pp[] = join(x, y);
#define t2(x,y,z) x ## y ## z
int j[] = { t2(1,2,3), t2(,4,5), t2(6,,7), t2(8,9,), t2(10,,), t2(,11,), t2(,,12), t2(,,) };
#define debug2(...) fprintf(stderr, __VA_ARGS__)
#define showlist(...) puts(#__VA_ARGS__)
#define report(test, ...) ((test)?puts(#test): printf(__VA_ARGS__))
debug2("Flag"); debug2("X = %d\n", x); showlist(The first, second, and third items.); report(x>y, "x is %d but y is %d", x, y);
#define e1(fmt, ...) p(fmt, ##__VA_ARGS__)
#define e2(fmt, args...) p2(fmt, ##args)
#define e3(fmt, ...) p3(fmt __VA_OPT__(,) __VA_ARGS__)
e1(a) e1(a, b) e1(a, b, c) e2(a) e2(a, b) e3(a) e3(a, b) e3(a,)
#define COUNT_(a,b,c,d,n,...) n
#define COUNT(...) COUNT_(__VA_ARGS__,4,3,2,1,0)
COUNT(a) COUNT(a,b) COUNT(a,b,c)
#define CONCATENATE(a, b) a ## b
#define __PASTE(a,b) CONCATENATE(a,b)
__PASTE(__x_, __LINE__)
#define DEFER(id) id EMPTY
#define EXPAND(...) __VA_ARGS__
#define AA() 123
DEFER(AA)() EXPAND(DEFER(AA)())
#define obj (a) b
#define fn(x) obj x
obj fn (1) fn
#if 1 + 1 == 2 && defined(obj) && !defined nothing && (-1 > 0u) && (1 ? 2 : 0) && 0x10 == 16 && 'a' == 97
yes
#elif 1
no
#else
no
#endif
#ifdef EMPTY
# ifndef EMPTY
no
# else
yes2
# endif
#endif
#if 0
#error no
#if 1
#endif
no
#elif UNDEF || (2 > 1)
yes3
#endif
#define multi(a, \
              b) a + \
   b
multi((1,2), 3)
multi(1,
 2)
#define self self + 1
self
#define paste_op(a) a ## =
x paste_op(+) 1 paste_op(<<) 2
