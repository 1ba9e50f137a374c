/* One SPropValue in JSON. The types that hold 8-bit text never come here: `props.c` asks for them
 * as Unicode, and for their bytes apart. */
#include "value.h"
#include "out.h"

#include <stdio.h>

void out_tag(ULONG tag)
{
    printf("\"0x%08X\"", (unsigned)tag);
}

void out_error(SCODE code)
{
    const char *name = NULL;
    switch (code) {
    case MAPI_E_NOT_FOUND: name = "MAPI_E_NOT_FOUND"; break;
    case MAPI_E_CORRUPT_DATA: name = "MAPI_E_CORRUPT_DATA"; break;
    case MAPI_E_NO_SUPPORT: name = "MAPI_E_NO_SUPPORT"; break;
    case MAPI_E_NO_ACCESS: name = "MAPI_E_NO_ACCESS"; break;
    case MAPI_E_NOT_ENOUGH_MEMORY: name = "MAPI_E_NOT_ENOUGH_MEMORY"; break;
    case MAPI_E_INVALID_TYPE: name = "MAPI_E_INVALID_TYPE"; break;
    case MAPI_E_UNEXPECTED_TYPE: name = "MAPI_E_UNEXPECTED_TYPE"; break;
    default: break;
    }
    if (name != NULL) {
        printf("{\"error\":\"%s\"}", name);
    } else {
        printf("{\"error\":\"0x%08X\"}", (unsigned)code);
    }
}

/* Element `i` of an array. */
static void element(const SPropValue *value, ULONG i)
{
    switch (PROP_TYPE(value->ulPropTag)) {
    case PT_MV_I2: printf("%d", value->Value.MVi.lpi[i]); break;
    case PT_MV_LONG: printf("%ld", (long)value->Value.MVl.lpl[i]); break;
    case PT_MV_R4: out_real(value->Value.MVflt.lpflt[i], 9); break;
    case PT_MV_DOUBLE: out_real(value->Value.MVdbl.lpdbl[i], 17); break;
    case PT_MV_APPTIME: out_real(value->Value.MVat.lpat[i], 17); break;
    case PT_MV_CURRENCY: out_int64(value->Value.MVcur.lpcur[i].int64); break;
    case PT_MV_I8: out_int64(value->Value.MVli.lpli[i].QuadPart); break;
    case PT_MV_SYSTIME: out_time(value->Value.MVft.lpft[i]); break;
    case PT_MV_CLSID: out_guid(&value->Value.MVguid.lpguid[i]); break;
    case PT_MV_BINARY:
        out_digest(value->Value.MVbin.lpbin[i].lpb, value->Value.MVbin.lpbin[i].cb);
        break;
    case PT_MV_UNICODE:
        out_wide(value->Value.MVszW.lppszW[i], wide_length(value->Value.MVszW.lppszW[i]));
        break;
    default:
        complain("value", "an array of an unknown type", value->ulPropTag);
        out_raw("null");
    }
}

/* Whether a type is one of MAPI's arrays, and not only looks like one. */
static int is_array(ULONG type)
{
    switch (type) {
    case PT_MV_I2:
    case PT_MV_LONG:
    case PT_MV_R4:
    case PT_MV_DOUBLE:
    case PT_MV_CURRENCY:
    case PT_MV_APPTIME:
    case PT_MV_I8:
    case PT_MV_SYSTIME:
    case PT_MV_CLSID:
    case PT_MV_BINARY:
    case PT_MV_UNICODE: return 1;
    default: return 0;
    }
}

void out_value(const SPropValue *value)
{
    switch (PROP_TYPE(value->ulPropTag)) {
    case PT_I2: printf("%d", value->Value.i); return;
    case PT_LONG: printf("%ld", (long)value->Value.l); return;
    case PT_R4: out_real(value->Value.flt, 9); return;
    case PT_DOUBLE: out_real(value->Value.dbl, 17); return;
    case PT_APPTIME: out_real(value->Value.at, 17); return;
    case PT_CURRENCY: out_int64(value->Value.cur.int64); return;
    case PT_I8: out_int64(value->Value.li.QuadPart); return;
    case PT_BOOLEAN: out_raw(value->Value.b ? "true" : "false"); return;
    case PT_SYSTIME: out_time(value->Value.ft); return;
    case PT_CLSID: out_guid(value->Value.lpguid); return;
    case PT_UNICODE: out_wide(value->Value.lpszW, wide_length(value->Value.lpszW)); return;
    /* A PT_SVREID is given as bytes too. */
    case PT_BINARY:
    case 0x00FB: out_digest(value->Value.bin.lpb, value->Value.bin.cb); return;
    case PT_ERROR: out_error(value->Value.err); return;
    default: break;
    }
    if (is_array(PROP_TYPE(value->ulPropTag))) {
        /* The count is the first member of every array. */
        ULONG count = value->Value.MVl.cValues, i;
        for (i = 0; i < count; i++) {
            out_raw(i == 0 ? "[" : ",");
            element(value, i);
        }
        out_raw(count == 0 ? "[]" : "]");
    } else {
        /* What has no type of MAPI's is given as bytes. */
        out_digest(value->Value.bin.lpb, value->Value.bin.cb);
    }
}
