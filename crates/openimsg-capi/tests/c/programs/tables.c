/* Tables through C structures: every method, restrictions of every kind, orders, bookmarks, and the
   helpers that programs read tables with. */
#define INITGUID
#define USES_IID_IMessage
#include "check.h"

enum { COL_ROWID, COL_NAME, COL_TYPE, COLUMNS };
static SizedSPropTagArray(COLUMNS, three_columns) = {
    COLUMNS, {PR_ROWID, PR_DISPLAY_NAME_W, PR_RECIPIENT_TYPE}};
static SizedSPropTagArray(1, key_column) = {1, {PR_INSTANCE_KEY}};
#define LIST(array) ((LPSPropTagArray)(void *)&(array))

/* Ana (To, row 0), ben (Cc, row 1), Cid (Bcc, row 2); Ana has flags of her own. */
static LPMESSAGE three_recipients(void)
{
    LPSTORAGE storage = memory_storage(NULL);
    LPMESSAGE message = message_on(NULL, storage, MAPI_UNICODE);
    LPADRLIST list = one_recipient("Ana Full", "ana@example.org", MAPI_TO);
    LPSPropValue more = NULL;
    BYTE bytes[3] = {1, 2, 3};
    RELEASE(storage);
    NEED(MAPIAllocateBuffer(7 * sizeof(SPropValue), (LPVOID *)(void *)&more) == S_OK);
    memcpy(more, list->aEntries[0].rgPropVals, 4 * sizeof(SPropValue));
    MAPIFreeBuffer(list->aEntries[0].rgPropVals);
    memset(more + 4, 0, 3 * sizeof(SPropValue));
    more[4].ulPropTag = PROP_TAG(PT_LONG, 0x6601);
    more[4].Value.l = 5;
    more[5].ulPropTag = PROP_TAG(PT_BINARY, 0x6602);
    more[5].Value.bin.cb = 3;
    more[5].Value.bin.lpb = bytes;
    more[6].ulPropTag = PROP_TAG(PT_LONG, 0x6603);
    more[6].Value.l = 5;
    list->aEntries[0].cValues = 7;
    list->aEntries[0].rgPropVals = more;
    OK(CALL(message, ModifyRecipients, MODRECIP_ADD, list));
    FreePadrlist(list);
    add_recipient(message, "ben", "ben@example.org", MAPI_CC);
    add_recipient(message, "Cid", "cid@example.org", MAPI_BCC);
    return message;
}

/* Restricts, and counts what is left. */
static void leaves(LPMAPITABLE table, LPSRestriction restriction, ULONG rows, int line)
{
    ULONG found = 99;
    HRESULT hr = CALL(table, Restrict, restriction, 0);
    check_code_at(hr, S_OK, __FILE__, line, "Restrict");
    OK(CALL(table, GetRowCount, 0, &found));
    check_at(found == rows, __FILE__, line, "the rows left");
    OK(CALL(table, Restrict, NULL, 0));
}
#define LEAVES(restriction, rows) leaves(table, &(restriction), (rows), __LINE__)

static SRestriction property(ULONG relop, ULONG tag, LPSPropValue value)
{
    SRestriction made;
    memset(&made, 0, sizeof made);
    made.rt = RES_PROPERTY;
    made.res.resProperty.relop = relop;
    made.res.resProperty.ulPropTag = tag;
    made.res.resProperty.lpProp = value;
    return made;
}

static SRestriction content(ULONG fuzzy, LPSPropValue value)
{
    SRestriction made;
    memset(&made, 0, sizeof made);
    made.rt = RES_CONTENT;
    made.res.resContent.ulFuzzyLevel = fuzzy;
    made.res.resContent.ulPropTag = value->ulPropTag;
    made.res.resContent.lpProp = value;
    return made;
}

static SPropValue long_value(ULONG tag, LONG number)
{
    SPropValue made;
    memset(&made, 0, sizeof made);
    made.ulPropTag = tag;
    made.Value.l = number;
    return made;
}

static SPropValue text_value(ULONG tag, const char *text)
{
    SPropValue made;
    memset(&made, 0, sizeof made);
    made.ulPropTag = tag;
    made.Value.lpszW = wide(text);
    return made;
}

