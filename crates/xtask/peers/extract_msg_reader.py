"""extract-msg: the whole message; nothing is saved. What it logs as a warning is a
remark, as an error a complaint."""

import logging

import extract_msg

from lines import answer, serve


class Log(logging.Handler):
    def emit(self, record):
        kind = "complaint" if record.levelno >= logging.ERROR else "remark"
        answer(kind, record.getMessage())


logging.getLogger().addHandler(Log(logging.WARNING))


def walk(message):
    message.subject, message.body
    for recipient in message.recipients:
        recipient.name, recipient.email, recipient.type
    for attachment in message.attachments:
        attachment.name, attachment.data
        if isinstance(attachment.data, extract_msg.MSGFile):
            walk(attachment.data)


def read(path):
    with extract_msg.openMsg(path) as message:
        # Some classes (contacts, tasks) have neither recipients nor a body here.
        if isinstance(message, extract_msg.msg_classes.MessageBase):
            walk(message)


serve(read)
