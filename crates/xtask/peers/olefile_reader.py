"""olefile: the container only, with every defect it calls incorrect raised."""

import olefile

from lines import answer, serve


def read(path):
    with olefile.OleFileIO(path, raise_defects=olefile.DEFECT_INCORRECT) as ole:
        for name in ole.listdir(streams=True, storages=False):
            size = ole.get_size(name)
            got = len(ole.openstream(name).read())
            if got != size:
                answer("complaint", f"{'/'.join(name)}: {got} bytes of {size}")
        for _, issue in ole.parsing_issues:
            answer("remark", issue)


serve(read)