/* A kind that only holds others. */
static SRestriction holding(ULONG kind, ULONG number, LPSRestriction parts)
{
    SRestriction made;
    memset(&made, 0, sizeof made);
    made.rt = kind;
    switch (kind) {
    case RES_AND:
        made.res.resAnd.cRes = number;
        made.res.resAnd.lpRes = parts;
        break;
    case RES_OR:
        made.res.resOr.cRes = number;
        made.res.resOr.lpRes = parts;
        break;
    case RES_NOT: made.res.resNot.lpRes = parts; break;
    case RES_COUNT:
        made.res.resCount.ulCount = number;
        made.res.resCount.lpRes = parts;
        break;
    case RES_COMMENT: made.res.resComment.lpRes = parts; break;
    case RES_SUBRESTRICTION:
        made.res.resSub.ulSubObject = PR_MESSAGE_RECIPIENTS;
        made.res.resSub.lpRes = parts;
        break;
    default: made.res.resAnnotation.lpRes = parts; break;
    }
    return made;
}

static void restrictions(LPMAPITABLE table)
{
    SPropValue to = long_value(PR_RECIPIENT_TYPE, MAPI_TO), cc = long_value(PR_RECIPIENT_TYPE, MAPI_CC);
    SPropValue ben = text_value(PR_DISPLAY_NAME_W, "BEN"), ana = text_value(PR_DISPLAY_NAME_W, "Ana");
    SPropValue full = text_value(PR_DISPLAY_NAME_W, "full"), pattern = text_value(PR_DISPLAY_NAME_W, "^.[in]");
    SPropValue bytes = long_value(PROP_TAG(PT_BINARY, 0x6602), 0);
    BYTE raw[2] = {1, 2};
    SRestriction parts[2], made, deep[300];
    int i;

    bytes.Value.bin.cb = 2;
    bytes.Value.bin.lpb = raw;
    parts[0] = property(RELOP_EQ, PR_RECIPIENT_TYPE, &to);
    parts[1] = property(RELOP_EQ, PR_RECIPIENT_TYPE, &cc);
    LEAVES(parts[0], 1);
    made = property(RELOP_NE, PR_RECIPIENT_TYPE, &to);
    LEAVES(made, 2);
    made = property(RELOP_GE, PR_RECIPIENT_TYPE, &cc);
    LEAVES(made, 2);
    made = property(RELOP_GT, PR_RECIPIENT_TYPE, &cc);
    LEAVES(made, 1);
    made = property(RELOP_LT, PR_RECIPIENT_TYPE, &cc);
    LEAVES(made, 1);
    made = property(RELOP_LE, PR_RECIPIENT_TYPE, &cc);
    LEAVES(made, 2);
    made = property(RELOP_EQ, PR_DISPLAY_NAME_W, &ben);
    LEAVES(made, 1);
    made = property(RELOP_RE, PR_DISPLAY_NAME_W, &pattern);
    LEAVES(made, 2);
    made = holding(RES_AND, 2, parts);
    LEAVES(made, 0);
    made = holding(RES_AND, 0, NULL);
    LEAVES(made, 3);
    made = holding(RES_OR, 2, parts);
    LEAVES(made, 2);
    made = holding(RES_OR, 0, NULL);
    LEAVES(made, 0);
    made = holding(RES_NOT, 0, parts);
    LEAVES(made, 2);
    made = holding(RES_COMMENT, 0, parts);
    LEAVES(made, 1);
    made = holding(RES_COMMENT, 0, NULL);
    LEAVES(made, 3);
    made = holding(RES_ANNOTATION, 0, parts);
    LEAVES(made, 1);
    parts[0] = property(RELOP_NE, PR_RECIPIENT_TYPE, &to);
    made = holding(RES_COUNT, 1, parts);
    LEAVES(made, 1);

    made = content(FL_FULLSTRING, &ana);
    LEAVES(made, 0);
    made = content(FL_PREFIX, &ana);
    LEAVES(made, 1);
    made = content(FL_SUBSTRING, &full);
    LEAVES(made, 0);
    made = content(FL_SUBSTRING | FL_IGNORECASE, &full);
    LEAVES(made, 1);
    made = content(FL_PREFIX | FL_IGNORECASE, &bytes);
    LEAVES(made, 1);

    memset(&made, 0, sizeof made);
    made.rt = RES_COMPAREPROPS;
    made.res.resCompareProps.relop = RELOP_EQ;
    made.res.resCompareProps.ulPropTag1 = PROP_TAG(PT_LONG, 0x6601);
    made.res.resCompareProps.ulPropTag2 = PROP_TAG(PT_LONG, 0x6603);
    LEAVES(made, 1);
    made.res.resCompareProps.relop = RELOP_NE;
    LEAVES(made, 0);
    memset(&made, 0, sizeof made);
    made.rt = RES_BITMASK;
    made.res.resBitMask.relBMR = BMR_NEZ;
    made.res.resBitMask.ulPropTag = PR_RECIPIENT_TYPE;
    made.res.resBitMask.ulMask = 1;
    LEAVES(made, 2);
    made.res.resBitMask.relBMR = BMR_EQZ;
    LEAVES(made, 1);
    memset(&made, 0, sizeof made);
    made.rt = RES_SIZE;
    made.res.resSize.relop = RELOP_EQ;
    made.res.resSize.ulPropTag = PROP_TAG(PT_BINARY, 0x6602);
    made.res.resSize.cb = 3;
    LEAVES(made, 1);
    made.res.resSize.cb = 4;
    LEAVES(made, 0);
    memset(&made, 0, sizeof made);
    made.rt = RES_EXIST;
    made.res.resExist.ulPropTag = PROP_TAG(PT_LONG, 0x6601);
    LEAVES(made, 1);
    made.res.resExist.ulPropTag = PROP_TAG(PT_LONG, 0x6609);
    LEAVES(made, 0);

    /* What is refused leaves the one before. */
    parts[0] = property(RELOP_EQ, PR_RECIPIENT_TYPE, &to);
    OK(CALL(table, Restrict, &parts[0], 0));
    made = property(RELOP_EQ, PR_RECIPIENT_TYPE, &ana);
    CHECK_HR(CALL(table, Restrict, &made, 0), MAPI_E_TOO_COMPLEX);
    made = holding(RES_SUBRESTRICTION, 0, parts);
    CHECK_HR(CALL(table, Restrict, &made, 0), MAPI_E_TOO_COMPLEX);
    made = property(RELOP_EQ, PR_RECIPIENT_TYPE, NULL);
    CHECK_HR(CALL(table, Restrict, &made, 0), MAPI_E_INVALID_PARAMETER);
    deep[0] = parts[0];
    for (i = 1; i < 300; i++) {
        deep[i] = holding(RES_NOT, 0, &deep[i - 1]);
    }
    CHECK_HR(CALL(table, Restrict, &deep[299], 0), MAPI_E_TOO_COMPLEX);
    /* One that holds itself. */
    deep[0] = holding(RES_NOT, 0, &deep[0]);
    CHECK_HR(CALL(table, Restrict, &deep[0], 0), MAPI_E_TOO_COMPLEX);
    CHECK(rows_of(table) == 1);
    OK(CALL(table, Restrict, NULL, 0));
    CHECK(rows_of(table) == 3);
}

