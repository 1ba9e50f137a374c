/*
 * How interfaces are declared, off Windows: once, for C as structures with a table (lpVtbl) and for C++ as
 * abstract classes. The tables are the same; classes have no virtual destructor, which would be a slot.
 */
#ifndef OPENIMSG_INTERFACES_H
#define OPENIMSG_INTERFACES_H

#ifdef __cplusplus
#ifndef interface
#define interface struct
#endif
#define PURE = 0
#define THIS_
#define THIS void
#define STDMETHOD(method) virtual HRESULT STDMETHODCALLTYPE method
#define STDMETHOD_(type, method) virtual type STDMETHODCALLTYPE method
#define STDMETHODIMP HRESULT STDMETHODCALLTYPE
#define STDMETHODIMP_(type) type STDMETHODCALLTYPE
#define DECLARE_INTERFACE(name) struct name
#define DECLARE_INTERFACE_(name, base) struct name : public base
#define BEGIN_INTERFACE
#define END_INTERFACE
#else
#ifndef interface
#define interface struct
#endif
#define PURE
#define THIS_ INTERFACE *This,
#define THIS INTERFACE *This
#define STDMETHOD(method) HRESULT(STDMETHODCALLTYPE *method)
#define STDMETHOD_(type, method) type(STDMETHODCALLTYPE *method)
#define STDMETHODIMP HRESULT STDMETHODCALLTYPE
#define STDMETHODIMP_(type) type STDMETHODCALLTYPE
#define DECLARE_INTERFACE(name) \
	typedef struct name name; \
	typedef struct name##Vtbl name##Vtbl; \
	struct name { \
		const struct name##Vtbl *lpVtbl; \
	}; \
	struct name##Vtbl
#define DECLARE_INTERFACE_(name, base) DECLARE_INTERFACE(name)
#define BEGIN_INTERFACE
#define END_INTERFACE
#endif

/* The first three slots, which C declares in each table and C++ inherits. */
#ifdef __cplusplus
#define OPENIMSG_IUNKNOWN_SLOTS
#else
#define OPENIMSG_IUNKNOWN_SLOTS \
	STDMETHOD(QueryInterface)(THIS_ REFIID iid, LPVOID *object) PURE; \
	STDMETHOD_(ULONG, AddRef)(THIS) PURE; \
	STDMETHOD_(ULONG, Release)(THIS) PURE;
#endif

#endif
