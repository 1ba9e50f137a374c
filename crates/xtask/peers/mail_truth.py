"""Parses mails that were made of messages with Python's email library, and holds them against the truth.

usage: mail.py EML_FOLDER TRUTH_FOLDER     EML_FOLDER has NAME.msg.eml for each msg/NAME.msg of the truth
"""
import email, email.policy, email.utils, glob, hashlib, json, os, sys
from datetime import datetime, timezone

emls, truths = sys.argv[1:3]
different = compared = 0

def told(name, what, ours, theirs):
    global different
    different += 1
    print(f"{name}: {what}: mail {ours!r}, truth {theirs!r}")

def norm(text):
    return " ".join("".join(c if c.isprintable() else " " for c in (text or "")).split())

def addresses(mail, field):
    found = []
    for value in mail.get_all(field, []):
        for a in value.addresses:
            if a.addr_spec: found.append(a.addr_spec.lower())
    return found

for path in sorted(glob.glob(os.path.join(truths, "*.json"))):
    truth = json.load(open(path, encoding="utf-8"))
    name = os.path.basename(truth["file"])
    if not os.path.exists(os.path.join(emls, name + ".eml")): continue
    data = open(os.path.join(emls, name + ".eml"), "rb").read()
    mail = email.message_from_bytes(data, policy=email.policy.default)
    summary = truth["summary"]
    def agreed(field):
        f = summary.get(field)
        return f if f and f.get("agreed") else None
    compared += 1
    for part in mail.walk():
        for defect in part.defects: told(name, "defect", type(defect).__name__, None)
    if f := agreed("subject"):
        ours = norm(str(mail["subject"] or ""))
        if ours != norm(f["value"]) and ours not in [norm(a) for a in f.get("acceptable", [])]: told(name, "subject", ours, f["value"])
    if f := agreed("sender_email"):
        from_ = addresses(mail, "from") + addresses(mail, "sender")
        ok = [x.lower() for x in [f["value"]] + f.get("acceptable", []) if x]
        if ok and "@" in ok[0] and not set(ok) & set(from_): told(name, "from", from_, ok)
    if f := agreed("date"):
        ours = None
        if mail["date"] and mail["date"].datetime: ours = mail["date"].datetime.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        if f["value"] and ours != f["value"] and ours not in f.get("acceptable", []): told(name, "date", ours, f["value"])
    if f := agreed("recipient_addresses"):
        ours = sorted([k, a] for k in ("to", "cc", "bcc") for a in addresses(mail, k))
        theirs = sorted([k, a.lower()] for k, a in f["value"] if a and "@" in a)
        for t in theirs:
            if t not in ours: told(name, "recipient", ours, t)
    contents = []
    for part in mail.walk():
        if part.is_multipart(): continue
        body = part.get_payload(decode=True) or b""
        contents.append(hashlib.sha256(body).hexdigest())
    names = [part.get_filename() for part in mail.walk() if part.get_filename()]
    cls = (summary.get("message_class") or {}).get("value") or ""
    signed = "SMIME" in cls.upper()
    for a in truth["summary_detail"].get("attachments_in_order") or []:
        if a["kind"] == "data" and not signed:
            if a["sha256"] not in contents: told(name, "content", None, a)
            if a["name"] and norm(a["name"]) not in [norm(n) for n in names]: told(name, "name", names, a["name"])
print(f"{compared} mails compared, {different} differences")