static LONG row_id_at_cursor(LPMAPITABLE table)
{
    LPSRowSet rows = NULL;
    LONG found = -1;
    OK(CALL(table, QueryRows, 1, TBL_NOADVANCE, &rows));
    if (rows != NULL && rows->cRows == 1) {
        LPSPropValue value = PpropFindProp(rows->aRow[0].lpProps, rows->aRow[0].cValues, PR_ROWID);
        found = value == NULL ? -2 : value->Value.l;
    }
    FreeProws(rows);
    return found;
}

static void moves(LPMESSAGE message, LPMAPITABLE table)
{
    BOOKMARK mark = 0;
    LPSRowSet rows = NULL, keys = NULL;
    LPMAPITABLE attachments = NULL;
    LPADRLIST removed;
    SPropValue cid = text_value(PR_DISPLAY_NAME_W, "Cid");
    SRestriction wanted = property(RELOP_EQ, PR_DISPLAY_NAME_W, &cid);
    ULONG row = 9, numerator = 9, denominator = 9, i;
    LONG sought = 0;

    OK(CALL(table, SetColumns, LIST(three_columns), 0));
    OK(CALL(table, SeekRow, BOOKMARK_BEGINNING, 10, &sought));
    CHECK(sought == 3);
    OK(CALL(table, SeekRow, BOOKMARK_END, -1, &sought));
    CHECK(sought == -1 && row_id_at_cursor(table) == 2);
    OK(CALL(table, SeekRow, BOOKMARK_CURRENT, -1, NULL));
    CHECK(row_id_at_cursor(table) == 1);
    OK(CALL(table, CreateBookmark, &mark));
    OK(CALL(table, SeekRowApprox, 0, 5));
    CHECK(row_id_at_cursor(table) == 0);
    OK(CALL(table, SeekRow, mark, 1, &sought));
    CHECK(sought == 1 && row_id_at_cursor(table) == 2);
    OK(CALL(table, SeekRowApprox, 5, 5));
    OK(CALL(table, QueryPosition, &row, &numerator, &denominator));
    CHECK(row == 3 && numerator == 3 && denominator == 3);
    OK(CALL(table, QueryRows, -2, 0, &rows));
    CHECK(rows->cRows == 2);
    CHECK(rows->aRow[0].lpProps[COL_ROWID].Value.l == 1 && rows->aRow[1].lpProps[COL_ROWID].Value.l == 2);
    CHECK(wide_is(rows->aRow[0].lpProps[COL_NAME].Value.lpszW, "ben"));
    CHECK(rows->aRow[1].lpProps[COL_TYPE].Value.l == MAPI_BCC);
    FreeProws(rows);
    OK(CALL(table, SeekRow, BOOKMARK_BEGINNING, 0, NULL));
    OK(CALL(table, QueryRows, 10, 0, &rows));
    CHECK(rows->cRows == 3);
    FreeProws(rows);
    OK(CALL(table, QueryRows, 10, 0, &rows));
    CHECK(rows != NULL && rows->cRows == 0);
    FreeProws(rows);
    OK(CALL(table, FindRow, &wanted, BOOKMARK_BEGINNING, 0));
    CHECK(row_id_at_cursor(table) == 2);
    CHECK_HR(CALL(table, FindRow, &wanted, BOOKMARK_BEGINNING, DIR_BACKWARD), MAPI_E_NOT_FOUND);
    CHECK(row_id_at_cursor(table) == 2);
    OK(CALL(table, FindRow, &wanted, BOOKMARK_END, DIR_BACKWARD));

    /* By the keys of rows, as programs find a row again. */
    OK(HrQueryAllRows(table, LIST(key_column), NULL, NULL, 0, &keys));
    CHECK(keys->cRows == 3);
    OK(CALL(table, SetColumns, LIST(three_columns), 0));
    for (i = 0; i < keys->cRows; i++) {
        SRestriction by_key = property(RELOP_EQ, PR_INSTANCE_KEY, keys->aRow[i].lpProps);
        OK(CALL(table, FindRow, &by_key, BOOKMARK_BEGINNING, 0));
        CHECK(row_id_at_cursor(table) == (LONG)i);
    }
    FreeProws(keys);

    /* A row goes, and with it its bookmark's place. */
    removed = one_recipient("ben", "ben@example.org", MAPI_CC);
    removed->aEntries[0].rgPropVals[0] = long_value(PR_ROWID, 1);
    OK(CALL(message, ModifyRecipients, MODRECIP_REMOVE, removed));
    FreePadrlist(removed);
    CHECK(rows_of(table) == 2);
    CHECK_HR(CALL(table, SeekRow, mark, 0, NULL), MAPI_W_POSITION_CHANGED);
    OK(CALL(table, FreeBookmark, mark));
    CHECK_HR(CALL(table, FreeBookmark, mark), MAPI_E_INVALID_BOOKMARK);
    for (i = 0; i < 3; i++) {
        OK(CALL(table, FreeBookmark, i));
    }
    OK(CALL(message, GetAttachmentTable, 0, &attachments));
    CHECK_HR(CALL(attachments, CreateBookmark, &mark), MAPI_E_NO_SUPPORT);
    RELEASE(attachments);
}

