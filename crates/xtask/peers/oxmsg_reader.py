"""python-oxmsg: the message by its properties."""

from oxmsg import Message

from lines import serve


def read(path):
    message = Message.load(path)
    message.subject, message.body, message.html_body, message.sender, message.sent_date
    for recipient in message.recipients:
        recipient.name, recipient.email_address
    for attachment in message.attachments:
        attachment.file_name, attachment.mime_type, attachment.file_bytes


serve(read)
