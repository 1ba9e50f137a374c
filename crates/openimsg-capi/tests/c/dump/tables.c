/* Recipients and the numbers of attachments, from the tables of a message. */
#include "parts.h"
#include "value.h"

#include <stdio.h>
#include <string.h>

/* A recipient table that has every column there is; NULL if there is none. */
static LPMAPITABLE recipients(LPMESSAGE message, ULONG flags, const char *where)
{
    LPMAPITABLE table = NULL;
    LPSPropTagArray columns = NULL;
    HRESULT hr = message->lpVtbl->GetRecipientTable(message, flags, &table);
    if (hr == S_OK) {
        hr = table->lpVtbl->QueryColumns(table, TBL_ALL_COLUMNS, &columns);
    }
    if (hr == S_OK) {
        hr = table->lpVtbl->SetColumns(table, columns, 0);
    }
    MAPIFreeBuffer(columns);
    if (hr != S_OK) {
        complain(where, "the recipient table cannot be read", (uint32_t)hr);
        if (table != NULL) {
            table->lpVtbl->Release(table);
        }
        return NULL;
    }
    return table;
}

static int absent(const SPropValue *value)
{
    return PROP_TYPE(value->ulPropTag) == PT_ERROR && value->Value.err == MAPI_E_NOT_FOUND;
}

/* The bytes of 8-bit texts: `narrow` is a cell of the table opened without MAPI_UNICODE. */
static void out_narrow(const SPropValue *narrow)
{
    ULONG i;
    if (PROP_TYPE(narrow->ulPropTag) == PT_STRING8) {
        out_member("bytes", 0);
        out_base64(narrow->Value.lpszA, strlen(narrow->Value.lpszA));
    } else if (PROP_TYPE(narrow->ulPropTag) == PT_MV_STRING8) {
        out_member("bytes", 0);
        for (i = 0; i < narrow->Value.MVszA.cValues; i++) {
            out_raw(i == 0 ? "[" : ",");
            out_base64(narrow->Value.MVszA.lppszA[i], strlen(narrow->Value.MVszA.lppszA[i]));
        }
        out_raw("]");
    }
}

/* A row; `narrow` is the same row of the 8-bit table, if the message is 8-bit. */
static void out_row(const SRow *wide, const SRow *narrow, const char *where)
{
    ULONG i;
    int first = 1;
    out_member("properties", 1);
    out_raw("[");
    for (i = 0; i < wide->cValues; i++) {
        const SPropValue *value = &wide->lpProps[i];
        const SPropValue *other = narrow != NULL ? &narrow->lpProps[i] : value;
        if (PROP_ID(value->ulPropTag) != PROP_ID(other->ulPropTag) ||
            absent(value) != absent(other)) {
            complain(where, "the two recipient tables do not fit", value->ulPropTag);
        } else if (!absent(value)) {
            out_raw(first ? "{" : ",{");
            out_member("tag", 1);
            out_tag(other->ulPropTag);
            out_member("value", 0);
            out_value(value);
            if (narrow != NULL) {
                out_narrow(other);
            }
            out_raw("}");
            first = 0;
        }
    }
    out_raw("]");
}

void out_recipients(LPMESSAGE message, int unicode, const char *where)
{
    LPMAPITABLE wide = recipients(message, MAPI_UNICODE, where);
    LPMAPITABLE narrow = unicode ? NULL : recipients(message, 0, where);
    ULONG count = 0, seen = 0, i;
    out_member("recipients", 0);
    out_raw("[");
    if (wide != NULL && wide->lpVtbl->GetRowCount(wide, 0, &count) != S_OK) {
        complain(where, "GetRowCount failed", 0);
    }
    while (seen < count) {
        LPSRowSet rows = NULL, others = NULL;
        HRESULT hr = wide->lpVtbl->QueryRows(wide, 50, 0, &rows);
        if (hr == S_OK && narrow != NULL) {
            hr = narrow->lpVtbl->QueryRows(narrow, 50, 0, &others);
        }
        if (hr != S_OK || rows->cRows == 0 || (others != NULL && others->cRows != rows->cRows)) {
            complain(where, "QueryRows failed", (uint32_t)hr);
            count = 0;
        } else {
            for (i = 0; i < rows->cRows; i++, seen++) {
                out_raw(seen == 0 ? "{" : ",{");
                out_row(&rows->aRow[i], others != NULL ? &others->aRow[i] : NULL, where);
                out_raw("}");
            }
        }
        FreeProws(rows);
        FreeProws(others);
    }
    out_raw("]");
    if (wide != NULL) {
        wide->lpVtbl->Release(wide);
    }
    if (narrow != NULL) {
        narrow->lpVtbl->Release(narrow);
    }
}

void attachment_numbers(LPMESSAGE message, bytes_t *numbers, const char *where)
{
    SizedSPropTagArray(1, columns) = {1, {PR_ATTACH_NUM}};
    SizedSSortOrderSet(1, order) = {1, 0, 0, {{PR_ATTACH_NUM, TABLE_SORT_ASCEND}}};
    LPMAPITABLE table = NULL;
    LPSRowSet rows = NULL;
    HRESULT hr = message->lpVtbl->GetAttachmentTable(message, 0, &table);
    ULONG i;
    if (hr == S_OK) {
        hr = HrQueryAllRows(table, (LPSPropTagArray)&columns, NULL, (LPSSortOrderSet)&order, 0,
                            &rows);
        table->lpVtbl->Release(table);
    }
    if (hr != S_OK) {
        complain(where, "the attachment table cannot be read", (uint32_t)hr);
        return;
    }
    for (i = 0; i < rows->cRows; i++) {
        const SPropValue *value = rows->aRow[i].lpProps;
        if (value->ulPropTag == PR_ATTACH_NUM) {
            ULONG number = (ULONG)value->Value.l;
            bytes_add(numbers, &number, sizeof number);
        } else {
            complain(where, "an attachment has no number", value->ulPropTag);
        }
    }
    FreeProws(rows);
}