static void orders(LPMAPITABLE table)
{
    SizedSSortOrderSet(1, down) = {1, 0, 0, {{PR_DISPLAY_NAME_W, TABLE_SORT_DESCEND}}};
    SizedSSortOrderSet(2, two) = {2, 0, 0, {{PR_OBJECT_TYPE, TABLE_SORT_ASCEND}, {PR_ROWID, TABLE_SORT_DESCEND}}};
    SizedSSortOrderSet(1, none) = {0, 0, 0, {{0, 0}}};
    SizedSSortOrderSet(1, category) = {1, 1, 0, {{PR_DISPLAY_NAME_W, TABLE_SORT_ASCEND}}};
    SizedSSortOrderSet(1, combined) = {1, 0, 0, {{PR_DISPLAY_NAME_W, TABLE_SORT_COMBINE}}};
    LPSSortOrderSet found = NULL;
    ULONG status = 9, kind = 9;

#define ORDER(order) ((LPSSortOrderSet)(void *)&(order))
    OK(CALL(table, SetColumns, LIST(three_columns), TBL_BATCH));
    OK(CALL(table, QuerySortOrder, &found));
    CHECK(found->cSorts == 0);
    MAPIFreeBuffer(found);
    OK(CALL(table, SortTable, ORDER(down), 0));
    CHECK(row_id_at_cursor(table) == 2);
    OK(CALL(table, QuerySortOrder, &found));
    CHECK(found->cSorts == 1 && found->aSort[0].ulOrder == TABLE_SORT_DESCEND);
    MAPIFreeBuffer(found);
    CHECK_HR(CALL(table, SortTable, ORDER(category), 0), MAPI_E_NO_SUPPORT);
    CHECK_HR(CALL(table, SortTable, ORDER(combined), 0), MAPI_E_TOO_COMPLEX);
    CHECK(row_id_at_cursor(table) == 2);
    OK(CALL(table, SortTable, ORDER(two), 0));
    CHECK(row_id_at_cursor(table) == 2);
    OK(CALL(table, SortTable, ORDER(none), 0));
    CHECK(row_id_at_cursor(table) == 0);
    OK(CALL(table, GetStatus, &status, &kind));
    CHECK(status == TBLSTAT_COMPLETE && kind == TBLTYPE_DYNAMIC);
    CHECK_HR(CALL0(table, Abort), MAPI_E_UNABLE_TO_ABORT);
    OK(CALL(table, WaitForCompletion, 0, 100, &status));
    OK(CALL(table, WaitForCompletion, 0, 100, NULL));
}

