"""Mails that were made of messages, as Python's email library reads them: held against the truth
about the messages, against what msgconvert makes of them if it is there, and signatures before openssl.

usage: mail_truth.py EML_FOLDER CORPUS     EML_FOLDER has NAME.eml for each msg/NAME.msg of the corpus
"""

import email
import email.policy
import glob
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from datetime import timezone

# What differs, and why.
TWICE = "the stored address is one address twice"
DIRECTORY = "only an X.500 name is stored; the mail has the address made of it"
EXPLAINED = {
    ("aspose__appointment-draft", "sender"): TWICE,
    ("aspose__appointment-draft-0f907d", "sender"): TWICE,
    ("aspose__appointment-draft-220205", "sender"): TWICE,
    ("aspose__appointment-draft-ba69fb", "sender"): TWICE,
    ("aspose__appointment-draft-bf9cb7", "sender"): TWICE,
    ("aspose__appointment-draft-ddaa95", "sender"): TWICE,
    ("poi__quick", "sender"): DIRECTORY,
}

seen = set()
new = 0
values = 0


def check(name, what, good, text):
    global new, values
    values += 1
    if good:
        return
    seen.add((name, what))
    if (name, what) not in EXPLAINED:
        new += 1
        print(f"{name}: {what}: {text}")


def words(text):
    return " ".join("".join(c if c.isprintable() else " " for c in (text or "")).split())


def parse(path):
    with open(path, "rb") as file:
        return email.message_from_bytes(file.read(), policy=email.policy.default)


def addresses(mail, *fields):
    found = []
    for field in fields:
        for value in mail.get_all(field, []):
            found += [one.addr_spec.lower() for one in value.addresses if one.addr_spec]
    return found


def date(mail):
    told = mail["date"]
    if told is None or told.datetime is None:
        return None
    return told.datetime.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def contents(mail):
    leaves = [part for part in mail.walk() if not part.is_multipart()]
    return [hashlib.sha256(part.get_payload(decode=True) or b"").hexdigest() for part in leaves]


def right(truth, field):
    found = truth["summary"].get(field) or {}
    return [found["value"]] + found.get("acceptable", []) if found.get("agreed") else None


def compare(name, mail, truth):
    for part in mail.walk():
        for defect in part.defects:
            check(name, "defect", False, type(defect).__name__)
    if told := right(truth, "subject"):
        own = words(str(mail["subject"] or ""))
        check(name, "subject", own in map(words, told), f"{own!r}, not {told}")
    if told := right(truth, "sender_email"):
        own = addresses(mail, "from", "sender")
        told = [one.lower() for one in told if one]
        if told and "@" in told[0]:
            check(name, "sender", set(told) & set(own), f"{own}, not {told}")
    if (told := right(truth, "date")) and told[0]:
        check(name, "date", date(mail) in told, f"{date(mail)}, not {told}")
    if told := right(truth, "recipient_addresses"):
        for kind, address in told[0]:
            if address and "@" in address:
                own = addresses(mail, kind)
                check(name, "recipient", address.lower() in own, f"{own} without {address}")
    if "SMIME" in ((truth["summary"].get("message_class") or {}).get("value") or "").upper():
        return
    own, names = contents(mail), [words(part.get_filename()) for part in mail.walk()]
    for one in truth["summary_detail"].get("attachments_in_order") or []:
        if one["kind"] == "data":
            check(name, "content", one["sha256"] in own, one)
            if words(one["name"]):
                check(name, "name", words(one["name"]) in names, one["name"])


def against_msgconvert(path, mail, counts):
    """How often msgconvert's mail says the same."""
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "out.eml")
        done = subprocess.run(["msgconvert", "--outfile", out, path], capture_output=True, timeout=60)
        if done.returncode != 0 or not os.path.exists(out):
            counts["it fails"] = counts.get("it fails", 0) + 1
            return
        other = parse(out)
    try:
        facts = {
            "subject": words(str(mail["subject"] or "")) == words(str(other["subject"] or "")),
            "from": set(addresses(other, "from")) <= set(addresses(mail, "from", "sender")),
            "date": date(other) is None or date(mail) == date(other),
            "recipients": set(addresses(other, "to", "cc")) <= set(addresses(mail, "to", "cc")),
            "attachments": all(
                hashlib.sha256(part.get_payload(decode=True) or b"").hexdigest() in contents(mail)
                for part in other.iter_attachments()
                if not part.is_multipart() and part.get_content_maintype() != "text"
            ),
        }
    except (AttributeError, ValueError, TypeError, KeyError):
        counts["it is no mail for Python"] = counts.get("it is no mail for Python", 0) + 1
        return
    for fact, good in facts.items():
        key = f"{fact} {'alike' if good else 'different'}"
        counts[key] = counts.get(key, 0) + 1
        if not good and os.environ.get("OPENIMSG_VERBOSE"):
            print(f"msgconvert: {os.path.basename(path)}: {fact}")


def verify(path, mail):
    """Before openssl: S/MIME that is clear-signed still verifies."""
    if mail.get_content_type() != "multipart/signed":
        return None
    if "pkcs7" not in (mail.get_param("protocol") or ""):
        return None
    call = ["openssl", "cms", "-verify", "-noverify", "-in", path, "-out", os.devnull]
    return subprocess.run(call, capture_output=True).returncode == 0


def main(emls, corpus):
    mails, counts, verified = 0, {}, []
    for path in sorted(glob.glob(os.path.join(corpus, "truth", "msg", "*.json"))):
        with open(path, encoding="utf-8") as file:
            truth = json.load(file)
        if not truth["file"].startswith("msg/"):
            continue
        name = os.path.splitext(os.path.basename(truth["file"]))[0]
        eml = os.path.join(emls, name + ".eml")
        mail = parse(eml)
        mails += 1
        compare(name, mail, truth)
        if shutil.which("openssl") and (good := verify(eml, mail)) is not None:
            verified.append(good)
            check(name, "signature", good, "does not verify any more")
        if shutil.which("msgconvert"):
            against_msgconvert(os.path.join(corpus, truth["file"]), mail, counts)
    for gone in set(EXPLAINED) - seen:
        print(f"{gone[0]}: {gone[1]} is no difference any more")
    print(f"{mails} mails, {values} values compared, {len(seen)} explained, {new} new differences")
    print(f"clear-signed S/MIME verified by openssl: {sum(verified)} of {len(verified)}")
    if counts:
        print("beside msgconvert: " + ", ".join(f"{key} {counts[key]}" for key in sorted(counts)))
    return 1 if new or set(EXPLAINED) - seen else 0


sys.exit(main(*sys.argv[1:]))
