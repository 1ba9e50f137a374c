/*
 * DEFINE_GUID and DEFINE_OLEGUID off Windows: declarations, or definitions in files that define
 * INITGUID before. Definitions are weak, so that several files of one program may hold the same.
 * Read again after INITGUID was defined, it makes them definitions from then on.
 */
#undef DEFINE_GUID
#undef DEFINE_OLEGUID

#ifdef INITGUID
#define DEFINE_GUID(name, l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8) \
	EXTERN_C const GUID name __attribute__((weak)); \
	const GUID name = {l, w1, w2, {b1, b2, b3, b4, b5, b6, b7, b8}}
#else
#define DEFINE_GUID(name, l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8) \
	EXTERN_C const GUID name
#endif

#define DEFINE_OLEGUID(name, l, w1, w2) \
	DEFINE_GUID(name, l, w1, w2, 0xC0, 0, 0, 0, 0, 0, 0, 0x46)
