"""olefile: every element of a compound file, in the lines that `storage/dump.rs` describes.

With a creation and a modification time at the end of each line of a storage.
"""

import sys
import threading

import olefile

MASK = (1 << 64) - 1


def fnv(data):
    hash = 0xCBF29CE484222325
    for byte in data:
        hash = (hash ^ byte) * 0x100000001B3 & MASK
    return hash


def escaped(raw):
    units = [int.from_bytes(raw[at : at + 2], "little") for at in range(0, len(raw), 2)]
    plain = lambda unit: 0x21 <= unit <= 0x7E and chr(unit) not in "/%"
    return "".join(chr(unit) if plain(unit) else f"%{unit:04X}" for unit in units)


def dump(path):
    with olefile.OleFileIO(path, raise_defects=olefile.DEFECT_INCORRECT) as ole:
        todo = [("", ole.root)]
        while todo:
            at, entry = todo.pop()
            if entry.entry_type == olefile.STGTY_STREAM:
                data = ole._open(entry.isectStart, entry.size).read()
                print("T", at, len(data), "-", "-", f"{fnv(data):016x}", sep="\t")
                continue
            clsid = entry.clsid or "00000000-0000-0000-0000-000000000000"
            state = f"0x{entry.dwUserFlags:08X}"
            times = (entry.createTime, entry.modifyTime)
            print("S", at or "/", len(entry.kids), clsid, state, "-", *times, sep="\t")
            for kid in entry.kids:
                todo.append((f"{at}/{escaped(kid.name_utf16)}", kid))


def main():
    try:
        dump(sys.argv[1])
    except Exception as error:
        print("E", "/", f"{type(error).__name__}: {error}", "-", "-", "-", sep="\t")


# It walks its trees by recursion.
sys.setrecursionlimit(1_000_000)
threading.stack_size(512 << 20)
thread = threading.Thread(target=main)
thread.start()
thread.join()
