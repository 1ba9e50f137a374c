/* See twice_a.c. */
#define INITGUID
#define USES_IID_IMessage
#define USES_IID_IAttachment
#include <imessage.h>
#include <mapiguid.h>
#include <mapix.h>

DEFINE_OLEGUID(CLSID_MailMessage, 0x00020D0B, 0, 0);
EXTERN_C int other_file(const GUID *message);

EXTERN_C int other_file(const GUID *message)
{
	return message->Data1 == IID_IMessage.Data1 && IID_IAttachment.Data1 == 0x20308 &&
	       CLSID_MailMessage.Data2 == 0;
}