static void all_rows(LPMAPITABLE table)
{
    SPropValue cc = long_value(PR_RECIPIENT_TYPE, MAPI_CC);
    SRestriction not_to = property(RELOP_GE, PR_RECIPIENT_TYPE, &cc);
    SizedSSortOrderSet(1, down) = {1, 0, 0, {{PR_DISPLAY_NAME_W, TABLE_SORT_DESCEND}}};
    SizedSSortOrderSet(1, none) = {0, 0, 0, {{0, 0}}};
    LPSRowSet rows = (LPSRowSet)(void *)&cc;
    LPSPropValue found;

    CHECK_HR(HrQueryAllRows(table, LIST(three_columns), NULL, NULL, 2, &rows), MAPI_E_TABLE_TOO_BIG);
    CHECK(rows == NULL);
    OK(HrQueryAllRows(table, LIST(three_columns), &not_to, ORDER(down), 2, &rows));
    NEED(rows != NULL);
    CHECK(rows->cRows == 2 && rows->aRow[0].cValues == COLUMNS);
    CHECK(wide_is(rows->aRow[0].lpProps[COL_NAME].Value.lpszW, "Cid"));
    found = PpropFindProp(rows->aRow[1].lpProps, COLUMNS, PROP_TAG(PT_UNSPECIFIED, PROP_ID(PR_RECIPIENT_TYPE)));
    CHECK(found == &rows->aRow[1].lpProps[COL_TYPE]);
    CHECK(PpropFindProp(rows->aRow[1].lpProps, COLUMNS, PR_DISPLAY_NAME_A) == NULL);
    CHECK(LpValFindProp(PR_DISPLAY_NAME_A, COLUMNS, rows->aRow[1].lpProps) == &rows->aRow[1].lpProps[COL_NAME]);
    FreeProws(rows);
    /* What it set stays. */
    CHECK(rows_of(table) == 2);
    OK(CALL(table, Restrict, NULL, 0));
    OK(CALL(table, SortTable, ORDER(none), 0));
}

/* All rows read and written back, as programs change one recipient. */
static void written_back(LPMESSAGE message, LPMAPITABLE table)
{
    LPSRowSet rows = NULL;
    LPSPropTagArray columns = NULL;
    OK(CALL(table, QueryColumns, TBL_ALL_COLUMNS, &columns));
    OK(HrQueryAllRows(table, columns, NULL, NULL, 0, &rows));
    NEED(rows != NULL);
    CHECK(rows->cRows == 3);
    OK(CALL(message, ModifyRecipients, MODRECIP_MODIFY, (LPADRLIST)(void *)rows));
    FreeProws(rows);
    MAPIFreeBuffer(columns);
    CHECK(has_text((LPMAPIPROP)message, PR_DISPLAY_TO_W, "Ana Full"));
    CHECK(has_text((LPMAPIPROP)message, PR_DISPLAY_BCC_W, "Cid"));
}

int main(void)
{
    LPMESSAGE message = three_recipients();
    LPMAPITABLE table = NULL;
    OK(CALL(message, GetRecipientTable, MAPI_UNICODE, &table));
    NEED(table != NULL);
    CHECK(rows_of(table) == 3);
    restrictions(table);
    orders(table);
    all_rows(table);
    written_back(message, table);
    moves(message, table);
    /* The table keeps the message. */
    RELEASE(message);
    CHECK(rows_of(table) == 2);
    CHECK(RELEASE(table) == 0);
    return check_done();
}
