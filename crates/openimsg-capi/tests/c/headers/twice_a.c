/* Two files of one program that both read everything, and both define the same identifiers. */
#define INITGUID
#define USES_IID_IMessage
#include <windows.h>
#include <mapix.h>
#include <mapiutil.h>
#include <imessage.h>
#include <openimsg.h>
#include <mapispi.h>
#include <edkmdb.h>
#include <mapiaux.h>
#include <mapival.h>
#include <mapiwin.h>
#include <mapinls.h>

DEFINE_OLEGUID(CLSID_MailMessage, 0x00020D0B, 0, 0);
EXTERN_C int other_file(const GUID *message);

int main(void)
{
	return other_file(&IID_IMessage) && CLSID_MailMessage.Data1 == 0x20D0B ? 0 : 1;
}
